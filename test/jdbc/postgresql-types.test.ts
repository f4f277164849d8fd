import assert from 'node:assert/strict'
import {
  dateSchema,
  Decimal,
  decimalSchema,
  FLOAT64,
  INT32,
  OPTIONAL_STRING,
  type Schema,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  type Struct,
  timestampSchema,
} from '@spillway/framework'
import { eachDatabase } from './support/each-database.ts'
import { fieldsSchema, record, struct, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'

const postgres = eachDatabase(['postgresql'])

const array = (items: Schema): Schema => SchemaBuilder.array(items).optional().build()

postgres(
  '26. texts go to json, jsonb, uuid, enum, inet, ranges and timestamptz columns, by every way of writing',
  async (fixture) => {
    const { database, config, rows, table } = fixture
    await database.query(
      `CREATE TYPE ${table}_mood AS ENUM ('sad', 'ok'); CREATE DOMAIN ${table}_short AS VARCHAR(5); CREATE TABLE ${table} ` +
        `(userid UUID PRIMARY KEY, jsonid JSON, jsonbid JSONB, mood ${table}_mood, addr INET, span INT4RANGE, at TIMESTAMPTZ, short ${table}_short, fixed CHAR(4))`,
    )
    const names = ['userid', 'jsonid', 'jsonbid', 'mood', 'addr', 'span', 'at', 'short', 'fixed']
    const schema = fieldsSchema(Object.fromEntries(names.map((name) => [name, STRING])))
    const row = (i: number): Record<string, string> => ({
      userid: `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`,
      jsonid: '{"a": 1}',
      jsonbid: '[1,2]',
      mood: 'ok',
      addr: '10.0.0.1/8',
      span: '[1,5)',
      at: '2024-01-01T00:00:00+02:00',
      short: 'abcde',
      fixed: 'ab',
    })
    for (const mode of ['insert', 'upsert', 'update']) {
      await using task = await TaskDriver.start(
        config({ 'insert.mode': mode, 'pk.mode': 'record_value', 'pk.fields': 'userid' }),
        { reports: true },
      )
      await task.write(...Array.from({ length: 20 }, (_, i) => valueRecord(schema, row(i))))
      assert.equal((await rows('userid')).length, 20)
      await task.write(valueRecord(schema, { ...row(1), short: 'too long' }))
      assert.match(
        task.reported[0]?.error.message ?? '',
        /value too long for type character varying\(5\).*SQLState=22001|duplicate key/,
      )
      if (mode === 'insert') await database.query(`DELETE FROM ${table}`)
      if (mode === 'upsert') await database.query(`UPDATE ${table} SET mood = 'sad'`)
    }
    const found = await database.query(
      `SELECT DISTINCT mood::text, at AT TIME ZONE 'UTC' AS at, span::text FROM ${table}`,
    )
    assert.equal(found.length, 1)
    assert.equal(found[0]?.['mood'], 'ok')
    assert.equal(found[0]['span'], '[1,5)')
  },
)

postgres(
  'a uuid key deletes its row, whatever case it is written in',
  async ({ database, config, rows, table }) => {
    await database.query(`CREATE TABLE ${table} (id UUID PRIMARY KEY, name TEXT)`)
    await using task = await TaskDriver.start(
      config({
        'insert.mode': 'upsert',
        'pk.mode': 'record_key',
        'pk.fields': 'id',
        'delete.enabled': 'true',
      }),
    )
    const id = 'ABCDEF00-0000-0000-0000-000000000001'
    const value = fieldsSchema({ name: STRING })
    await task.write(
      valueRecord(value, { name: 'x' }, { keySchema: STRING, key: id }),
      valueRecord(value, { name: 'y' }, { keySchema: STRING, key: id.toLowerCase() }),
    )
    assert.deepEqual(await rows('name'), [{ name: 'y' }])
    await task.write(record({ keySchema: STRING, key: id.toLowerCase() }))
    assert.deepEqual(await rows('name'), [])
  },
)

postgres(
  '27. arrays of every scalar fill array columns, made or found',
  async ({ database, config, rows, table }) => {
    const schema = fieldsSchema({
      id: INT32,
      ints: array(INT32),
      names: array(STRING),
      amounts: array(decimalSchema(2)),
      days: array(dateSchema()),
      none: array(STRING),
    })
    const item = (id: number): Struct =>
      struct(schema, {
        id,
        ints: [10, 6221],
        names: ['Lucas', 'To"m', '{x,y}', 'NULL', ''],
        amounts: [Decimal.parse('1.10')],
        days: [new Date(0)],
        none: null,
      })
    for (const mode of ['insert', 'upsert']) {
      await using task = await TaskDriver.start(
        config({ 'insert.mode': mode, 'pk.mode': 'record_value', 'pk.fields': 'id' }),
      )
      await task.write(
        ...Array.from({ length: 20 }, (_, i) =>
          record({ valueSchema: schema, value: item(i + (mode === 'insert' ? 0 : 10)) }),
        ),
      )
    }
    const found = await database.query(
      `SELECT DISTINCT ints, names, amounts::text AS amounts, days::text AS days, none FROM ${table}`,
    )
    assert.deepEqual(found, [
      {
        ints: [10, 6221],
        names: ['Lucas', 'To"m', '{x,y}', 'NULL', ''],
        amounts: '{1.10}',
        days: '{1970-01-01}',
        none: null,
      },
    ])
    assert.equal((await rows('id')).length, 30)
  },
)

postgres(
  'maps fill hstore columns, and infinity and NaN are what they say',
  async ({ database, config, rows, table }) => {
    await database.query(
      `CREATE EXTENSION hstore; CREATE TABLE ${table} (id INT PRIMARY KEY, h hstore, at TIMESTAMP, n NUMERIC, d DOUBLE PRECISION)`,
    )
    const schema = fieldsSchema({
      id: INT32,
      h: SchemaBuilder.map(STRING, OPTIONAL_STRING).build(),
      at: STRING,
      n: FLOAT64,
      d: FLOAT64,
    })
    const h = new Map([
      ['a"\\', "it's => ,"],
      ['none', null],
    ])
    for (const mode of ['insert', 'upsert']) {
      await using task = await TaskDriver.start(
        config({ 'insert.mode': mode, 'pk.mode': 'record_value', 'pk.fields': 'id' }),
      )
      const from = mode === 'insert' ? 0 : 5
      await task.write(
        ...Array.from({ length: 10 }, (_, i) =>
          valueRecord(schema, { id: from + i, h, at: '-infinity', n: Number.NaN, d: -Infinity }),
        ),
      )
    }
    const found = await database.query(
      `SELECT DISTINCT h -> 'a"\\' AS v, h ? 'none' AS has, at::text AS at, n::text AS n, d::text AS d FROM ${table}`,
    )
    assert.deepEqual(found, [{ v: "it's => ,", has: true, at: '-infinity', n: 'NaN', d: '-Infinity' }])
    assert.equal((await rows('id')).length, 15)
  },
)

postgres('types that cut texts in silence refuse them', async ({ database, config, rows, table }) => {
  await database.query(`CREATE TABLE ${table} (id INT, c "char", n NAME, v VARCHAR(2))`)
  await using task = await TaskDriver.start(config(), { reports: true })
  const of = (id: number, column: string, text: string): SinkRecord =>
    valueRecord(fieldsSchema({ id: INT32, [column]: STRING }), { id, [column]: text })
  await task.write(of(1, 'c', 'a'), of(2, 'n', 'n'.repeat(63)), of(3, 'v', 'a '))
  await task.write(of(4, 'c', 'ab'), of(5, 'n', 'é'.repeat(32)), of(6, 'v', 'a  '))
  assert.deepEqual(await rows('id'), [{ id: 1 }, { id: 2 }, { id: 3 }])
  assert.equal(task.reported.length, 3)
})

postgres('28. the default of an array is what a record without it stores', async ({ config, rows }) => {
  const hobbies = SchemaBuilder.array(STRING).optional().defaultValue([`O'Neill`, 'Horse Riding']).build()
  await using task = await TaskDriver.start(config())
  await task.write(valueRecord(fieldsSchema({ id: INT32, hobbies }), { id: 1 }))
  await task.write(valueRecord(fieldsSchema({ id: INT32 }), { id: 2 }))
  assert.deepEqual(
    (await rows('id,hobbies')).map(({ hobbies: found }) => found),
    [
      [`O'Neill`, 'Horse Riding'],
      [`O'Neill`, 'Horse Riding'],
    ],
  )
})

postgres('a text with U+0000 is a bad record, and its neighbours are written', async ({ config, rows }) => {
  await using task = await TaskDriver.start(config(), { reports: true })
  const schema = fieldsSchema({ v: STRING })
  await task.write(
    valueRecord(schema, { v: 'a' }),
    valueRecord(schema, { v: 'b\0c' }),
    valueRecord(schema, { v: 'd' }),
  )
  assert.deepEqual(await rows('v'), [{ v: 'a' }, { v: 'd' }])
  assert.match(task.reported[0]?.error.message ?? '', /U\+0000/)
})

postgres(
  'timestamps go to timestamptz as the instants they are, also before 1582 and 1 BC',
  async ({ database, config, table }) => {
    await database.query(`CREATE TABLE ${table} (id INT, at TIMESTAMPTZ, wall TIMESTAMP, day DATE)`)
    const schema = fieldsSchema({
      id: INT32,
      at: timestampSchema(),
      wall: timestampSchema(),
      day: dateSchema(),
    })
    const instants = [1474661402123, -12219292800000 - 1, -62198755200000 - 86_400_000 * 800]
    for (const calendar of ['LEGACY', 'PROLEPTIC_GREGORIAN']) {
      await using task = await TaskDriver.start(
        config({
          'db.timezone': 'America/Los_Angeles',
          'date.timezone': 'UTC',
          'date.calendar.system': calendar,
        }),
      )
      await task.write(
        ...instants.map((ms, id) =>
          valueRecord(schema, { id, at: new Date(ms), wall: new Date(ms), day: new Date(ms) }),
        ),
      )
    }
    const found = await database.query(
      `SELECT id, at::text AS at, day::text AS day FROM ${table} ORDER BY id, day`,
    )
    const days = found.map(({ day }) => day)
    assert.deepEqual(days.slice(0, 2), ['2016-09-23', '2016-09-23'])
    assert.ok(days.includes('1582-10-04') && days.includes('1582-10-14'), String(days))
    assert.equal(days.filter((day) => String(day).endsWith('BC')).length, 2)
    const [row] = await database.query(
      `SELECT extract(epoch FROM at)::float8 AS at, wall::text AS wall FROM ${table} WHERE id = 0`,
    )
    assert.deepEqual(row, { at: 1474661402.123, wall: '2016-09-23 13:10:02.123' })
  },
)
