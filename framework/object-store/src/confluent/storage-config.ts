import {
  type CheckInput,
  configDef,
  type ConfigOf,
  type ConfigProblem,
  isNameOf,
  nonEmpty,
  oneOf,
  oneOfAnyCase,
  pluginClass,
  type PluginKind,
  range,
} from '@spillway/api'
import { byteArrayFormat } from '../formats/byte-array-format.ts'
import { FORMATS } from '../formats/format.ts'
import { COMPATIBILITIES, compatibilityNamed } from '../formats/schema-compatibility.ts'

const rotation = 'Rotation'
const naming = 'Naming'
const data = 'Records and formats'
const companions = 'Keys and headers'
const retries = 'Retries'
const buffering = 'Buffering'

/** The value of `storage.class` for a directory of this machine. */
export const LOCAL_STORAGE = 'io.spillway.storage.LocalStorage'

/** `exactly.once` */
export const EXACTLY_ONCE_MODES = ['auto', 'ledger', 'off'] as const

/** Confluent's sink finds it when the connector starts. */
function* scheduleNeedsZone({ values }: CheckInput): Iterable<ConfigProblem> {
  const interval = values['rotate.schedule.interval.ms']
  if (typeof interval !== 'number' || interval <= 0 || values['timezone'] !== '') return
  const message =
    'timezone configuration must be set when using rotate.schedule.interval.ms: the schedule begins at its midnight.'
  for (const key of ['rotate.schedule.interval.ms', 'timezone']) yield { key, message }
}

function* tombstonesNeedKeys({ values }: CheckInput): Iterable<ConfigProblem> {
  if (!isReadable(values)) return
  const behavior = values['behavior.on.null.values']
  if (typeof behavior !== 'string' || behavior.toLowerCase() !== 'write') return
  if (values['store.kafka.keys'] !== false) return
  for (const key of ['store.kafka.keys', 'behavior.on.null.values']) {
    yield {
      key,
      message: 'Writing Kafka record keys to storage is mandatory when tombstone writing is enabled.',
    }
  }
}

/** Rules of Confluent's over several keys hold where every key by itself can be read. */
export function isReadable(values: CheckInput['values']): boolean {
  return Object.values(values).every((value) => value !== undefined)
}

function* openVersionsStayThemselves({ values }: CheckInput): Iterable<ConfigProblem> {
  const versions = values['schema.max.open.versions']
  const compatibility = values['schema.compatibility']
  if (typeof versions !== 'number' || versions === 1 || typeof compatibility !== 'string') return
  if ((compatibilityNamed(compatibility) ?? 'NONE') === 'NONE') return
  yield {
    key: 'schema.max.open.versions',
    message:
      `schema.max.open.versions=${versions} and schema.compatibility=${compatibility} exclude each other: records are ` +
      'either kept in files of their own schema or moved to that of the file.',
  }
}

function* headersAreLists({ values }: CheckInput): Iterable<ConfigProblem> {
  const name = values['headers.format.class']
  if (values['store.kafka.headers'] !== true || typeof name !== 'string') return
  if (!isNameOf(FORMATS, byteArrayFormat, name)) return
  yield {
    key: 'headers.format.class',
    message:
      'ByteArrayFormat cannot hold headers, which are lists of texts: use JsonFormat, AvroFormat or ParquetFormat.',
  }
}

/**
 * The keys every object-store sink shares (Java: `StorageSinkConnectorConfig`, `StorageCommonConfig`), without those
 * of partitioners and of the store itself. `storage.class` is declared by {@link storageClassConfig}.
 */
