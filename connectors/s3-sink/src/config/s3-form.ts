import { type FormPlace, isNameOf, type RawConfig } from '@spillway/api'
import {
  avroFormat,
  DAILY_PARTITIONER,
  DEFAULT_PARTITIONER,
  FIELD_PARTITIONER,
  type FormatPlugin,
  FORMATS,
  HOURLY_PARTITIONER,
  parquetFormat,
  TIME_BASED_PARTITIONER,
} from '@spillway/object-store'

type IsVisible = (config: RawConfig) => boolean

const TIME_KEYS = ['partition.duration.ms', 'path.format', 'locale', 'timezone']
/** The keys of partitioners that each class goes by. A class of the user's own may go by any. */
const KEYS_OF_PARTITIONERS: Readonly<Record<string, readonly string[]>> = {
  [DEFAULT_PARTITIONER]: [],
  [FIELD_PARTITIONER]: ['partition.field.name'],
  [TIME_BASED_PARTITIONER]: TIME_KEYS,
  [HOURLY_PARTITIONER]: ['locale', 'timezone'],
  [DAILY_PARTITIONER]: ['locale', 'timezone'],
}

const ofPartitioner =
  (key: string): IsVisible =>
  (config) => {
    const name = config['partitioner.class']?.trim() ?? DEFAULT_PARTITIONER
    return Object.hasOwn(KEYS_OF_PARTITIONERS, name)
      ? KEYS_OF_PARTITIONERS[name]?.includes(key) === true
      : true
  }

const ofFormat =
  (format: FormatPlugin): IsVisible =>
  (config) =>
    isNameOf(FORMATS, format, config['format.class']?.trim() ?? '')

const isTrue =
  (key: string): IsVisible =>
  (config) =>
    config[key]?.trim().toLowerCase() === 'true'

