import assert from 'node:assert/strict'
import {
  dateSchema,
  Decimal,
  decimalSchema,
  FLOAT32,
  FLOAT64,
  INT32,
  INT64,
  OPTIONAL_INT64,
  OPTIONAL_STRING,
  type Schema,
  SchemaBuilder,
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

const array = (items: Schema): Schema => SchemaBuilder.array(items).optional().build()

check('64-bit integers and decimals keep every digit', async ({ database, config, rows }) => {
  const schema = fieldsSchema({ big: INT64, small: INT64, amount: decimalSchema(4) })
  await using task = await TaskDriver.start(config())
  const amount = database.name === 'sqlite' ? '1234567.8901' : '12345678901234567890123.4567'
  await task.write(
    valueRecord(schema, {
      big: 9223372036854775807n,
      small: -9223372036854775808n,
      amount: Decimal.parse(amount),
    }),
  )
  const [row] = await rows('big,small,amount')
  assert.deepEqual(
    [String(row?.['big']), String(row?.['small'])],
    ['9223372036854775807', '-9223372036854775808'],
  )
  assert.equal(String(row?.['amount']), amount)
})

check('dates, times and timestamps are wall time in db.timezone', async ({ database, config, table }) => {
  const schema = fieldsSchema({ d: dateSchema(), t: timeSchema(), ts: timestampSchema() })
  const values = { d: new Date(0), t: new Date(45296789), ts: new Date(1474661402123) }
  for (const [zone, dateZone] of [
    ['UTC', 'DB_TIMEZONE'],
    ['America/Los_Angeles', 'DB_TIMEZONE'],
    ['America/New_York', 'UTC'],
  ] as const) {
    await using task = await TaskDriver.start(config({ 'db.timezone': zone, 'date.timezone': dateZone }))
    await task.write(valueRecord(schema, values))
  }
  const text = { postgresql: '%::text', mysql: 'CAST(% AS CHAR)', sqlite: '%' }[database.name]
  const found = await database.query(
    `SELECT ${['d', 't', 'ts'].map((c) => `${text.replace('%', c)} AS ${c}`).join(', ')} FROM ${database.quote(table)}`,
  )
  if (database.name === 'sqlite') {
    assert.deepEqual(
      found,
      Array.from({ length: 3 }, () => ({ d: 0, t: 45296789, ts: 1474661402123 })),
    )
    return
  }
  assert.deepEqual(
    found.map((row) => [row['d'], row['t'], row['ts']]),
    [
      ['1970-01-01', '12:34:56.789', '2016-09-23 20:10:02.123'],
      ['1969-12-31', '04:34:56.789', '2016-09-23 13:10:02.123'],
      ['1970-01-01', '07:34:56.789', '2016-09-23 16:10:02.123'],
    ],
  )
})

const TRICKY = [
  'plain',
  '',
  'tab\there',
  'line\nfeed',
  'carriage\rreturn',
  'back\\slash',
  '\\N',
  '\\.',
  'null',
  'NULL',
  `it's "quoted"`,
  '{a,b}',
  '\u{1F600} é 中',
  "\\'; DROP TABLE x; --",
  ' lead and trail ',
  '\u001a\b',
]

check(
  'every text arrives as it was sent, by every way of writing',
  async ({ database, config, rows, table }) => {
    const schema = fieldsSchema({ id: INT32, v: OPTIONAL_STRING })
    for (const mode of ['insert', 'upsert', 'update']) {
      await using task = await TaskDriver.start(
        config({ 'insert.mode': mode, 'pk.mode': 'record_value', 'pk.fields': 'id' }),
      )
      await task.write(...TRICKY.map((v, id) => valueRecord(schema, { id, v })))
      await task.write(valueRecord(schema, { id: 99, v: null }))
      assert.deepEqual(
        (await rows('id,v')).filter(({ id }) => id !== 99).map(({ v }) => v),
        TRICKY,
      )
      if (mode === 'insert') await database.query(`DELETE FROM ${database.quote(table)} WHERE id < 50`)
    }
  },
)

check('more values in one batch than a statement has parameters', async ({ database, config, table }) => {
  const names = Array.from({ length: 70 }, (_, i) => `c${i}`)
  const schema = fieldsSchema(Object.fromEntries(names.map((name) => [name, INT32])))
  const row = (i: number): Record<string, number> => Object.fromEntries(names.map((name, c) => [name, i + c]))
  for (const mode of ['insert', 'upsert']) {
    await using task = await TaskDriver.start(
      config({ 'insert.mode': mode, 'pk.mode': 'record_value', 'pk.fields': 'c0', 'batch.size': '5000' }),
    )
    await task.write(
      ...Array.from({ length: 1000 }, (_, i) => valueRecord(schema, row(mode === 'insert' ? i : i + 500))),
    )
  }
  const [count] = await database.query(`SELECT count(*) AS n FROM ${database.quote(table)}`)
  assert.equal(Number(count?.['n']), 1500)
})

check('floats keep the digits they were written with; what is no number is told', async (fixture) => {
  const { database, config, rows } = fixture
  const schema = fieldsSchema({ id: INT32, f: FLOAT32, d: FLOAT64 })
  await using task = await TaskDriver.start(config(), { reports: true })
  await task.write(
    valueRecord(schema, { id: 1, f: Math.fround(2356.3), d: 0.1 }),
    valueRecord(schema, { id: 2, f: Infinity, d: -Infinity }),
  )
  const found = await rows('id,f,d')
  assert.equal(Number(Number(found[0]?.['f']).toPrecision(7)), 2356.3)
  assert.equal(found[0]?.['d'], 0.1)
  if (database.name === 'mysql') {
    assert.equal(found.length, 1)
    assert.match(task.reported[0]?.error.message ?? '', /The field f is Infinity, which MySQL cannot store/)
  } else assert.deepEqual([found[1]?.['f'], found[1]?.['d']], [Infinity, -Infinity])
})

check('schemaless objects go to the columns of their table', async ({ database, config, rows, table }) => {
  const json = { postgresql: 'JSONB', mysql: 'JSON', sqlite: 'TEXT' }[database.name]
  await database.query(
    `CREATE TABLE ${database.quote(table)} (id BIGINT PRIMARY KEY, name VARCHAR(50), amount DECIMAL(10,2), seen TIMESTAMP NULL, extra ${json})`,
  )
  await using task = await TaskDriver.start(
    config({
      'auto.create': 'false',
      'auto.evolve': 'false',
      'insert.mode': 'upsert',
      'pk.mode': 'record_value',
      'pk.fields': 'id',
    }),
    { reports: true },
  )
  await task.write(
    record({
      value: {
        id: 1,
        name: 'a',
        amount: 12.5,
        seen: '2024-02-03 04:05:06',
        extra: { deep: [1, { x: null }] },
      },
    }),
    record({ value: { id: 9007199254740993n, name: null, amount: '3.10' } }),
    record({ value: { id: 3, unknown: 'field' } }),
    record({ value: { id: 1, name: 'b' } }),
  )
  const found = await rows('id,name,amount,extra', 'id')
  assert.deepEqual(
    found.map((row) => [String(row['id']), row['name'], Number(row['amount'])]),
    [
      ['1', 'b', 12.5],
      ['9007199254740993', null, 3.1],
    ],
  )
  const extra = found[0]?.['extra']
  assert.deepEqual(typeof extra === 'string' ? JSON.parse(extra) : extra, { deep: [1, { x: null }] })
  assert.equal(task.reported.length, 1)
  assert.match(task.reported[0]?.error.message ?? '', /missing fields.*name='unknown'/)
})

check(
  'schemaless objects make a table where auto.create is set, and columns where auto.evolve is',
  async (fixture) => {
    const { config, rows } = fixture
    await using task = await TaskDriver.start(
      config({ 'pk.mode': 'record_key', 'pk.fields': 'k', 'insert.mode': 'upsert' }),
    )
    await task.write(record({ key: 'one', value: { name: 'a', n: 1 } }))
    await task.write(record({ key: 'two', value: { name: 'b', n: 2, flag: true, tags: ['x'] } }))
    const found = await rows('k,name,n,flag')
    assert.deepEqual(
      found.map((row) => [
        row['k'],
        row['name'],
        Number(row['n']),
        row['flag'] === null ? null : Boolean(row['flag']),
      ]),
      [
        ['one', 'a', 1, null],
        ['two', 'b', 2, true],
      ],
    )
  },
)

check(
  'numbers of schemaless objects may grow: fractions after integers, and more than 64 bits',
  async ({ config, rows }) => {
    await using task = await TaskDriver.start(config({ 'pk.mode': 'record_key', 'pk.fields': 'k' }), {
      reports: true,
    })
    await task.write(record({ key: 1, value: { n: 1, m: 2 } }))
    await task.write(
      record({ key: 2, value: { n: 2.5, m: 1e21 } }),
      record({ key: 3, value: { n: 2n ** 70n } }),
    )
    assert.deepEqual(
      (await rows('k,n,m')).map(({ n, m }) => [Number(n), m === null ? null : Number(m)]),
      [
        [1, 2],
        [2.5, 1e21],
        [2 ** 70, null],
      ],
    )
    assert.equal(task.reported.length, 0)
  },
)

check('a value that is not what its schema says is a bad record', async ({ config, rows }) => {
  await using task = await TaskDriver.start(config(), { reports: true })
  const schema = fieldsSchema({ at: timestampSchema() })
  const lie = record({ valueSchema: schema, value: Struct.ofTrusted(schema, ['no date']) })
  await task.write(lie, valueRecord(schema, { at: new Date(0) }))
  assert.equal((await rows('at')).length, 1)
  assert.match(task.reported[0]?.error.message ?? '', /The value of field at does not fit its schema/)
})

check('structs, maps and arrays of them become JSON', async ({ config, rows }) => {
  const inner = SchemaBuilder.struct().field('x', OPTIONAL_INT64).field('when', timestampSchema()).build()
  const schema = fieldsSchema({
    id: INT32,
    nested: inner,
    list: array(inner),
    map: SchemaBuilder.map(STRING, INT64).build(),
  })
  const value = struct(inner, { x: 42n, when: new Date(0) })
  await using task = await TaskDriver.start(config())
  await task.write(valueRecord(schema, { id: 1, nested: value, list: [value], map: new Map([['a"b', 2n]]) }))
  const [row] = await rows('nested,list,map')
  const plain = (v: unknown): unknown => (typeof v === 'string' ? JSON.parse(v) : v)
  const expected = { x: 42, when: '1970-01-01T00:00:00.000Z' }
  assert.deepEqual(plain(row?.['nested']), expected)
  assert.deepEqual(plain(row?.['list']), [expected])
  assert.deepEqual(plain(row?.['map']), { 'a"b': 2 })
})

servers(
  'the tables that are made have the types of the table of types',
  async ({ database, config, table }) => {
    const optional = (type: Schema['type']): Schema => new SchemaBuilder(type).optional().build()
    const schema = fieldsSchema({
      i8: optional('INT8'),
      i16: optional('INT16'),
      i32: optional('INT32'),
      i64: optional('INT64'),
      f32: optional('FLOAT32'),
      f64: optional('FLOAT64'),
      flag: optional('BOOLEAN'),
      text: optional('STRING'),
      raw: optional('BYTES'),
      amount: decimalSchema(3, { optional: true }),
      d: dateSchema({ optional: true }),
      t: timeSchema({ optional: true }),
      ts: timestampSchema({ optional: true }),
      need: INT32,
    })
    await using task = await TaskDriver.start(config())
    await task.write(valueRecord(schema, { need: 1 }))
    const types =
      database.name === 'mysql'
        ? await database.query(
            `SELECT COLUMN_NAME AS n, COLUMN_TYPE AS t, IS_NULLABLE AS o FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '${table}' ORDER BY ORDINAL_POSITION`,
          )
        : await database.query(
            `SELECT attname AS n, format_type(atttypid, atttypmod) AS t, CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END AS o FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0 ORDER BY attnum`,
          )
    const expected = {
      postgresql: [
        'smallint',
        'smallint',
        'integer',
        'bigint',
        'real',
        'double precision',
        'boolean',
        'text',
        'bytea',
        'numeric',
        'date',
        'time without time zone',
        'timestamp without time zone',
        'integer',
      ],
      mysql: [
        'tinyint(4)',
        'smallint(6)',
        'int(11)',
        'bigint(20)',
        'float',
        'double',
        'tinyint(4)',
        'text',
        'varbinary(1024)',
        'decimal(65,3)',
        'date',
        'time(3)',
        'datetime(3)',
        'int(11)',
      ],
      sqlite: [],
    }[database.name]
    assert.deepEqual(
      types.map(({ t }) => t),
      expected,
    )
    assert.deepEqual(
      types.map(({ o }) => o),
      [...Array.from({ length: 13 }, () => 'YES'), 'NO'],
    )
  },
)
