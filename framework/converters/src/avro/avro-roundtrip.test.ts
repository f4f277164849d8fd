import assert from 'node:assert/strict'
import { it } from 'node:test'
import avsc from 'avsc'
import { Decimal } from '../../../api/src/data/decimal.ts'
import { DATE, MILLIS_PER_DAY } from '../../../api/src/data/logical-types.ts'
import type { Schema } from '../../../api/src/data/schema.ts'
import { Struct } from '../../../api/src/data/struct.ts'
import { valuesEqual } from '../../../api/src/data/values-equal.ts'
import { isConnectError } from '../../../api/src/errors/connect-errors.ts'
import { samples, type Sample } from '../testing/connect-arbitraries.ts'
import { mutate, randomOf } from '../testing/mutate.ts'
import { check, fuzzRuns, seed } from '../testing/property-runs.ts'
import { AvroCursor } from './avro-cursor.ts'
import { avroEncoder } from './avro-encoder.ts'
import { DEFAULT_AVRO_OPTIONS } from './avro-options.ts'
import { avroReader } from './avro-reader.ts'
import { parseAvroSchema } from './avro-schema.ts'
import { connectSchemaOf } from './connect-schema-of.ts'

function decoder(schemaText: string): { schema: Schema; decode: (bytes: Buffer) => unknown } {
  const type = parseAvroSchema(schemaText)
  const schema = connectSchemaOf(type, DEFAULT_AVRO_OPTIONS)
  const read = avroReader(type, schema)
  const cursor = new AvroCursor()
  return {
    schema,
    decode(bytes) {
      cursor.reset(bytes)
      const value = read(cursor)
      cursor.finish()
      return value
    },
  }
}

it('reads back every value it writes, with the schema it had', async () => {
  await check(samples(), 300, ({ schema, value }) => {
    const encoder = avroEncoder(schema)
    const { schema: read, decode } = decoder(encoder.schemaText)
    const message = `${encoder.schemaText}\n${String(value)}`
    // A struct at the top that may be null comes back as one that is not known to be: its union says so.
    assert.ok(read.equals(schema), message)
    assert.ok(valuesEqual(decode(encoder.encode(value)), value), message)
  })
})

const exactLong = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: (value: number) => BigInt(value),
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
})

/** What avsc makes of a Connect value: plain objects, bigints for every long. */
function plainOf(schema: Schema, value: unknown): unknown {
  if (value === null) return null
  if (value instanceof Decimal) return value.toBytes()
  if (value instanceof Date) {
    const number = schema.name === DATE ? value.getTime() / MILLIS_PER_DAY : value.getTime()
    return schema.type === 'INT64' ? BigInt(number) : number
  }
  if (value instanceof Struct) {
    return Object.fromEntries(schema.fields.map((f) => [f.name, plainOf(f.schema, value.at(f.index))]))
  }
  if (Array.isArray(value)) return value.map((item) => plainOf(schema.valueSchema, item))
  if (value instanceof Map) {
    const entries = [...value].map(
      ([key, item]) => [key, plainOf(schema.valueSchema, item)] as [unknown, unknown],
    )
    return schema.keySchema.type === 'STRING' && !schema.keySchema.optional
      ? Object.fromEntries(entries)
      : entries.map(([key, item]) => ({ key, value: item }))
  }
  return value
}

it('writes bytes that avsc reads as the same value', async () => {
  await check(samples({ defaults: false }), 200, ({ schema, value }: Sample) => {
    const encoder = avroEncoder(schema)
    const type = avsc.Type.forSchema(JSON.parse(encoder.schemaText), {
      typeHook: (part: unknown) =>
        part === 'long' || (part as { type?: unknown }).type === 'long' ? exactLong : undefined,
      wrapUnions: 'never',
    })
    const read: unknown = type.fromBuffer(encoder.encode(value))
    const plain = JSON.parse(JSON.stringify({ read }, bigintsAsText)) as unknown
    assert.deepEqual(plain, JSON.parse(JSON.stringify({ read: plainOf(schema, value) }, bigintsAsText)))
  })
})

function bigintsAsText(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  return Object.is(value, -0) ? '-0' : value
}

const EMPTY = { type: 'record', name: 'Empty', fields: [] }

it('takes mutated bytes for an error or a value, and never hangs or grows', () => {
  const schemaText = JSON.stringify({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'a', type: 'long' },
      { name: 'b', type: { type: 'array', items: ['null', 'string', 'long'] } },
      { name: 'c', type: { type: 'map', values: { type: 'array', items: EMPTY } } },
      { name: 'd', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
      { name: 'e', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'f', type: { type: 'enum', name: 'E', symbols: ['x', 'y'] } },
    ],
  })
  const { decode } = decoder(schemaText)
  const bytes = avsc.Type.forSchema(JSON.parse(schemaText), { wrapUnions: true }).toBuffer({
    a: 1_000_000,
    b: [null, { string: 'text' }, { long: 5 }],
    c: { k: [{}, {}] },
    d: Buffer.from([1, 2, 3]),
    e: 1_700_000_000_000,
    f: 'y',
  })
  decode(bytes)
  const random = randomOf(seed())
  let errors = 0
  for (let i = fuzzRuns(3000); i > 0; i--) {
    try {
      decode(mutate(bytes, random))
    } catch (error) {
      errors++
      assert.ok(isConnectError(error), String(error))
    }
  }
  assert.ok(errors > 0)
})
