import assert from 'node:assert/strict'
import test from 'node:test'
import { configInfosOf, keyInfos } from '@spillway/api'
import { registry } from '../../../../spillway/src/registry.ts'

import { s3Config } from './s3-config.ts'
import { proxyOf } from './s3-request-config.ts'
import { s3SinkConnector } from '../confluent/s3-sink-connector.ts'

const MINIMAL = {
  's3.bucket.name': 'b',
  'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
  'flush.size': '1000',
  'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
}

const CONTEXT = {
  connectorName: 'c',
  requestTaskReconfiguration: () => undefined,
  raiseError: () => undefined,
}

/** Keys with their messages; none for a configuration that is fine. */
function problemsOf(changes: Record<string, string>): Record<string, string> {
  const found = s3Config
    .validate({ ...MINIMAL, ...changes }, registry)
    .filter(({ errors }) => errors.length > 0)
  return Object.fromEntries(found.map(({ key, errors }) => [key, errors.join('\n')]))
}

test('a quick-start configuration is complete, with the defaults of the sink it stands in for', () => {
  const config = s3Config.parse(MINIMAL)
  assert.equal(config['s3.region'], 'us-west-2')
  assert.equal(config['s3.part.size'], 26_214_400)
  assert.equal(config['s3.path.style.access.enabled'], true)
  assert.equal(config['topics.dir'], 'topics')
  assert.equal(config['rotate.file.on.partition.change'], true)
  assert.equal(config['filename.offset.zero.pad.width'], 10)
})

test('every problem is found at once', () => {
  assert.deepEqual(
    Object.keys(problemsOf({ 'flush.size': 'many', 's3.part.size': '5242879', 's3.bucket.name': '' })).sort(),
    ['flush.size', 's3.bucket.name', 's3.part.size'],
  )
})

test('a mistyped format class is told the one that was meant', () => {
  const problems = problemsOf({ 'format.class': 'io.confluent.connect.s3.format.json.JsonFormt' })
  assert.match(
    problems['format.class'] ?? '',
    /Did you mean io\.confluent\.connect\.s3\.format\.json\.JsonFormat\?/,
  )
})

test('gzip needs formats of lines, for values, keys and headers alike, and each key with its format says so', () => {
  const avro = 'io.confluent.connect.s3.format.avro.AvroFormat'
  const message = (view: string): string =>
    `Compression Type gzip not valid for ${view} format class: ( ${avro} ).`
  const gzip = { 's3.compression.type': 'gzip' }
  assert.deepEqual(problemsOf(gzip), {})
  assert.deepEqual(problemsOf({ ...gzip, 'format.class': avro }), {
    'format.class': message('data'),
    's3.compression.type': message('data'),
  })
  assert.deepEqual(problemsOf({ ...gzip, 'store.kafka.keys': 'true' }), {
    'store.kafka.keys': message('keys'),
    'keys.format.class': message('keys'),
    's3.compression.type': message('keys'),
  })
  assert.deepEqual(problemsOf({ ...gzip, 'store.kafka.headers': 'true' }), {
    'store.kafka.headers': message('headers'),
    'headers.format.class': message('headers'),
    's3.compression.type': message('headers'),
  })
})

test('rules over several keys are not looked at while a single key cannot be read', () => {
  const avro = 'io.confluent.connect.s3.format.avro.AvroFormat'
  const several = {
    's3.compression.type': 'gzip',
    'format.class': avro,
    's3.wan.mode': 'true',
    'behavior.on.null.values': 'write',
  }
  assert.equal(Object.keys(problemsOf(several)).length, 6)
  assert.deepEqual(Object.keys(problemsOf({ ...several, 'flush.size': 'x' })), ['flush.size'])
})

test('a form has the groups, places and names of the sink it stands in for', () => {
  const infos = new Map(keyInfos(s3Config).map((info) => [info.name, info]))
  const placeOf = (key: string): unknown[] => {
    const info = infos.get(key)
    return [info?.group, info?.order_in_group, info?.width, info?.display_name]
  }
  assert.deepEqual(placeOf('flush.size'), ['Connector', 2, 'LONG', 'Flush Size'])
  assert.deepEqual(placeOf('s3.bucket.name'), ['S3', 1, 'LONG', 'S3 Bucket'])
  assert.deepEqual(placeOf('topics.dir'), ['Storage', 2, 'NONE', 'Topics directory'])
  assert.deepEqual(placeOf('max.files.scan.limit'), ['', -1, 'NONE', 'max.files.scan.limit'])
  assert.deepEqual(infos.get('store.kafka.keys')?.dependents, ['keys.format.class'])
  assert.equal(infos.get('s3.bucket.name')?.required, true)
  assert.equal(infos.get('max.write.duration.ms')?.default_value, '9223372036854775807')
})

