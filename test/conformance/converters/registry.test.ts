/** The three registry converters against a real schema registry (Apicurio's Confluent-compatible API). */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { it } from 'node:test'
import {
  builtInConverters,
  type ConverterPlugin,
  INT64,
  OPTIONAL_STRING,
  SchemaBuilder,
  STRING,
  Struct,
} from '@spillway/framework'

import { endpointsFromEnv } from '../../../stack/stack.ts'

const url = endpointsFromEnv().registry.url

async function create(className: string, settings: Record<string, string> = {}) {
  const plugin = builtInConverters.find(
    (p): p is ConverterPlugin => p.kind === 'converter' && p.className === className,
  ) as ConverterPlugin
  const converter = plugin.create()
  await converter.configure({ 'schema.registry.url': url, ...settings }, false)
  return converter
}

async function register(subject: string, body: object): Promise<number> {
  const response = await fetch(`${url}/subjects/${encodeURIComponent(subject)}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { id?: number }
  assert.equal(response.status, 200, JSON.stringify(answer))
  return answer.id ?? -1
}

function framed(id: number, hex: string): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeInt32BE(id, 1)
  return Buffer.concat([prefix, Buffer.from(hex, 'hex')])
}

const AVRO = 'io.confluent.connect.avro.AvroConverter'
const JSON_SCHEMA = 'io.confluent.connect.json.JsonSchemaConverter'
const PROTOBUF = 'io.confluent.connect.protobuf.ProtobufConverter'

const schema = SchemaBuilder.struct()
  .name('shop.Order')
  .field('id', INT64)
  .field('note', OPTIONAL_STRING)
  .build()
const value = new Struct(schema).put('id', 2n ** 60n).put('note', 'hi')

for (const className of [AVRO, JSON_SCHEMA, PROTOBUF]) {
  it(`${className} registers what it writes, and reads it with its version`, async () => {
    const topic = `t/${randomUUID()}`
    const bytes = await (await create(className)).fromConnectData(topic, schema, value)
    const { schema: read, value: back } = await (await create(className)).toConnectData(topic, bytes, [])
    assert.equal((back as Struct).get('id'), 2n ** 60n)
    assert.equal((back as Struct).get('note'), 'hi')
    assert.equal(read?.version, 1)
    const subjects = (await (await fetch(`${url}/subjects`)).json()) as string[]
    assert.ok(subjects.includes(`${topic}-value`))
  })

  it(`${className} writes with the latest schema where it may not register`, async () => {
    const topic = randomUUID()
    const settings = { 'auto.register.schemas': 'false', 'use.latest.version': 'true' }
    const registered = await (await create(className)).fromConnectData(topic, schema, value)
    const bytes = await (await create(className, settings)).fromConnectData(topic, schema, value)
    assert.deepEqual(bytes, registered)
    const unknown = await create(className, { 'auto.register.schemas': 'false' })
    await assert.rejects(
      async () => unknown.fromConnectData(randomUUID(), schema, value),
      /not registered under subject/,
    )
  })

  it(`${className} names the id that the registry does not have`, async () => {
    const converter = await create(className)
    await assert.rejects(async () => converter.toConnectData('t', framed(987_654_321, '00'), []), {
      name: 'DataError',
      message: /no schema id 987654321/,
    })
  })
}

it('reads an Avro schema that refers to another', async () => {
  const subject = `address-${randomUUID()}`
  const address =
    '{"type":"record","name":"Address","namespace":"shop","fields":[{"name":"city","type":"string"}]}'
  await register(subject, { schema: address })
  const id = await register(`${randomUUID()}-value`, {
    schema:
      '{"type":"record","name":"Person","namespace":"shop","fields":[{"name":"home","type":"shop.Address"}]}',
    references: [{ name: 'shop.Address', subject, version: 1 }],
  })
  const { value: read } = await (await create(AVRO)).toConnectData('t', framed(id, '0261'), [])
  assert.equal(((read as Struct).get('home') as Struct).get('city'), 'a')
})

it('reads a Protobuf schema that imports another', async () => {
  const subject = `common-${randomUUID()}`
  await register(subject, {
    schemaType: 'PROTOBUF',
    schema: 'syntax = "proto3"; package common; message Money { int64 cents = 1; }',
  })
  const id = await register(`${randomUUID()}-value`, {
    schemaType: 'PROTOBUF',
    schema:
      'syntax = "proto3"; package shop; import "money.proto"; message Other {} message Bill { common.Money total = 1; }',
    references: [{ name: 'money.proto', subject, version: 1 }],
  })
  const { value: read } = await (await create(PROTOBUF)).toConnectData('t', framed(id, '02020a020805'), [])
  assert.equal(((read as Struct).get('total') as Struct).get('cents'), 5n)
})

it('reads a JSON Schema that refers to another', async () => {
  const subject = `city-${randomUUID()}`
  await register(subject, {
    schemaType: 'JSON',
    schema: '{"type":"object","properties":{"name":{"type":"string"}}}',
  })
  const id = await register(`${randomUUID()}-value`, {
    schemaType: 'JSON',
    schema: '{"type":"object","properties":{"city":{"$ref":"city.json"}}}',
    references: [{ name: 'city.json', subject, version: 1 }],
  })
  const json = Buffer.from('{"city":{"name":"Berlin"}}').toString('hex')
  const { value: read } = await (await create(JSON_SCHEMA)).toConnectData('t', framed(id, json), [])
  assert.equal(((read as Struct).get('city') as Struct).get('name'), 'Berlin')
})

it('names subjects by record where told so', async () => {
  const settings = {
    'value.subject.name.strategy': 'io.confluent.kafka.serializers.subject.RecordNameStrategy',
  }
  const name = `shop.R${randomUUID().replaceAll('-', '')}`
  const named = SchemaBuilder.struct().name(name).field('s', STRING).build()
  const bytes = await (
    await create(AVRO, settings)
  ).fromConnectData('any', named, new Struct(named).put('s', 'x'))
  const read = await (await create(AVRO, settings)).toConnectData('any', bytes, [])
  assert.equal(read.schema?.version, 1)
  const subjects = (await (await fetch(`${url}/subjects`)).json()) as string[]
  assert.ok(subjects.includes(name))
})
