/** What the sink writes, read by DuckDB and parquetjs-lite. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeTZValue,
  DuckDBTimeValue,
} from '@duckdb/node-api'
import parquetjs from 'parquetjs-lite'
import { type Schema, SchemaBuilder, type SinkRecord, Struct } from '@spillway/framework'

import { described } from '../../conformance/converters/described.ts'
import { range, record } from '../support/records.ts'
import { RICH, richValue } from '../support/rich-records.ts'
import { writtenFile } from './written-file.ts'

const FORMAT = 'io.confluent.connect.s3.format'
const PARQUET = { 'format.class': `${FORMAT}.parquet.ParquetFormat` }
const JSON_LINES = { 'format.class': `${FORMAT}.json.JsonFormat` }

const folder = mkdtempSync(join(tmpdir(), 'spillway-readers-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const VALUES = range(0, 300).map(richValue)
const richRecords = (): SinkRecord[] =>
  VALUES.map((value, offset) => record(offset, { valueSchema: RICH, value }))

/**
 * What parquetjs-lite knows: it refuses decimals and dictionaries of format version 2, in which repeated values are kept,
 * misreads booleans in pages of that version, and stumbles over the statistics of timestamps.
 */
const KNOWN = RICH.fields.filter(({ name }) => ['i32', 'i64', 'f64', 'text', 'item'].includes(name))
const SIMPLE = KNOWN.reduce(
  (builder, field) => builder.field(field.name, field.schema),
  SchemaBuilder.struct().name('com.example.Simple'),
).build()

const simpleRecords = (): SinkRecord[] =>
  VALUES.map((value, offset) =>
    record(offset, {
      valueSchema: SIMPLE,
      value: new Struct(
        SIMPLE,
        KNOWN.map(({ index }) => value.at(index)),
      ),
    }),
  )

/** A value of DuckDB's as `described` describes the Connect value of that schema. */
function fromDuckDb(schema: Schema, value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return { int: value.toString() }
  if (typeof value === 'string') return { string: value }
  if (typeof value === 'number') return described(schema, value)
  if (value instanceof DuckDBBlobValue) return { bytes: Buffer.from(value.bytes).toString('hex') }
  if (value instanceof DuckDBDecimalValue) return { decimal: [value.value.toString(), value.scale] }
  if (value instanceof DuckDBDateValue) return { date: value.days }
  if (value instanceof DuckDBTimeValue || value instanceof DuckDBTimeTZValue)
    return { time: Number(value.micros / 1000n) }
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue)
    return { timestamp: Number(value.micros / 1000n) }
  if (value instanceof DuckDBListValue) return value.items.map((item) => fromDuckDb(schema.valueSchema, item))
  if (value instanceof DuckDBMapValue)
    return fields(
      value.entries.map(({ key, value: item }) => [String(key), fromDuckDb(schema.valueSchema, item)]),
    )
  if (value instanceof DuckDBStructValue) return ofStruct(schema, value.entries)
  throw new Error(`DuckDB gives a ${typeof value}: ${String(value)}`)
}

function ofStruct(schema: Schema, entries: Readonly<Record<string, unknown>>): unknown {
  return fields(schema.fields.map((field) => [field.name, fromDuckDb(field.schema, entries[field.name])]))
}

function fields(entries: readonly (readonly [string, unknown])[]): unknown {
  return { fields: entries.toSorted(([a], [b]) => (a < b ? -1 : 1)) }
}

