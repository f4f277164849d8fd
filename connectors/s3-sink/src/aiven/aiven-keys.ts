import { allOf, configDef, type ConfigOf, nonEmpty, oneOf, type Password, range, rule } from '@spillway/api'
import { avroFormat, parquetFormat, storageConfig, suppliedSchemaConfig } from '@spillway/object-store'
import { aivenDeprecatedKeys } from './aiven-deprecated-keys.ts'
import { zoneId } from './aiven-zone.ts'
import { CREDENTIAL_SOURCES } from '../credentials/credential-source.ts'
import { keyRuleConfig } from '../config/key-rule.ts'
import { hasScheme, httpUrl, problemOfUrl } from '../config/url-rules.ts'
import { COMPRESSION_TYPES, OUTPUT_FIELDS, OUTPUT_TYPES, quotedList } from './aiven-output-fields.ts'

const aws = 'AWS'
const sts = 'AWS STS'
const backoff = 'S3 retry backoff policy'
const file = 'File'
const format = 'Format'

const MAX_PART_BYTES = 2_000_000_000

const optionalText = rule('non-empty string', (value) =>
  value === '' ? 'String must be non-empty' : undefined,
)

const password = rule('Non-empty password', (value) =>
  value !== null && (value as Password).reveal() === '' ? 'Password must be non-empty' : undefined,
)

const timestampSource = rule('WALLCLOCK or EVENT', (value) =>
  ['WALLCLOCK', 'EVENT'].includes(String(value).toUpperCase())
    ? undefined
    : `Unknown timestamp source: ${String(value)}`,
)

const endpoint = rule('A valid URL.  Will default to https protocol if not otherwise specified.', (value) => {
  if (value === null) return undefined
  const text = String(value)
  if (text.trim() === '') return 'String must be non-empty'
  const problem = problemOfUrl(hasScheme(text) ? text : `https://${text}`)
  return problem === undefined ? undefined : `should be valid URL: ${problem}`
})

const outputType = rule(quotedList(OUTPUT_TYPES), (value) => {
  const known = OUTPUT_TYPES.some((type) => type === String(value).toLowerCase())
  return known ? undefined : `Supported values are: ${quotedList(OUTPUT_TYPES)}`
})

const outputFields = rule(quotedList(OUTPUT_FIELDS), (value) => {
  if (value === null) return undefined
  const fields = value as readonly string[]
  if (fields.length === 0) return 'cannot be empty'
  const known = fields.every((field) => OUTPUT_FIELDS.some((name) => name === field.toLowerCase()))
  return known ? undefined : `supported values are: ${quotedList(OUTPUT_FIELDS)}`
})

const compression = rule(quotedList(COMPRESSION_TYPES), (value) => {
  if (value === null) return undefined
  const known = COMPRESSION_TYPES.some((type) => type === String(value).toLowerCase())
  return known ? undefined : quotedList(COMPRESSION_TYPES)
})

const partSize = rule(`[1,...,${MAX_PART_BYTES}]`, (value) => {
  if ((value as number) <= 0) return 'Part size must be greater than 0'
  if ((value as number) > MAX_PART_BYTES) return `Part size must be no more: ${MAX_PART_BYTES} bytes (2GB)`
  return undefined
})

/** Bucket names as S3 has them for names of hosts. */
export const bucketName = rule('name of an S3 bucket', (value) => {
  if (value === null) return undefined
  const text = String(value)
  if (text.length < 3 || text.length > 63) return 'Bucket name should be between 3 and 63 characters long'
  if (/^\d+(\.\d+){3}$/.test(text)) return 'Bucket name must not be formatted as an IP Address'
  if (/[^a-z0-9.-]/.test(text))
    return 'Bucket name should not contain uppercase characters, white space or others'
  if (/\.\.|-\.|\.-|^[-.]|[-.]$/.test(text))
    return 'Bucket name must not begin or end with a dash or period, nor have them side by side'
  return undefined
})

/** A region by its shape: which there are changes faster than connectors do. */
export const regionName = rule('id of a region, such as eu-central-1', (value) =>
  value === null || /^[a-z]{2,}(-[a-z]+)*(-[a-z]+-\d+|-global)$/.test(String(value))
    ? undefined
    : 'it is no id of a region, such as eu-central-1',
)

