/** Schemas and values as they come, in every format with a schema: read back as they were, or refused as bad records. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import {
  avroFormat,
  type FormatPlugin,
  FORMATS,
  parquetFormat,
  type RawConfig,
  type SinkRecord,
} from '@spillway/framework'
import { registry } from 'spillway'

import { check } from '@spillway/converters/testing'
import { record } from '../support/records.ts'
import { ExpectedRows } from './expected-rows.ts'
import { FormatFiles } from './format-files.ts'
import { Readers } from './readers.ts'
import { type WildRecords, wildRecords } from './wild-records.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-wild-'))
const inMemory = new FormatFiles(16 * 1024 * 1024)
const onDisk = new FormatFiles(0)
let readers: Readers
let instance: DuckDBInstance
let duckDb: DuckDBConnection
before(async () => {
  readers = await Readers.start()
  instance = await DuckDBInstance.create(':memory:')
  duckDb = await instance.connect()
})
after(async () => {
  inMemory.close()
  onDisk.close()
  duckDb.closeSync()
  instance.closeSync()
  rmSync(folder, { recursive: true, force: true })
  await readers.close()
})

interface Tested {
  readonly name: 'avro' | 'json' | 'parquet'
  readonly plugin: FormatPlugin
  readonly raw: RawConfig
  /** Why a record may be refused whose value fits its schema; everything else has to be written. */
  readonly refusals: RegExp
}

const NEVER = /^$/
const AVRO_REFUSALS = /has scale -|would both be called|holds \w+ twice/
const TESTED: readonly Tested[] = [
  {
    name: 'parquet',
    plugin: parquetFormat,
    raw: {},
    refusals: /structs without fields|has scale|cannot be a column/,
  },
  {
    name: 'avro',
    plugin: avroFormat,
    raw: { 'scrub.invalid.names': 'true' },
    refusals: AVRO_REFUSALS,
  },
  {
    name: 'avro',
    plugin: avroFormat,
    raw: {},
    refusals: new RegExp(`${AVRO_REFUSALS.source}|scrub\\.invalid\\.names=true`),
  },
  {
    name: 'json',
    plugin: registry.find(FORMATS, 'JsonFormat') as FormatPlugin,
    raw: {},
    refusals: NEVER,
  },
]

const recordsOf = ({ schema, values, faulty }: WildRecords): SinkRecord[] =>
  [...values, ...faulty].map((value, offset) => record(offset, { valueSchema: schema, value }))

let files = 0
/** DuckDB has other names for some columns; that it reads them all is what is looked at. */
async function countInDuckDb(body: Buffer): Promise<number> {
  const path = join(folder, `${files++}.parquet`)
  writeFileSync(path, body)
  const reader = await duckDb.runAndReadAll(`SELECT * FROM read_parquet('${path}')`)
  return reader.getRows().length
}

for (const { name, plugin, raw, refusals } of TESTED) {
  const expected = new ExpectedRows(name, raw['scrub.invalid.names'] === 'true')

  test(`${name} ${JSON.stringify(raw)}: any record is read back by others, or refused`, async () => {
    let written = 0
    await check(wildRecords(name === 'json' ? 'structs' : 'any'), 100, async (wild) => {
      const records = recordsOf(wild)
      const file = await onDisk.file(plugin, records, raw)
      for (const { record: bad, message } of file.refused) {
        if (bad.kafkaOffset < wild.values.length) assert.match(message, refusals)
      }
      if (file.written.length === 0) return
      written += file.written.length
      const again = await inMemory.file(plugin, records, raw)
      assert.ok(again.body.equals(file.body), 'what was spilled to the disk makes the same bytes')
      const { rows } = await readers.read(name === 'json' ? 'described json' : name, file.body)
      assert.deepEqual(
        rows,
        file.written.map(({ value }) => expected.row(wild.schema, value)),
      )
      if (name === 'parquet') assert.equal(await countInDuckDb(file.body), file.written.length)
    })
    assert.ok(written > 0)
    console.log(`${name} ${JSON.stringify(raw)}: ${written} records were read back`)
  })
}