test('a form shows the keys that what else is set leaves room for', () => {
  const shown = (changes: Record<string, string>, ...keys: string[]): boolean[] => {
    const infos = new Map(
      configInfosOf(s3Config, { ...MINIMAL, ...changes }).map(({ value }) => [value.name, value.visible]),
    )
    return keys.map((key) => infos.get(key) === true)
  }
  const time = ['partition.duration.ms', 'path.format', 'locale', 'timezone']
  const partitioner = (name: string): Record<string, string> => ({
    'partitioner.class': `io.confluent.connect.storage.partitioner.${name}`,
  })
  assert.deepEqual(shown({}, ...time, 'partition.field.name'), [false, false, false, false, false])
  assert.deepEqual(shown(partitioner('TimeBasedPartitioner'), ...time), [true, true, true, true])
  assert.deepEqual(shown(partitioner('DailyPartitioner'), ...time), [false, false, true, true])
  assert.deepEqual(shown(partitioner('FieldPartitioner'), 'partition.field.name', 'locale'), [true, false])
  assert.deepEqual(shown({}, 'avro.codec', 'parquet.codec', 'keys.format.class'), [false, false, false])
  assert.deepEqual(shown({ 'store.kafka.keys': 'true' }, 'keys.format.class', 'headers.format.class'), [
    true,
    false,
  ])
  assert.deepEqual(shown({ 's3.ssea.name': 'aws:kms' }, 's3.sse.kms.key.id'), [true])
})

test('writing tombstones needs keys, and both keys say so', () => {
  const message = 'Writing Kafka record keys to storage is mandatory when tombstone writing is enabled.'
  assert.deepEqual(problemsOf({ 'behavior.on.null.values': 'WRITE' }), {
    'behavior.on.null.values': message,
    'store.kafka.keys': message,
  })
  assert.deepEqual(problemsOf({ 'behavior.on.null.values': 'write', 'store.kafka.keys': 'true' }), {})
})

test('tags are key:value, no more than S3 takes, and none twice', () => {
  const pairs = (text: string): string =>
    problemsOf({ 's3.object.tagging.key.value.pairs': text })['s3.object.tagging.key.value.pairs'] ?? ''
  assert.equal(pairs('a:b, c:d:e'), '')
  assert.match(pairs('a:b,c'), /'c' is no key:value/)
  assert.match(pairs('a:b,a:c'), /the tag 'a' is there already/)
  assert.match(pairs('endOffset:5'), /the tag 'endOffset' is there already/)
  assert.match(pairs('a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1'), /S3 takes ten tags/)
})

test('several open schemas and projection exclude each other', () => {
  const two = { 'schema.max.open.versions': '2' }
  assert.deepEqual(problemsOf(two), {})
  assert.match(
    problemsOf({ ...two, 'schema.compatibility': 'BACKWARD' })['schema.max.open.versions'] ?? '',
    /exclude each other/,
  )
})

test('headers are lists, which ByteArrayFormat has no bytes for', () => {
  const bytes = { 'headers.format.class': 'io.confluent.connect.s3.format.bytearray.ByteArrayFormat' }
  assert.deepEqual(problemsOf(bytes), {})
  assert.match(
    problemsOf({ ...bytes, 'store.kafka.headers': 'true' })['headers.format.class'] ?? '',
    /cannot hold headers/,
  )
})

test('acceleration and path style exclude each other, and both keys say so', () => {
  assert.deepEqual(Object.keys(problemsOf({ 's3.wan.mode': 'true' })).sort(), [
    's3.path.style.access.enabled',
    's3.wan.mode',
  ])
  assert.deepEqual(problemsOf({ 's3.wan.mode': 'true', 's3.path.style.access.enabled': 'false' }), {})
})

test('T58 the keys of the proxy win over the user in its URL', () => {
  const proxy = (changes: Record<string, string>): string | undefined =>
    proxyOf(s3Config.parse({ ...MINIMAL, ...changes }))
  assert.equal(proxy({}), undefined)
  const url = { 's3.proxy.url': 'http://user:pass@localhost:8080' }
  assert.equal(proxy(url), 'http://user:pass@localhost:8080/')
  assert.equal(
    proxy({ ...url, 's3.proxy.user': 'other', 's3.proxy.password': 'secret' }),
    'http://other:secret@localhost:8080/',
  )
})

test('a connector plans as many tasks as it may', async () => {
  const connector = s3SinkConnector.create()
  await connector.start(MINIMAL, CONTEXT)
  assert.deepEqual(await connector.taskConfigs(3), [MINIMAL, MINIMAL, MINIMAL])
  await connector.stop()
})

test('a bucket is needed for S3, a directory for local storage', () => {
  const missing = s3Config.validate({ ...MINIMAL, 's3.bucket.name': null })
  assert.deepEqual(
    missing.filter(({ errors }) => errors.length > 0).map(({ key, errors }) => [key, ...errors]),
    [['s3.bucket.name', 'Missing required configuration "s3.bucket.name" which has no default value.']],
  )
  const local = { 'storage.class': 'io.spillway.storage.LocalStorage' }
  assert.deepEqual(problemsOf({ ...local, 'store.url': 'file:///var/lib/orders' }), {})
  assert.deepEqual(Object.keys(problemsOf({ ...local, 'store.url': 'here' })), ['store.url'])
  assert.deepEqual(Object.keys(problemsOf(local)), ['store.url'])
})