const ownKeys = configDef({
  'aws.access.key.id': {
    type: 'password',
    default: null,
    validator: password,
    importance: 'medium',
    group: aws,
    doc: 'AWS access key; with aws.secret.access.key. Without both, the default chain of AWS applies.',
  },
  'aws.secret.access.key': {
    type: 'password',
    default: null,
    validator: password,
    importance: 'medium',
    group: aws,
    doc: 'Secret of aws.access.key.id.',
  },
  'aws.credentials.provider': {
    type: 'class',
    default: null,
    plugin: CREDENTIAL_SOURCES,
    importance: 'medium',
    group: aws,
    doc: 'Where credentials come from, where neither keys nor a role are set; the default chain of AWS.',
  },
  'aws.s3.bucket.name': {
    type: 'string',
    default: null,
    validator: bucketName,
    importance: 'medium',
    group: aws,
    doc: 'The bucket objects are written to.',
  },
  'aws.s3.sse.algorithm': {
    type: 'string',
    default: null,
    validator: oneOf('AES256', 'aws:kms', 'aws:kms:dsse'),
    importance: 'medium',
    group: aws,
    doc: 'Server-side encryption that is asked for.',
  },
  'aws.s3.endpoint': {
    type: 'string',
    default: null,
    validator: endpoint,
    importance: 'low',
    group: aws,
    doc: 'Endpoint of a store other than AWS. Buckets are then named in the path of the URL.',
  },
  'aws.s3.region': {
    type: 'string',
    default: null,
    validator: regionName,
    importance: 'medium',
    group: aws,
    doc: 'Region of the bucket; us-east-1 where nothing is set.',
  },
  'aws.s3.prefix': {
    type: 'string',
    default: null,
    validator: optionalText,
    importance: 'medium',
    group: aws,
    doc:
      'Prefix of object names, which are then `<prefix><topic>-<partition>-<first offset, 20 digits>`; file.name.template is ' +
      'not used. It may have `{{topic}}`, `{{partition}}`, `{{start_offset}}`, `{{timestamp:unit=yyyy|MM|dd|HH}}`, ' +
      '`{{utc_date}}` and `{{local_date}}`.',
  },
  'aws.s3.part.size.bytes': {
    type: 'int',
    default: 5_242_880,
    validator: partSize,
    importance: 'medium',
    group: aws,
    doc: 'A file up to this many bytes is put in one request, a larger one is uploaded in parts of it, at least 5 MiB.',
  },
  'aws.sts.role.arn': {
    type: 'string',
    default: null,
    validator: optionalText,
    importance: 'medium',
    group: sts,
    doc: 'Role to assume; with aws.sts.role.session.name.',
  },
  'aws.sts.role.session.name': {
    type: 'string',
    default: null,
    validator: optionalText,
    importance: 'medium',
    group: sts,
    doc: 'Name of the session of the role.',
  },
  'aws.sts.role.session.duration': {
    type: 'int',
    default: 3600,
    validator: range(900, 43_200),
    importance: 'medium',
    group: sts,
    doc: 'How long the credentials of a role are good, in seconds.',
  },
  'aws.sts.role.external.id': {
    type: 'string',
    default: null,
    validator: optionalText,
    importance: 'medium',
    group: sts,
    doc: 'External id that the trust policy of the role asks for.',
  },
  'aws.sts.config.endpoint': {
    type: 'string',
    default: 'https://sts.amazonaws.com',
    validator: allOf(nonEmpty, httpUrl),
    importance: 'medium',
    group: sts,
    doc: 'Endpoint of STS; with aws.s3.region.',
  },
  'aws.s3.backoff.delay.ms': {
    type: 'long',
    default: 100,
    validator: range(1),
    importance: 'medium',
    group: backoff,
    doc: 'Bound of the pause before the first retry; it doubles with each one. The pause itself is random below it.',
  },
  'aws.s3.backoff.max.delay.ms': {
    type: 'long',
    default: 20_000,
    validator: range(1),
    importance: 'medium',
    group: backoff,
    doc: 'Longest pause between two tries.',
  },
  'aws.s3.backoff.max.retries': {
    type: 'int',
    default: 3,
    validator: range(1, 30),
    importance: 'medium',
    group: backoff,
    doc: 'How often a failed request is tried again before it is shown in the status. It is tried on after that too, with consumption paused.',
  },
  'kafka.retry.backoff.ms': {
    type: 'long',
    default: null,
    validator: range(0, 86_400_000),
    importance: 'medium',
    group: backoff,
    doc: 'Accepted; it has no effect: requests are tried again without reading records twice.',
  },
  'file.name.template': {
    type: 'string',
    default: null,
    importance: 'medium',
    group: file,
    doc:
      'Template of object names. `{{topic}}`, `{{partition}}` (`{{partition:padding=true}}` for ten digits) and ' +
      '`{{start_offset}}` (`:padding=true` for twenty), of the first record in the file; with them `{{timestamp:unit=yyyy|MM|dd|HH}}` ' +
      'and `{{key}}`, each of whose values makes files of its own. `{{key}}` alone, or with topic and partition: one object per key, ' +
      'with its latest record. Default: `{{topic}}-{{partition}}-{{start_offset}}`, and the ending of the compression that is set.',
  },
  'file.compression.type': {
    type: 'string',
    default: null,
    validator: compression,
    importance: 'medium',
    group: file,
    doc: 'Compression of whole files, and of the pages of Parquet: none, gzip, snappy (as snappy-java writes it) or zstd. Without it, gzip.',
  },
  'file.max.records': {
    type: 'int',
    default: 0,
    validator: range(0),
    importance: 'medium',
    group: file,
    doc: 'Most records of a file; 0 for no limit. With one object per key only 0 and 1 are possible.',
  },
  'file.name.timestamp.timezone': {
    type: 'string',
    default: 'Z',
    validator: zoneId,
    importance: 'low',
    group: file,
    doc: 'Time zone of `{{timestamp}}` in file.name.template.',
  },
  'file.name.timestamp.source': {
    type: 'string',
    default: 'WALLCLOCK',
    validator: timestampSource,
    importance: 'low',
    group: file,
    doc: 'Time of `{{timestamp}}` in file.name.template: when a record is written, or its own (EVENT).',
  },
  'format.output.type': {
    type: 'string',
    default: 'csv',
    validator: outputType,
    importance: 'medium',
    group: format,
    doc: `Format of the files: ${OUTPUT_TYPES.join(', ')}.`,
  },
  'format.output.fields': {
    type: 'list',
    default: null,
    validator: outputFields,
    importance: 'medium',
    group: format,
    doc: `Fields of a record that are written: ${OUTPUT_FIELDS.join(', ')}. Without it, value.`,
  },
  'format.output.fields.value.encoding': {
    type: 'string',
    default: 'base64',
    validator: rule("'none', 'base64'", (value) =>
      ['none', 'base64'].includes(String(value)) ? undefined : "supported values are: 'none', 'base64'",
    ),
    importance: 'medium',
    group: format,
    doc: 'How csv writes values: as base64, or as they are. Keys and headers are always base64; values too where no fields are named.',
  },
  'format.output.envelope': {
    type: 'boolean',
    default: true,
    importance: 'medium',
    group: format,
    doc: 'Write a single field as a member of an object; false for the bare field. csv has none.',
  },
})

