import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Clock, systemClock } from '../../../api/src/time/clock.ts'
import type { SchemaAndValue } from '../../../api/src/connector/converter.ts'
import { INT64, OPTIONAL_STRING, SchemaBuilder, STRING } from '../../../api/src/data/schema-builder.ts'
import { Struct } from '../../../api/src/data/struct.ts'
import { isRetriable } from '../../../api/src/errors/connect-errors.ts'
import type { RawHeader } from '../../../api/src/kafka/port.ts'
import { avroConverterPlugin } from '../avro/avro-converter.ts'
import { FakeRegistry } from '../conformance/fake-registry.ts'
import { registryConfig } from './registry-config.ts'
import { SchemaRegistryClient } from './schema-registry-client.ts'
import { frame } from './wire-format.ts'

const ORDER = JSON.stringify({
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
})
/** id 5, note "hi" */
const PAYLOAD = Buffer.from([10, 2, 4, 0x68, 0x69])

let registry: FakeRegistry
const settings = (more: Record<string, string> = {}): Record<string, string> => ({
  'schema.registry.url': registry.url,
  'retries.wait.ms': '1',
  ...more,
})

async function converter(more: Record<string, string> = {}, isKey = false) {
  const made = avroConverterPlugin.create()
  await made.configure(settings(more), isKey)
  return made
}

async function read(bytes: Buffer, headers: RawHeader[] = [], more = {}): Promise<SchemaAndValue> {
  return (await converter(more)).toConnectData('orders', bytes, headers)
}

before(async () => {
  registry = await FakeRegistry.start()
})
after(() => registry.stop())
beforeEach(() => {
  registry.requests.length = 0
  registry.failures.length = 0
})

describe('a converter with a schema registry, reading', () => {
  it('takes the id before the payload, and the version of the subject', async () => {
    const id = registry.put('orders-value', ORDER)
    const { schema, value } = await read(frame(id, PAYLOAD))
    assert.equal(schema?.name, 'shop.Order')
    assert.equal(schema?.version, 1)
    assert.equal((value as Struct).get('id'), 5n)
    assert.equal((value as Struct).get('note'), 'hi')
  })

  it('asks the registry once per id, then answers at once', async () => {
    const id = registry.put('orders-value', ORDER)
    const made = await converter()
    const first = [1, 2, 3].map(() => made.toConnectData('orders', frame(id, PAYLOAD), []))
    await Promise.all(first)
    assert.equal(registry.requests.filter((request) => request.startsWith('GET /schemas/ids/')).length, 1)
    const later = made.toConnectData('orders', frame(id, PAYLOAD), [])
    assert.ok(!(later instanceof Promise))
  })

  it('takes the GUID form, and the id or GUID from a header first', async () => {
    const id = registry.put('orders-value', ORDER)
    const guid = Buffer.from(`01${'0'.repeat(31 - String(id).length + 1)}${id}`, 'hex')
    assert.equal(((await read(Buffer.concat([guid, PAYLOAD]))).value as Struct).get('id'), 5n)
    for (const header of [guid, frame(id, Buffer.alloc(0))]) {
      const { value } = await read(PAYLOAD, [{ key: '__value_schema_id', value: header }])
      assert.equal((value as Struct).get('id'), 5n)
    }
  })

  it('reads schemas that refer to others', async () => {
    const address =
      '{"type":"record","name":"Address","namespace":"shop","fields":[{"name":"city","type":"string"}]}'
    registry.put('address', address)
    const person =
      '{"type":"record","name":"Person","namespace":"shop","fields":[{"name":"home","type":"Address"},{"name":"work","type":"shop.Address"}]}'
    const id = registry.put('people-value', person, 'AVRO', [
      { name: 'shop.Address', subject: 'address', version: 1 },
    ])
    const { value } = await read(frame(id, Buffer.from([2, 0x61, 2, 0x62])))
    assert.equal(((value as Struct).get('work') as Struct).get('city'), 'b')
  })

  it('passes null, and refuses what is framed in no way it knows', async () => {
    assert.deepEqual(await (await converter()).toConnectData('orders', null, []), {
      schema: null,
      value: null,
    })
    const message = /^Failed to deserialize data for topic orders to Avro: Unknown magic byte!/
    await assert.rejects(() => read(Buffer.from('{"a":1}')), { name: 'DataError', message })
    await assert.rejects(
      () => read(Buffer.from('{"a":1}')),
      /use org\.apache\.kafka\.connect\.json\.JsonConverter/,
    )
    await assert.rejects(() => read(Buffer.alloc(0)), { message })
  })

  it('names the id that the registry does not have, and does not ask again at once', async () => {
    const made = await converter()
    const missing = frame(4711, PAYLOAD)
    for (let i = 0; i < 2; i++) {
      await assert.rejects(async () => made.toConnectData('orders', missing, []), {
        name: 'DataError',
        message: /no schema id 4711.*HTTP 404/,
      })
    }
    assert.equal(registry.requests.length, 1)
  })

  it('names the converter for a schema of another type', async () => {
    const id = registry.put('json-value', '{"type":"object"}', 'JSON')
    await assert.rejects(
      () => read(frame(id, PAYLOAD)),
      /schema of type JSON .*use io\.confluent\.connect\.json\.JsonSchemaConverter/,
    )
  })

  it('refuses bytes that another schema wrote', async () => {
    const id = registry.put('orders-value', ORDER)
    await assert.rejects(
      () => read(frame(id, Buffer.concat([PAYLOAD, PAYLOAD]))),
      /written with another schema/,
    )
    await assert.rejects(
      () => read(frame(id, PAYLOAD.subarray(0, 3))),
      /the message ends before its schema does/,
    )
  })
})

