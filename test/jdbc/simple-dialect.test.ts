import assert from 'node:assert/strict'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import {
  BOOLEAN,
  type ConfigProblem,
  INT64,
  OPTIONAL_BYTES,
  OPTIONAL_FLOAT32,
  OPTIONAL_STRING,
  SchemaBuilder,
  STRING,
} from '@spillway/framework'
import { jdbcSinkConnector } from '@spillway/jdbc-sink'
import { freeModules } from '@spillway/worker'
import { registry } from 'spillway'
import { sqliteDatabase, type TestDatabase } from './support/databases.ts'
import { type Fixture, fixtureOf } from './support/each-database.ts'
import { fieldsSchema, ID_KEY, record, struct, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'

const MODULE = join(import.meta.dirname, 'support', 'notes-dialect.ts')
const SCHEMA = fieldsSchema({ id: INT64, text: OPTIONAL_STRING, ok: BOOLEAN })
const BY_ID = { 'insert.mode': 'upsert', 'pk.mode': 'record_value', 'pk.fields': 'id' }

let database: TestDatabase

before(async () => {
  const sqlite = await sqliteDatabase()
  const url = sqlite.url.replace('jdbc:sqlite:', 'jdbc:notes:')
  database = { ...sqlite, url, config: { 'connection.url': url, 'dialect.name': MODULE } }
})
after(async () => await database[Symbol.asyncDispose]())

/** A test with a table of its own, written through the dialect that `simpleDialect` makes. */
function check(title: string, run: (fixture: Fixture) => Promise<void>): void {
  test(title, async () => await run(fixtureOf(database)))
}

const row = (id: number | bigint, text: string | null, ok = true) =>
  valueRecord(SCHEMA, { id: BigInt(id), text, ok })

check('inserts, upserts and updates are real ones, in the order of their records', async (fixture) => {
  {
    await using task = await TaskDriver.start(fixture.config(BY_ID))
    await task.write(row(1, 'a'), row(2, "b'"), row(1, 'c', false), row(2n ** 62n, null))
  }
  {
    await using task = await TaskDriver.start(fixture.config({ ...BY_ID, 'insert.mode': 'update' }))
    await task.write(row(2, 'd'), row(3, 'nobody'))
  }
  assert.deepEqual(await fixture.rows('id, text, ok', 'id'), [
    { id: 1, text: 'c', ok: 0 },
    { id: 2, text: 'd', ok: 1 },
    { id: String(2n ** 62n), text: null, ok: 1 },
  ])
})

check('tombstones delete, columns are added, and keys alone make rows', async (fixture) => {
  const keys = { 'insert.mode': 'upsert', 'pk.mode': 'record_key', 'delete.enabled': 'true' }
  const keyed = (id: bigint, fields: Readonly<Record<string, unknown>> | null, wide = false) => {
    const schema = fieldsSchema(wide ? { name: STRING, more: OPTIONAL_STRING } : { name: STRING })
    return record({
      keySchema: ID_KEY,
      key: struct(ID_KEY, { id }),
      ...(fields !== null && { valueSchema: schema, value: struct(schema, fields) }),
    })
  }
  await using task = await TaskDriver.start(fixture.config(keys))
  await task.write(keyed(1n, { name: 'a' }), keyed(2n, { name: 'b' }))
  await task.write(keyed(1n, null), keyed(2n, { name: 'c', more: 'd' }, true))
  assert.deepEqual(await fixture.rows('id, name, more'), [{ id: 2, name: 'c', more: 'd' }])
})

check('a row the database refuses is a bad record; the others of its batch are written', async (fixture) => {
  await database.query(
    `CREATE TABLE ${fixture.table} (id INTEGER PRIMARY KEY, text TEXT CHECK (text <> 'bad'), ok INTEGER)`,
  )
  await using task = await TaskDriver.start(fixture.config(), { reports: true })
  await task.write(row(1, 'a'), row(2, 'bad'), row(1, 'again'), row(3, 'c'), row(4, '\ud800'))
  assert.deepEqual(await fixture.rows('id, text', 'id'), [
    { id: 1, text: 'a' },
    { id: 3, text: 'c' },
  ])
  const reasons = task.reported.map(({ error }) => error.message).join('\n')
  assert.equal(task.reported.length, 3, reasons)
  for (const part of [/CHECK constraint failed/, /UNIQUE constraint failed/, /half a surrogate pair/])
    assert.match(reasons, part)
})

check(
  'nested values are JSON, floats the numbers they show, kinds without a type are refused',
  async (fixture) => {
    const list = SchemaBuilder.array(INT64).optional().build()
    const schema = fieldsSchema({ id: INT64, list, float: OPTIONAL_FLOAT32 })
    await using task = await TaskDriver.start(fixture.config())
    await task.write(valueRecord(schema, { id: 1n, list: [1n, 2n], float: Math.fround(2356.3) }))
    assert.deepEqual(await fixture.rows('list, float'), [{ list: '[1,2]', float: 2356.3 }])
    const bytes = fieldsSchema({ id: INT64, raw: OPTIONAL_BYTES })
    await using other = await TaskDriver.start({
      ...fixture.config(),
      'table.name.format': `${fixture.table}_b`,
    })
    await assert.rejects(
      other.write(valueRecord(bytes, { id: 1n, raw: Buffer.from('x') })),
      /type doesn't have a mapping to the SQL database column type \(field raw\)/,
    )
  },
)

check(
  'a key that compares loosely is refused, as records could change the rows of others',
  async (fixture) => {
    await database.query(`CREATE TABLE ${fixture.table} (loose TEXT COLLATE NOCASE PRIMARY KEY, text TEXT)`)
    const schema = fieldsSchema({ loose: STRING, text: OPTIONAL_STRING })
    const config = fixture.config({ ...BY_ID, 'pk.fields': 'loose' })
    await using task = await TaskDriver.start(config)
    await assert.rejects(
      task.write(valueRecord(schema, { loose: 'a', text: 'b' })),
      /key column loose.*collation/,
    )
  },
)

check('positions in the database make inserts exactly-once, and another owner fences', async (fixture) => {
  const partition = { topic: 'dummy', partition: 0 }
  const config = fixture.config({ 'offsets.storage.table': `${fixture.table}_offsets`, name: 'exactly' })
  const schema = fieldsSchema({ id: INT64 })
  const at = (offset: bigint) => valueRecord(schema, { id: offset }, { kafkaOffset: offset })
  await using first = await TaskDriver.start(config)
  await first.open(partition)
  await first.write(at(0n), at(1n))
  await using second = await TaskDriver.start(config)
  await second.open(partition)
  assert.equal(second.seeks.get(partition), 2n)
  await second.write(at(2n))
  await first.putOnce(at(2n))
  await assert.rejects(async () => {
    await first.durable(true)
    await first.putOnce()
  }, /written by another task now/)
  assert.deepEqual(await fixture.rows('id', 'id'), [{ id: 0 }, { id: 1 }, { id: 2 }])
})

test('its URL and class are validated like those of the databases that come with the sink', async () => {
  const modules = freeModules(registry)
  const problems = async (changes: Readonly<Record<string, string>>): Promise<readonly ConfigProblem[]> =>
    (await jdbcSinkConnector.validate?.(
      { ...database.config, ...changes },
      AbortSignal.timeout(10_000),
      modules,
    )) ?? []
  assert.deepEqual(await problems({}), [])
  assert.deepEqual(await problems({ 'connection.url': 'jdbc:notes:/nowhere/new.db' }), [], 'nothing is made')
  const [wrong] = await problems({ 'dialect.name': join(import.meta.dirname, 'support', 'records.ts') })
  assert.match(wrong?.message ?? '', /exports no plugin of kind dialect/)
})