/** What of the keys that every object-store sink has makes sense here. */
const SHARED_KEYS = [
  'rotate.file.bytes',
  'rotate.file.age.ms',
  'rotate.idle.ms',
  'exactly.once',
  'upload.concurrency',
  'upload.memory.bytes',
] as const

const { 'rotate.schedule.interval.ms': schedule } = storageConfig.keys

const sharedKeys = configDef({
  ...(Object.fromEntries(SHARED_KEYS.map((key) => [key, storageConfig.keys[key]])) as Pick<
    typeof storageConfig.keys,
    (typeof SHARED_KEYS)[number]
  >),
  'rotate.schedule.interval.ms': {
    ...schedule,
    default: null,
    ours: true,
    doc:
      'Commit the open files by the wall clock, on a grid of so many ms that begins at midnight UTC; -1 for never. Without it, as ' +
      'often as the worker commits offsets (`offset.flush.interval.ms`).',
  },
})

/** Every key of Aiven's S3 sink, without what is wrong between them: see {@link aivenConfig}. */
export const aivenKeys = ownKeys
  .and(aivenDeprecatedKeys)
  .and(avroFormat.config)
  .and(parquetFormat.config)
  .and(sharedKeys)
  .and(keyRuleConfig)
  .and(suppliedSchemaConfig)

export type AivenConfig = ConfigOf<typeof aivenKeys>
