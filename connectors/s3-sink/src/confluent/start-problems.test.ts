import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type ConfigDef, noModules, type RawConfig } from '@spillway/api'

import { aivenConfig } from '../aiven/aiven-config.ts'
import { aivenS3SinkConnector } from '../aiven/aiven-s3-sink-connector.ts'
import { registry } from '../../../../spillway/src/registry.ts'
import { s3Config } from '../config/s3-config.ts'
import { s3SinkConnector } from './s3-sink-connector.ts'

const CONFLUENT: RawConfig = {
  's3.bucket.name': 'b',
  'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
  'flush.size': '1000',
  'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
}
const AIVEN: RawConfig = { 'aws.s3.bucket.name': 'bucket' }

const CONTEXT = {
  modules: { ...noModules, plugins: registry },
  connectorName: 'c',
  requestTaskReconfiguration: () => undefined,
  raiseError: () => undefined,
}

const partitioner = (name: string): RawConfig => ({
  'partitioner.class': `io.confluent.connect.storage.partitioner.${name}`,
})
const ZONED: RawConfig = { locale: 'en', timezone: 'UTC' }
const HOURS = "'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH"
const TIMED: RawConfig = {
  ...partitioner('TimeBasedPartitioner'),
  ...ZONED,
  'path.format': HOURS,
  'partition.duration.ms': '3600000',
}
const HOURLY: RawConfig = { ...partitioner('HourlyPartitioner'), ...ZONED }
const BY_FIELD: RawConfig = { ...HOURLY, 'timestamp.extractor': 'RecordField' }
const KEY = Buffer.alloc(32, 7).toString('base64')

function problemsOf(def: ConfigDef, raw: RawConfig): Record<string, string> {
  const wrong = def.validate(raw, registry).filter(({ errors }) => errors.length > 0)
  return Object.fromEntries(wrong.map(({ key, errors }) => [key, errors.join('\n')]))
}

/** Changes, and the keys at which they are told with what is said there. */
type Table = readonly (readonly [RawConfig, Readonly<Record<string, RegExp>>])[]