export const storageConfig = configDef(
  {
    'format.class': {
      type: 'class',
      validator: pluginClass(FORMATS, 'a format'),
      plugin: FORMATS,
      importance: 'high',
      group: data,
      doc: 'The format of the objects.',
    },
    'flush.size': {
      type: 'int',
      importance: 'high',
      group: rotation,
      doc: 'Records of one Kafka partition, summed over its open files, after which all of them are committed; 0 and less are 1.',
    },
    'rotate.interval.ms': {
      type: 'long',
      default: -1,
      importance: 'high',
      group: rotation,
      doc:
        'Span of record time in ms after which the open files of a Kafka partition are committed, before the record that ' +
        'exceeds it; -1 for none. Only partitioners that work by time know a record time: with others it has no effect.',
    },
    'rotate.file.on.partition.change': {
      type: 'boolean',
      default: true,
      importance: 'low',
      group: rotation,
      doc: 'With rotate.interval.ms: commit all open files also whenever the output partition changes from one record to the next.',
    },
    'rotate.schedule.interval.ms': {
      type: 'long',
      default: -1,
      importance: 'medium',
      group: rotation,
      doc:
        'Commit the open files by the wall clock, on a grid of so many ms that begins at midnight of the time zone; -1 for ' +
        'none. Needs timezone.',
    },
    'rotate.file.bytes': {
      type: 'long',
      default: -1,
      importance: 'medium',
      group: rotation,
      ours: true,
      doc: 'Commit a single file when it has so many bytes, before compression, with its keys and headers where they are stored; -1 for no limit.',
    },
    'rotate.file.records': {
      type: 'int',
      default: -1,
      importance: 'medium',
      group: rotation,
      ours: true,
      doc: 'Commit a single file when it has so many records; -1 for no limit. flush.size counts those of all files of a Kafka partition.',
    },
    'rotate.file.age.ms': {
      type: 'long',
      default: -1,
      importance: 'medium',
      group: rotation,
      ours: true,
      doc: 'Commit a single file so many ms of wall-clock time after its first record; -1 for no limit.',
    },
    'rotate.idle.ms': {
      type: 'long',
      default: -1,
      importance: 'medium',
      group: rotation,
      ours: true,
      doc: 'Commit a single file so many ms of wall-clock time after its last record; -1 for no limit.',
    },
    'rotate.lateness.ms': {
      type: 'long',
      default: -1,
      importance: 'medium',
      group: rotation,
      ours: true,
      doc: 'Commit a single file when the record time of its Kafka partition is so many ms ahead of the newest record in it. Records that are late by less still join it. -1 for no limit. The time is the one of timestamp.extractor where the partitioner works by time, else the one of the record.',
    },
    'partitioner.max.open.files': {
      type: 'int',
      default: -1,
      importance: 'low',
      group: rotation,
      internal: true,
      doc: 'Commit all open files of a Kafka partition before one more than so many is opened; -1 for no limit, which memory does not need.',
    },
    'topics.dir': {
      type: 'string',
      default: 'topics',
      importance: 'high',
      group: naming,
      doc: 'First element of every object key; empty for none.',
    },
    'directory.delim': {
      type: 'string',
      default: '/',
      importance: 'medium',
      group: naming,
      doc: 'Separates the elements of object keys.',
    },
    'file.delim': {
      type: 'string',
      default: '+',
      importance: 'medium',
      group: naming,
      doc: 'Separates topic, partition and offset in file names.',
    },
    'filename.offset.zero.pad.width': {
      type: 'int',
      default: 10,
      validator: range(0),
      importance: 'low',
      group: naming,
      doc: 'Least digits of the offset in file names, filled up with zeros; 0 for none.',
    },
    'schema.compatibility': {
      type: 'string',
      default: 'NONE',
      recommend: () => COMPATIBILITIES,
      importance: 'high',
      group: data,
      doc:
        'Which records of other schema versions join an open file. `NONE`: none. `BACKWARD` and `FULL`: older ones, moved up to ' +
        'its schema. `FORWARD`: newer ones, moved down to it, without the fields they add. All but `NONE` need versions, as ' +
        'a schema registry gives them. Any other text is warned about and means `NONE`.',
    },
    'schema.max.open.versions': {
      type: 'int',
      default: 1,
      validator: range(1),
      importance: 'medium',
      group: data,
      ours: true,
      doc:
        'Schemas of which an output partition may have files open at the same time. 1: another schema commits what is open, ' +
        'as in Confluent’s sinks. More: records of several schemas by turns do not cut files; one schema beyond commits ' +
        'all. Needs schema.compatibility=NONE, as records stay in their own schema.',
    },
    'behavior.on.null.values': {
      type: 'string',
      default: 'fail',
      validator: oneOfAnyCase('ignore', 'fail', 'write'),
      importance: 'low',
      group: data,
      doc:
        'What happens to a record whose value is null: `fail` stops the task, `ignore` leaves it out, `write` writes its ' +
        'key, and its headers where they are stored, to objects in the directory `tombstone.encoded.partition`.',
    },
    'tombstone.encoded.partition': {
      type: 'string',
      default: 'tombstone',
      validator: nonEmpty,
      importance: 'low',
      group: data,
      doc: 'With behavior.on.null.values=write: the output partition of records without a value.',
    },
    'store.kafka.keys': {
      type: 'boolean',
      default: false,
      importance: 'low',
      group: companions,
      doc: 'Write keys too, to an object beside each, with the same records: `.keys` before the extension. A record without a key is bad then.',
    },
    'keys.format.class': {
      type: 'class',
      default: 'io.confluent.connect.s3.format.avro.AvroFormat',
      validator: pluginClass(FORMATS, 'a format'),
      plugin: FORMATS,
      importance: 'low',
      group: companions,
      doc: 'The format of keys.',
    },
    'store.kafka.headers': {
      type: 'boolean',
      default: false,
      importance: 'low',
      group: companions,
      doc: 'Write headers too, as texts, to an object beside each, with the same records: `.headers` before the extension. A record without headers is bad then.',
    },
    'headers.format.class': {
      type: 'class',
      default: 'io.confluent.connect.s3.format.avro.AvroFormat',
      validator: pluginClass(FORMATS, 'a format'),
      plugin: FORMATS,
      importance: 'low',
      group: companions,
      doc: 'The format of headers: Avro, JSON or Parquet, as they are lists.',
    },
    'report.null.values.to.dlq': {
      type: 'boolean',
      default: true,
      importance: 'low',
      group: data,
      doc: 'With behavior.on.null.values=ignore: send such records to the dead letter queue where there is one.',
    },
    'retry.backoff.ms': {
      type: 'long',
      default: 5000,
      importance: 'low',
      group: retries,
      doc: 'Pause of a partition after a failed write, in ms.',
      noEffect:
        'requests to the store are tried again as its own retry keys say, without reading records twice',
    },
    'shutdown.timeout.ms': {
      type: 'long',
      default: 3000,
      importance: 'low',
      group: retries,
      internal: true,
      doc: 'Time to end in, in ms.',
      noEffect:
        'it has none in Confluent’s sinks either; see task.shutdown.graceful.timeout.ms of the worker',
    },
    'max.write.duration.ms': {
      type: 'long',
      default: 2 ** 63,
      importance: 'low',
      group: retries,
      doc: 'Longest that one batch is written, in ms.',
      noEffect: 'uploads run beside consumption, so writing a batch takes no time that is worth a bound',
    },
    'schemas.cache.config': {
      type: 'int',
      default: 1000,
      importance: 'low',
      group: data,
      doc: 'Schemas that are kept.',
      noEffect: 'schemas are kept as long as a file needs them',
    },
    'schemas.cache.size': {
      type: 'int',
      default: 1000,
      importance: 'low',
      group: data,
      internal: true,
      doc: 'Another spelling of schemas.cache.config.',
      noEffect: 'schemas are kept as long as a file needs them',
    },
    'exactly.once': {
      type: 'string',
      default: 'auto',
      validator: oneOf(...EXACTLY_ONCE_MODES),
      importance: 'medium',
      group: rotation,
      ours: true,
      doc:
        'How each record comes to be in exactly one object. `auto`: where reading again repeats every rotation, an object may be ' +
        'replaced by one with the same bytes. Under any other rotation objects are created and never replaced, and the store ' +
        'holds a ledger per Kafka partition. `ledger`: always with a ledger. `off`: never; records may be written twice after a crash.',
    },
    'upload.concurrency': {
      type: 'int',
      default: 8,
      validator: range(1, 256),
      importance: 'low',
      group: buffering,
      ours: true,
      doc: 'Requests that one task has on their way to the store at the same time.',
    },
    'upload.memory.bytes': {
      type: 'long',
      default: 8_388_608,
      validator: range(1),
      importance: 'low',
      group: buffering,
      ours: true,
      doc: 'Bytes that one task holds in memory for requests on their way. One part or file is always let through, however large.',
    },
  },
  [scheduleNeedsZone, tombstonesNeedKeys, headersAreLists, openVersionsStayThemselves],
)

/**
 * `storage.class`: a connector's own store, a directory of this machine, or somebody else's store.
 *
 * @param className what stands for the connector's own store.
 * @param kind of the plugins that the key names.
 */
export function storageClassConfig(className: string, kind: PluginKind) {
  return configDef({
    'storage.class': {
      type: 'class',
      validator: pluginClass(kind, 'an object store'),
      plugin: kind,
      importance: 'high',
      group: data,
      doc:
        `Where objects are written: \`${className}\`, or \`${LOCAL_STORAGE}\` for a directory of this machine (store.url), ` +
        'with the same names, bytes and guarantees, or an object store of your own: the class of one of a plugin package, or its module.',
    },
  })
}

export type StorageConfig = ConfigOf<typeof storageConfig>
