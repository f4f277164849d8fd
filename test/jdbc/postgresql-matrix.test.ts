import assert from 'node:assert/strict'
import { INT32, type SinkRecord } from '@spillway/framework'
import type { TestDatabase } from './support/databases.ts'
import { eachDatabase } from './support/each-database.ts'
import { fieldsSchema, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'
import { TYPED_VALUES } from './support/type-values.ts'

const postgres = eachDatabase(['postgresql'])

const COLUMNS = [
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'double precision',
  'money',
  'oid',
  'boolean',

  'text',
  'varchar(40)',
  'char(40)',
  'citext',
  'bytea',
  'bit(2)',
  'varbit',
  'uuid',
  'json',
  'jsonb',
  'xml',
  'date',
  'time',
  'timetz',
  'timestamp',
  'timestamptz',
  'interval',
  'inet',
  'cidr',
  'macaddr',
  'point',
  'mood',
  'tiny',
  'clock',
  'integer[]',
  'text[]',
  'date[]',
  'time[]',
  'tiny[]',
  'int4range',
  'tsvector',
  'hstore',
  'ltree',
] as const

const SETUP = `
  CREATE EXTENSION IF NOT EXISTS citext; CREATE EXTENSION IF NOT EXISTS hstore; CREATE EXTENSION IF NOT EXISTS ltree;
  CREATE TYPE mood AS ENUM ('one', '7'); CREATE DOMAIN small AS smallint; CREATE DOMAIN tiny AS small CHECK (VALUE < 2000);
  CREATE DOMAIN clock AS time;
  CREATE FUNCTION attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE found text; BEGIN EXECUTE statement INTO found; RETURN found; EXCEPTION WHEN OTHERS THEN RETURN 'refused'; END $$`

/** Where PostgreSQL has no assignment, or another, and a value is the same thing in the column's type all the same. */
function isOurs(value: string, column: string, stored: string): boolean {
  const { value: raw } = TYPED_VALUES[value] as { value: unknown }
  switch (column) {
    case 'boolean':
      return raw === 0 && stored === 'false'
    case 'json':
    case 'jsonb':
      return JSON.stringify(JSON.parse(stored)) === JSON.stringify(jsonOf(value, raw))
    case 'money':
      return Math.fround(Number(stored.replace(/[$,]/g, ''))) === Math.fround(Number(raw))
    case 'oid':
      return Number(stored) === Number(String(raw))
    case 'double precision':
      // The digits of a float, which as a double would be others.
      return value === 'float32' ? stored === '0.1' : value === 'boolean'
    case 'timetz':
      return value === 'timestamp' && stored === '20:10:02.123+00'
    case 'uuid':
      return value === 'bytes of a uuid' && stored === '00112233-4455-6677-8899-aabbccddeeff'
    default:
      // Arrays are JSON where the column is a text.
      if (value.startsWith('array'))
        return JSON.stringify(JSON.parse(stored)) === JSON.stringify(jsonOf(value, raw))
      return value === 'boolean' && stored === '1'
  }
}

function jsonOf(value: string, raw: unknown): unknown {
  if (raw instanceof Date) {
    const iso = raw.toISOString()
    return value === 'date' ? iso.slice(0, 10) : value === 'time' ? iso.slice(11, -1) : iso
  }
  if (value === 'array of dates') return ['2016-09-23']
  if (value === 'float32') return 0.1
  if (typeof raw === 'object' && !Array.isArray(raw)) return Number(String(raw))
  return typeof raw === 'bigint' ? Number(raw) : raw
}

/** Where PostgreSQL rounds, and a record is refused instead. */
function isRounded(value: string, column: string): boolean {
  const isWhole = ['smallint', 'integer', 'bigint', 'tiny'].includes(column)
  if (isWhole) return ['float64 fraction', 'decimal fraction', 'float32'].includes(value)
  if (column === 'real') {
    return ['int32 beyond a float', 'int32 as of a date', 'int64 beyond a double'].includes(value)
  }
  // A negative number is taken for the number of an object far away.
  if (column === 'oid') return value === 'int32 negative'
  return column === 'double precision' && value === 'int64 beyond a double'
}

/** What the server itself makes of a typed parameter: the text of what it stores, or `refused`. */
async function oracle(database: TestDatabase): Promise<Map<string, string>> {
  const cells: [string, string][] = []
  const statements: string[] = []
  for (const [name, { sql }] of Object.entries(TYPED_VALUES)) {
    for (const [i, column] of COLUMNS.entries()) {
      cells.push([name, column])
      statements.push(`INSERT INTO oracle(c${i}) VALUES (${sql}) RETURNING c${i}::text`)
    }
  }
  const list = statements.map((text) => `($q$${text}$q$)`).join(',')
  const found = await database.query(`SELECT attempt(s) AS found FROM (VALUES ${list}) v(s)`)
  return new Map(cells.map((cell, i) => [cell.join(' -> '), String(found[i]?.['found'])]))
}

const columnList = COLUMNS.map((type, i) => `c${i} ${type}`).join(', ')

postgres(
  'every type goes to every column as a typed parameter would, or is refused, by every way of writing',
  async ({ database, config, table }) => {
    await database.query(SETUP)
    await database.query(
      `CREATE TABLE oracle (${columnList}); CREATE TABLE ${table} (id INT PRIMARY KEY, ${columnList})`,
    )
    const expected = await oracle(database)
    for (const changes of [
      { 'insert.mode': 'insert' },
      { 'insert.mode': 'insert', 'batch.size': '1' },
      { 'insert.mode': 'upsert' },
      { 'insert.mode': 'update' },
    ]) {
      const cells: { readonly name: string; readonly column: string; readonly i: number }[] = []
      const records: SinkRecord[] = []
      for (const [name, { schema, value }] of Object.entries(TYPED_VALUES)) {
        for (const [i, column] of COLUMNS.entries()) {
          records.push(
            valueRecord(fieldsSchema({ id: INT32, [`c${i}`]: schema }), {
              id: cells.length,
              [`c${i}`]: value,
            }),
          )
          cells.push({ name, column, i })
        }
      }
      await database.query(`TRUNCATE ${table}`)
      if (changes['insert.mode'] === 'update') {
        await database.query(`INSERT INTO ${table} (id) SELECT generate_series(0, ${cells.length - 1})`)
      }
      await using task = await TaskDriver.start(
        config({ ...changes, 'auto.evolve': 'false', 'pk.mode': 'record_value', 'pk.fields': 'id' }),
        { reports: true },
      )
      // Only texts are left to the server to refuse, each by itself, as a refused one makes its batch be halved.
      await task.write(...records.filter((_, i) => cells[i]?.name.startsWith('text') === false))
      for (const [i, text] of records.entries()) if (cells[i]?.name.startsWith('text')) await task.write(text)
      const texts = COLUMNS.map((_, i) => `c${i}::text`).join(',')
      const rows = await database.query(`SELECT id, coalesce(${texts}) AS stored FROM ${table}`)
      const stored = new Map(rows.map((row) => [Number(row['id']), row['stored']]))
      const faults = cells.flatMap(({ name, column }, id) => {
        const cell = `${name} -> ${column}`
        const ours = stored.get(id) ?? 'refused'
        const theirs = expected.get(cell)
        if (ours === theirs) return []
        if (ours === 'refused' && isRounded(name, column)) return []
        return ours !== 'refused' && isOurs(name, column, String(ours))
          ? []
          : [`${cell}: ${String(ours)}, not ${theirs}`]
      })
      assert.deepEqual(faults, [], JSON.stringify(changes))
      assert.equal(
        task.reported.length + stored.size,
        cells.length + (changes['insert.mode'] === 'update' ? task.reported.length : 0),
      )
      for (const { error } of task.reported) {
        assert.match(
          error.message,
          /SQLSTATE|SQLState|cannot be written to the column c\d+ of type|does not fit/,
        )
      }
    }
  },
)