const TOLD: Table = [
  // The schedule
  [
    { 'rotate.schedule.interval.ms': '600000' },
    {
      'rotate.schedule.interval.ms': /^timezone configuration must be set/,
      timezone: /must be set when using/,
    },
  ],
  [
    { ...HOURLY, timezone: '', 'rotate.schedule.interval.ms': '1' },
    { 'rotate.schedule.interval.ms': /./, timezone: /cannot be empty/ },
  ],
  // Spans
  [
    { ...TIMED, 'partition.duration.ms': null },
    { 'partition.duration.ms': /needs to be a positive\. .*3600000 ms fits/ },
  ],
  [{ ...TIMED, 'partition.duration.ms': '0' }, { 'partition.duration.ms': /3600000 ms/ }],
  [{ ...TIMED, 'partition.duration.ms': '-5' }, { 'partition.duration.ms': /3600000 ms/ }],
  [
    { ...TIMED, 'partition.duration.ms': '-1', 'path.format': "'day'=YYYY-MM-dd" },
    { 'partition.duration.ms': /86400000 ms/ },
  ],
  [
    { ...TIMED, 'partition.duration.ms': '-1', 'path.format': 'HH/mm' },
    { 'partition.duration.ms': /: 60000 ms/ },
  ],
  [
    { 'partition.by': 'time:YYYY', 'partition.duration.ms': '0' },
    { 'partition.by': /needs to be a positive/ },
  ],
  // Patterns
  [{ ...TIMED, 'path.format': null }, { 'path.format': /cannot be empty\. .*'year'=YYYY/ }],
  [{ ...TIMED, 'path.format': '/' }, { 'path.format': /cannot be empty/ }],
  [
    { ...TIMED, 'path.format': "year='YYYY'/month='MM'" },
    { 'path.format': /Illegal pattern component: r\. .*'year'=YYYY/ },
  ],
  [{ ...TIMED, 'path.format': 'YYYYTHH' }, { 'path.format': /Illegal pattern component: T/ }],
  [{ 'partition.by': 'dt=time' }, { 'path.format': /cannot be empty/ }],
  [{ 'partition.by': 'dt=time:YYYYTHH' }, { 'partition.by': /Illegal pattern component: T/ }],
  // Locales and zones
  [{ ...HOURLY, locale: null }, { locale: /^Invalid value .*Locale cannot be empty/ }],
  [{ ...HOURLY, timezone: null }, { timezone: /Timezone cannot be empty/ }],
  [{ ...partitioner('DailyPartitioner') }, { locale: /cannot be empty/, timezone: /cannot be empty/ }],
  [
    { ...partitioner('TimeBasedPartitioner') },
    { 'partition.duration.ms': /positive/, 'path.format': /empty/, locale: /empty/, timezone: /empty/ },
  ],
  // Where the time comes from
  [
    { ...HOURLY, 'timestamp.extractor': 'recordfield' },
    { 'timestamp.extractor': /Invalid timestamp extractor: recordfield/ },
  ],
  [{ ...BY_FIELD, 'timestamp.field': '' }, { 'timestamp.field': /names no field/ }],
  [{ ...BY_FIELD, 'timestamp.field': 'a..b' }, { 'timestamp.field': /names no field/ }],
  [{ ...BY_FIELD, 'timestamp.field.format': 'weeks' }, { 'timestamp.field.format': /write seconds, millis/ }],
  [{ ...HOURLY, 'timestamp.fallback': 'now' }, { 'timestamp.fallback': /write field:<path>/ }],
  [{ ...HOURLY, 'timestamp.fallback': 'field:' }, { 'timestamp.fallback': /names no field/ }],
  [{ ...HOURLY, 'timestamp.fallback': 'header:' }, { 'timestamp.fallback': /header:<name>/ }],
  // Fields
  [{ ...partitioner('FieldPartitioner') }, { 'partition.field.name': /cannot be null or empty/ }],
  [{ 'partition.field.missing': 'skip' }, { 'partition.field.missing': /must be one of: , error, null/ }],
  // Proxies and endpoints
  [{ 's3.proxy.url': 'localhost' }, { 's3.proxy.url': /no protocol: localhost/ }],
  [{ 's3.proxy.url': 'proxy:3128' }, { 's3.proxy.url': /unknown protocol: proxy/ }],
  [{ 's3.proxy.url': 'socks5://proxy:1080' }, { 's3.proxy.url': /unknown protocol: socks5/ }],
  [{ 's3.proxy.url': 'http://' }, { 's3.proxy.url': /no protocol/ }],
  [{ 's3.proxy.url': 'me:hush@proxy' }, { 's3.proxy.url': /^((?!hush).)*$/ }],
  [{ 'store.url': 'ftp://store' }, { 'store.url': /unknown protocol: ftp/ }],
  [{ 'store.url': 'http://a b' }, { 'store.url': /Invalid value/ }],
  [{ 'store.url': 'file:///var/lib/orders' }, { 'store.url': /storage\.class=.*LocalStorage/ }],
  [
    { 's3.credentials.provider.sts.endpoint': 'sts' },
    { 's3.credentials.provider.sts.endpoint': /no protocol/ },
  ],
  // Keys and credentials
  [
    { 's3.ssea.name': 'AES256', 's3.sse.customer.key': 'AAAA' },
    { 's3.sse.customer.key': /\[hidden\].*but is of 3$/ },
  ],
  [{ 's3.sse.customer.key': KEY.slice(2) }, { 's3.sse.customer.key': /base64 of 32 bytes/ }],
  [{ 's3.sse.customer.key': `${KEY.slice(0, 40)}!!!=` }, { 's3.sse.customer.key': /is no base64$/ }],
  [{ 'aws.access.key.id': 'AK' }, { 'aws.secret.access.key': /must be set too, as aws\.access\.key\.id is/ }],
  [
    { 'aws.access.key.id': 'AK', 'aws.secret.access.key': '' },
    { 'aws.secret.access.key': /must be set too/ },
  ],
  [{ 'aws.secret.access.key': 's' }, { 'aws.access.key.id': /must be set too/ }],
  [
    { 's3.credentials.provider.class': 'software.amazon.awssdk.auth.credentials.StaticCredentialsProvider' },
    { 'aws.access.key.id': /must be set for/, 'aws.secret.access.key': /must be set for/ },
  ],
  // Sizes and names
  [{ 's3.part.size': '5242879' }, { 's3.part.size': /at least/ }],
  [{ 's3.part.size': '2147483648' }, { 's3.part.size': /INT/ }],
  [{ 'topics.dir': 'x'.repeat(1024) }, { 'topics.dir': /1024 are the most/ }],
  [{ 'topics.dir': 'a\u0001b' }, { 'topics.dir': /control character U\+0001/ }],
  [{ 'object.key.rule': 'none' }, { 'object.key.rule': /must be one of/ }],
]