describe('a schema registry that is in trouble', () => {
  it('is asked again after a passing failure', async () => {
    const id = registry.put('orders-value', ORDER)
    registry.failures.push(503, 0, 429)
    assert.equal(((await read(frame(id, PAYLOAD))).value as Struct).get('id'), 5n)
  })

  it('makes the record retriable where it does not answer', async () => {
    const made = avroConverterPlugin.create()
    await made.configure(
      { 'schema.registry.url': 'http://127.0.0.1:1', 'max.retries': '1', 'retries.wait.ms': '1' },
      false,
    )
    await assert.rejects(
      async () => made.toConnectData('orders', frame(1, PAYLOAD), []),
      (error: Error) => {
        assert.ok(isRetriable(error))
        assert.match(
          error.message,
          /does not answer: GET http:\/\/127\.0\.0\.1:1\/schemas\/ids\/1.*schema\.registry\.url/,
        )
        return true
      },
    )
  })

  it('gives way to the next address', async () => {
    const id = registry.put('orders-value', ORDER)
    const more = { 'schema.registry.url': `http://127.0.0.1:1, ${registry.url}`, 'max.retries': '0' }
    assert.equal(((await read(frame(id, PAYLOAD), [], more)).value as Struct).get('id'), 5n)
  })

  it('waits longer each time, with jitter, up to a limit', async () => {
    const waits: number[] = []
    const clock: Clock = {
      now: () => 0,
      monotonic: () => 0,
      sleep: (ms) => {
        waits.push(ms)
        return Promise.resolve()
      },
    }
    const config = registryConfig.parse({
      'schema.registry.url': registry.url,
      'max.retries': '4',
      'retries.wait.ms': '1000',
      'retries.max.wait.ms': '3000',
    })
    const client = new SchemaRegistryClient(config, clock, () => 0.5)
    registry.failures.push(500, 500, 500, 500, 500)
    await assert.rejects(async () => client.byId(1), isRetriable)
    assert.deepEqual(waits, [750, 1500, 2250, 2250])
    client.close()
  })

  it('ends a request that takes too long, and those under way when it is closed', async () => {
    const { createServer } = await import('node:http')
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const config = (limit: string) =>
      registryConfig.parse({
        'schema.registry.url': `http://127.0.0.1:${port}`,
        'max.retries': '0',
        'http.read.timeout.ms': limit,
      })
    await assert.rejects(async () => new SchemaRegistryClient(config('20')).byId(1), /no answer within 20 ms/)
    const client = new SchemaRegistryClient(config('60000'))
    const pending = client.byId(1)
    client.close()
    await assert.rejects(async () => pending, /was closed/)
    silent.closeAllConnections()
    silent.close()
  })

  it('says which keys to check where it refuses the login, and shows no secret', async () => {
    registry.failures.push(401)
    const more = { 'schema.registry.url': registry.url.replace('//', '//user:pa55@') }
    await assert.rejects(
      () => read(frame(1, PAYLOAD), [], more),
      (error: Error) => {
        assert.match(error.message, /HTTP 401.*basic\.auth\.credentials\.source/)
        assert.doesNotMatch(error.message, /pa55/)
        return true
      },
    )
    assert.equal(registry.authorization, `Basic ${Buffer.from('user:pa55').toString('base64')}`)
  })

  it('is told user and password from where the configuration says', async () => {
    const id = registry.put('orders-value', ORDER)
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
    const cases: [Record<string, string>, string | undefined][] = [
      [{}, undefined],
      [{ 'basic.auth.credentials.source': 'USER_INFO', 'basic.auth.user.info': 'a:b' }, basic('a:b')],
      [
        { 'basic.auth.credentials.source': 'USER_INFO', 'schema.registry.basic.auth.user.info': 'c:d' },
        basic('c:d'),
      ],
      [
        {
          'basic.auth.credentials.source': 'SASL_INHERIT',
          'sasl.jaas.config':
            'org.apache.kafka.common.security.plain.PlainLoginModule required username="e" password="f\\"g";',
        },
        basic('e:f"g'),
      ],
      [{ 'bearer.auth.token': 'token' }, 'Bearer token'],
    ]
    for (const [more, expected] of cases) {
      await read(frame(id, PAYLOAD), [], more)
      assert.equal(registry.authorization, expected)
    }
    await assert.rejects(
      () => converter({ 'basic.auth.credentials.source': 'USER_INFO' }),
      /basic\.auth\.user\.info must hold/,
    )
  })

  it('is refused where its address or stores cannot be used', async () => {
    await assert.rejects(
      () => converter({ 'schema.registry.url': 'localhost' }),
      /schema\.registry\.url: expected an address/,
    )
    const jks = { 'schema.registry.url': 'https://h', 'schema.registry.ssl.truststore.type': 'JKS' }
    await assert.rejects(() => converter(jks), /truststore\.type: use PEM/)
  })
})

