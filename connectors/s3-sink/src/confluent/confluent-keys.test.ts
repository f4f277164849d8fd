import assert from 'node:assert/strict'
import test from 'node:test'
import { type Password, renderValue } from '@spillway/api'

import { registry } from '../../../../spillway/src/registry.ts'
import { s3Config } from '../config/s3-config.ts'

const REQUIRED = Symbol('required')
const PARTITIONERS = 'io.confluent.connect.storage.partitioner'
const AVRO_FORMAT = 'io.confluent.connect.s3.format.avro.AvroFormat'

/** Every key of the sink that configurations are written for, with its default. */
const KEYS: Readonly<Record<string, unknown>> = {
  'format.class': REQUIRED,
  'flush.size': REQUIRED,
  'rotate.interval.ms': -1,
  'rotate.schedule.interval.ms': -1,
  'schemas.cache.config': 1000,
  'schemas.cache.size': 1000,
  'enhanced.avro.schema.support': true,
  'connect.meta.data': true,
  'allow.optional.map.keys': false,
  'retry.backoff.ms': 5000,
  'shutdown.timeout.ms': 3000,
  'filename.offset.zero.pad.width': 10,
  'avro.codec': 'null',
  'parquet.codec': 'snappy',
  'schema.compatibility': 'NONE',
  'storage.class': REQUIRED,
  'store.url': null,
  'topics.dir': 'topics',
  'directory.delim': '/',
  'file.delim': '+',
  's3.bucket.name': REQUIRED,
  's3.region': 'us-west-2',
  's3.part.size': 26_214_400,
  's3.elastic.buffer.enable': false,
  's3.elastic.buffer.init.capacity': 131_072,
  's3.part.retries': 3,
  's3.retry.backoff.ms': 200,
  's3.http.send.expect.continue': true,
  's3.path.style.access.enabled': true,
  's3.wan.mode': false,
  's3.send.digest': false,
  's3.credentials.provider.class': 'software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider',
  'aws.access.key.id': '',
  'aws.secret.access.key': null,
  's3.ssea.name': '',
  's3.sse.kms.key.id': '',
  's3.sse.customer.key': null,
  's3.acl.canned': null,
  's3.compression.type': 'none',
  's3.compression.level': -1,
  'json.decimal.format': 'BASE64',
  'format.bytearray.extension': '.bin',
  'format.bytearray.separator': '\n',
  's3.proxy.url': '',
  's3.proxy.user': null,
  's3.proxy.password': null,
  'behavior.on.null.values': 'fail',
  'report.null.values.to.dlq': true,
  'tombstone.encoded.partition': 'tombstone',
  'store.kafka.keys': false,
  'keys.format.class': AVRO_FORMAT,
  'store.kafka.headers': false,
  'headers.format.class': AVRO_FORMAT,
  's3.object.tagging': false,
  's3.object.tagging.key.value.pairs': [],
  's3.object.behavior.on.tagging.error': 'ignore',
  's3.schema.partition.affix.type': 'NONE',
  'rotate.file.on.partition.change': true,
  // Long.MAX_VALUE, to the precision of a number.
  'max.write.duration.ms': 2 ** 63,
  'enable.conditional.writes': true,
  'max.files.scan.limit': 100,
  'partitioner.max.open.files': -1,
  'partitioner.class': `${PARTITIONERS}.DefaultPartitioner`,
  'partition.field.name': [],
  'partition.duration.ms': -1,
  'path.format': '',
  locale: '',
  timezone: '',
  'timestamp.extractor': 'Wallclock',
  'timestamp.field': 'timestamp',
}

const MINIMAL = {
  's3.bucket.name': 'b',
  'format.class': AVRO_FORMAT,
  'flush.size': '3',
  'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
}

const without = (key: string): Record<string, string> =>
  Object.fromEntries(Object.entries(MINIMAL).filter(([name]) => name !== key))

/** Required by the declaration, or by a rule that says the same. */
const isMissing =
  (key: string) =>
  (error: Error): boolean =>
    error.message === `Missing required configuration "${key}" which has no default value.`

test('every key of the sink is known, with its default', () => {
  const parsed = s3Config.parse(MINIMAL) as Readonly<Record<string, unknown>>
  for (const [key, usual] of Object.entries(KEYS)) {
    const declared = s3Config.keys[key as keyof typeof s3Config.keys]
    assert.ok(declared, key)
    if (usual === REQUIRED) assert.throws(() => s3Config.parse(without(key)), isMissing(key))
    else assert.deepEqual(parsed[key], usual, key)
  }
})

test('every key of the sink is accepted with its own default written out', () => {
  const written = Object.entries(KEYS).flatMap(([key, usual]) =>
    usual === REQUIRED || usual === null ? [] : [[key, renderValue(usual)] as const],
  )
  const config = { ...(Object.fromEntries(written) as Record<string, string>), ...MINIMAL }
  const problems = s3Config.validate(config).filter(({ errors }) => errors.length > 0)
  assert.deepEqual(problems, [])
  assert.deepEqual(s3Config.unknownKeys(config), [])
})

/** What is wrong with one value of one key; empty where it is fine. */
function problemOf(key: string, value: string, others: Record<string, string> = {}): string {
  const outcome = s3Config
    .validate({ ...MINIMAL, ...others, [key]: value }, registry)
    .find((one) => one.key === key)
  assert.ok(outcome, key)
  return outcome.errors.join('\n')
}

