import {
  type CheckInput,
  configDef,
  type ConfigOf,
  type ConfigProblem,
  nonEmpty,
  oneOf,
  range,
  rule,
  valueOf,
} from '@spillway/api'
import {
  AFFIX_TYPES,
  formatConfig,
  FORMATS,
  isReadable,
  LOCAL_STORAGE,
  partitionerConfig,
  partitionerStarts,
  storageConfig,
} from '@spillway/object-store'
import { credentialsConfig } from './credentials-config.ts'
import { keyRuleConfig, topicsDirFits } from './key-rule.ts'
import { directoryOf, isLocalStorage, problemOfDirectory } from './local-storage.ts'
import { taggingConfig } from './tagging-config.ts'
import { s3Form } from './s3-form.ts'
import { isS3Storage, s3StorageClass } from './storage-class.ts'
import { objectConfig } from './object-config.ts'
import { s3RequestConfig } from './s3-request-config.ts'
import { hasScheme, problemOfUrl } from './url-rules.ts'

const group = 'S3'
const retries = 'Retries'

const MIN_PART_BYTES = 5_242_880
const MAX_PART_BYTES = 2_147_483_647

const partSize = rule(`[${MIN_PART_BYTES},...,${MAX_PART_BYTES}]`, (value) =>
  (value as number) < MIN_PART_BYTES
    ? `Part size must be at least: ${MIN_PART_BYTES} bytes (5MB)`
    : undefined,
)

/** The keys of the store itself (Java: `S3SinkConnectorConfig`). */
const s3Keys = configDef({
  's3.bucket.name': {
    type: 'string',
    default: null,
    required: true,
    validator: nonEmpty,
    importance: 'high',
    group,
    doc: 'The bucket objects are written to; needed where storage.class is S3Storage. It must exist: the connector creates none.',
  },
  's3.region': {
    type: 'string',
    default: 'us-west-2',
    importance: 'medium',
    group,
    doc: 'The region of the bucket; with store.url the one that requests are signed for.',
  },
  'store.url': {
    type: 'string',
    default: null,
    importance: 'high',
    group,
    doc: 'Endpoint of a store other than AWS (MinIO, Ceph, …), such as http://localhost:9000; without a scheme, https. With LocalStorage the directory, such as file:///var/lib/orders; it may be a symbolic link, below it none is followed.',
  },
  's3.part.size': {
    type: 'int',
    default: 26_214_400,
    validator: partSize,
    importance: 'high',
    group,
    doc: 'A file up to this many bytes is put in one request, a larger one is uploaded in parts of it. No buffer of that size is kept per open file.',
  },
  's3.path.style.access.enabled': {
    type: 'boolean',
    default: true,
    importance: 'low',
    group,
    doc: 'Name the bucket in the path of the URL instead of its host.',
  },
  's3.schema.partition.affix.type': {
    type: 'string',
    default: 'NONE',
    validator: oneOf(...AFFIX_TYPES),
    importance: 'low',
    group: 'Naming',
    doc: 'Adds `schema_name=<name of the value schema>` before or after the output partition.',
  },
  's3.compression.type': {
    type: 'string',
    default: 'none',
    validator: valueOf('none', 'gzip'),
    importance: 'low',
    group,
    doc: 'Compression of whole files, for formats of lines (JSON, ByteArray).',
  },
  'format.compression.type': {
    type: 'string',
    default: '',
    validator: oneOf('', 'none', 'gzip', 'snappy', 'zstd'),
    importance: 'low',
    group,
    ours: true,
    doc: 'Compression of whole files beyond what s3.compression.type offers, in its place: snappy (as snappy-java writes it, .snappy) and zstd (.zst).',
  },
  's3.compression.level': {
    type: 'int',
    default: -1,
    validator: range(-1, 9),
    importance: 'low',
    group,
    doc: 'Level of gzip: 0 stores, 1 is fastest, 9 is smallest, -1 is its default.',
  },
  's3.http.send.expect.continue': {
    type: 'boolean',
    default: true,
    importance: 'low',
    group,
    doc: 'Ask before sending a large body (`Expect: 100-continue`); set to false for stores that do not know it.',
  },
  's3.part.retries': {
    type: 'int',
    default: 3,
    validator: range(0),
    importance: 'medium',
    group: retries,
    doc: 'How often a failed request is tried again before it is shown in the status. It is tried on after that too, with consumption paused: an outage of the store never fails the task.',
  },
  's3.retry.backoff.ms': {
    type: 'long',
    default: 200,
    validator: range(0),
    importance: 'low',
    group: retries,
    doc: 'Bound of the pause before the first retry, in ms. It doubles with each one, up to 30 s; the pause itself is random below the bound.',
  },
  's3.elastic.buffer.enable': {
    type: 'boolean',
    default: false,
    importance: 'low',
    group,
    doc: 'Let the buffer of an open file grow with what is in it.',
    noEffect:
      'no open file has a buffer of its own: all share buffer.memory.bytes of the worker, and its disk',
  },
  's3.elastic.buffer.init.capacity': {
    type: 'int',
    default: 131_072,
    validator: range(4096),
    importance: 'low',
    group,
    doc: 'Bytes that the buffer of an open file begins with.',
    noEffect:
      'no open file has a buffer of its own: all share buffer.memory.bytes of the worker, and its disk',
  },
  's3.send.digest': {
    type: 'boolean',
    default: false,
    importance: 'low',
    group,
    doc: 'Send an MD5 of each part.',
    noEffect: 'every request with a body carries a checksum of it',
  },
})

