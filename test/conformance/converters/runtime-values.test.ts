/**
 * Whole values whose schema's name belongs to another type: what Cast leaves of a logical type, and what
 * SetSchemaMetadata calls one. The texts are those of Kafka Connect 4.1's transformations and of Jackson, which
 * Confluent's sink leaves values that are no structs to.
 */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  BOOLEAN,
  BYTES,
  DATE,
  dateSchema,
  DECIMAL,
  Decimal,
  decimalSchema,
  FLOAT32,
  FLOAT64,
  INT32,
  INT64,
  type Schema,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  Struct,
  TIME,
  TIMESTAMP,
  timeSchema,
  timestampSchema,
  type TransformationPlugin,
} from '@spillway/framework'
import { transformations } from '@spillway/transforms'
import { parquetReadObjects } from 'hyparquet'
import { avroReader } from '../../../framework/converters/src/avro/avro-reader.ts'
import { AvroCursor } from '../../../framework/converters/src/avro/avro-cursor.ts'
import { avroEncoder } from '../../../framework/converters/src/avro/index.ts'
import { DEFAULT_AVRO_OPTIONS } from '../../../framework/converters/src/avro/avro-options.ts'
import { parseAvroSchema } from '../../../framework/converters/src/avro/avro-schema.ts'
import { connectSchemaOf } from '../../../framework/converters/src/avro/connect-schema-of.ts'
import { JsonConverter } from '../../../framework/converters/src/json/json-converter.ts'
import { fileOf, formatOf, MemoryFile } from '../../../framework/object-store/src/formats/format.fixture.ts'
import {
  applyToOne,
  schemaRecord,
} from '../../../transforms/smt/src/transformations/conformance/sample-record.ts'

function transformation(name: string): TransformationPlugin {
  const plugin = transformations.find(({ className }) => className.endsWith(`.${name}`))
  assert.ok(plugin, name)
  return plugin
}

interface Source {
  readonly schema: Schema
  readonly value: unknown
}

const LOGICAL: Readonly<Record<string, Source>> = {
  Decimal: { schema: decimalSchema(2), value: new Decimal(1234n, 2) },
  Date: { schema: dateSchema(), value: new Date(3 * 86_400_000) },
  Time: { schema: timeSchema(), value: new Date(1234) },
  Timestamp: { schema: timestampSchema(), value: new Date(1_700_000_000_123) },
}

/** What Java writes as JSON of each, cast to each type. */
const CAST: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Decimal: {
    int8: '12',
    int16: '12',
    int32: '12',
    int64: '12',
    float32: '12.34',
    float64: '12.34',
    boolean: 'true',
    string: '"12.34"',
  },
  Date: {
    int8: '3',
    int16: '3',
    int32: '3',
    int64: '3',
    float32: '3.0',
    float64: '3.0',
    boolean: 'true',
    string: '"1970-01-04"',
  },
  Time: {
    int8: '-46',
    int16: '1234',
    int32: '1234',
    int64: '1234',
    float32: '1234.0',
    float64: '1234.0',
    boolean: 'true',
    string: '"00:00:01.234Z"',
  },
  Timestamp: {
    int8: '123',
    int16: '26747',
    int32: '-807049093',
    int64: '1700000000123',
    float64: '1.700000000123E12',
    boolean: 'true',
    string: '"2023-11-14T22:13:20.123Z"',
  },
}

/** Plain values, and how JSON, CSV and a column of Parquet show them, whatever they are called. */
const PLAIN: readonly (Source & { json: string; csv: string; parquet: unknown })[] = [
  { schema: INT32, value: 5, json: '5', csv: '5', parquet: 5 },
  {
    schema: INT64,
    value: 2n ** 53n + 1n,
    json: '9007199254740993',
    csv: '9007199254740993',
    parquet: 2n ** 53n + 1n,
  },
  { schema: FLOAT32, value: Math.fround(1.1), json: '1.1', csv: '1.1', parquet: Math.fround(1.1) },
  { schema: FLOAT64, value: 1e10, json: '1.0E10', csv: '10000000000', parquet: 1e10 },
  { schema: BOOLEAN, value: true, json: 'true', csv: 'true', parquet: true },
  { schema: STRING, value: 'a"b', json: '"a\\"b"', csv: '"a""b"', parquet: 'a"b' },
]

