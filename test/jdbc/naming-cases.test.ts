import assert from 'node:assert/strict'
import { INT32, INT64, OPTIONAL_STRING, SchemaBuilder, STRING } from '@spillway/framework'
import { eachDatabase } from './support/each-database.ts'
import { fieldsSchema, record, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'

const check = eachDatabase()
const postgres = eachDatabase(['postgresql'])
const mysql = eachDatabase(['mysql'])

const ONE = fieldsSchema({ id: INT32 })

check(
  'names with quotes and words of SQL are names, in tables, columns and keys',
  async ({ database, config }) => {
    const hostile = `select "x\` int); drop table v; --`
    const column = `a"b\`c'`
    await database.query(`CREATE TABLE ${database.quote('v')} (id INT)`)
    const schema = fieldsSchema({ [column]: INT32, [hostile]: STRING })
    for (const topic of ['order', `it's`, 'a-b c']) {
      await using task = await TaskDriver.start(
        config({
          'table.name.format': '${topic}',
          'insert.mode': 'upsert',
          'pk.mode': 'record_value',
          'pk.fields': column,
        }),
      )
      await task.write(valueRecord(schema, { [column]: 1, [hostile]: 'x' }, { topic }))
      await task.write(valueRecord(schema, { [column]: 1, [hostile]: 'y' }, { topic }))
      const rows = await database.query(
        `SELECT ${database.quote(hostile)} AS v FROM ${database.quote(topic)}`,
      )
      assert.deepEqual(
        rows.map(({ v }) => v),
        ['y'],
      )
      await database.query(`DROP TABLE ${database.quote(topic)}`)
    }
    await database.query(`DROP TABLE ${database.quote('v')}`)
  },
)

check(
  `defaults with quotes and backslashes are what a row without the field gets`,
  async ({ config, rows, table, database }) => {
    const text = `it's a \\ "test" \n'); drop table x; --`
    const withDefault = fieldsSchema({
      id: INT32,
      note: new SchemaBuilder('STRING').defaultValue(text).build(),
      n: new SchemaBuilder('INT64').defaultValue(-9007199254740993n).build(),
      flag: new SchemaBuilder('BOOLEAN').optional().defaultValue(true).build(),
      raw: new SchemaBuilder('BYTES').defaultValue(Buffer.from('ab00', 'hex')).build(),
    })
    await using task = await TaskDriver.start(config())
    await task.write(valueRecord(withDefault, { id: 1 }))
    await task.write(valueRecord(ONE, { id: 2 }))
    const found = await rows('id,note,n,raw')
    assert.deepEqual(
      found.map((row) => [
        row['id'],
        row['note'],
        String(row['n']),
        Buffer.from(row['raw'] as Uint8Array).toString('hex'),
      ]),
      [1, 2].map((id) => [id, text, '-9007199254740993', 'ab00']),
    )
    assert.equal((await database.query(`SELECT 1 AS one FROM ${database.quote(table)} WHERE flag`)).length, 2)
  },
)

check('replace.null.with.default=false writes null, true the default', async ({ config, rows }) => {
  const schema = fieldsSchema({
    id: INT32,
    n: new SchemaBuilder('INT32').optional().defaultValue(42).build(),
  })
  for (const [id, replaces] of ['true', 'false'].entries()) {
    await using task = await TaskDriver.start(config({ 'replace.null.with.default': replaces }))
    await task.write(valueRecord(schema, { id, n: null }))
  }
  assert.deepEqual(await rows('id,n'), [
    { id: 0, n: 42 },
    { id: 1, n: null },
  ])
})

check('a table whose name differs in a wildcard of LIKE is another table', async ({ database, config }) => {
  await database.query(`CREATE TABLE ${database.quote('sink-x')} (other INT)`)
  await using task = await TaskDriver.start(config({ 'table.name.format': 'sink_x' }))
  await task.write(valueRecord(ONE, { id: 1 }))
  assert.equal((await database.query(`SELECT id FROM sink_x`)).length, 1)
})

check('topics find their tables by list, by pattern and by format', async ({ database, config, table }) => {
  await using task = await TaskDriver.start(
    config({
      'topics.to.tables.mapping': `first:${table}_list`,
      'table.name.topic.regex': '^prod\\.([a-z]+)\\..*$',
      'table.name.topic.replacement': '$1',
      'table.name.format': `${table}_\${topic}`,
    }),
  )
  await task.write(
    valueRecord(ONE, { id: 1 }, { topic: 'first' }),
    valueRecord(ONE, { id: 2 }, { topic: 'prod.orders.v1' }),
    valueRecord(ONE, { id: 3 }, { topic: 'plain' }),
  )
  for (const [suffix, id] of Object.entries({ list: 1, orders: 2, plain: 3 })) {
    assert.deepEqual(
      (await database.query(`SELECT id FROM ${table}_${suffix}`)).map((row) => row['id']),
      [id],
    )
  }
})

check('table.name.normalize makes a plain name of any topic', async ({ database, config, table }) => {
  await using task = await TaskDriver.start(
    config({ 'table.name.normalize': 'true', 'table.name.format': `${table}_\${topic}` }),
  )
  await task.write(valueRecord(ONE, { id: 1 }, { topic: 'a.b-c.d/e' }))
  assert.equal((await database.query(`SELECT id FROM ${table}_a_b_c_d_e`)).length, 1)
})

check(
  '38. a quoted topic keeps its dots; one of four parts without quotes is an error',
  async ({ database, config }) => {
    const { identifierQuote: q } = { identifierQuote: database.name === 'mysql' ? '`' : '"' }
    await using quoted = await TaskDriver.start(config({ 'table.name.format': `${q}\${topic}${q}` }))
    await quoted.write(valueRecord(ONE, { id: 1 }, { topic: 'p1.1.2.3' }))
    assert.equal((await database.query(`SELECT id FROM ${database.quote('p1.1.2.3')}`)).length, 1)
    await using plain = await TaskDriver.start(config({ 'table.name.format': '${topic}' }))
    await assert.rejects(plain.write(valueRecord(ONE, { id: 1 }, { topic: 'a.b.c.d' })), /has 4 parts/)
  },
)

check('20. texts go to record_value, or the column of string.output.value.column.name', async (fixture) => {
  const { database, config, rows, table } = fixture
  const key = { 'pk.mode': 'record_key', 'pk.fields': 'the_key' }
  const hello = (id: bigint): ReturnType<typeof record> =>
    record({ keySchema: INT64, key: id, valueSchema: STRING, value: 'hello' })
  await using task = await TaskDriver.start(config(key))
  await task.write(hello(42n))
  const [row] = await rows('the_key,record_value')
  assert.deepEqual([Number(row?.['the_key']), row?.['record_value']], [42, 'hello'])
  const named = { ...key, 'string.output.value.column.name': 'payload' }
  await using refused = await TaskDriver.start(config({ ...named, 'auto.evolve': 'false' }), {
    reports: true,
  })
  await refused.write(hello(43n))
  assert.match(refused.reported[0]?.error.message ?? '', /name='payload'.*auto-evolution is disabled/)
  await using evolving = await TaskDriver.start(config(named))
  await evolving.write(hello(44n))
  const evolved = await database.query(`SELECT payload FROM ${database.quote(table)} WHERE the_key = 44`)
  assert.equal(evolved[0]?.['payload'], 'hello')
})

check('a key of text makes a table, pk.mode=kafka too, and keys differ in case', async ({ config, rows }) => {
  await using task = await TaskDriver.start(
    config({ 'insert.mode': 'upsert', 'pk.mode': 'record_key', 'pk.fields': 'k', 'delete.enabled': 'true' }),
  )
  const value = fieldsSchema({ v: STRING })
  const put = (key: string, v: string): ReturnType<typeof record> =>
    valueRecord(value, { v }, { keySchema: STRING, key })
  await task.write(
    put('a', '1'),
    put('A', '2'),
    put('b', '3'),
    record({ keySchema: STRING, key: 'b' }),
    put('a', '4'),
  )
  assert.deepEqual((await rows('k,v')).map(({ k, v }) => `${String(k)}${String(v)}`).sort(), ['A2', 'a4'])
})

postgres(
  'schema.table is written where it says, and other schemas are left alone',
  async ({ database, config, table }) => {
    await database.query(
      `CREATE SCHEMA "my.schema"; CREATE SCHEMA other; CREATE TABLE other.${table} (id INT, x INT NOT NULL)`,
    )
    await using task = await TaskDriver.start(config({ 'table.name.format': `"my.schema".${table}` }))
    await task.write(valueRecord(ONE, { id: 1 }))
    assert.equal((await database.query(`SELECT id FROM "my.schema".${table}`)).length, 1)
    await using missing = await TaskDriver.start(config({ 'table.name.format': `nowhere.${table}` }), {
      reports: true,
    })
    await missing.write(valueRecord(ONE, { id: 1 }))
    assert.match(
      missing.reported[0]?.error.message ?? '',
      /Cannot CREATE TABLE "nowhere"\."dummy_\d+": schema "nowhere" does not exist/,
    )
  },
)

postgres(
  '37. names longer than the server takes are cut as the server cuts them',
  async ({ database, config }) => {
    const topic = `t${'é'.repeat(40)}`
    await using task = await TaskDriver.start(config({ 'table.name.format': '${topic}' }))
    await task.write(valueRecord(ONE, { id: 1 }, { topic }))
    await task.write(valueRecord(ONE, { id: 2 }, { topic }))
    assert.equal((await database.query(`SELECT id FROM "${topic}"`)).length, 2)
  },
)

postgres('quote.sql.identifiers=never leaves the case to the server', async ({ database, config, table }) => {
  await database.query(`CREATE TABLE ${table}_folded (userid INT PRIMARY KEY, name TEXT)`)
  await using task = await TaskDriver.start(
    config({
      'quote.sql.identifiers': 'never',
      'table.name.format': `${table.toUpperCase()}_Folded`,
      'insert.mode': 'upsert',
      'pk.mode': 'record_value',
      'pk.fields': 'userId',
    }),
  )
  const schema = fieldsSchema({ userId: INT32, NAME: OPTIONAL_STRING })
  await task.write(valueRecord(schema, { userId: 1, NAME: 'x' }))
  assert.deepEqual(await database.query(`SELECT userid, name FROM ${table}_folded`), [
    { userid: 1, name: 'x' },
  ])
})

postgres(
  '32. views take rows where table.types has VIEW; fields they lack are bad records',
  async (fixture) => {
    const { database, config, table } = fixture
    await database.query(
      `CREATE TABLE ${table}_base (id INT PRIMARY KEY, name TEXT, more TEXT); ` +
        `CREATE VIEW ${table} AS SELECT id, name FROM ${table}_base`,
    )
    await using task = await TaskDriver.start(config({ 'table.types': ' \t\n view' }), { reports: true })
    const good = fieldsSchema({ id: INT32, name: STRING })
    const bad = fieldsSchema({ id: INT32, nope: OPTIONAL_STRING })
    await task.write(
      ...[1, 2, 3].flatMap((id) => [
        valueRecord(good, { id, name: 'n' }),
        valueRecord(bad, { id: id + 10, nope: 'x' }),
      ]),
    )
    assert.equal((await database.query(`SELECT * FROM ${table}_base WHERE more IS NULL`)).length, 3)
    assert.equal(task.reported.length, 3)
    assert.match(
      task.reported[0]?.error.message ?? '',
      /View "dummy_\d+" is missing fields \(.*\) and ALTER VIEW is unsupported/,
    )
    await using tables = await TaskDriver.start(config())
    await assert.rejects(tables.write(valueRecord(good, { id: 9, name: 'n' })), /add VIEW to table.types/)
  },
)

postgres('32. partitioned tables are tables', async ({ database, config, table }) => {
  await database.query(
    `CREATE TABLE ${table} (id INT, name TEXT, PRIMARY KEY (id)) PARTITION BY RANGE (id); ` +
      `CREATE TABLE ${table}_1 PARTITION OF ${table} FOR VALUES FROM (0) TO (100)`,
  )
  const key = { 'insert.mode': 'upsert', 'pk.mode': 'record_value', 'pk.fields': 'id' }
  const schema = fieldsSchema({ id: INT32, name: STRING })
  for (const types of ['TABLE', 'PARTITIONED TABLE']) {
    await using task = await TaskDriver.start(config({ ...key, 'table.types': types }))
    await task.write(valueRecord(schema, { id: 5, name: types }))
  }
  assert.deepEqual(await database.query(`SELECT id, name FROM ${table}_1`), [
    { id: 5, name: 'PARTITIONED TABLE' },
  ])
})

mysql('db.table is written in the database it names', async ({ database, config, table }) => {
  await database.query(`CREATE DATABASE ${table}_other`)
  try {
    await using task = await TaskDriver.start(config({ 'table.name.format': `${table}_other.t` }))
    await task.write(valueRecord(ONE, { id: 1 }))
    assert.equal((await database.query(`SELECT id FROM ${table}_other.t`)).length, 1)
  } finally {
    await database.query(`DROP DATABASE ${table}_other`)
  }
})

mysql(
  'an upsert that clashes on a second unique index is a bad record, not a change of another row',
  async (fixture) => {
    const { database, config, rows, table } = fixture
    await database.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, name VARCHAR(20) UNIQUE)`)
    await database.query(`INSERT INTO ${table} VALUES (1, 'taken')`)
    await using task = await TaskDriver.start(
      config({ 'insert.mode': 'upsert', 'pk.mode': 'record_value', 'pk.fields': 'id' }),
      { reports: true },
    )
    const schema = fieldsSchema({ id: INT32, name: STRING })
    await task.write(
      valueRecord(schema, { id: 2, name: 'taken' }),
      valueRecord(schema, { id: 3, name: 'free' }),
    )
    assert.deepEqual(await rows('id,name'), [
      { id: 1, name: 'taken' },
      { id: 3, name: 'free' },
    ])
    assert.equal(task.reported.length, 1)
  },
)