/** The words are Kafka's for a key without a default. */
function* storageIsNamed({ values }: CheckInput): Iterable<ConfigProblem> {
  if (isLocalStorage(values['storage.class'])) {
    const wrong = problemOfDirectory(values['store.url'])
    if (wrong !== undefined) yield { key: 'store.url', message: wrong }
    return
  }
  // Somebody else's store has keys of its own.
  if (typeof values['storage.class'] === 'string' && !isS3Storage(values['storage.class'])) return
  if (values['s3.bucket.name'] === null) {
    yield {
      key: 's3.bucket.name',
      message: 'Missing required configuration "s3.bucket.name" which has no default value.',
    }
  }
  const wrong = problemOfEndpoint(values['store.url'])
  if (wrong !== undefined) yield { key: 'store.url', message: wrong }
}

/** An endpoint without a scheme is one of https. */
function problemOfEndpoint(url: unknown): string | undefined {
  if (typeof url !== 'string' || url === '') return undefined
  const problem = problemOfUrl(hasScheme(url) ? url : `https://${url}`)
  if (problem === undefined) return undefined
  const hint = directoryOf(url) === undefined ? '' : ` A directory needs storage.class=${LOCAL_STORAGE}.`
  return `Invalid value ${url} for configuration store.url: ${problem}.${hint}`
}

/** The peer's check for the peer's key, and the same for our own. */
function* compressionNeedsLines({ values, plugins }: CheckInput): Iterable<ConfigProblem> {
  if (!isReadable(values)) return
  for (const typeKey of ['s3.compression.type', 'format.compression.type'] as const) {
    const type = values[typeKey]
    if (typeof type !== 'string' || type === '' || type === 'none') continue
    for (const [key, view, switchKey] of [
      ['format.class', 'data', undefined],
      ['keys.format.class', 'keys', 'store.kafka.keys'],
      ['headers.format.class', 'headers', 'store.kafka.headers'],
    ] as const) {
      const isUsed = switchKey === undefined || values[switchKey] === true
      const name = values[key]
      const format = isUsed && typeof name === 'string' ? plugins?.find(FORMATS, name) : undefined
      if (format === undefined || format.compressible) continue
      const message = `Compression Type ${type} not valid for ${view} format class: ( ${format.className} ).`
      if (switchKey !== undefined) yield { key: switchKey, message }
      yield { key, message }
      yield { key: typeKey, message }
    }
  }
  const [own, peer] = [values['format.compression.type'], values['s3.compression.type']]
  if (own === '' || own === undefined || peer === 'none' || own === peer) return
  yield {
    key: 'format.compression.type',
    message: `format.compression.type=${String(own)} contradicts s3.compression.type=${String(peer)}: set one of them.`,
  }
}

/** Every key of the S3 sink. */
export const s3Config = storageConfig
  .and(formatConfig)
  .and(partitionerConfig)
  .and(s3StorageClass)
  .and(s3Keys)
  .and(credentialsConfig)
  .and(objectConfig)
  .and(s3RequestConfig)
  .and(taggingConfig)
  .and(keyRuleConfig)
  .check(storageIsNamed, compressionNeedsLines, topicsDirFits, partitionerStarts)
  .arranged(s3Form)

export type S3Config = ConfigOf<typeof s3Config>