describe('a converter with a schema registry, writing', () => {
  const schema = SchemaBuilder.struct()
    .name('shop.Order')
    .field('id', INT64)
    .field('note', OPTIONAL_STRING)
    .build()
  const value = new Struct(schema).put('id', 5n).put('note', 'hi')

  it('registers the schema under the topic, once, and writes its id', async () => {
    const made = await converter()
    const first = await made.fromConnectData('written', schema, value)
    const second = await made.fromConnectData('written', schema, value)
    assert.deepEqual(first, second)
    assert.equal(registry.requests.filter((r) => r === 'POST /subjects/written-value/versions').length, 1)
    const again = await (await converter()).toConnectData('written', first, [])
    assert.equal((again.value as Struct).get('note'), 'hi')
    assert.equal(await made.fromConnectData('written', null, null), null)
  })

  it('names subjects as configured', async () => {
    const prefix = 'io.confluent.kafka.serializers.subject.'
    const cases: [string, string][] = [
      [`${prefix}TopicNameStrategy`, 't%2F1-value'],
      [`${prefix}RecordNameStrategy`, 'shop.Order'],
      ['TopicRecordNameStrategy', 't%2F1-shop.Order'],
    ]
    for (const [strategy, subject] of cases) {
      registry.requests.length = 0
      await (
        await converter({ 'value.subject.name.strategy': strategy })
      ).fromConnectData('t/1', schema, value)
      assert.deepEqual(registry.requests, [`POST /subjects/${subject}/versions`])
    }
    const record = await converter({ 'value.subject.name.strategy': 'RecordNameStrategy' })
    await assert.rejects(async () => record.fromConnectData('t', STRING, 'x'), /needs a schema with a name/)
    await assert.rejects(
      () => converter({ 'value.subject.name.strategy': 'a.b.Other' }),
      /value\.subject\.name\.strategy: use TopicNameStrategy/,
    )
  })

  it('writes without a promise once a schema is known: schemaless values, and the latest schema while it is asked for anew', async () => {
    const any = await converter()
    assert.ok(any.fromConnectData('any', null, 'a') instanceof Promise)
    await any.fromConnectData('any', null, 'a')
    assert.ok(Buffer.isBuffer(any.fromConnectData('any', null, 'b')))

    let now = 0
    const clock: Clock = { ...systemClock, now: () => now }
    const client = new SchemaRegistryClient(registryConfig.parse(settings()), clock)
    assert.equal(client.knownLatest('known-value'), undefined)
    const first = registry.put('known-value', ORDER)
    assert.equal((await client.latest('known-value')).id, first)
    const second = registry.put('known-value', ORDER.replace('"Order"', '"Order2"'))
    assert.equal(client.knownLatest('known-value')?.id, first)
    now = 60_000
    assert.equal(client.knownLatest('known-value')?.id, first)
    assert.equal((await client.latest('known-value')).id, second)
    assert.equal(client.knownLatest('known-value')?.id, second)
    now = 180_000
    assert.equal(client.knownLatest('known-value'), undefined)
    client.close()
  })

  it('writes with the latest schema, its defaults for fields the value lacks', async () => {
    const wider = JSON.parse(ORDER) as { fields: unknown[] }
    wider.fields.unshift({ name: 'kind', type: 'string', default: 'new' })
    const id = registry.put('latest-value', JSON.stringify(wider))
    const made = await converter({ 'auto.register.schemas': 'false', 'use.latest.version': 'true' })
    const bytes = await made.fromConnectData('latest', schema, value)
    assert.equal(bytes?.readInt32BE(1), id)
    const { value: read } = await made.toConnectData('latest', bytes, [])
    assert.equal((read as Struct).get('kind'), 'new')
  })

  it('writes with a schema of a given id, and refuses values it cannot hold', async () => {
    const id = registry.put(
      'other-value',
      '{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}',
    )
    const made = await converter({ 'auto.register.schemas': 'false', 'use.schema.id': String(id) })
    await assert.rejects(
      async () => made.fromConnectData('other', schema, value),
      /^DataError: Failed to serialize data of topic other to Avro: Record Order has no field note/,
    )
  })

  it('refuses a schema that nobody registered where it may not do so itself', async () => {
    const made = await converter({ 'auto.register.schemas': 'false', 'normalize.schemas': 'true' })
    await assert.rejects(
      async () => made.fromConnectData('unknown', schema, value),
      /not registered under subject unknown-value/,
    )
    assert.deepEqual(registry.requests, ['POST /subjects/unknown-value?normalize=true'])
  })

  it('says why the registry refuses a schema', async () => {
    registry.failures.push(409)
    await assert.rejects(
      async () => (await converter()).fromConnectData('refused', schema, value),
      /Failed to register a schema under subject refused-value.*HTTP 409: A fault on demand/,
    )
  })

  it('writes and reads data without schema', async () => {
    const made = await converter()
    const plain = { a: [1, 2.5, 'x', true, null, 2n ** 60n, 3_000_000_000], b: { c: Buffer.from('z') } }
    const bytes = await made.fromConnectData('plain', null, plain)
    assert.deepEqual(await (await converter()).toConnectData('plain', bytes, []), {
      schema: null,
      value: plain,
    })
  })
})