async function withDuckDb<T>(run: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return await run(connection)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** The rows of a file under a function of DuckDB's that reads such. */
async function query(
  body: Buffer,
  name: string,
  from: (path: string) => string,
): Promise<Record<string, unknown>[]> {
  const path = join(folder, name)
  writeFileSync(path, body)
  return withDuckDb(async (connection) => {
    const reader = await connection.runAndReadAll(`SELECT * FROM ${from(path)}`)
    return reader.getRowObjects()
  })
}

for (const codec of ['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw']) {
  test(`DuckDB reads every type of Parquet with codec ${codec}`, async () => {
    const { body } = await writtenFile({ ...PARQUET, 'parquet.codec': codec }, richRecords())
    const rows = await query(body, `${codec}.parquet`, (path) => `read_parquet('${path}')`)
    assert.deepEqual(
      rows.map((row) => ofStruct(RICH, row)),
      VALUES.map((value) => described(RICH, value)),
    )
  })
}

for (const codec of ['none', 'snappy', 'gzip']) {
  test(`parquetjs-lite reads flat columns and structs of Parquet with codec ${codec}`, async () => {
    const { body } = await writtenFile({ ...PARQUET, 'parquet.codec': codec }, simpleRecords())
    const reader = await parquetjs.ParquetReader.openBuffer(asVersion1(body))
    const cursor = reader.getCursor()
    const rows: Record<string, unknown>[] = []
    for (let row = await cursor.next(); row !== null; row = await cursor.next()) rows.push(row)
    await reader.close()
    assert.equal(rows.length, VALUES.length)
    for (const [i, row] of rows.entries()) {
      const isOdd = i % 2 === 1
      assert.deepEqual(
        [row['i32'], row['i64'], row['f64'], row['text']],
        [i, 9_007_199_254_740_993n + BigInt(i), i / 3, `text ${i} ü€`],
      )
      assert.deepEqual(plain(row['item']), { sku: `sku-${i}`, ...(!isOdd && { count: i }) })
    }
  })
}

/**
 * The file with 1 for the format version in its footer, where we have 2 for its pages of version 2: parquetjs-lite knows
 * those pages, but looks for the 1.
 */
function asVersion1(file: Buffer): Buffer {
  const copy = Buffer.from(file)
  const footer = copy.length - 8 - copy.readUInt32LE(copy.length - 8)
  const [FIELD_1_I32, TWO_IN_ZIGZAG, ONE_IN_ZIGZAG] = [0x15, 4, 2]
  assert.deepEqual([...copy.subarray(footer, footer + 2)], [FIELD_1_I32, TWO_IN_ZIGZAG])
  copy[footer + 1] = ONE_IN_ZIGZAG as number
  return copy
}

/** parquetjs-lite leaves out what is null. */
function plain(value: unknown): unknown {
  const entries = Object.entries(value as object).filter(([, item]) => item !== null && item !== undefined)
  return Object.fromEntries(entries)
}

for (const compression of ['none', 'gzip']) {
  test(`DuckDB reads JSON lines with s3.compression.type=${compression}`, async () => {
    const values = range(0, 50).map((id) => ({ id, name: `ü ${id}`, tags: ['a', 'b'] }))
    const { key, body } = await writtenFile(
      { ...JSON_LINES, 's3.compression.type': compression },
      values.map((value, offset) => record(offset, { value })),
    )
    const name = key.slice(key.lastIndexOf('/') + 1)
    const rows = await query(body, name, (path) => `read_json('${path}', format='newline_delimited')`)
    assert.deepEqual(
      rows.map((row) => ({
        id: Number(row['id']),
        name: row['name'],
        tags: (row['tags'] as DuckDBListValue).items,
      })),
      values,
    )
  })
}

for (const compression of ['none', 'gzip', 'zstd']) {
  test(`DuckDB reads CSV with format.compression.type=${compression}`, async () => {
    const values = [
      { id: 1, name: 'say "hi",\nthere', note: null },
      { id: 2, name: '', note: 'x' },
    ]
    const { key, body } = await writtenFile(
      { 'format.class': 'io.spillway.storage.format.CsvFormat', 'format.compression.type': compression },
      values.map((value, offset) => record(offset, { value })),
    )
    const name = key.slice(key.lastIndexOf('/') + 1)
    const rows = await query(
      body,
      name,
      (path) => `read_csv('${path}', header=true, allow_quoted_nulls=false)`,
    )
    assert.deepEqual(
      rows.map((row) => ({ ...row, id: Number(row['id']) })),
      values,
    )
  })
}
