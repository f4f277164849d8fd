import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RawConfig } from '@spillway/api'

import { aivenConfig } from './aiven-config.ts'
import { s3ConfigOfAiven } from './aiven-s3-config.ts'
import { aivenSetup } from './aiven-setup.ts'

const MINIMAL = { 'aws.s3.bucket.name': 'bucket' }

function problems(changes: RawConfig): Record<string, string[]> {
  const wrong = aivenConfig.validate({ ...MINIMAL, ...changes }).filter(({ errors }) => errors.length > 0)
  return Object.fromEntries(wrong.map(({ key, errors }) => [key, errors]))
}

test('a bucket is all that has to be named, under its new name or the old', () => {
  assert.deepEqual(problems({}), {})
  assert.deepEqual(problems({ 'aws.s3.bucket.name': null, aws_s3_bucket: 'bucket' }), {})
  assert.deepEqual(problems({ 'aws.s3.bucket.name': null }), {
    'aws.s3.bucket.name': ['Neither aws.s3.bucket.name nor aws_s3_bucket properties have been set'],
  })
})

for (const [template, message] of [
  [
    '{{topic}}',
    /unsupported set of template variables, supported sets are: topic,partition,start_offset,timestamp; /,
  ],
  ['{{topic}}-{{partition}}-{{start_offset}}-{{other}}', /unsupported set of template variables/],
  ['plain', /requires that the template \[plain\] has variables defined/],
  [
    '{{topic}}-{{partition:padding=x}}-{{start_offset}}',
    /supported sets are: partition:padding=true\|false,/,
  ],
  [
    '{{topic}}-{{partition}}-{{start_offset}}-{{timestamp}}',
    /parameter unit is required .* yyyy\|MM\|dd\|HH/,
  ],
  ['{{topic}}-{{partition:}}-{{start_offset}}', /Wrong variable with parameter definition/],
  ['{{}}-{{partition}}', /Variable name hasn't been set/],
] as const) {
  test(`file.name.template ${template} is refused with the reason`, () => {
    assert.match(problems({ 'file.name.template': template })['file.name.template']?.[0] ?? '', message)
  })
}

for (const template of [
  '{{topic}}-{{partition}}-{{start_offset}}',
  '{{key}}',
  '{{key}}-{{topic}}-{{partition}}',
  '{{topic}}/{{partition}}/{{key}}/{{start_offset}}/{{timestamp:unit=HH}}',
]) {
  test(`file.name.template ${template} is taken`, () => {
    assert.deepEqual(problems({ 'file.name.template': template }), {})
  })
}

test('one object per key cannot hold several records', () => {
  assert.deepEqual(problems({ 'file.name.template': '{{key}}', 'file.max.records': '2' }), {
    'file.max.records': ['When file.name.template is {{key}}, file.max.records must be either 1 or not set'],
  })
})

test('fields without an envelope are refused unless there is one of them', () => {
  const message = 'When format.output.envelope is false, format.output.fields must contain only one field'
  const bare = { 'format.output.envelope': 'false' }
  assert.deepEqual(problems(bare), { 'format.output.envelope': [message] })
  assert.deepEqual(problems({ ...bare, 'format.output.fields': 'key,value' }), {
    'format.output.envelope': [message],
  })
  assert.deepEqual(problems({ ...bare, 'format.output.fields': 'key' }), {})
})

test('single values are checked with the messages of the peer', () => {
  const wrong = problems({
    'file.compression.type': 'lz4',
    'format.output.type': 'xml',
    'format.output.fields': 'key,other',
    'format.output.fields.value.encoding': 'hex',
    'file.name.timestamp.source': 'NOW',
    'file.name.timestamp.timezone': 'Nowhere/Here',
    'aws.s3.endpoint': ' ',
    'aws.s3.part.size.bytes': '0',
    'aws.s3.backoff.max.retries': '31',
    'aws.sts.role.session.duration': '1',
    'aws.s3.bucket.name': 'Bucket',
  })
  const text = Object.entries(wrong).map(([key, [message = '']]) => [
    key,
    message.replace(/^.*?configuration [\w.]+: /, ''),
  ])
  assert.deepEqual(Object.fromEntries(text), {
    'file.compression.type': "'none', 'gzip', 'snappy', 'zstd'",
    'format.output.type': "Supported values are: 'avro', 'csv', 'json', 'jsonl', 'parquet'",
    'format.output.fields': "supported values are: 'key', 'value', 'offset', 'timestamp', 'headers'",
    'format.output.fields.value.encoding': "supported values are: 'none', 'base64'",
    'file.name.timestamp.source': 'Unknown timestamp source: NOW',
    'file.name.timestamp.timezone': "The datetime zone id 'Nowhere/Here' is not recognised",
    'aws.s3.endpoint': 'String must be non-empty',
    'aws.s3.part.size.bytes': 'Part size must be greater than 0',
    'aws.s3.backoff.max.retries': 'Value must be no more than 30',
    'aws.sts.role.session.duration': 'Value must be at least 900',
    'aws.s3.bucket.name': 'Bucket name should not contain uppercase characters, white space or others',
  })
})

test('the store is asked as the keys say: path style with an endpoint, us-east-1 without a region, encryption that acts', () => {
  const storeOf = (changes: RawConfig): Record<string, unknown> => {
    const raw = { ...MINIMAL, ...changes }
    return s3ConfigOfAiven(raw, aivenConfig.parse(raw)).config
  }
  const plain = storeOf({})
  assert.deepEqual([plain['s3.region'], plain['s3.path.style.access.enabled']], ['us-east-1', false])
  const own = storeOf({
    'aws.s3.endpoint': 'localhost:9000',
    aws_s3_region: 'eu-west-1',
    'aws.s3.sse.algorithm': 'aws:kms',
  })
  assert.deepEqual(
    [
      own['s3.region'],
      own['s3.path.style.access.enabled'],
      own['store.url'],
      own['s3.ssea.name'],
      own['s3.part.size'],
    ],
    ['eu-west-1', true, 'localhost:9000', 'aws:kms', 5_242_880],
  )
})

test('the backoff keys act, also with an endpoint', async () => {
  const { upload, store } = await aivenSetup({
    ...MINIMAL,
    'aws.s3.endpoint': 'http://localhost:1',
    'aws.s3.backoff.delay.ms': '7',
    'aws.s3.backoff.max.delay.ms': '70',
    'aws.s3.backoff.max.retries': '5',
  })
  store.close()
  assert.deepEqual([upload.backoffMs, upload.maxBackoffMs, upload.quietRetries], [7, 70, 5])
})
