import avsc from 'avsc'
import { parquetReadObjects } from 'hyparquet'
import { SchemaBuilder } from '../../../api/src/data/schema-builder.ts'
import { Schema } from '../../../api/src/data/schema.ts'
import { Struct } from '../../../api/src/data/struct.ts'
import { formatConformance, type FormatSample } from '../testing/format-suite.ts'
import { avroFormat } from './avro/avro-format.ts'
import { byteArrayFormat } from './byte-array-format.ts'
import { csvFormat } from './csv/csv-format.ts'
import { jsonFormat } from './json-format.ts'
import { parquetFormat } from './parquet/parquet-format.ts'

const ROW = SchemaBuilder.struct()
  .name('Row')
  .field('id', new Schema({ type: 'INT32' }))
  .field('text', new Schema({ type: 'STRING', optional: true }))
  .build()

const ROWS = [
  { id: 1, text: 'plain' },
  { id: -2, text: null },
  { id: 3, text: 'a "quoted", déjà\nvu' },
  { id: 4, text: 'x'.repeat(500) },
]

const structs: readonly FormatSample[] = ROWS.map(({ id, text }) => ({
  schema: ROW,
  value: new Struct(ROW, [id, text]),
}))
const plain: readonly FormatSample[] = ROWS.map((value) => ({ schema: null, value }))
/** A value that does not fit its schema. */
const unfit: FormatSample = { schema: ROW, value: Struct.ofTrusted(ROW, ['no number', 'x']) }

/** A map with a key that is null, which no text of JSON has. */
const MAP = SchemaBuilder.struct()
  .field(
    'map',
    SchemaBuilder.map(new Schema({ type: 'STRING', optional: true }), new Schema({ type: 'INT32' })).build(),
  )
  .build()
const keyless: FormatSample = { schema: MAP, value: new Struct(MAP, [new Map([[null, 1]])]) }

const jsonLines = (file: Buffer): unknown[] =>
  file
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown)

/** Of two columns. */
function csvRows(file: Buffer): unknown[] {
  const cells = [...file.toString().matchAll(/("(?:[^"]|"")*"|[^,\n]*)[,\n]/g)].map(([, cell = '']) =>
    cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
  )
  const [first = '', second = '', ...rest] = cells
  return rest.flatMap((cell, i) => (i % 2 === 0 ? [{ [first]: cell, [second]: rest[i + 1] }] : []))
}

async function avroRows(file: Buffer): Promise<unknown[]> {
  const decoder = new avsc.streams.BlockDecoder()
  const rows: unknown[] = []
  decoder.end(file)
  for await (const row of decoder) rows.push({ ...(row as object) })
  return rows
}

async function parquetRows(bytes: Buffer): Promise<unknown[]> {
  const { buffer } = new Uint8Array(bytes)
  return await parquetReadObjects({
    file: { byteLength: buffer.byteLength, slice: (from, to) => buffer.slice(from, to) },
    utf8: true,
  })
}

formatConformance({
  name: 'JSON',
  plugin: jsonFormat,
  values: structs,
  refuses: [unfit],
  read: jsonLines,
  rows: ROWS,
})
formatConformance({
  name: 'JSON without schemas',
  plugin: jsonFormat,
  values: plain,
  read: jsonLines,
  rows: ROWS,
})
formatConformance({
  name: 'Avro',
  plugin: avroFormat,
  values: structs,
  refuses: [unfit],
  read: avroRows,
  rows: ROWS,
})
formatConformance({
  name: 'Parquet',
  plugin: parquetFormat,
  values: structs,
  refuses: [unfit],
  read: parquetRows,
  rows: ROWS,
})
formatConformance({
  name: 'Parquet without schemas',
  plugin: parquetFormat,
  values: plain,
  read: parquetRows,
  rows: ROWS.map(({ id, text }) => ({ id: BigInt(id), text })),
})
formatConformance({
  name: 'CSV',
  plugin: csvFormat,
  values: structs,
  refuses: [keyless],
  read: csvRows,
  rows: ROWS.map(({ id, text }) => ({ id: String(id), text: text ?? '' })),
})
formatConformance({
  name: 'bytes',
  plugin: byteArrayFormat,
  values: ['one', 'two', ''].map((text) => ({ schema: null, value: Buffer.from(text) })),
  refuses: [{ schema: null, value: 'text' }, ...structs],
  read: (file) => file.toString().split('\n').slice(0, -1),
  rows: ['one', 'two', ''],
})
