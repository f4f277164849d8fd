/**
 * Our Avro reader and writer beside avsc with a type hook, from Connect value to bytes and back. avsc gets what makes it
 * equal: exact longs, and its objects copied from and into Structs by code that is compiled once per schema.
 * `npm run bench -- avro-codec [records]`; rounds take turns, medians are printed (docs/decisions/0013).
 */
import avsc from 'avsc'
import {
  BOOLEAN,
  dateSchema,
  Decimal,
  decimalSchema,
  FLOAT64,
  INT32,
  INT64,
  MILLIS_PER_DAY,
  OPTIONAL_FLOAT64,
  OPTIONAL_INT64,
  OPTIONAL_STRING,
  type Schema,
  SchemaBuilder,
  STRING,
  Struct,
  timestampSchema,
} from '@spillway/api'
import { AvroCursor } from '../framework/converters/src/avro/avro-cursor.ts'
import { avroEncoder } from '../framework/converters/src/avro/avro-encoder.ts'
import { DEFAULT_AVRO_OPTIONS } from '../framework/converters/src/avro/avro-options.ts'
import { avroReader } from '../framework/converters/src/avro/avro-reader.ts'
import { parseAvroSchema } from '../framework/converters/src/avro/avro-schema.ts'
import { connectSchemaOf } from '../framework/converters/src/avro/connect-schema-of.ts'

const RECORDS = Number(process.argv[2] ?? 100_000)
const ROUNDS = 9
const DISTINCT = 5_000

/** Longs as bigints. */
const exactLong = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: (value: number) => BigInt(value),
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
})

type Convert = (value: unknown) => unknown
const same: Convert = (value) => value

/** A plan that copies what avsc has read into Connect values, or back. */
function copier(schema: Schema, isReading: boolean): Convert {
  const convert = requiredCopier(schema, isReading)
  return schema.optional && convert !== same ? (value) => (value === null ? null : convert(value)) : convert
}

function requiredCopier(schema: Schema, isReading: boolean): Convert {
  const at = schema.name ?? ''
  if (at.endsWith('.Timestamp')) {
    return isReading ? (value) => new Date(value as number) : (value) => (value as Date).getTime()
  }
  if (at.endsWith('.Date')) {
    return isReading
      ? (value) => new Date((value as number) * MILLIS_PER_DAY)
      : (value) => (value as Date).getTime() / MILLIS_PER_DAY
  }
  if (at.endsWith('.Decimal')) {
    const scale = Number(schema.parameters?.['scale'])
    return isReading
      ? (value) => Decimal.fromBytes(value as Uint8Array, scale)
      : (value) => (value as Decimal).toBytes()
  }
  if (schema.type === 'ARRAY') {
    const item = copier(schema.valueSchema, isReading)
    return item === same ? same : (value) => (value as unknown[]).map(item)
  }
  if (schema.type === 'MAP') {
    const item = copier(schema.valueSchema, isReading)
    return isReading
      ? (value) => new Map(Object.entries(value as object).map(([key, one]) => [key, item(one)]))
      : (value) =>
          Object.fromEntries([...(value as Map<string, unknown>)].map(([key, one]) => [key, item(one)]))
  }
  if (schema.type !== 'STRUCT') return same
  const names = schema.fields.map(({ name }) => name)
  const fields = schema.fields.map((field) => copier(field.schema, isReading))
  if (isReading) {
    return (value) => {
      const values: unknown[] = []
      for (let i = 0; i < names.length; i++) {
        values.push((fields[i] as Convert)((value as Record<string, unknown>)[names[i] as string]))
      }
      return Struct.ofTrusted(schema, values)
    }
  }
  return (value) => {
    const made: Record<string, unknown> = {}
    for (let i = 0; i < names.length; i++) {
      made[names[i] as string] = (fields[i] as Convert)((value as Struct).at(i))
    }
    return made
  }
}

function byAvsc(schema: Schema, text: string): Codec {
  const type = avsc.Type.forSchema(JSON.parse(text), {
    wrapUnions: 'never',
    typeHook(part: unknown) {
      const { type: kind, logicalType } = (typeof part === 'object' ? part : { type: part }) as Part
      return kind === 'long' && logicalType === undefined ? exactLong : undefined
    },
  })
  const read = copier(schema, true)
  const write = copier(schema, false)
  return {
    encode: (value) => type.toBuffer(write(value)),
    decode: (bytes) => read(type.fromBuffer(bytes)),
  }
}

interface Part {
  readonly type?: unknown
  readonly logicalType?: unknown
}

interface Codec {
  readonly encode: (value: unknown) => Buffer
  readonly decode: (bytes: Buffer) => unknown
}

function byOurs(schema: Schema): Codec & { readonly text: string } {
  const { schemaText: text, encode } = avroEncoder(schema)
  const type = parseAvroSchema(text)
  const read = avroReader(type, connectSchemaOf(type, DEFAULT_AVRO_OPTIONS))
  const cursor = new AvroCursor()
  return {
    text,
    encode,
    decode(bytes) {
      cursor.reset(bytes)
      const value = read(cursor)
      cursor.finish()
      return value
    },
  }
}

