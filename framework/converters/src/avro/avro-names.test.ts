import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Decimal } from '../../../api/src/data/decimal.ts'
import { decimalSchema, timeSchema, timestampSchema } from '../../../api/src/data/logical-types.ts'
import { FLOAT64, OPTIONAL_FLOAT64, SchemaBuilder } from '../../../api/src/data/schema-builder.ts'
import { Schema } from '../../../api/src/data/schema.ts'
import { Struct } from '../../../api/src/data/struct.ts'
import { AvroCursor } from './avro-cursor.ts'
import { avroEncoder } from './avro-encoder.ts'
import { isAvroName, scrubName } from './avro-names.ts'
import { DEFAULT_AVRO_OPTIONS } from './avro-options.ts'
import { avroReader } from './avro-reader.ts'
import { avroSchemaOf } from './avro-schema-of.ts'
import { parseAvroSchema } from './avro-schema.ts'
import { connectSchemaOf } from './connect-schema-of.ts'

/** By Java's URLEncoder, an x before what does not begin as a name, and `_` for what names may not have. */
const SCRUBBED: readonly (readonly [string, string])[] = [
  ['user.id', 'user_id'],
  ['@timestamp', 'x_40timestamp'],
  ['user-agent', 'user_agent'],
  ['1st', 'x1st'],
  ['with space', 'with_space'],
  ['größe', 'gr_C3_B6_C3_9Fe'],
  ['a+b', 'a_2Bb'],
  ['100%', 'x100_25'],
  ['a*b', 'a_b'],
  ["(x)!~'", 'x_28x_29_21_7E_27'],
  ['_ok', '_ok'],
  ['', 'x'],
  ['名', 'x_E5_90_8D'],
  ['.a', 'x_a'],
  ['-1', 'x_1'],
]

test('names are scrubbed as Java does it', () => {
  for (const [name, scrubbed] of SCRUBBED) assert.equal(scrubName(name), scrubbed)
  assert.ok(isAvroName(scrubName('\ud800')), 'half of a character is no error')
})

test('names that Java’s parser takes are names: letters of any script, in one UTF-16 unit', () => {
  for (const name of ['a', '_', 'größe', '名前', 'a1', 'ﬀ']) assert.ok(isAvroName(name), name)
  for (const name of ['', '1a', 'a-b', 'a.b', 'a b', 'a😀', '𐐀', 'a\0', '\u0660a'])
    assert.ok(!isAvroName(name), name)
})

const withDefault = (schema: Schema, defaultValue: unknown): Schema =>
  SchemaBuilder.from(schema).defaultValue(defaultValue).build()

/** Defaults that a schema of Avro cannot say, for which readers would refuse it. */
const UNSAYABLE: Readonly<Record<string, Schema>> = {
  'no number': withDefault(FLOAT64, Number.NaN),
  'an infinity in a list': withDefault(SchemaBuilder.array(FLOAT64).build(), [1, Number.POSITIVE_INFINITY]),
  'a number where a union begins with null': withDefault(
    SchemaBuilder.array(OPTIONAL_FLOAT64).build(),
    [1.5],
  ),
}

for (const [what, schema] of Object.entries(UNSAYABLE)) {
  test(`a default is left out of the schema where it is ${what}, and written all the same`, () => {
    const row = SchemaBuilder.struct().name('Row').field('a', schema).build()
    const { fields } = avroSchemaOf(row) as { fields: readonly object[] }
    assert.ok(!Object.hasOwn(fields[0] as object, 'default'))
    const bytes = (value: unknown): string =>
      avroEncoder(row)
        .encode(new Struct(row, [value]))
        .toString('hex')
    assert.equal(bytes(null), bytes(schema.defaultValue))
  })
}

test('a default that Avro can say stays in the schema', () => {
  const list = SchemaBuilder.array(SchemaBuilder.array(FLOAT64).build()).build()
  const row = SchemaBuilder.struct()
    .name('Row')
    .field('a', withDefault(list, [[1.5], []]))
    .build()
  const { fields } = avroSchemaOf(row) as { fields: readonly unknown[] }
  assert.deepEqual((fields[0] as { default: unknown }).default, [[1.5], []])
})

test('an enum whose symbols are no names of Avro is a text', () => {
  const name = 'io.confluent.connect.avro.Enum'
  const color = (...symbols: string[]): Schema =>
    new Schema({
      type: 'STRING',
      parameters: {
        [name]: 'Color',
        ...Object.fromEntries(symbols.map((symbol) => [`${name}.${symbol}`, symbol])),
      },
    })
  const typeOf = (schema: Schema): unknown =>
    (avroSchemaOf(schema, { enhanced: true }) as { type: unknown }).type
  assert.equal(typeOf(color('RED', 'BLUE')), 'enum')
  for (const schema of [color('RED', 'dark-blue'), color('1'), color('größe'), color('')]) {
    assert.equal(typeOf(schema), 'string')
    assert.equal(avroEncoder(schema, { enhanced: true }).encode('any').toString(), '\x06any')
  }
  const known = avroEncoder(color('RED'), { enhanced: true })
  assert.throws(() => known.encode('BLUE'), /"BLUE" is none of its symbols \(at value\)/)
})

test('decimals have the digits that their schema says, and as many as stand behind the point', () => {
  const digitsOf = (scale: number, precision: string | undefined): unknown => {
    const schema = SchemaBuilder.from(decimalSchema(scale))
    if (precision !== undefined) schema.parameter('connect.decimal.precision', precision)
    const json = avroSchemaOf(schema.build()) as { precision: number; scale: number }
    return [json.precision, json.scale]
  }
  assert.deepEqual(digitsOf(2, undefined), [64, 2])
  assert.deepEqual(digitsOf(2, '9'), [9, 2])
  for (const none of ['0', '-1', 'x', '1.5']) assert.deepEqual(digitsOf(2, none), [64, 2])
  assert.deepEqual(digitsOf(5, '3'), [5, 5])
  assert.deepEqual(digitsOf(127, undefined), [127, 127])
  assert.throws(() => digitsOf(-2, undefined), /The decimal value has scale -2.*Cast/)
  const large = avroEncoder(decimalSchema(0))
  assert.throws(() => large.encode(new Decimal(10n ** 64n, 0)), /more digits than its precision, which is 64/)
})

test('times lie within a day; instants are exact to the ends of what there are', () => {
  const time = avroEncoder(timeSchema())
  for (const ms of [-1, 86_400_000])
    assert.throws(() => time.encode(new Date(ms)), /A Time lies within one day/)
  assert.ok(time.encode(new Date(86_399_999)).length > 0)
  const encoder = avroEncoder(timestampSchema())
  const type = parseAvroSchema(encoder.schemaText)
  const read = avroReader(type, connectSchemaOf(type, DEFAULT_AVRO_OPTIONS))
  const cursor = new AvroCursor()
  const last = 8_640_000_000_000_000
  for (const ms of [last, last - 1, -last, 1 - last, -4_503_599_627_370_497, -1, 0]) {
    cursor.reset(encoder.encode(new Date(ms)))
    assert.equal((read(cursor) as Date).getTime(), ms)
  }
  assert.throws(() => encoder.encode(new Date(Number.NaN)), { name: 'DataError' })
})
