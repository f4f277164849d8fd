import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import {
  dateSchema,
  INT32,
  INT64,
  OPTIONAL_STRING,
  type SinkRecord,
  timeSchema,
  timestampSchema,
} from '@spillway/framework'
import { until } from '../support/until.ts'
import { eachDatabase } from './support/each-database.ts'
import { fieldsSchema, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'

const postgres = eachDatabase(['postgresql'])
const mysql = eachDatabase(['mysql'])
const sqlite = eachDatabase(['sqlite'])
const servers = eachDatabase(['postgresql', 'mysql'])

const SCHEMA = fieldsSchema({ id: INT32, v: OPTIONAL_STRING })
const row = (id: number, v = 'v'): SinkRecord => valueRecord(SCHEMA, { id, v })

postgres(
  'currentSchema and ApplicationName of the URL act; a property that does not is told',
  async (fixture) => {
    const { database, config, table } = fixture
    await database.query(`CREATE SCHEMA "my schema"`)
    const url = `${database.url}?currentSchema=%22my%20schema%22&ApplicationName=named&prepareThreshold=0&loadBalanceHosts=true`
    await using task = await TaskDriver.start(config({ 'connection.url': url }))
    await task.write(row(1))
    assert.equal((await database.query(`SELECT id FROM "my schema".${table}`)).length, 1)
    assert.equal(
      (await database.query(`SELECT 1 FROM pg_stat_activity WHERE application_name = 'named'`)).length,
      1,
    )
    assert.equal(task.logLines.filter((line) => line.includes('does not act')).length, 1)
    assert.ok(
      task.logLines.some((line) => line.includes('The connection property loadbalancehosts does not act')),
    )
  },
)

postgres('targetServerType=primary passes by a server that takes no writes', async (fixture) => {
  const { database, config, rows } = fixture
  const name = new URL(database.url.replace('jdbc:', '')).pathname.slice(1)
  await database.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
  const url = `${database.url}?targetServerType=primary`
  await using task = await TaskDriver.start(config({ 'connection.url': url, 'connection.attempts': '2' }))
  await assert.rejects(
    task.write(row(1)),
    /The server takes no writes, but targetServerType=primary asks for one that does \[SQLState=25006\]/,
  )
  await database.query(
    `SET default_transaction_read_only = off; ALTER DATABASE ${name} SET default_transaction_read_only = off`,
  )
  await using next = await TaskDriver.start(config({ 'connection.url': url }))
  await next.write(row(2))
  assert.deepEqual(await rows('id'), [{ id: 2 }])
})

postgres('several hosts are tried in their order', async ({ database, config, rows }) => {
  const url = database.url.replace('//', '//127.0.0.1:1,')
  await using task = await TaskDriver.start(config({ 'connection.url': url, 'connection.attempts': '1' }))
  await task.write(row(1))
  assert.equal((await rows('id')).length, 1)
})

servers('socketTimeout of the URL ends a statement that waits too long', async (fixture) => {
  const { database, config, rows, table } = fixture
  await database.query(`CREATE TABLE ${table} (id INT, v TEXT)`)
  const isMysql = database.name === 'mysql'
  const url = `${database.url}?socketTimeout=${isMysql ? 300 : 0.3}`
  await using task = await TaskDriver.start(config({ 'connection.url': url }))
  await database.query(isMysql ? `LOCK TABLES ${table} WRITE` : `BEGIN; LOCK TABLE ${table}`)
  await task.putOnce(row(1))
  try {
    await until('the wait is told', async () => {
      await task.putOnce().catch(() => undefined)
      return task.notices.some((notice) => /Waiting for the database: .*(timeout|longer)/.test(notice ?? ''))
    })
  } finally {
    await database.query(isMysql ? 'UNLOCK TABLES' : 'COMMIT')
  }
  await task.flush()
  await task.write(row(2))
  assert.equal((await rows('id')).length, 2)
})

servers('statements of connection.init.sql run on every connection', async ({ database, config, rows }) => {
  const sql =
    database.name === 'mysql'
      ? `SET SESSION sql_mode = 'ANSI'`
      : `SET search_path = public; SET work_mem = '8MB'`
  await using task = await TaskDriver.start(config({ 'connection.init.sql': sql }))
  await task.write(row(1))
  assert.equal((await rows('id')).length, 1)
})

servers(
  'a connection that must be secured is not made to a server without TLS',
  async ({ database, config }) => {
    const parameter = database.name === 'mysql' ? 'sslMode=REQUIRED' : 'sslmode=require'
    await using task = await TaskDriver.start(
      config({ 'connection.url': `${database.url}?${parameter}`, 'connection.attempts': '2' }),
    )
    await assert.rejects(
      task.write(row(1)),
      /Cannot connect to the database of connection\.url after 2 attempts: .*(SSL|secure)/,
    )
  },
)

servers(
  'a task that cannot connect at its start fails after connection.attempts',
  async ({ database, config }) => {
    await using task = await TaskDriver.start(
      config({ 'connection.url': `${database.url.replace(/:\d+\//, ':1/')}`, 'connection.attempts': '3' }),
    )
    await assert.rejects(task.write(row(1)), /after 3 attempts: .*ECONNREFUSED/)
    assert.equal(
      task.logLines.filter((line) => line.includes('Unable to connect to database on attempt')).length,
      2,
    )
  },
)

servers('a wrong password is told without the password', async ({ config }) => {
  await using task = await TaskDriver.start(
    config({ 'connection.password': 'wr0ng-secret', 'connection.attempts': '1' }),
  )
  await assert.rejects(task.write(row(1)), (error: Error) => {
    assert.doesNotMatch(error.message + task.logLines.join('\n'), /wr0ng-secret/)
    return /password|denied/.test(error.message)
  })
})

postgres(
  'a statement that waits too long is given up, told in the status, and tried again',
  async (fixture) => {
    const { database, config, rows, table } = fixture
    await database.query(`CREATE TABLE ${table} (id INT, v TEXT)`)
    await using task = await TaskDriver.start(config({ 'statement.timeout.ms': '200' }))
    await database.query('BEGIN')
    await database.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
    await task.putOnce(row(1))
    await until('the wait is told', async () => {
      await task.putOnce().catch(() => undefined)
      return task.notices.some((notice) => /Waiting for the database: .*(timeout|longer)/.test(notice ?? ''))
    })
    await database.query('COMMIT')
    await task.flush()
    await task.write(row(2))
    assert.equal((await rows('id')).length, 2)
  },
)

sqlite(
  'date_class=TEXT stores dates and times as text, in the zone of the configuration',
  async (fixture) => {
    const { database, config, rows } = fixture
    const schema = fieldsSchema({ d: dateSchema(), t: timeSchema(), at: timestampSchema(), micros: INT64 })
    const url = `${database.url}?date_class=TEXT`
    await using task = await TaskDriver.start(
      config({ 'connection.url': url, 'timestamp.fields.list': 'micros', 'db.timezone': 'Asia/Tokyo' }),
    )
    const at = new Date(1474661402123)
    await task.write(
      valueRecord(schema, { d: new Date(0), t: new Date(1000), at, micros: 1474661402123456n }),
    )
    assert.deepEqual(await rows('d,t,at,micros'), [
      {
        d: '1970-01-01',
        t: '09:00:01.000',
        at: '2016-09-24 05:10:02.123',
        micros: '2016-09-24 05:10:02.123456',
      },
    ])
  },
)

sqlite('a file may be written file:, and may be in memory', async ({ config, database, rows }) => {
  const url = database.url.replace('jdbc:sqlite:', 'jdbc:sqlite:file:')
  await using task = await TaskDriver.start(config({ 'connection.url': url }))
  await task.write(row(1))
  assert.equal((await rows('id')).length, 1)
  for (const memory of ['jdbc:sqlite::memory:', 'jdbc:sqlite:']) {
    await using other = await TaskDriver.start(config({ 'connection.url': memory }))
    await other.write(row(1))
    await other.write(row(2))
  }
})

sqlite('a file locked by another writer is waited for', async ({ database, config, rows }) => {
  await using task = await TaskDriver.start(config())
  await task.write(row(1))
  const other = new DatabaseSync(database.url.slice('jdbc:sqlite:'.length))
  other.exec('BEGIN IMMEDIATE')
  const late = row(2)
  await task.put(late)
  assert.equal((await task.durable())['dummy-0'], late.kafkaOffset)
  other.exec('COMMIT')
  other.close()
  await task.flush()
  assert.equal((await rows('id')).length, 2)
})

postgres('what a trigger raises is about its record', async ({ database, config, rows, table }) => {
  await database.query(
    `CREATE TABLE ${table} (id INT, v TEXT); CREATE FUNCTION ${table}_f() RETURNS trigger LANGUAGE plpgsql AS ` +
      `$$ BEGIN IF NEW.id = 2 THEN RAISE EXCEPTION 'no twos'; END IF; RETURN NEW; END $$; ` +
      `CREATE TRIGGER g BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_f()`,
  )
  await using task = await TaskDriver.start(config(), { reports: true })
  await task.write(row(1), row(2), row(3))
  assert.deepEqual(await rows('id'), [{ id: 1 }, { id: 3 }])
  assert.match(task.reported[0]?.error.message ?? '', /no twos \[SQLState=P0001/)
})

mysql(
  'a row that refers to one deleted with it by cascade ends as one record at a time would',
  async (fixture) => {
    const { database, config, table } = fixture
    await database.query(
      `CREATE TABLE ${table}_p (id INT PRIMARY KEY, v TEXT); CREATE TABLE ${table}_c (id INT PRIMARY KEY, v VARCHAR(20), parent INT, ` +
        `FOREIGN KEY (parent) REFERENCES ${table}_p(id) ON DELETE CASCADE)`,
    )
    await using task = await TaskDriver.start(
      config({
        'table.name.format': `${table}_\${topic}`,
        'insert.mode': 'upsert',
        'pk.mode': 'record_key',
        'pk.fields': 'id',
        'delete.enabled': 'true',
      }),
    )
    const child = fieldsSchema({ v: OPTIONAL_STRING, parent: INT32 })
    const parent = fieldsSchema({ v: OPTIONAL_STRING })
    const key = (id: number): object => ({ keySchema: INT32, key: id })
    await task.write(
      valueRecord(parent, { v: 'p' }, { topic: 'p', ...key(1) }),
      valueRecord(child, { parent: 1 }, { topic: 'c', ...key(5) }),
      valueRecord(parent, { v: 'q' }, { topic: 'p', ...key(1) }).with({ value: null, valueSchema: null }),
      valueRecord(parent, { v: 'r' }, { topic: 'p', ...key(1) }),
    )
    assert.deepEqual(await database.query(`SELECT id FROM ${table}_c`), [])
    assert.equal((await database.query(`SELECT id FROM ${table}_p`)).length, 1)
  },
)
