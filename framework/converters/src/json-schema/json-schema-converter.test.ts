import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { SchemaAndValue } from '../../../api/src/connector/converter.ts'
import { Decimal } from '../../../api/src/data/decimal.ts'
import { decimalSchema, timestampSchema } from '../../../api/src/data/logical-types.ts'
import { INT32, INT8, OPTIONAL_STRING, SchemaBuilder, STRING } from '../../../api/src/data/schema-builder.ts'
import type { Schema } from '../../../api/src/data/schema.ts'
import { Struct } from '../../../api/src/data/struct.ts'
import { FakeRegistry } from '../conformance/fake-registry.ts'
import { plainValue } from '../testing/plain-value.ts'
import { frame } from '../registry/wire-format.ts'
import { jsonSchemaConverterPlugin } from './json-schema-converter.ts'

let registry: FakeRegistry
before(async () => {
  registry = await FakeRegistry.start()
})
after(() => registry.stop())

async function create(settings: Record<string, string> = {}) {
  const converter = jsonSchemaConverterPlugin.create()
  await converter.configure({ 'schema.registry.url': registry.url, ...settings }, false)
  return converter
}

async function read(
  schema: object,
  json: string,
  settings: Record<string, string> = {},
): Promise<SchemaAndValue> {
  const id = registry.put('t-value', JSON.stringify(schema), 'JSON')
  return (await create(settings)).toConnectData('t', frame(id, Buffer.from(json)), [])
}

async function written(
  schema: Schema,
  value: unknown,
  settings = {},
): Promise<{ schema: unknown; json: string }> {
  const bytes = await (await create(settings)).fromConnectData('w', schema, value)
  const id = bytes?.readInt32BE(1) ?? -1
  const answer = (await (await fetch(`${registry.url}/schemas/ids/${id}`)).json()) as { schema: string }
  return { schema: JSON.parse(answer.schema), json: bytes?.subarray(5).toString() ?? '' }
}

const order = {
  type: 'object',
  title: 'Order',
  description: 'An order.',
  properties: {
    id: { type: 'integer' },
    small: { type: 'integer', 'connect.type': 'int8' },
    amount: { type: 'number' },
    paid: { type: 'boolean' },
    kind: { type: 'string', enum: ['new', 'old'] },
    note: { oneOf: [{ type: 'null' }, { type: 'string' }], description: 'Free text.' },
    tags: { type: 'array', items: { type: ['null', 'string'] } },
    home: { $ref: '#/definitions/address' },
    counts: { type: 'object', 'connect.type': 'map', additionalProperties: { type: 'integer' } },
  },
  definitions: { address: { type: 'object', title: 'Address', properties: { city: { type: 'string' } } } },
}