const TAKEN: readonly RawConfig[] = [
  { 'rotate.schedule.interval.ms': '600000', timezone: 'UTC' },
  { 'rotate.schedule.interval.ms': '0' },
  TIMED,
  HOURLY,
  BY_FIELD,
  { ...TIMED, 'path.format': "'year'='YYYY'" },
  { ...TIMED, 'path.format': 'YYYY/MM/' },
  { ...TIMED, 'timestamp.extractor': './mine.js' },
  { 'partitioner.class': './mine.js' },
  { 'partition.duration.ms': '0', 'path.format': 'T', 'timestamp.extractor': 'X' },
  { 'partition.by': 'time:YYYY,value:a' },
  { 's3.proxy.url': 'https://proxy' },
  { 's3.proxy.url': 'http://me:hush@[::1]:3128' },
  { 'store.url': 'localhost:9000' },
  { 'store.url': 'https://store/path' },
  { 's3.ssea.name': 'AES256', 's3.sse.customer.key': KEY },
  { 's3.sse.customer.key': KEY.replace(/=+$/, '') },
  { 's3.sse.customer.key': '' },
  { 'aws.access.key.id': '', 'aws.secret.access.key': '' },
  { 'topics.dir': '../x//' },
]

const AIVENS_TOLD: Table = [
  [{ 'aws.access.key.id': 'AK' }, { 'aws.secret.access.key': /must be set too/ }],
  [{ aws_secret_access_key: 's' }, { 'aws.access.key.id': /must be set too, as aws_secret_access_key is/ }],
  [{ 'aws.s3.endpoint': 'ftp://store' }, { 'aws.s3.endpoint': /unknown protocol: ftp/ }],
  [{ 'aws.s3.endpoint': 'http://a b' }, { 'aws.s3.endpoint': /should be valid URL/ }],
  [{ aws_s3_endpoint: 'ftp://store' }, { 'aws.s3.endpoint': /unknown protocol: ftp/ }],
  [
    { 'aws.sts.config.endpoint': 'sts', 'aws.s3.region': 'eu-central-1' },
    { 'aws.sts.config.endpoint': /no protocol/ },
  ],
  [{ 'aws.credentials.provider': 'com.acme.Provider' }, { 'aws.credentials.provider': /could not be found/ }],
  [{ 'timestamp.timezone': 'Middle/Earth' }, { 'timestamp.timezone': /Middle\/Earth/ }],
  [{ 'file.name.timestamp.timezone': '+5x' }, { 'file.name.timestamp.timezone': /./ }],
  [{ 'aws.sts.role.arn': 'arn:aws:iam::1:role/w' }, { 'aws.sts.role.session.name': /must be set too/ }],
  [{ 'aws.s3.part.size.bytes': '0' }, { 'aws.s3.part.size.bytes': /greater than 0/ }],
  [{ 'aws.s3.prefix': 'a\u0000b' }, { 'aws.s3.prefix': /control character/ }],
  [{ 'file.name.template': `${'x'.repeat(1024)}{{key}}` }, { 'file.name.template': /1024 are the most/ }],
]

const AIVENS_TAKEN: readonly RawConfig[] = [
  { 'aws.access.key.id': 'AK', aws_secret_access_key: 's' },
  { 'aws.s3.endpoint': 'localhost:9000' },
  { 'timestamp.timezone': 'GMT+02:00' },
  { 'rotate.schedule.interval.ms': '-1' },
]

/** Every key with its message; creating the connector refuses the same. */
async function expectTold(
  plugin: typeof s3SinkConnector,
  def: ConfigDef,
  raw: RawConfig,
  told: Readonly<Record<string, RegExp>>,
): Promise<void> {
  const problems = problemsOf(def, raw)
  assert.deepEqual(Object.keys(problems).sort(), Object.keys(told).sort())
  for (const [key, message] of Object.entries(told)) assert.match(problems[key] ?? '', message, key)
  await assert.rejects(plugin.create().start(raw, CONTEXT), 'the connector does not start')
}

suite('what a connector or task finds wrong when it starts is told at its key by validation', () => {
  for (const [changes, told] of TOLD) {
    test(`Confluent's class: ${JSON.stringify(changes).slice(0, 160)}`, () =>
      expectTold(s3SinkConnector, s3Config, { ...CONFLUENT, ...changes }, told))
  }
  for (const [changes, told] of AIVENS_TOLD) {
    test(`Aiven's class: ${JSON.stringify(changes).slice(0, 160)}`, () =>
      expectTold(aivenS3SinkConnector, aivenConfig, { ...AIVEN, ...changes }, told))
  }
  test('and what they take is taken', async () => {
    for (const changes of TAKEN) {
      assert.deepEqual(problemsOf(s3Config, { ...CONFLUENT, ...changes }), {}, JSON.stringify(changes))
      await s3SinkConnector.create().start({ ...CONFLUENT, ...changes }, CONTEXT)
    }
    for (const changes of AIVENS_TAKEN) {
      assert.deepEqual(problemsOf(aivenConfig, { ...AIVEN, ...changes }), {}, JSON.stringify(changes))
      await aivenS3SinkConnector.create().start({ ...AIVEN, ...changes }, CONTEXT)
    }
  })
})
