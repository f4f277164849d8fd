import assert from 'node:assert/strict'
import {
  dateSchema,
  Decimal,
  decimalSchema,
  INT32,
  OPTIONAL_INT32,
  Schema,
  STRING,
  Struct,
  timeSchema,
  timestampSchema,
} from '@spillway/framework'
import { eachDatabase } from './support/each-database.ts'
import { fieldsSchema, record, struct, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'

const check = eachDatabase()
const servers = eachDatabase(['postgresql', 'mysql'])

const VALUES: readonly unknown[] = [
  'text',
  '',
  '12',
  12,
  12n,
  1.5,
  Number.NaN,
  true,
  new Date(0),
  new Date(Number.NaN),
  Buffer.from('ab'),
  [1],
  new Map([['a', 1]]),
  { a: 1 },
  Decimal.parse('1.5'),
  Symbol('s'),
  () => 1,
]

/** Which of {@link VALUES} a schema's own values are. */
const SCHEMAS: readonly (readonly [Schema, (value: unknown) => boolean])[] = [
  ...(['INT8', 'INT16', 'INT32', 'INT64'] as const).map(
    (type) => [new Schema({ type }), (v: unknown) => typeof v === 'bigint' || v === 12] as const,
  ),
  [new Schema({ type: 'FLOAT64' }), (v) => typeof v === 'number'],
  [new Schema({ type: 'BOOLEAN' }), (v) => typeof v === 'boolean'],
  [STRING, (v) => typeof v === 'string'],
  [new Schema({ type: 'BYTES' }), (v) => v instanceof Uint8Array],
  [decimalSchema(1), (v) => v instanceof Decimal],
  ...[dateSchema(), timeSchema(), timestampSchema()].map(
    (schema) => [schema, (v: unknown) => v instanceof Date && !Number.isNaN(v.getTime())] as const,
  ),
  // What Cast leaves: the name of a logical type on another type.
  [new Schema({ type: 'STRING', name: decimalSchema(1).name }), (v) => typeof v === 'string'],
  [new Schema({ type: 'STRING', name: timestampSchema().name }), (v) => typeof v === 'string'],
  [new Schema({ type: 'INT64', name: dateSchema().name }), (v) => typeof v === 'bigint' || v === 12],
  [new Schema({ type: 'INT32', name: 'io.debezium.time.Date' }), (v) => typeof v === 'bigint' || v === 12],
]

check('what is not of its schema is a bad record, never a value or the end of the task', async (fixture) => {
  const { database, config, table } = fixture
  for (const [i, [schema, fits]] of SCHEMAS.entries()) {
    const name = `${table}_${i}`
    await using task = await TaskDriver.start(config({ 'table.name.format': name }), { reports: true })
    const value = fieldsSchema({ v: schema })
    await task.write(
      ...VALUES.map((v) => record({ valueSchema: value, value: Struct.ofTrusted(value, [v]) })),
    )
    const fit = VALUES.filter((v) => fits(v))
    const told = task.reported.map(({ record: { value: bad } }) => (bad as Struct).at(0))
    // NaN is a value, but only PostgreSQL has it.
    const unstored = database.name === 'postgresql' ? [] : fit.filter((v) => Number.isNaN(v))
    assert.deepEqual(
      told.filter((v) => !unstored.includes(v)),
      VALUES.filter((v) => !fits(v)),
      schema.toString(),
    )
    const rows = fit.length === 0 ? [] : await database.query(`SELECT 1 AS one FROM ${name}`)
    assert.equal(rows.length, fit.length - unstored.length, schema.toString())
    for (const { error } of task.reported)
      assert.match(error.message, /does not fit its schema|NULL for NaN|MySQL cannot store/)
  }
})

check('a record whose schema is a struct and whose value is none is refused', async ({ config, rows }) => {
  const schema = fieldsSchema({ id: INT32, v: OPTIONAL_INT32 })
  const other = fieldsSchema({ v: INT32, id: INT32 })
  await using task = await TaskDriver.start(
    config({ 'insert.mode': 'upsert', 'pk.mode': 'record_value', 'pk.fields': 'id' }),
    { reports: true },
  )
  const lies: readonly unknown[] = ['text', 12n, [1, 2], new Map([['id', 1]]), Buffer.from('a'), new Date(0)]
  await task.write(
    valueRecord(schema, { id: 1, v: 1 }),
    ...lies.map((value) => record({ valueSchema: schema, value })),
    // Its fields are in other places than the schema says.
    record({ valueSchema: schema, value: struct(other, { v: 8, id: 9 }) }),
    valueRecord(schema, { id: 2, v: 2 }),
  )
  assert.deepEqual(await rows('id,v', 'id'), [
    { id: 1, v: 1 },
    { id: 2, v: 2 },
  ])
  assert.equal(task.reported.length, lies.length + 1)
})

/** Numbers that are dates and times by their schema's name, and what they are in columns of these types. */
const DEBEZIUM: readonly (readonly [string, Schema['type'], number | bigint, string, string])[] = [
  ['Date', 'INT32', 19723, 'date', '2024-01-01'],
  ['Date', 'INT32', -1, 'date', '1969-12-31'],
  ['Time', 'INT32', 45_296_789, 'time', '12:34:56.789'],
  ['MicroTime', 'INT64', 45_296_789_123n, 'time', '12:34:56.789123'],
  ['NanoTime', 'INT64', 45_296_789_123_000n, 'time', '12:34:56.789123'],
  ['Timestamp', 'INT64', 1474661402123n, 'timestamp', '2016-09-23 20:10:02.123'],
  ['MicroTimestamp', 'INT64', 1474661402123456n, 'timestamp', '2016-09-23 20:10:02.123456'],
  ['MicroTimestamp', 'INT64', -1n, 'timestamp', '1969-12-31 23:59:59.999999'],
  ['NanoTimestamp', 'INT64', 1474661402123456000n, 'timestamp', '2016-09-23 20:10:02.123456'],
]

servers(
  "Debezium's times go to columns of time as what they count, and to others as numbers",
  async (fixture) => {
    const { database, config, table } = fixture
    const isPostgres = database.name === 'postgresql'
    const types = isPostgres
      ? 'date DATE, time TIME, timestamp TIMESTAMP, number BIGINT, uuid UUID'
      : 'date DATE, time TIME(6), timestamp DATETIME(6), number BIGINT, uuid UUID'
    await database.query(`CREATE TABLE ${table} (id INT, ${types})`)
    // Wall time is not moved by a zone.
    await using task = await TaskDriver.start(
      config({ 'db.timezone': 'America/New_York', 'auto.evolve': 'false' }),
      { reports: true },
    )
    const columns = ['date', 'time', 'timestamp', 'number', 'uuid']
    for (const [id, [name, type, value]] of DEBEZIUM.entries()) {
      const schema = new Schema({ type, name: `io.debezium.time.${name}`, optional: true })
      await task.write(
        ...columns.map((column) =>
          valueRecord(fieldsSchema({ id: INT32, [column]: schema }), { id, [column]: value }),
        ),
      )
    }
    const zeros = (text: string): string => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')
    for (const [id, [name, , value, column, text]] of DEBEZIUM.entries()) {
      const shown = (c: string): string => (isPostgres ? `"${c}"::text` : `CAST(\`${c}\` AS CHAR)`)
      const rows = await database.query(
        `SELECT ${columns.map((c) => `${shown(c)} AS ${isPostgres ? `"${c}"` : `\`${c}\``}`).join(',')} FROM ${table} WHERE id = ${id}`,
      )
      const stored = (c: string): string[] =>
        rows.flatMap((row) => (row[c] === null ? [] : [zeros(String(row[c]))]))
      assert.deepEqual(stored(column), [text], name)
      assert.deepEqual(stored('number'), [zeros(String(value))], name)
      assert.deepEqual(stored('uuid'), [])
    }
    assert.ok(task.reported.every(({ error }) => /SQLSTATE 42804/.test(error.message)))
  },
)

check(
  'dates and decimals of objects without a schema are what they are',
  async ({ database, config, table }) => {
    const type = { postgresql: 'TIMESTAMP', mysql: 'DATETIME(3)', sqlite: 'TIMESTAMP' }[database.name]
    await database.query(`CREATE TABLE ${table} (seen ${type}, amount DECIMAL(20,3))`)
    await using task = await TaskDriver.start(config({ 'auto.evolve': 'false' }), { reports: true })
    await task.write(
      record({ value: { seen: new Date(1474661402123), amount: Decimal.parse('12.345') } }),
      record({ value: { seen: 1474661402123, amount: 2n } }),
    )
    const shown = { postgresql: 'seen::text', mysql: 'CAST(seen AS CHAR)', sqlite: 'seen' }[database.name]
    const rows = await database.query(`SELECT ${shown} AS seen, amount FROM ${table}`)
    // SQLite has milliseconds for times, so a number is one.
    assert.equal(rows.length, database.name === 'sqlite' ? 2 : 1)
    assert.equal(Number(rows[0]?.['amount']), 12.345)
    const seen = database.name === 'sqlite' ? 1474661402123 : '2016-09-23 20:10:02.123'
    assert.equal(rows[0]?.['seen'], seen)
  },
)

check(
  'numbers of objects without a schema keep every digit, nested ones too',
  async ({ database, config, table }) => {
    const json = { postgresql: 'JSONB', mysql: 'JSON', sqlite: 'TEXT' }[database.name]
    await database.query(`CREATE TABLE ${table} (n BIGINT, t VARCHAR(40), j ${json})`)
    await using task = await TaskDriver.start(config({ 'auto.evolve': 'false' }), { reports: true })
    const big = 9007199254740993n
    await task.write(record({ value: { n: big, t: big, j: { deep: [big, 1.5, '9', { x: big }] } } }))
    const text = { postgresql: 'j::text', mysql: "CONCAT(j, ' ')", sqlite: 'j' }[database.name]
    const [row] = await database.query(`SELECT n, t, ${text} AS j FROM ${table}`)
    assert.deepEqual(
      [String(row?.['n']), row?.['t'], String(row?.['j']).replaceAll(' ', '')],
      [String(big), String(big), `{"deep":[${big},1.5,"9",{"x":${big}}]}`],
    )
    assert.deepEqual(task.reported, [])
  },
)