describe('JsonSchemaConverter reading', () => {
  it('maps every type as Java does', async () => {
    const json =
      '{"id":9007199254740993,"small":7,"amount":1.5,"paid":true,"kind":"new","note":null,"tags":["a",null],"home":{"city":"B"},"counts":{"x":1}}'
    const { schema, value } = await read(order, json)
    assert.deepEqual(plainValue(value), {
      id: '9007199254740993n',
      small: 7,
      amount: 1.5,
      paid: true,
      kind: 'new',
      note: null,
      tags: ['a', null],
      home: { city: 'B' },
      counts: [['x', '1n']],
    })
    assert.equal(schema?.name, 'Order')
    assert.equal(schema?.version, 1)
    assert.equal(schema?.doc, 'An order.')
    assert.deepEqual(
      schema?.fields.map((field) => field.name),
      Object.keys(order.properties),
    )
    assert.deepEqual(schema?.field('kind')?.schema.parameters, {
      'io.confluent.connect.json.Enum': '',
      'io.confluent.connect.json.Enum.new': 'new',
      'io.confluent.connect.json.Enum.old': 'old',
    })
    assert.equal(schema?.field('note')?.schema.optional, true)
    assert.equal(schema?.field('note')?.schema.doc, 'Free text.')
    assert.equal(schema?.field('home')?.schema.name, 'Address')
    assert.equal(schema?.field('small')?.schema.type, 'INT8')
  })

  it('lets a field be absent, but not null where it may not be', async () => {
    const { value } = await read(order, '{"id":1}')
    assert.equal((value as Struct).at(3), null)
    await assert.rejects(
      () => read(order, '{"id":null}'),
      /Failed to deserialize data for topic t to JSON Schema: Invalid null value for required INT64 field \(at value\.id\)/,
    )
    const lenient = await read({ ...order, required: ['id'] }, '{"id":1,"paid":null}', {
      'use.optional.for.nonrequired': 'true',
    })
    assert.equal(lenient.schema?.field('paid')?.schema.optional, true)
    assert.equal(lenient.schema?.field('id')?.schema.optional, false)
  })

  it('reads other unions as a struct of which one field is set', async () => {
    const schema = {
      oneOf: [
        { type: 'null' },
        { type: 'string' },
        { type: 'integer' },
        { type: 'object', title: 'A', properties: { a: { type: 'integer' }, b: { type: 'integer' } } },
        { type: 'object', title: 'B', properties: { b: { type: 'integer' }, c: { type: 'integer' } } },
      ],
    }
    const field = (i: number): string => `io.confluent.connect.json.OneOf.field.${i}`
    const set = async (json: string): Promise<unknown> => {
      const { value } = await read(schema, json)
      return Object.entries(plainValue(value) as object).find(([, item]) => item !== null)
    }
    assert.deepEqual(await set('"x"'), [field(0), 'x'])
    assert.deepEqual(await set('5'), [field(1), '5n'])
    assert.deepEqual(await set('{"b":1,"c":2}'), [field(3), { b: '1n', c: '2n' }])
    assert.equal((await read(schema, 'null')).value, null)
    await assert.rejects(() => read(schema, 'true'), /Did not find matching oneof field for data/)
    const general = await read(schema, '5', { 'generalized.sum.type.support': 'true' })
    assert.equal(general.schema?.name, 'connect_union_0')
    assert.equal((general.value as Struct).get('connect_union_field_1'), 5n)
  })

  it('joins the properties of allOf, and takes its one telling part otherwise', async () => {
    const joined = {
      allOf: [{ $ref: '#/$defs/base' }, { type: 'object', properties: { b: { type: 'string' } } }],
      $defs: { base: { properties: { a: { type: 'integer' } } } },
    }
    assert.deepEqual(plainValue((await read(joined, '{"a":1,"b":"x"}')).value), { a: '1n', b: 'x' })
    const told = { allOf: [{ type: 'string' }, { enum: ['x', 'y'] }] }
    assert.equal((await read(told, '"x"')).schema?.parameters?.['io.confluent.connect.json.Enum.y'], 'y')
  })

  it('follows references to other documents', async () => {
    registry.put(
      'address',
      '{"$id":"http://x/address.json","type":"object","title":"Address","properties":{"city":{"type":"string"}}}',
      'JSON',
    )
    const text =
      '{"$id":"http://x/person.json","type":"object","properties":{"home":{"$ref":"address.json"}}}'
    const id = registry.put('p-value', text, 'JSON', [
      { name: 'address.json', subject: 'address', version: 1 },
    ])
    const { value } = await (
      await create()
    ).toConnectData('p', frame(id, Buffer.from('{"home":{"city":"B"}}')), [])
    assert.deepEqual(plainValue(value), { home: { city: 'B' } })
  })

  it('refuses what Connect has no type for, with its place', async () => {
    const refused: [object, RegExp][] = [
      [{ type: 'object', properties: { a: {} } }, /allows any value at value\.a/],
      [{ type: 'object', properties: { a: { $ref: '#' } } }, /contains itself at value\.a/],
      [{ type: 'array' }, /Array schema did not specify the items type/],
      [{ $ref: 'gone.json' }, /refers to gone\.json, but the registry names no such reference/],
      [{ $ref: '#/definitions/gone' }, /refers to #\/definitions\/gone, which does not exist/],
      [{ type: 'null' }, /allows nothing but null/],
    ]
    for (const [schema, message] of refused) await assert.rejects(() => read(schema, '{}'), message)
    await assert.rejects(
      () => read(order, '{"id":"x"}'),
      /contradicts its schema at value\.id: expected an int64, but found STRING/,
    )
    await assert.rejects(() => read(order, '{"id":'), /line 1, column 7: expected a value/)
  })
})

describe('JsonSchemaConverter writing', () => {
  const schema = SchemaBuilder.struct()
    .name('Order')
    .field('id', INT8)
    .field('note', OPTIONAL_STRING)
    .field('counts', SchemaBuilder.map(INT32, STRING).build())
    .field('amount', decimalSchema(2))
    .field('at', timestampSchema({ optional: true }))
    .build()
  const value = new Struct(schema)
    .put('id', 1)
    .put('counts', new Map([[5, 'x']]))
    .put('amount', new Decimal(150n, 2))

  it('writes the schema that Java writes', async () => {
    const { schema: made, json } = await written(schema, value)
    assert.deepEqual(made, {
      type: 'object',
      title: 'Order',
      properties: {
        id: { type: 'integer', 'connect.type': 'int8', 'connect.index': 0 },
        note: { 'connect.index': 1, oneOf: [{ type: 'null' }, { type: 'string' }] },
        counts: {
          type: 'array',
          'connect.type': 'map',
          'connect.index': 2,
          items: {
            type: 'object',
            properties: {
              key: { type: 'integer', 'connect.type': 'int32', 'connect.index': 0 },
              value: { type: 'string', 'connect.index': 1 },
            },
          },
        },
        amount: {
          type: 'string',
          'connect.type': 'bytes',
          'connect.index': 3,
          title: 'org.apache.kafka.connect.data.Decimal',
          'connect.version': 1,
          'connect.parameters': { scale: '2' },
        },
        at: {
          'connect.index': 4,
          oneOf: [
            { type: 'null' },
            {
              type: 'integer',
              'connect.type': 'int64',
              title: 'org.apache.kafka.connect.data.Timestamp',
              'connect.version': 1,
            },
          ],
        },
      },
    })
    assert.equal(json, '{"id":1,"note":null,"counts":[{"key":5,"value":"x"}],"amount":"AJY=","at":null}')
  })

  it('writes numeric decimals and closed objects where told so', async () => {
    const settings = { 'decimal.format': 'NUMERIC', 'object.additional.properties': 'false' }
    const { schema: made, json } = await written(schema, value, settings)
    assert.equal((made as { additionalProperties: unknown }).additionalProperties, false)
    assert.match(json, /"amount":1\.50/)
  })

  it('keeps every digit of a default', async () => {
    const withDefault = SchemaBuilder.struct()
      .name('D')
      .field('d', new SchemaBuilder('INT64').defaultValue(2n ** 60n).build())
      .build()
    const bytes = await (await create()).fromConnectData('d', withDefault, new Struct(withDefault))
    const read = await (await create()).toConnectData('d', bytes, [])
    assert.equal(read.schema?.field('d')?.schema.defaultValue, 2n ** 60n)
  })
})