/** The form of Confluent's sink, in its order. Keys of our own follow, in groups of their own. */
export const s3Form: Readonly<Record<string, FormPlace>> = {
  'format.class': { group: 'Connector', order: 1, displayName: 'Format class' },
  'flush.size': { group: 'Connector', order: 2, width: 'long', displayName: 'Flush Size' },
  'rotate.interval.ms': {
    group: 'Connector',
    order: 3,
    width: 'medium',
    displayName: 'Rotate Interval (ms)',
  },
  'rotate.schedule.interval.ms': {
    group: 'Connector',
    order: 4,
    width: 'medium',
    displayName: 'Rotate Schedule Interval (ms)',
  },
  'schemas.cache.config': { group: 'Connector', order: 5, width: 'long', displayName: 'Schema Cache Size' },
  'enhanced.avro.schema.support': {
    group: 'Connector',
    order: 6,
    width: 'short',
    displayName: 'Enhanced Avro Support',
  },
  'connect.meta.data': { group: 'Connector', order: 7, width: 'short', displayName: 'Connect Metadata' },
  'retry.backoff.ms': { group: 'Connector', order: 8, width: 'medium', displayName: 'Retry Backoff (ms)' },
  'filename.offset.zero.pad.width': {
    group: 'Connector',
    order: 10,
    width: 'long',
    displayName: 'Filename Offset Zero Pad Width',
  },
  'avro.codec': {
    group: 'Connector',
    order: 11,
    width: 'medium',
    displayName: 'Avro Compression Codec',
    visible: ofFormat(avroFormat),
  },
  'allow.optional.map.keys': {
    group: 'Connector',
    order: 12,
    width: 'short',
    displayName: 'Allow Optional Map Keys',
  },
  'schema.compatibility': { group: 'Schema', order: 1, width: 'short', displayName: 'Schema Compatibility' },
  'parquet.codec': {
    group: 'Connector',
    order: 13,
    width: 'medium',
    displayName: 'Parquet Compression Codec',
    visible: ofFormat(parquetFormat),
  },
  's3.bucket.name': { group: 'S3', order: 1, width: 'long', displayName: 'S3 Bucket' },
  's3.object.tagging': { group: 'S3', order: 2, width: 'long', displayName: 'S3 Object Tagging' },
  's3.object.tagging.key.value.pairs': {
    group: 'S3',
    order: 3,
    width: 'long',
    displayName: 'S3 Object Tagging Extra Key Value pairs',
  },
  's3.object.behavior.on.tagging.error': {
    group: 'S3',
    order: 4,
    width: 'short',
    displayName: 'Behavior for S3 object tagging error',
  },
  's3.region': { group: 'S3', order: 5, width: 'long', displayName: 'AWS region' },
  's3.part.size': { group: 'S3', order: 6, width: 'long', displayName: 'S3 Part Size' },
  's3.credentials.provider.class': {
    group: 'S3',
    order: 7,
    width: 'long',
    displayName: 'AWS Credentials Provider Class',
  },
  'aws.access.key.id': { group: 'S3', order: 8, width: 'long', displayName: 'AWS Access Key ID' },
  'aws.secret.access.key': { group: 'S3', order: 9, width: 'long', displayName: 'AWS Secret Access Key' },
  's3.ssea.name': {
    group: 'S3',
    order: 10,
    width: 'long',
    displayName: 'S3 Server Side Encryption Algorithm',
  },
  's3.sse.customer.key': {
    group: 'S3',
    order: 11,
    width: 'long',
    displayName: 'S3 Server Side Encryption Customer-Provided Key (SSE-C)',
  },
  's3.sse.kms.key.id': {
    group: 'S3',
    order: 12,
    width: 'long',
    displayName: 'S3 Server Side Encryption Key',
    visible: (config) => config['s3.ssea.name']?.trim().toLowerCase() === 'aws:kms',
  },
  's3.acl.canned': { group: 'S3', order: 13, width: 'long', displayName: 'S3 Canned ACL' },
  's3.wan.mode': { group: 'S3', order: 14, width: 'long', displayName: 'S3 accelerated endpoint enabled' },
  's3.compression.type': { group: 'S3', order: 15, width: 'long', displayName: 'Compression type' },
  's3.compression.level': { group: 'S3', order: 16, width: 'long', displayName: 'Compression Level' },
  'json.decimal.format': { group: 'S3', order: 17, width: 'medium', displayName: 'Decimal Format' },
  's3.part.retries': { group: 'S3', order: 18, width: 'long', displayName: 'S3 Part Upload Retries' },
  's3.retry.backoff.ms': { group: 'S3', order: 19, width: 'short', displayName: 'Retry Backoff (ms)' },
  'format.bytearray.extension': {
    group: 'S3',
    order: 20,
    width: 'long',
    displayName: 'Output file extension for ByteArrayFormat',
  },
  'format.bytearray.separator': {
    group: 'S3',
    order: 21,
    width: 'long',
    displayName: 'Line separator ByteArrayFormat',
  },
  's3.proxy.url': { group: 'S3', order: 22, width: 'long', displayName: 'S3 Proxy Settings' },
  's3.proxy.user': { group: 'S3', order: 23, width: 'long', displayName: 'S3 Proxy User' },
  's3.proxy.password': { group: 'S3', order: 24, width: 'long', displayName: 'S3 Proxy Password' },
  's3.http.send.expect.continue': {
    group: 'S3',
    order: 25,
    width: 'short',
    displayName: 'S3 HTTP Send Uses Expect Continue',
  },
  'behavior.on.null.values': {
    group: 'S3',
    order: 26,
    width: 'short',
    displayName: 'Behavior for null-valued records',
  },
  'report.null.values.to.dlq': {
    group: 'S3',
    order: 27,
    width: 'short',
    displayName: 'Report null value to dlq',
  },
  'max.write.duration.ms': { group: 'S3', order: 28, width: 'short', displayName: 'Maximum write duration' },
  'rotate.file.on.partition.change': {
    group: 'S3',
    order: 29,
    width: 'short',
    displayName: 'Rotate files on partition change',
  },
  'tombstone.encoded.partition': {
    group: 'S3',
    order: 30,
    width: 'short',
    displayName: 'Tombstone Encoded Partition',
  },
  's3.schema.partition.affix.type': {
    group: 'S3',
    order: 31,
    width: 'long',
    displayName: 'Schema Partition Affix Type',
  },
  's3.send.digest': { group: 'S3', order: 32, width: 'short', displayName: 'S3 Send Upload Message Digest' },
  'enable.conditional.writes': {
    group: 'S3',
    order: 33,
    width: 'short',
    displayName: 'Enable conditional writes during multipart upload',
  },
  'max.files.scan.limit': { group: '', order: -1 },
  'store.kafka.keys': {
    group: 'Keys and Headers',
    order: 1,
    width: 'short',
    displayName: 'Store kafka keys',
    dependents: ['keys.format.class'],
  },
  'store.kafka.headers': {
    group: 'Keys and Headers',
    order: 2,
    width: 'short',
    displayName: 'Store kafka headers',
    dependents: ['headers.format.class'],
  },
  'keys.format.class': {
    group: 'Keys and Headers',
    order: 3,
    displayName: 'Keys format class',
    visible: isTrue('store.kafka.keys'),
  },
  'headers.format.class': {
    group: 'Keys and Headers',
    order: 4,
    displayName: 'Headers format class',
    visible: isTrue('store.kafka.headers'),
  },
  's3.path.style.access.enabled': {
    group: 'Keys and Headers',
    order: 5,
    width: 'short',
    displayName: 'Enable Path Style Access to S3',
  },
  's3.elastic.buffer.enable': {
    group: 'Keys and Headers',
    order: 6,
    width: 'long',
    displayName: 'Enable elastic buffer to staging s3-part',
  },
  's3.elastic.buffer.init.capacity': {
    group: 'Keys and Headers',
    order: 7,
    width: 'long',
    displayName: 'Elastic buffer initial capacity',
  },
  'partitioner.max.open.files': { group: '', order: -1 },
  'storage.class': { group: 'Storage', order: 1, displayName: 'Storage Class' },
  'topics.dir': { group: 'Storage', order: 2, displayName: 'Topics directory' },
  'store.url': { group: 'Storage', order: 3, displayName: 'Store URL' },
  'directory.delim': { group: 'Storage', order: 4, width: 'long', displayName: 'Directory Delimiter' },
  'file.delim': { group: 'Storage', order: 5, width: 'long', displayName: 'File Delimiter' },
  'partitioner.class': {
    group: 'Partitioner',
    order: 1,
    width: 'long',
    displayName: 'Partitioner Class',
    dependents: ['partition.field.name', 'partition.duration.ms', 'path.format', 'locale', 'timezone'],
  },
  'partition.field.name': {
    group: 'Partitioner',
    order: 2,
    displayName: 'Partition Field Name',
    visible: ofPartitioner('partition.field.name'),
  },
  'partition.duration.ms': {
    group: 'Partitioner',
    order: 3,
    width: 'long',
    displayName: 'Partition Duration (ms)',
    visible: ofPartitioner('partition.duration.ms'),
  },
  'path.format': {
    group: 'Partitioner',
    order: 4,
    width: 'long',
    displayName: 'Path Format',
    visible: ofPartitioner('path.format'),
  },
  locale: {
    group: 'Partitioner',
    order: 5,
    width: 'long',
    displayName: 'Locale',
    visible: ofPartitioner('locale'),
  },
  timezone: {
    group: 'Partitioner',
    order: 6,
    width: 'long',
    displayName: 'Timezone',
    visible: ofPartitioner('timezone'),
  },
  'timestamp.extractor': {
    group: 'Partitioner',
    order: 7,
    width: 'long',
    displayName: 'Timestamp Extractor',
  },
  'timestamp.field': {
    group: 'Partitioner',
    order: 8,
    width: 'long',
    displayName: 'Record Field for Timestamp Extractor',
  },
}