async function jsonOf(record: SinkRecord): Promise<string> {
  return (await fileOf(formatOf('json'), [record])).toString().trimEnd()
}

async function csvOf(record: SinkRecord): Promise<string> {
  return (await fileOf(formatOf('csv', { 'format.csv.header': 'false' }), [record])).toString().trimEnd()
}

async function parquetOf(record: SinkRecord): Promise<unknown> {
  const { buffer } = new Uint8Array(await fileOf(formatOf('parquet'), [record]))
  const file = { byteLength: buffer.byteLength, slice: (from: number, to?: number) => buffer.slice(from, to) }
  const [row] = await parquetReadObjects({ file, utf8: true })
  return row?.['value']
}

/** The value that a reader of Avro's schema finds, and that schema as Connect has it. */
function avroOf({ valueSchema, value }: SinkRecord): { schema: Schema; value: unknown } {
  const encoder = avroEncoder(valueSchema)
  const type = parseAvroSchema(encoder.schemaText)
  const schema = connectSchemaOf(type, DEFAULT_AVRO_OPTIONS)
  const cursor = new AvroCursor()
  cursor.reset(encoder.encode(value))
  return { schema, value: avroReader(type, schema)(cursor) }
}

suite('whole values are written by what they are', () => {
  for (const [name, { schema, value }] of Object.entries(LOGICAL)) {
    for (const [type, expected] of Object.entries(CAST[name] ?? {})) {
      const cast = (): SinkRecord =>
        applyToOne(transformation('Cast$Value'), { spec: type }, schemaRecord(schema, value))

      test(`${name} cast to ${type}`, async () => {
        const record = cast()
        assert.equal(record.valueSchema?.name, schema.name)
        assert.equal(await jsonOf(record), expected)
        const csv = await csvOf(record)
        const meant: unknown = JSON.parse(expected)
        assert.equal(
          typeof meant === 'number' ? Number(csv) : csv,
          typeof meant === 'number' ? meant : String(meant),
        )
        // Of the type it had, it is by its schema what its name says.
        if (record.valueSchema?.type === schema.type) return
        assert.equal(await parquetOf(record), record.value)
        assert.equal(avroOf(record).value, record.value)
      })
    }
  }

  for (const logical of [DECIMAL, DATE, TIME, TIMESTAMP]) {
    for (const { schema, value, json, csv, parquet } of PLAIN) {
      test(`${schema.type} called ${logical}`, async () => {
        const record = applyToOne(
          transformation('SetSchemaMetadata$Value'),
          { 'schema.name': logical },
          schemaRecord(schema, value),
        )
        assert.equal(await jsonOf(record), json)
        assert.equal(await csvOf(record), csv)
        const column = await parquetOf(record)
        const isOfType = { [DATE]: 'INT32', [TIME]: 'INT32', [TIMESTAMP]: 'INT64' }[logical] === schema.type
        if (!isOfType) assert.deepEqual(column, parquet)
        assert.equal(avroEncoder(record.valueSchema).encode(value).length > 0, true)
        if (!isOfType) assert.deepEqual(avroOf(record).value, value)
      })
    }
    test(`BYTES called ${logical}`, async () => {
      const record = applyToOne(
        transformation('SetSchemaMetadata$Value'),
        { 'schema.name': logical },
        schemaRecord(BYTES, Buffer.from([5])),
      )
      assert.equal(await jsonOf(record), '"BQ=="')
      assert.equal(await csvOf(record), 'BQ==')
      assert.equal((await fileOf(formatOf('bytearray'), [record])).toString('latin1'), '\u0005\n')
      assert.ok((await fileOf(formatOf('avro'), [record])).length > 0)
      assert.ok((await fileOf(formatOf('parquet'), [record])).length > 0)
    })
  }

  for (const [name, { schema, value }] of Object.entries(LOGICAL)) {
    test(`${name} taken out of a struct is still one`, async () => {
      const outer = SchemaBuilder.struct().field('f', schema).build()
      const record = applyToOne(
        transformation('ExtractField$Value'),
        { field: 'f' },
        schemaRecord(outer, new Struct(outer, [value])),
      )
      assert.equal(record.valueSchema, schema)
      assert.equal(
        await jsonOf(record),
        { Decimal: '12.34', Date: '259200000', Time: '1234', Timestamp: '1700000000123' }[name],
      )
      assert.deepEqual(avroOf(record).value, value)
      const key = applyToOne(
        transformation('ValueToKey'),
        { fields: 'f' },
        schemaRecord(outer, new Struct(outer, [value])),
      )
      assert.deepEqual((key.key as Struct).get('f'), value)
    })
  }

  test('a value that Cast has made of a logical type fits no field of that name, as in Kafka Connect', () => {
    for (const { schema, value } of Object.values(LOGICAL)) {
      const record = applyToOne(transformation('Cast$Value'), { spec: 'string' }, schemaRecord(schema, value))
      assert.throws(() => applyToOne(transformation('HoistField$Value'), { field: 'f' }, record), {
        name: 'DataError',
      })
      const byDefault = new SchemaBuilder(schema.type).name(schema.name).defaultValue(value)
      if (schema.parameters !== undefined) byDefault.parameters(schema.parameters)
      assert.throws(
        () =>
          applyToOne(
            transformation('Cast$Value'),
            { spec: 'string' },
            schemaRecord(byDefault.build(), value),
          ),
        { name: 'SchemaBuilderError' },
      )
    }
  })

  test('lists and maps of them are written by what they are, members named as Java names keys', async () => {
    const wrong = new SchemaBuilder('STRING').name(DECIMAL).build()
    const rows: readonly [Schema, unknown, string][] = [
      [SchemaBuilder.array(wrong).build(), ['1', null], '["1",null]'],
      [SchemaBuilder.array(timestampSchema()).build(), [new Date(5), 6n], '[5,6]'],
      [
        SchemaBuilder.map(STRING, dateSchema()).build(),
        new Map([['a', new Date(86_400_000)]]),
        '{"a":86400000}',
      ],
      [SchemaBuilder.map(INT32, STRING).build(), new Map([[1, 'a']]), '{"1":"a"}'],
      [SchemaBuilder.map(FLOAT64, STRING).build(), new Map([[1.5, 'a']]), '{"1.5":"a"}'],
      [SchemaBuilder.map(BYTES, STRING).build(), new Map([[Buffer.from([1]), 'a']]), '{"AQ==":"a"}'],
      [
        SchemaBuilder.map(decimalSchema(2), STRING).build(),
        new Map([[new Decimal(150n, 2), 'a']]),
        '{"1.50":"a"}',
      ],
      [
        SchemaBuilder.map(timestampSchema(), STRING).build(),
        new Map([[new Date(5), 'a']]),
        '{"1970-01-01T00:00:00.005+00:00":"a"}',
      ],
      [SchemaBuilder.array(FLOAT32).build(), [Math.fround(1.1), Number.NaN], '[1.1,"NaN"]'],
    ]
    for (const [schema, value, expected] of rows)
      assert.equal(await jsonOf(schemaRecord(schema, value)), expected)
    const nameless = schemaRecord(SchemaBuilder.map(INT32, STRING).build(), new Map([[null, 'a']]))
    assert.throws(() => formatOf('json').append(nameless, new MemoryFile()), { name: 'DataError' })
  })

  test('bytes of anything but bytes are a bad record', () => {
    for (const { schema, value } of Object.values(LOGICAL)) {
      const record = applyToOne(transformation('Cast$Value'), { spec: 'string' }, schemaRecord(schema, value))
      assert.throws(() => formatOf('bytearray').append(record, new MemoryFile()), { name: 'DataError' })
    }
  })

  test('an envelope of JSON with such a schema is read as it was written', () => {
    const json = new JsonConverter()
    json.configure({}, false)
    for (const [name, { schema, value }] of Object.entries(LOGICAL)) {
      for (const type of Object.keys(CAST[name] ?? {})) {
        const record = applyToOne(transformation('Cast$Value'), { spec: type }, schemaRecord(schema, value))
        // Of the same type as before it is taken for what its name says.
        if (record.valueSchema?.type === schema.type) continue
        const read = json.toConnectData('t', json.fromConnectData('t', record.valueSchema, record.value))
        assert.ok(read.schema?.equals(record.valueSchema), `${name} ${type}`)
        assert.equal(read.value, record.value, `${name} ${type}`)
      }
    }
  })
})
