import { configDef, rule } from '@spillway/api'
import { zoneId } from './aiven-zone.ts'

const group = 'Deprecated'

function inPlaceOf<const T extends 'string' | 'password' | 'list'>(type: T, key: string) {
  const doc = `Deprecated: use ${key}.`
  return { type, default: null, importance: 'low', group, doc } as const
}

const source = rule('WALLCLOCK or EVENT', (value) =>
  ['WALLCLOCK', 'EVENT'].includes(String(value).toUpperCase())
    ? undefined
    : `Unknown timestamp source: ${String(value)}`,
)

/** Names that Aiven's connector had before, and keys of its source that its sink declares too. */
export const aivenDeprecatedKeys = configDef({
  aws_access_key_id: inPlaceOf('password', 'aws.access.key.id'),
  aws_secret_access_key: inPlaceOf('password', 'aws.secret.access.key'),
  aws_s3_bucket: inPlaceOf('string', 'aws.s3.bucket.name'),
  aws_s3_endpoint: inPlaceOf('string', 'aws.s3.endpoint'),
  aws_s3_region: inPlaceOf('string', 'aws.s3.region'),
  aws_s3_prefix: inPlaceOf('string', 'aws.s3.prefix'),
  output_fields: inPlaceOf('list', 'format.output.fields'),
  output_compression: inPlaceOf('string', 'file.compression.type'),
  'timestamp.timezone': {
    type: 'string',
    default: 'Z',
    validator: zoneId,
    importance: 'low',
    group,
    doc: 'Time zone of `{{timestamp}}` in aws.s3.prefix.',
  },
  'timestamp.source': {
    type: 'string',
    default: 'WALLCLOCK',
    validator: source,
    importance: 'low',
    group,
    doc: 'Time of `{{timestamp}}` in aws.s3.prefix: when a record is written, or its own (EVENT).',
  },
  'file.prefix.template': {
    ...inPlaceOf('string', 'file.name.template'),
    doc: 'Accepted; it has no effect: the connector’s source alone uses it.',
    internal: true,
  },
  'aws.s3.fetch.page.size': {
    type: 'int',
    default: 10,
    importance: 'low',
    group,
    internal: true,
    doc: 'Accepted; it has no effect: the connector’s source alone uses it.',
  },
  'aws.s3.fetch.buffer.size': {
    type: 'int',
    default: 1000,
    importance: 'low',
    group,
    internal: true,
    doc: 'Accepted; it has no effect: the connector’s source alone uses it.',
  },
})
