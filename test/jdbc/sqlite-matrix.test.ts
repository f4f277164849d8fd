import assert from 'node:assert/strict'
import {
  Decimal,
  decimalSchema,
  FLOAT32,
  FLOAT64,
  INT32,
  INT64,
  OPTIONAL_STRING,
  type Schema,
} from '@spillway/framework'
import { eachDatabase } from './support/each-database.ts'
import { fieldsSchema, record, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'

const sqlite = eachDatabase(['sqlite'])

const DECIMAL = decimalSchema(2)
const decimal = (text: string): Decimal => Decimal.parse(text)

/** Column, schema, value, and what `quote()` shows of what is stored; `null` where the record is refused. */
const CASES: readonly (readonly [string, Schema, unknown, string | null])[] = [
  ['INTEGER', INT64, 9223372036854775807n, '9223372036854775807'],
  ['INTEGER', OPTIONAL_STRING, '7', '7'],
  ['INTEGER', OPTIONAL_STRING, '007', null],
  ['INTEGER', OPTIONAL_STRING, ' 7', null],
  ['INTEGER', OPTIONAL_STRING, '1e3', null],
  ['INTEGER', OPTIONAL_STRING, '9223372036854775808', '9.2233720368547758e+18'],
  ['INTEGER', OPTIONAL_STRING, '9223372036854775809', null],
  ['INTEGER', OPTIONAL_STRING, 'seven', "'seven'"],
  ['INTEGER', FLOAT64, 1.5, '1.5'],
  ['INTEGER', FLOAT64, 2, '2'],
  ['REAL', INT32, 7, '7.0'],
  ['REAL', INT64, 9007199254740992n, '9007199254740992.0'],
  ['REAL', INT64, 9007199254740993n, null],
  ['REAL', FLOAT32, Math.fround(0.1), '0.1'],
  ['REAL', FLOAT64, Number.NaN, null],
  ['REAL', FLOAT64, Infinity, '9.0e+999'],
  ['REAL', DECIMAL, decimal('0.10'), '0.1'],
  ['REAL', DECIMAL, decimal('12345678901234567.89'), null],
  ['NUMERIC', DECIMAL, decimal('12.50'), '12.5'],
  ['NUMERIC', DECIMAL, decimal('12345678901234567.89'), null],
  ['NUMERIC', DECIMAL, decimal('9007199254740993.00'), '9007199254740993'],
  ['DECIMAL(10,2)', OPTIONAL_STRING, '3.10', '3.1'],
  ['DECIMAL(10,2)', OPTIONAL_STRING, '0.123456789012345678', null],
  ['TEXT', DECIMAL, decimal('12345678901234567.890'), "'12345678901234567.890'"],
  ['TEXT', OPTIONAL_STRING, '007', "'007'"],
  ['TEXT', INT64, 9007199254740993n, "'9007199254740993'"],
  ['TEXT', FLOAT64, 0.30000000000000004, "'0.30000000000000004'"],
  ['TEXT', FLOAT64, 2, "'2.0'"],
  ['TEXT', OPTIONAL_STRING, 'a\udc00', null],
  // Declared as if for texts, but with numeric affinity.
  ['STRING', OPTIONAL_STRING, '7', '7'],
  ['STRING', OPTIONAL_STRING, '3.10', null],
  ['STRING', OPTIONAL_STRING, '007', null],
  ['STRING', OPTIONAL_STRING, 'abc', "'abc'"],
  ['UUID', OPTIONAL_STRING, '1e10', null],
  ['DATETIME', OPTIONAL_STRING, '2024-01-05', "'2024-01-05'"],
  ['', OPTIONAL_STRING, '007', "'007'"],
  ['BLOB', OPTIONAL_STRING, '007', "'007'"],
  ['BLOB', INT32, 7, '7'],
]

const STRICT_CASES: readonly (readonly [string, Schema, unknown, string | null])[] = [
  ['INTEGER', OPTIONAL_STRING, '7', '7'],
  ['INTEGER', OPTIONAL_STRING, '007', null],
  ['INTEGER', OPTIONAL_STRING, 'seven', null],
  ['INTEGER', FLOAT64, 1.5, null],
  ['REAL', INT64, 9007199254740993n, null],
  ['TEXT', INT32, 7, "'7'"],
  ['ANY', OPTIONAL_STRING, '007', "'007'"],
  ['BLOB', INT32, 7, null],
]

for (const [title, cases, option] of [
  ['an ordinary table', CASES, ''],
  ['a STRICT table', STRICT_CASES, ' STRICT'],
] as const) {
  for (const mode of ['insert', 'upsert', 'update']) {
    sqlite(`no affinity alters a value in silence: ${mode} into ${title}`, async (fixture) => {
      const { database, config, table } = fixture
      const columns = [...new Set(cases.map(([type]) => type))]
      const list = columns.map((type, i) => `c${i} ${type}`).join(', ')
      await database.query(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY, ${list})${option}`)
      if (mode === 'update') {
        await database.query(`INSERT INTO ${table} (id) VALUES ${cases.map((_, id) => `(${id})`).join(',')}`)
      }
      await using task = await TaskDriver.start(
        config({ 'insert.mode': mode, 'auto.evolve': 'false', 'pk.mode': 'record_value', 'pk.fields': 'id' }),
        { reports: true },
      )
      await task.write(
        ...cases.map(([type, schema, value], id) => {
          const column = `c${columns.indexOf(type)}`
          return valueRecord(fieldsSchema({ id: INT32, [column]: schema }), { id, [column]: value })
        }),
      )
      const quoted = columns.map((_, i) => `CASE WHEN c${i} IS NOT NULL THEN quote(c${i}) END`)
      const stored = new Map<number, unknown>()
      for (const expression of quoted) {
        for (const row of await database.query(`SELECT id, ${expression} AS stored FROM ${table}`)) {
          if (row['stored'] !== null) stored.set(Number(row['id']), row['stored'])
        }
      }
      assert.deepEqual(
        cases.map(([type, schema, value], id) => [type, schema, value, stored.get(id) ?? null]),
        cases,
      )
      assert.equal(task.reported.length, cases.filter(([, , , wanted]) => wanted === null).length)
    })
  }
}

sqlite('numbers without a schema are refused where digits would be lost', async ({ config, rows }) => {
  await using task = await TaskDriver.start(config(), { reports: true })
  await task.write(
    record({ value: { n: 1.5 } }),
    record({ value: { n: 2n ** 70n } }),
    record({ value: { n: 2n ** 70n + 1n } }),
  )
  assert.deepEqual(await rows('n'), [{ n: 1.5 }, { n: 2 ** 70 }])
  assert.match(task.reported[0]?.error.message ?? '', /more digits than SQLite keeps .* TEXT/)
})