const WRONG: readonly (readonly [key: string, value: string, message: RegExp])[] = [
  ['flush.size', 'x', /Invalid value x for configuration flush\.size: Not a number of type INT/],
  ['filename.offset.zero.pad.width', '-1', /Value must be at least 0/],
  ['avro.codec', 'lzma', /String must be one of: null, deflate, snappy/],
  ['parquet.codec', 'uncompressed', /Value must be one of: \[none, gzip, snappy, lz4, /],
  ['avro.codec', 'bzip2', /bzip2 is not written here: .*zstandard/],
  ['parquet.codec', 'lzo', /lzo is not written here: .*lz4_raw/],
  ['s3.part.size', '5242879', /Part size must be at least: 5242880 bytes \(5MB\)/],
  ['s3.part.size', '2147483648', /Not a number of type INT|Value must be no more than 2147483647/],
  ['s3.elastic.buffer.init.capacity', '4095', /Value must be at least 4096/],
  ['s3.part.retries', '-1', /Value must be at least 0/],
  ['s3.retry.backoff.ms', '-1', /Value must be at least 0/],
  ['s3.ssea.name', 'aes256', /String must be one of: .*AES256, aws:kms/],
  ['s3.acl.canned', 'mine', /Value must be one of: \[private, public-read/],
  ['s3.compression.type', 'GZIP', /Value must be one of: \[none, gzip\]/],
  ['s3.compression.level', '10', /Value must be no more than 9/],
  ['json.decimal.format', 'HEX', /NUMERIC.*BASE64/],
  ['behavior.on.null.values', 'skip', /String must be one of: ignore, fail, write/],
  ['s3.object.behavior.on.tagging.error', 'skip', /ignore/i],
  ['s3.schema.partition.affix.type', 'prefix', /String must be one of: SUFFIX, PREFIX, NONE/],
  ['partition.field.name', 'a..b', /Field name cannot contain an empty or whitespace-only path segment/],
  ['storage.class', 'x.Y', /Class x\.Y could not be found\./],
  ['storage.class', 'io.confluent.connect.s3.storage.S3Storge', /Did you mean .*\.S3Storage\?/],
  // A class that another key may name.
  ['storage.class', 'io.confluent.connect.s3.format.json.JsonFormat', /could not be found/],
  ['timezone', 'LLL', /The datetime zone id 'LLL' is not recognised/],
]

for (const [key, value, message] of WRONG) {
  test(`${key}=${value} is refused`, () => assert.match(problemOf(key, value), message))
}

test('storage.class may name a store of one’s own, which needs no bucket', () => {
  for (const name of ['./x.js', '/opt/store.mjs', '@mine/store']) {
    assert.equal(problemOf('storage.class', name), '', name)
    const found = s3Config.validate({ ...without('s3.bucket.name'), 'storage.class': name }, registry)
    assert.deepEqual(
      found.filter(({ errors }) => errors.length > 0).map(({ key }) => key),
      [],
      name,
    )
  }
})

test('values that the sink takes are taken', () => {
  for (const [key, value] of [
    ['flush.size', '0'],
    ['flush.size', '-1'],
    ['schema.compatibility', 'SIDEWAYS'],
    ['filename.offset.zero.pad.width', '0'],
    ['s3.part.retries', '0'],
    ['behavior.on.null.values', 'IGNORE'],
    ['json.decimal.format', 'numeric'],
    ['s3.ssea.name', 'aws:kms:dsse'],
    ['store.url', 'localhost:9000'],
    ['topics.dir', ''],
    ['s3.region', 'eu-somewhere-9'],
    ['s3.acl.canned', 'bucket-owner-full-control'],
    ['s3.acl.canned', ''],
  ] as const)
    assert.equal(problemOf(key, value), '', key)
})

test('FieldPartitioner needs fields', () => {
  assert.equal(
    problemOf('partition.field.name', '', { 'partitioner.class': `${PARTITIONERS}.FieldPartitioner` }),
    'Partition field name cannot be null or empty when using FieldPartitioner.',
  )
})

test('keys that this sink does not need say why, where they are set', () => {
  const reasons = s3Config.keysWithoutEffect({
    ...MINIMAL,
    's3.elastic.buffer.enable': 'true',
    's3.elastic.buffer.init.capacity': '4096',
    's3.send.digest': 'true',
    'schemas.cache.config': '50',
    'retry.backoff.ms': '1',
    'shutdown.timeout.ms': '1',
    'max.write.duration.ms': '1',
    'max.files.scan.limit': '1',
  })
  assert.equal(reasons.length, 8)
  for (const { key, reason } of reasons) assert.ok(reason.length > 20, key)
  assert.deepEqual(s3Config.keysWithoutEffect(MINIMAL), [])
})

test('secrets are hidden', () => {
  const parsed = s3Config.parse({
    ...MINIMAL,
    'aws.access.key.id': 'id',
    'aws.secret.access.key': 'hush',
    's3.proxy.password': 'hush',
    's3.sse.customer.key': Buffer.alloc(32, 1).toString('base64'),
  })
  for (const key of ['aws.secret.access.key', 's3.proxy.password', 's3.sse.customer.key'] as const) {
    assert.equal(String(parsed[key]), '[hidden]')
    assert.notEqual((parsed[key] as Password).reveal(), '')
  }
})