function structOf(schema: Schema, values: Readonly<Record<string, unknown>>): Struct {
  const made = new Struct(schema)
  for (const [name, value] of Object.entries(values)) made.put(name, value)
  return made
}

const order = SchemaBuilder.struct()
  .name('shop.Order')
  .field('orderId', INT64)
  .field('customer', STRING)
  .field('kind', STRING)
  .field('amount', FLOAT64)
  .field('items', INT32)
  .field('createdAt', timestampSchema())
  .field('paid', BOOLEAN)
  .field('email', STRING)
  .field('address', STRING)
  .build()
const orders = (i: number): Struct =>
  structOf(order, {
    orderId: 9_007_199_254_740_993n + BigInt(i),
    customer: `customer-${i % 1000}`,
    kind: ['created', 'paid', 'shipped'][i % 3],
    amount: (i % 1000) + 0.25,
    items: i % 7,
    createdAt: new Date(1_795_262_400_000 + i),
    paid: i % 2 === 0,
    email: `c-${i % 1000}@example.com`,
    address: 'Unter den Linden 77, Hinterhaus, 10117 Berlin, Deutschland',
  })

const logical = SchemaBuilder.struct()
  .name('shop.Logical')
  .field('price', decimalSchema(2))
  .field('day', dateSchema())
  .field('from', timestampSchema())
  .field('until', timestampSchema())
  .build()
const logicals = (i: number): Struct =>
  structOf(logical, {
    price: new Decimal(BigInt(i) * 1_000_003n, 2),
    day: new Date((i % 20_000) * MILLIS_PER_DAY),
    from: new Date(1_700_000_000_000 + i),
    until: new Date(1_800_000_000_000 + i),
  })

const unions = SchemaBuilder.struct()
  .name('shop.Unions')
  .field('a', OPTIONAL_STRING)
  .field('b', OPTIONAL_INT64)
  .field('c', OPTIONAL_FLOAT64)
  .field('d', OPTIONAL_STRING)
  .field('e', OPTIONAL_INT64)
  .build()
const unionRecords = (i: number): Struct =>
  structOf(unions, {
    a: i % 3 === 0 ? null : `text ${i}`,
    b: i % 2 === 0 ? null : BigInt(i) << 40n,
    c: i / 4,
    d: null,
    e: BigInt(-i),
  })

const nested = SchemaBuilder.struct()
  .name('shop.Nested')
  .field('order', order)
  .field('tags', SchemaBuilder.array(STRING).build())
  .field('counts', SchemaBuilder.map(STRING, INT64).build())
  .build()
const nestedRecords = (i: number): Struct =>
  structOf(nested, {
    order: orders(i),
    tags: ['a', 'b', `tag ${i % 10}`],
    counts: new Map([
      ['seen', BigInt(i)],
      ['bought', 2n],
    ]),
  })

const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[times.length >> 1] as number

/** CPU microseconds of this thread for a record. */
function cost<T>(inputs: readonly T[], work: (input: T) => unknown): number {
  const used = process.threadCpuUsage()
  let kept: unknown
  for (let i = 0; i < RECORDS; i++) kept = work(inputs[i % inputs.length] as T)
  const { user, system } = process.threadCpuUsage(used)
  if (kept === undefined) throw new Error('nothing was converted')
  return (user + system) / RECORDS
}

console.log(
  `${RECORDS} records a round, medians of ${ROUNDS}, CPU µs a record; Node ${process.versions.node}`,
)
for (const [name, schema, make] of [
  ['order', order, orders],
  ['logical types', logical, logicals],
  ['unions', unions, unionRecords],
  ['nested', nested, nestedRecords],
] as const) {
  const ours = byOurs(schema)
  const theirs = byAvsc(schema, ours.text)
  const values = Array.from({ length: DISTINCT }, (_, i) => make(i))
  const bytes = values.map(ours.encode)
  for (const [i, value] of values.entries()) {
    const message = bytes[i] as Buffer
    if (!theirs.encode(value).equals(message)) throw new Error(`${name}: avsc writes other bytes`)
    if (!(theirs.decode(message) as Struct).equals(value))
      throw new Error(`${name}: avsc reads another value`)
    if (!(ours.decode(message) as Struct).equals(value)) throw new Error(`${name}: we read another value`)
  }
  const times = {
    read: { ours: [] as number[], avsc: [] as number[] },
    write: { ours: [] as number[], avsc: [] as number[] },
  }
  for (let round = 0; round < ROUNDS; round++) {
    times.read.ours.push(cost(bytes, ours.decode))
    times.read.avsc.push(cost(bytes, theirs.decode))
    times.write.ours.push(cost(values, ours.encode))
    times.write.avsc.push(cost(values, theirs.encode))
  }
  const line = (what: 'read' | 'write'): string =>
    `${what} ours ${median(times[what].ours).toFixed(2)} avsc ${median(times[what].avsc).toFixed(2)}`
  console.log(
    `${name.padEnd(14)} ${String(bytes[0]?.length).padStart(4)} B  ${line('read')}  ${line('write')}`,
  )
}
