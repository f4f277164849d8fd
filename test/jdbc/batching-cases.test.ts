import assert from 'node:assert/strict'
import {
  BOOLEAN,
  BYTES,
  Decimal,
  decimalSchema,
  FLOAT32,
  FLOAT64,
  INT16,
  INT32,
  INT64,
  INT8,
  OPTIONAL_INT32,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  timestampSchema,
} from '@spillway/framework'
import { eachDatabase } from './support/each-database.ts'
import { fieldsSchema, ID_KEY, NAME_VALUE, record, struct, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'

const check = eachDatabase()

const AGED_VALUE = fieldsSchema({ name: STRING, age: OPTIONAL_INT32 })
const key = { keySchema: ID_KEY, key: struct(ID_KEY, { id: 1234n }) }
const a = (): SinkRecord => valueRecord(NAME_VALUE, { name: 'cuba' }, key)
const b = (): SinkRecord => valueRecord(AGED_VALUE, { name: 'cuba', age: 4 }, key)
const deletion = (): SinkRecord => record({ ...key })
const deletionWithSchema = (): SinkRecord => record({ ...key, valueSchema: NAME_VALUE })

const UPSERT = { 'insert.mode': 'upsert', 'pk.mode': 'record_key', 'delete.enabled': 'true' }

check('1. A,A,A,B,A without a key gives five rows, with the age of B alone', async ({ config, rows }) => {
  await using task = await TaskDriver.start(config())
  await task.write(a(), a(), a(), b(), a())
  const ages = (await rows('name, age')).map(({ age }) => age)
  assert.deepEqual(ages.toSorted(), [4, null, null, null, null].toSorted())
})

check('2. insert, insert, delete in one put leaves no row', async ({ config, rows }) => {
  await using task = await TaskDriver.start(config(UPSERT))
  await task.write(a(), a(), deletion())
  assert.deepEqual(await rows('id'), [])
})

check('4. an insert after a delete in one put leaves the row', async ({ config, rows }) => {
  await using task = await TaskDriver.start(config(UPSERT))
  await task.write(a(), a(), deletionWithSchema(), a())
  assert.deepEqual(await rows('name'), [{ name: 'cuba' }])
})

check('5. A,A,delete,delete,B leaves the row of B', async ({ config, rows }) => {
  await using task = await TaskDriver.start(config(UPSERT))
  await task.write(a(), a(), deletionWithSchema(), deletion(), b())
  assert.deepEqual(await rows('name, age'), [{ name: 'cuba', age: 4 }])
})

check('7. deletes of a row that is gone are no error', async ({ config, rows }) => {
  await using task = await TaskDriver.start(config(UPSERT))
  await task.write(a(), a())
  await task.write(deletion(), deletion())
  await task.write(deletion())
  assert.deepEqual(await rows('id'), [])
})

check('8. insert, delete, insert over three puts leaves one row', async ({ config, rows }) => {
  await using task = await TaskDriver.start(config(UPSERT))
  await task.write(a())
  await task.write(deletion())
  await task.write(a())
  assert.deepEqual(await rows('name'), [{ name: 'cuba' }])
})

check(
  'in insert mode a delete frees its key for the next insert of the same put',
  async ({ config, rows }) => {
    await using task = await TaskDriver.start(config({ ...UPSERT, 'insert.mode': 'insert' }))
    await task.write(a(), deletion(), b(), deletion(), a())
    assert.deepEqual(await rows('name, age'), [{ name: 'cuba', age: null }])
  },
)

const EVERYTHING = SchemaBuilder.struct()
  .field('byte', INT8)
  .field('short', INT16)
  .field('int', INT32)
  .field('long', INT64)
  .field('float', FLOAT32)
  .field('double', FLOAT64)
  .field('bool', BOOLEAN)
  .field('modified', timestampSchema())
  .build()

check(
  '11. pk.mode=kafka with three names writes the coordinates and every type',
  async ({ database, config, rows }) => {
    const names = 'kafka_topic,kafka_partition,kafka_offset'
    await using task = await TaskDriver.start(config({ 'pk.mode': 'kafka', 'pk.fields': names }))
    const fields = {
      byte: -32,
      short: 1234,
      int: 42,
      long: 12425436n,
      float: 2356.3,
      double: -2436546.56457,
      bool: true,
      modified: new Date(1474661402123),
    }
    const parts = { topic: 'atopic', kafkaPartition: 1, kafkaOffset: 42n }
    await task.write(valueRecord(EVERYTHING, fields, parts))
    const [row] = await rows(`${names},byte,short,int,long,float,double,bool,modified`)
    assert.equal(row?.['kafka_topic'], 'atopic')
    assert.equal(row['kafka_partition'], 1)
    assert.equal(Number(row['kafka_offset']), 42)
    assert.deepEqual([row['byte'], row['short'], row['int']], [-32, 1234, 42])
    assert.equal(String(row['long']), '12425436')
    assert.ok(Math.abs(Number(row['float']) - 2356.3) < 0.05)
    assert.equal(row['double'], -2436546.56457)
    assert.equal(Boolean(row['bool']), true)
    const expected = {
      postgresql: '2016-09-23T20:10:02.123Z',
      mysql: '2016-09-23 20:10:02.123',
      sqlite: 1474661402123,
    }
    const modified = row['modified']
    assert.equal(modified instanceof Date ? modified.toISOString() : modified, expected[database.name])
  },
)

for (const [copies, batchSize] of [
  [20, 100],
  [50, 20],
  [80, 33],
] as const) {
  check(`13. ${copies} copies in batches of ${batchSize} are ${copies} rows`, async ({ config, rows }) => {
    await using task = await TaskDriver.start(config({ 'batch.size': String(batchSize) }))
    const schema = fieldsSchema({ amount: decimalSchema(3), raw: BYTES })
    const fields = { amount: Decimal.parse('1234.567'), raw: Buffer.from([-32 & 0xff, 124]) }
    await task.write(...Array.from({ length: copies }, () => valueRecord(schema, fields)))
    const found = await rows('amount,raw')
    assert.equal(found.length, copies)
    assert.equal(Number(found[0]?.['amount']), 1234.567)
    assert.deepEqual(Buffer.from(found[0]?.['raw'] as Uint8Array), Buffer.from([224, 124]))
  })
}

check('14. a table grows with the schema; its key stays', async ({ config, rows }) => {
  await using task = await TaskDriver.start(config({ 'pk.mode': 'record_key', 'pk.fields': 'id' }))
  const first = fieldsSchema({ author: STRING, title: STRING })
  const second = fieldsSchema({
    author: STRING,
    title: STRING,
    year: OPTIONAL_INT32,
    review: new SchemaBuilder('STRING').defaultValue('').build(),
  })
  await task.write(
    valueRecord(first, { author: 'Tom Robbins', title: 'Villa Incognito' }, { keySchema: INT64, key: 1n }),
  )
  await task.write(
    valueRecord(
      second,
      { author: 'Tom Robbins', title: 'Fierce Invalids', year: 2016 },
      { keySchema: INT64, key: 2n },
    ),
  )
  const found = await rows('id,author,title,year,review')
  assert.deepEqual(
    found.map((row) => ({ ...row, id: Number(row['id']) })),
    [
      { id: 1, author: 'Tom Robbins', title: 'Villa Incognito', year: null, review: found[0]?.['review'] },
      { id: 2, author: 'Tom Robbins', title: 'Fierce Invalids', year: 2016, review: '' },
    ],
  )
})

check(
  '16. columns are matched whatever their case, and never added twice',
  async ({ database, config, rows, table }) => {
    const [x, y] = ['AaA', 'BbB'].map((name) => database.quote(name))
    await database.query(`CREATE TABLE ${database.quote(table)} (${x} INT, ${y} INT)`)
    await using task = await TaskDriver.start(config())
    await task.write(valueRecord(fieldsSchema({ aaa: INT32, bbb: INT32 }), { aaa: 1, bbb: 2 }))
    assert.deepEqual(await rows('AaA,BbB'), [{ AaA: 1, BbB: 2 }])
  },
)

check('34. fields.whitelist leaves other columns null', async ({ database, config, rows, table }) => {
  await database.query(
    `CREATE TABLE ${database.quote(table)} (id INT PRIMARY KEY, name VARCHAR(50), email VARCHAR(50), age INT)`,
  )
  await using task = await TaskDriver.start(
    config({ 'fields.whitelist': 'id,name', 'pk.mode': 'record_value', 'pk.fields': 'id' }),
  )
  const schema = fieldsSchema({ id: INT32, name: STRING, email: STRING, age: INT32 })
  await task.write(valueRecord(schema, { id: 1, name: 'n', email: 'e', age: 9 }))
  assert.deepEqual(await rows('id,name,email,age'), [{ id: 1, name: 'n', email: null, age: null }])
})

check('35. update mode changes what is there and adds nothing', async ({ database, config, rows, table }) => {
  await database.query(
    `CREATE TABLE ${database.quote(table)} (id INT PRIMARY KEY, name VARCHAR(50), note VARCHAR(50))`,
  )
  await database.query(`INSERT INTO ${database.quote(table)} VALUES (1, 'old', 'kept')`)
  await using task = await TaskDriver.start(
    config({ 'insert.mode': 'update', 'pk.mode': 'record_value', 'pk.fields': 'id' }),
  )
  const schema = fieldsSchema({ id: INT32, name: STRING })
  const update = (id: number, name: string): SinkRecord => valueRecord(schema, { id, name })
  await task.write(update(1, 'between'), update(2, 'nobody'), update(1, 'new'))
  assert.deepEqual(await rows('id,name,note'), [{ id: 1, name: 'new', note: 'kept' }])
})

check('36. timestamp.fields.list is exact to the microsecond', async ({ database, config, rows, table }) => {
  await using task = await TaskDriver.start(config({ 'timestamp.fields.list': 'at,text_at' }))
  const schema = fieldsSchema({ at: INT64, text_at: STRING })
  await task.write(valueRecord(schema, { at: 1474661402123456n, text_at: '-1' }))
  if (database.name === 'sqlite') {
    assert.deepEqual(await rows('at,text_at'), [{ at: 1474661402123, text_at: -1 }])
    return
  }
  const text = (column: string): string =>
    database.name === 'mysql' ? `CAST(${column} AS CHAR) AS ${column}` : `${column}::text AS ${column}`
  const [found] = await database.query(
    `SELECT ${text('at')}, ${text('text_at')} FROM ${database.quote(table)}`,
  )
  assert.equal(found?.['at'], '2016-09-23 20:10:02.123456')
  assert.equal(found['text_at'], '1969-12-31 23:59:59.999999')
})
