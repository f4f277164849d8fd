import assert from 'node:assert/strict'
import { OPTIONAL_INT32, type SinkRecord, STRING } from '@spillway/framework'
import { eachDatabase, type Fixture } from './support/each-database.ts'
import { fieldsSchema, record, struct, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'

const check = eachDatabase()
const postgres = eachDatabase(['postgresql'])
const folding = eachDatabase(['mysql', 'sqlite'])

const of = (fields: Readonly<Record<string, number>>): SinkRecord =>
  valueRecord(
    fieldsSchema(Object.fromEntries(Object.keys(fields).map((name) => [name, OPTIONAL_INT32]))),
    fields,
  )

const ONE_COLUMN = /The fields '[^']+' and '[^']+' of one record are one column in the database.*ReplaceField/

/** Records of which two fields are one column where names have no case. */
const TWINS: Readonly<Record<string, SinkRecord>> = {
  'fields a and A': of({ id: 2, a: 1, A: 2 }),
  'three fields': of({ id: 2, ab: 1, AB: 2, aB: 3 }),
  'an object without a schema': record({ value: { id: 2, a: 1, A: 'x' } }),
  'a key and a field': of({ id: 2, ID: 3 }),
}

for (const [what, twin] of Object.entries(TWINS)) {
  for (const [state, setUp] of [
    ['no table', undefined],
    ['a table without them', 'id INT PRIMARY KEY, b INT'],
    ['a table with one of them', 'id INT PRIMARY KEY, b INT, a INT, ab INT'],
  ] as const) {
    folding(
      `${what}, ${state}: a bad record that says so, and its neighbours are written`,
      async (fixture) => {
        const { database, config, table, rows } = fixture
        if (setUp !== undefined) await database.query(`CREATE TABLE ${table} (${setUp})`)
        for (const quoting of ['always', 'never']) {
          await using task = await TaskDriver.start(
            config({
              'insert.mode': 'upsert',
              'pk.mode': 'record_value',
              'pk.fields': 'id',
              'quote.sql.identifiers': quoting,
            }),
            { reports: true },
          )
          await task.write(of({ id: 1, b: 1 }), twin, of({ id: 3, b: 3 }))
          assert.deepEqual(await rows('id,b', 'id'), [
            { id: 1, b: 1 },
            { id: 3, b: 3 },
          ])
          assert.equal(task.reported.length, 1)
          assert.match(task.reported[0]?.error.message ?? '', ONE_COLUMN)
        }
      },
    )
  }
}

postgres(
  'where quoted names have case, two fields are two columns, whatever comes first',
  async (fixture) => {
    const { config, rows } = fixture
    await using task = await TaskDriver.start(config(), { reports: true })
    await task.write(of({ id: 1, a: 1 }))
    await task.write(of({ id: 2, A: 2 }))
    await task.write(of({ id: 3, a: 3, A: 4 }))
    await task.write(of({ id: 4, A: 5 }))
    assert.deepEqual(await rows('id,a,A', 'id'), [
      { id: 1, a: 1, A: null },
      // One column in any case takes a field that has no column of its own.
      { id: 2, a: 2, A: null },
      { id: 3, a: 3, A: 4 },
      { id: 4, a: null, A: 5 },
    ])
    assert.deepEqual(task.reported, [])
  },
)

postgres('two fields, and a column in a third case: each has a column of its own', async (fixture) => {
  const { database, config, rows, table } = fixture
  await database.query(`CREATE TABLE ${table} ("aAa" INT)`)
  await using task = await TaskDriver.start(config(), { reports: true })
  await task.write(of({ aaa: 1, AAA: 2 }))
  await using strict = await TaskDriver.start(config({ 'auto.evolve': 'false' }), { reports: true })
  await strict.write(of({ aaA: 1, AaA: 2 }))
  assert.deepEqual(await rows('aAa,aaa,AAA'), [{ aAa: null, aaa: 1, AAA: 2 }])
  assert.match(strict.reported[0]?.error.message ?? '', /is missing fields .*name='aaA'/)
})

postgres('without quotes, names have no case in PostgreSQL either', async ({ config, table, database }) => {
  await using task = await TaskDriver.start(config({ 'quote.sql.identifiers': 'never' }), { reports: true })
  await task.write(of({ id: 1, b: 1 }), of({ id: 2, a: 1, A: 2 }))
  assert.equal((await database.query(`SELECT id FROM ${table}`)).length, 1)
  assert.match(task.reported[0]?.error.message ?? '', ONE_COLUMN)
})

postgres(
  'names that PostgreSQL cuts are found again, and are one column where they are cut to one',
  async (fixture) => {
    const { config, database, table } = fixture
    const long = 'x'.repeat(70)
    await using task = await TaskDriver.start(
      config({ 'insert.mode': 'upsert', 'pk.mode': 'record_value', 'pk.fields': long }),
      { reports: true },
    )
    await task.write(of({ [long]: 1, b: 1 }))
    await task.write(of({ [long]: 1, b: 2, [`${'é'.repeat(40)}`]: 3 }))
    await task.write(of({ [long]: 1, b: 3, [`${'é'.repeat(40)}`]: 4 }))
    await task.write(of({ [long]: 1, [`${'x'.repeat(64)}y`]: 9 }))
    assert.deepEqual(await database.query(`SELECT b, ${'é'.repeat(31)} AS e FROM ${table}`), [{ b: 3, e: 4 }])
    assert.equal(task.reported.length, 1)
    assert.match(task.reported[0]?.error.message ?? '', ONE_COLUMN)
  },
)

check('a name in another case goes to the column there is, across records', async (fixture: Fixture) => {
  const { config, rows } = fixture
  await using task = await TaskDriver.start(config(), { reports: true })
  await task.write(of({ id: 1, a: 1 }))
  await task.write(of({ ID: 2, A: 2 }))
  await task.write(record({ value: { Id: 3, a: 3 } }))
  assert.deepEqual(
    (await rows('id,a', 'id')).map(({ id, a }) => [Number(id), Number(a)]),
    [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  )
  assert.deepEqual(task.reported, [])
})

check('letters beyond ASCII have case where the database says so', async ({ database, config, rows }) => {
  await using task = await TaskDriver.start(config(), { reports: true })
  await task.write(of({ id: 1, b: 1 }), of({ id: 2, é: 1, É: 2 }))
  assert.equal((await rows('id')).length, database.name === 'mysql' ? 1 : 2)
  assert.equal(task.reported.length, database.name === 'mysql' ? 1 : 0)
})

check('a key of the record and a field of its value in another case', async ({ database, config, rows }) => {
  await using task = await TaskDriver.start(
    config({ 'insert.mode': 'upsert', 'pk.mode': 'record_key', 'pk.fields': 'id' }),
    { reports: true },
  )
  const value = fieldsSchema({ ID: OPTIONAL_INT32, b: OPTIONAL_INT32 })
  await task.write(
    record({ keySchema: STRING, key: 'k', valueSchema: value, value: struct(value, { ID: 1, b: 2 }) }),
  )
  if (database.name === 'postgresql') assert.deepEqual(await rows('id,ID,b'), [{ id: 'k', ID: 1, b: 2 }])
  else assert.match(task.reported[0]?.error.message ?? '', ONE_COLUMN)
})
