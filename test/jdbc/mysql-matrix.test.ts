import assert from 'node:assert/strict'
import { INT32, OPTIONAL_STRING, type SinkRecord } from '@spillway/framework'
import { eachDatabase } from './support/each-database.ts'
import { fieldsSchema, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'
import { TYPED_VALUES } from './support/type-values.ts'

const mysql = eachDatabase(['mysql'])

const NUMBERS = [
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'int unsigned',
  'decimal(20,2)',
  'float',
  'double',
] as const
const COLUMNS = [
  ...NUMBERS,
  'bit(8)',
  'year',
  'date',
  'datetime(3)',
  'timestamp(3)',
  'time(3)',
  'char(40)',
  'varchar(40)',
  'longtext',
  'json',
  'binary(2)',
  'varbinary(40)',
  'blob',
  "enum('one','x')",
  "set('one','x','y')",
  'uuid',
  'inet6',
] as const

const TEXTS = ['char(40)', 'varchar(40)', 'longtext']
const RAW = ['binary(2)', 'varbinary(40)', 'blob']

const fill = (columns: readonly string[], text: string): [string, string][] =>
  columns.map((column) => [column, text])
const numbers = (text: string, except: readonly string[] = []): [string, string][] =>
  fill(
    NUMBERS.filter((column) => !except.includes(column)),
    text,
  )

/** What each value is in each column that takes it; it is refused by all others. */
const STORED: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  int8: [...numbers('7'), ['bit(8)', '7'], ...fill(TEXTS, '7'), ['json', '7']],
  int16: [...numbers('1234', ['tinyint']), ...fill(TEXTS, '1234'), ['json', '1234']],
  'int32 as of a time of day': [
    ...numbers('123456', ['tinyint', 'smallint']),
    ...fill(TEXTS, '123456'),
    ['json', '123456'],
  ],
  'int32 as of a date': [
    ...numbers('20240101', ['tinyint', 'smallint', 'float']),
    ...fill(TEXTS, '20240101'),
    ['json', '20240101'],
  ],
  'int32 as of bits': [...numbers('10'), ['bit(8)', '10'], ...fill(TEXTS, '10'), ['json', '10']],
  'int32 zero': [...numbers('0'), ['bit(8)', '0'], ['year', '0'], ...fill(TEXTS, '0'), ['json', '0']],
  'int32 negative': [...numbers('-5', ['int unsigned']), ...fill(TEXTS, '-5'), ['json', '-5']],
  'int32 beyond a float': [
    ...numbers('16777217', ['tinyint', 'smallint', 'float']),
    ...fill(TEXTS, '16777217'),
    ['json', '16777217'],
  ],
  'int64 as of an interval': [
    ...numbers('1123456', ['tinyint', 'smallint']),
    ...fill(TEXTS, '1123456'),
    ['json', '1123456'],
  ],
  'int64 beyond a double': [...fill(['bigint', 'decimal(20,2)', ...TEXTS, 'json'], '9007199254740993')],
  float32: [['decimal(20,2)', '0.1'], ...fill(['float', 'double', ...TEXTS, 'json'], '0.1')],
  'float64 whole': [...numbers('24'), ['bit(8)', '24'], ...fill(TEXTS, '24'), ['json', '24']],
  'float64 fraction': fill(['decimal(20,2)', 'float', 'double', ...TEXTS, 'json'], '1.5'),
  'float64 NaN': [],
  boolean: [...numbers('1'), ['bit(8)', '1'], ...fill(TEXTS, '1'), ['json', 'true']],
  // As a binary string of two bytes it is more than BIT(8) holds.
  'bytes of text': [...fill([...TEXTS, 'json'], '12'), ...fill(RAW, '3132')],
  'bytes of a uuid': [
    ...fill(['varbinary(40)', 'blob'], '00112233445566778899AABBCCDDEEFF'),
    ['uuid', '00112233-4455-6677-8899-aabbccddeeff'],
    ['inet6', '11:2233:4455:6677:8899:aabb:ccdd:eeff'],
  ],
  'decimal whole': [...numbers('7'), ['bit(8)', '7'], ...fill([...TEXTS, 'json'], '7.00')],
  'decimal fraction': [
    ...fill(['decimal(20,2)', 'float', 'double'], '12.5'),
    ...fill([...TEXTS, 'json'], '12.50'),
  ],
  date: [
    ...fill(['date', ...TEXTS], '2016-09-23'),
    ...fill(['datetime(3)', 'timestamp(3)'], '2016-09-23 00:00:00.000'),
    ['json', '"2016-09-23"'],
  ],
  time: [...fill(['time(3)', ...TEXTS], '12:34:56.789'), ['json', '"12:34:56.789"']],
  timestamp: [
    ...fill(['datetime(3)', 'timestamp(3)', ...TEXTS], '2016-09-23 20:10:02.123'),
    ['date', '2016-09-23'],
    ['time(3)', '20:10:02.123'],
    ['json', '"2016-09-23T20:10:02.123Z"'],
  ],
  'array of int32': fill([...TEXTS, 'json'], '[123456,null]'),
  'array of text': fill([...TEXTS, 'json'], '["a","{b}"]'),
  'array of dates': fill([...TEXTS, 'json'], '["2016-09-23"]'),
  'text of digits': [
    ...numbers('20240101', ['tinyint', 'smallint', 'float']),
    ...fill([...TEXTS, 'json'], '20240101'),
    ...fill(['varbinary(40)', 'blob'], '3230323430313031'),
    ['date', '2024-01-01'],
  ],
  'text of letters': [
    ...fill([...TEXTS, "enum('one','x')", "set('one','x','y')"], 'one'),
    ...fill(['varbinary(40)', 'blob'], '6F6E65'),
  ],
}

