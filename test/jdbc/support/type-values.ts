import {
  dateSchema,
  Decimal,
  decimalSchema,
  Schema,
  SchemaBuilder,
  timeSchema,
  timestampSchema,
} from '@spillway/framework'

/** A value of a record, and what the same is as a typed parameter of SQL (PostgreSQL's words). */
export interface TypedValue {
  readonly schema: Schema
  readonly value: unknown
  readonly sql: string
}

const optional = (type: Schema['type'], name?: string): Schema => new Schema({ type, optional: true, name })
const array = (items: Schema): Schema => SchemaBuilder.array(items).optional().build()
const isOptional = { optional: true }

/** One or more values of every type of Connect, also those a database may take for something else. */
export const TYPED_VALUES: Readonly<Record<string, TypedValue>> = {
  int8: { schema: optional('INT8'), value: 7, sql: '7::int2' },
  int16: { schema: optional('INT16'), value: 1234, sql: '1234::int2' },
  'int32 as of a time of day': { schema: optional('INT32'), value: 123456, sql: '123456::int4' },
  'int32 as of a date': { schema: optional('INT32'), value: 20240101, sql: '20240101::int4' },
  'int32 as of bits': { schema: optional('INT32'), value: 10, sql: '10::int4' },
  'int32 zero': { schema: optional('INT32'), value: 0, sql: '0::int4' },
  'int32 negative': { schema: optional('INT32'), value: -5, sql: '-5::int4' },
  'int32 beyond a float': { schema: optional('INT32'), value: 16777217, sql: '16777217::int4' },
  'int64 as of an interval': { schema: optional('INT64'), value: 1123456n, sql: '1123456::int8' },
  'int64 beyond a double': {
    schema: optional('INT64'),
    value: 9007199254740993n,
    sql: '9007199254740993::int8',
  },
  float32: { schema: optional('FLOAT32'), value: Math.fround(0.1), sql: '0.1::float4' },
  'float64 whole': { schema: optional('FLOAT64'), value: 24, sql: '24::float8' },
  'float64 fraction': { schema: optional('FLOAT64'), value: 1.5, sql: '1.5::float8' },
  'float64 NaN': { schema: optional('FLOAT64'), value: Number.NaN, sql: "'NaN'::float8" },
  boolean: { schema: optional('BOOLEAN'), value: true, sql: 'true' },
  'bytes of text': { schema: optional('BYTES'), value: Buffer.from('12'), sql: "'\\x3132'::bytea" },
  'bytes of a uuid': {
    schema: optional('BYTES'),
    value: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
    sql: "'\\x00112233445566778899aabbccddeeff'::bytea",
  },
  'decimal whole': {
    schema: decimalSchema(2, isOptional),
    value: Decimal.parse('7.00'),
    sql: '7.00::numeric',
  },
  'decimal fraction': {
    schema: decimalSchema(2, isOptional),
    value: Decimal.parse('12.50'),
    sql: '12.50::numeric',
  },
  date: { schema: dateSchema(isOptional), value: new Date('2016-09-23'), sql: "'2016-09-23'::date" },
  time: { schema: timeSchema(isOptional), value: new Date(45_296_789), sql: "'12:34:56.789'::time" },
  timestamp: {
    schema: timestampSchema(isOptional),
    value: new Date(1474661402123),
    sql: "'2016-09-23 20:10:02.123'::timestamp",
  },
  'array of int32': {
    schema: array(optional('INT32')),
    value: [123456, null],
    sql: 'ARRAY[123456,NULL]::int4[]',
  },
  'array of text': {
    schema: array(optional('STRING')),
    value: ['a', '{b}'],
    sql: "ARRAY['a','{b}']::text[]",
  },
  'array of dates': {
    schema: array(dateSchema(isOptional)),
    value: [new Date('2016-09-23')],
    sql: "ARRAY['2016-09-23']::date[]",
  },
  'text of digits': { schema: optional('STRING'), value: '20240101', sql: "'20240101'" },
  'text of letters': { schema: optional('STRING'), value: 'one', sql: "'one'" },
}
