import {
  type CheckInput,
  configDef,
  ConfigError,
  type ConfigProblem,
  oneOf,
  pluginClass,
  type PluginKind,
  timeZone,
  type Validator,
} from '@spillway/api'

const PACKAGE = 'io.confluent.connect.storage.partitioner'
export const DEFAULT_PARTITIONER: string = `${PACKAGE}.DefaultPartitioner`
export const FIELD_PARTITIONER: string = `${PACKAGE}.FieldPartitioner`
export const TIME_BASED_PARTITIONER: string = `${PACKAGE}.TimeBasedPartitioner`
export const HOURLY_PARTITIONER: string = `${PACKAGE}.HourlyPartitioner`
export const DAILY_PARTITIONER: string = `${PACKAGE}.DailyPartitioner`
export const MIX_PARTITIONER = 'io.spillway.storage.partitioner.MixPartitioner'

export const PARTITIONER_GROUP = 'Partitioner'

/** `partition.field.missing` */
export const MISSING_FIELDS = ['error', 'null'] as const
export type MissingField = (typeof MISSING_FIELDS)[number]

/** Each name a dotted path without blank steps. */
const fieldPaths: Validator = {
  describe: () => 'dotted paths without an empty segment',
  check(key, value) {
    for (const name of value as readonly string[]) {
      if (name.trim() === '') {
        throw ConfigError.invalidValue(key, name, 'Field name cannot be null or empty')
      }
      if (name.split('.').some((segment) => segment.trim() === '')) {
        const why = 'Field name cannot contain an empty or whitespace-only path segment'
        throw ConfigError.invalidValue(key, name, why)
      }
    }
  },
}

/** Unlike patterns and durations, zones are checked before a task starts, as by Confluent's validator. */
const zoneId: Validator = {
  describe: () => 'id of a time zone, or an offset such as +05:30',
  check(key, value) {
    if (value === '') return
    try {
      timeZone(value as string)
    } catch (cause) {
      throw ConfigError.invalidValue(key, value, (cause as Error).message)
    }
  },
}

function* fieldPartitionerNeedsFields({ values }: CheckInput): Iterable<ConfigProblem> {
  if (values['partitioner.class'] !== FIELD_PARTITIONER) return
  const names = values['partition.field.name']
  if (!Array.isArray(names) || names.length > 0) return
  yield {
    key: 'partition.field.name',
    message: 'Partition field name cannot be null or empty when using FieldPartitioner.',
  }
}

/**
 * The keys of Confluent's partitioners, with their defaults, and what is ours in them. Wrong durations, patterns and
 * locales are found when a task starts, as in Confluent's; validation tells them by `partitionerStarts`.
 *
 * @param kinds those of the plugins that the keys name.
 */
export function partitionerKeys(kinds: { readonly partitioner: PluginKind; readonly extractor: PluginKind }) {
  return configDef(
    {
      'partitioner.class': {
        type: 'class',
        default: DEFAULT_PARTITIONER,
        importance: 'high',
        group: PARTITIONER_GROUP,
        width: 'long',
        displayName: 'Partitioner Class',
        dependents: [
          'partition.field.name',
          'partition.duration.ms',
          'path.format',
          'locale',
          'timezone',
          'timestamp.extractor',
          'timestamp.field',
        ],
        validator: pluginClass(kinds.partitioner, 'a partitioner'),
        plugin: kinds.partitioner,
        doc: 'How records are spread over directories: by Kafka partition, by fields, by time, or by a partitioner of your own: the class of one of a plugin package, or its module (`./my-partitioner.js`).',
      },
      'partition.field.name': {
        type: 'list',
        default: [],
        validator: fieldPaths,
        importance: 'medium',
        group: PARTITIONER_GROUP,
        displayName: 'Partition Field Name',
        doc: 'Fields of the value that FieldPartitioner goes by; a dot leads into a struct, map or JSON object.',
      },
      'partition.field.missing': {
        type: 'string',
        default: '',
        validator: oneOf('', ...MISSING_FIELDS),
        importance: 'medium',
        group: PARTITIONER_GROUP,
        displayName: 'Partition Field Missing',
        ours: true,
        doc:
          'What a record is that lacks a field or header to go by, which is not one where it is null: `error`, a bad record; `null`, as ' +
          'if it were null. A null is `field=null` for FieldPartitioner, `__HIVE_DEFAULT_PARTITION__` for partition.by. ' +
          'Empty: `error` for FieldPartitioner, `null` for partition.by.',
      },
      'partition.duration.ms': {
        type: 'long',
        default: -1,
        importance: 'medium',
        group: PARTITIONER_GROUP,
        displayName: 'Partition Duration (ms)',
        doc: 'Span of time of one directory, for TimeBasedPartitioner. Hourly and daily bring their own.',
      },
      'path.format': {
        type: 'string',
        default: '',
        importance: 'medium',
        group: PARTITIONER_GROUP,
        width: 'long',
        displayName: 'Path Format',
        doc: "Joda-Time pattern of a time directory, e.g. `'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH`.",
      },
      locale: {
        type: 'string',
        default: '',
        importance: 'medium',
        group: PARTITIONER_GROUP,
        displayName: 'Locale',
        doc: 'Language of names in `path.format`, e.g. `en`. As in Java, a tag with a country (`en-US`) is no known language and yields short English names.',
      },
      timezone: {
        type: 'string',
        default: '',
        validator: zoneId,
        importance: 'medium',
        group: PARTITIONER_GROUP,
        displayName: 'Timezone',
        doc: 'Zone that days and hours are cut in: `America/Santiago`, `UTC` or `+05:30`.',
      },
      'timestamp.extractor': {
        type: 'string',
        default: 'Wallclock',
        importance: 'medium',
        group: PARTITIONER_GROUP,
        displayName: 'Timestamp Extractor',
        recommend: () => ['Wallclock', 'Record', 'RecordField'],
        plugin: kinds.extractor,
        doc: 'Where the time of a record comes from: `Wallclock`, `Record` (its own timestamp), `RecordField` (`timestamp.field`), or an extractor of your own: the class of one of a plugin package, or its module.',
      },
      'timestamp.field': {
        type: 'string',
        default: 'timestamp',
        importance: 'medium',
        group: PARTITIONER_GROUP,
        displayName: 'Record Field for Timestamp Extractor',
        doc: 'Dotted path to the field with the time, for `RecordField`.',
      },
      'timestamp.field.format': {
        type: 'list',
        default: [],
        importance: 'medium',
        group: PARTITIONER_GROUP,
        displayName: 'Timestamp Field Format',
        ours: true,
        doc: 'How the field is read: `seconds`, `millis`, `micros`, `nanos`, `iso` or a Joda-Time pattern; of several the first that fits. Empty: integers are milliseconds, texts digits or ISO 8601, as in Confluent.',
      },
      'timestamp.fallback': {
        type: 'list',
        default: [],
        importance: 'low',
        group: PARTITIONER_GROUP,
        displayName: 'Timestamp Fallback',
        ours: true,
        doc: 'What to try, in order, for a record in which `timestamp.extractor` finds no time: `field:path`, `header:name`, `record`, `wallclock`.',
      },
    },
    [fieldPartitionerNeedsFields],
  )
}