/** The columns of one value as text; numbers without what their type adds to them. */
function shown(column: string, i: number): string {
  if (column === 'bit(8)' || column === 'year') return `CAST(c${i}+0 AS CHAR)`
  if (RAW.includes(column)) return `HEX(c${i})`
  if (column === 'decimal(20,2)') return `TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM c${i}))`
  // A FLOAT shows six digits only.
  return column === 'float'
    ? `IF(c${i} > 1000, CAST(ROUND(c${i}, 0) AS CHAR), CAST(c${i} AS CHAR))`
    : `CAST(c${i} AS CHAR)`
}

mysql(
  'every type goes to every column as what it is, or is refused, by every way of writing',
  async ({ database, config, table }) => {
    const columns = COLUMNS.map((type, i) => `c${i} ${type}`).join(', ')
    await database.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, ${columns}) CHARACTER SET utf8mb4`)
    for (const mode of ['insert', 'upsert', 'update']) {
      const cells: { readonly name: string; readonly column: string }[] = []
      const records: SinkRecord[] = []
      for (const [name, { schema, value }] of Object.entries(TYPED_VALUES)) {
        for (const [i, column] of COLUMNS.entries()) {
          records.push(
            valueRecord(fieldsSchema({ id: INT32, [`c${i}`]: schema }), {
              id: cells.length,
              [`c${i}`]: value,
            }),
          )
          cells.push({ name, column })
        }
      }
      await database.query(`DELETE FROM ${table}`)
      if (mode === 'update') {
        await database.query(`INSERT INTO ${table} (id) VALUES ${cells.map((_, id) => `(${id})`).join(',')}`)
      }
      await using task = await TaskDriver.start(
        config({ 'insert.mode': mode, 'auto.evolve': 'false', 'pk.mode': 'record_value', 'pk.fields': 'id' }),
        { reports: true },
      )
      await task.write(...records)
      const texts = COLUMNS.map((column, i) => shown(column, i)).join(',')
      const rows = await database.query(`SELECT id, COALESCE(${texts}) AS stored FROM ${table}`)
      const stored = new Map(rows.map((row) => [Number(row['id']), row['stored']]))
      const faults = cells.flatMap(({ name, column }, id) => {
        const ours = String(stored.get(id) ?? 'refused')
        const wanted = STORED[name]?.find(([where]) => where === column)?.[1] ?? 'refused'
        return ours === wanted ? [] : [`${name} -> ${column}: ${ours}, not ${wanted}`]
      })
      assert.deepEqual(faults, [], mode)
      for (const { error } of task.reported) {
        assert.match(
          error.message,
          /cannot be written to the column c\d+ of type|does not fit|SQLSTATE|SQLState/,
        )
      }
    }
  },
)

/** Texts that MySQL reads as something else in silence, even in strict mode; `null` where the record is refused. */
const TEXT_CASES: readonly (readonly [string, string, string | null])[] = [
  ['int', '12', '12'],
  ['int', ' 12 ', '12'],
  ['int', '2.00', '2'],
  ['int', '1e3', '1000'],
  ['int', '1.5', null],
  ['int', '12abc', null],
  ['int', '', null],
  ['int', '99999999999', null],
  ['decimal(10,2)', '12.50', '12.50'],
  ['decimal(10,2)', '1e400000000', null],
  ['decimal(10,2)', 'NaN', null],
  ['double', '0.1', '0.1'],
  ['double', '9007199254740993', null],
  ['bit(8)', '1', null],
  ['year', '2024', '2024'],
  ['year', '24', null],
  ['date', '2024-01-05', '2024-01-05'],
  ['date', '20240105', '2024-01-05'],
  ['date', '2024-01-05 00:00:00', '2024-01-05'],
  ['date', '2024-01-05 10:11:12', null],
  ['date', '10:11:12', null],
  ['date', '24-01-05', null],
  ['date', '2024-02-31', null],
  ['datetime', '2024-01-05T10:11:12', '2024-01-05 10:11:12'],
  ['datetime', '10:11:12', null],
  ['datetime', '2024-01-05T10:11:12Z', null],
  ['time', '-12:34:56', '-12:34:56'],
  ['time', '100:00:00', '100:00:00'],
  ['time', '1234', null],
  ['time', '2024-01-05 10:11:12', null],
  ["enum('a','2')", 'a', 'a'],
  ["enum('a','2')", '2', '2'],
  ["enum('a','2')", '1', null],
  ["enum('a','2')", 'c', null],
  ["set('a','b')", 'a,b', 'a,b'],
  ["set('a','b')", '3', null],
  ['varchar(3)', 'abcd', null],
  ['varchar(3)', 'abc', 'abc'],
  ['varchar(3)', 'abc  ', null],
  ['varchar(9)', 'a\ud800b', null],
  ['varchar(9)', '', ''],
  ['json', '{"a": 1}', '{"a": 1}'],
  ['json', 'nonsense', null],
]

mysql('texts are what they say in every column, or refused', async ({ database, config, table }) => {
  const columns = [...new Set(TEXT_CASES.map(([type]) => type))]
  const list = columns.map((type, i) => `c${i} ${type}`).join(', ')
  await database.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, ${list}) CHARACTER SET utf8mb4`)
  await using task = await TaskDriver.start(config({ 'auto.evolve': 'false' }), { reports: true })
  await task.write(
    ...TEXT_CASES.map(([type, text], id) => {
      const column = `c${columns.indexOf(type)}`
      return valueRecord(fieldsSchema({ id: INT32, [column]: OPTIONAL_STRING }), { id, [column]: text })
    }),
  )
  const texts = columns.map((type, i) => (type === 'bit(8)' ? `c${i}+0` : `CAST(c${i} AS CHAR)`)).join(',')
  const rows = await database.query(`SELECT id, COALESCE(${texts}) AS stored FROM ${table}`)
  const stored = new Map(rows.map((row) => [Number(row['id']), String(row['stored'])]))
  assert.deepEqual(
    TEXT_CASES.map(([type, text], id) => [type, text, stored.get(id) ?? null]),
    TEXT_CASES,
  )
})

mysql('0 is 0 as a key that counts by itself', async ({ database, config, rows, table }) => {
  await database.query(`CREATE TABLE ${table} (id INT AUTO_INCREMENT PRIMARY KEY, v INT)`)
  await using task = await TaskDriver.start(
    config({ 'insert.mode': 'upsert', 'pk.mode': 'record_value', 'pk.fields': 'id' }),
  )
  const schema = fieldsSchema({ id: INT32, v: INT32 })
  await task.write(valueRecord(schema, { id: 0, v: 1 }), valueRecord(schema, { id: 0, v: 2 }))
  assert.deepEqual(await rows('id,v'), [{ id: 0, v: 2 }])
})
