import assert from 'node:assert/strict'
import {
  isRetriable,
  INT32,
  INT64,
  OPTIONAL_INT32,
  OPTIONAL_STRING,
  type SinkRecord,
  STRING,
} from '@spillway/framework'
import type { TestDatabase } from './support/databases.ts'
import { eachDatabase } from './support/each-database.ts'
import { fieldsSchema, ID_KEY, NAME_VALUE, record, struct, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'

const check = eachDatabase()
const postgres = eachDatabase(['postgresql'])

const PAIR = fieldsSchema({ id: INT32, name: OPTIONAL_STRING })
const pair = (id: number, name: string | null): SinkRecord => valueRecord(PAIR, { id, name })

/** The error a call fails with. */
async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work
  } catch (error) {
    return error as Error
  }
  return assert.fail('It was expected to fail')
}

/** Messages of an error and all its causes. */
function wholeText(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${wholeText(error.cause)}` : ''
}

check(
  '23. one bad record among three is reported, the others are written (oneInMiddleBatch)',
  async ({ database, config, rows, table }) => {
    await database.query(
      `CREATE TABLE ${database.quote(table)} (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL)`,
    )
    await using task = await TaskDriver.start(config({ 'max.retries': '0' }), { reports: true })
    await task.write(pair(1, 'one'), pair(2, null), pair(3, 'three'))
    assert.deepEqual(await rows('id,name'), [
      { id: 1, name: 'one' },
      { id: 3, name: 'three' },
    ])
    assert.equal(task.reported.length, 1)
    assert.equal(task.reported[0]?.record.value !== null, true)
    assert.match(task.reported[0]?.error.message ?? '', /name/)
    assert.match(task.reported[0]?.error.message ?? '', /SQLState=(23502|23000|SQLITE_1299)/)
  },
)

check(
  '23. three bad records are three reports, and the task lives (batchErrorReporting)',
  async ({ database, config, rows, table }) => {
    await database.query(
      `CREATE TABLE ${database.quote(table)} (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL)`,
    )
    await using task = await TaskDriver.start(config(), { reports: true })
    await task.write(pair(1, null), pair(2, null), pair(3, null))
    await task.write(pair(4, 'four'))
    assert.equal(task.reported.length, 3)
    assert.deepEqual(await rows('id'), [{ id: 4 }])
  },
)

check(
  'without a place to report to, a bad record fails the task and nothing of its put stays',
  async (fixture) => {
    const { database, config, rows, table } = fixture
    await database.query(
      `CREATE TABLE ${database.quote(table)} (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL)`,
    )
    await using task = await TaskDriver.start(config())
    const bad = pair(2, null)
    const error = await failureOf(task.write(pair(1, 'one'), bad, pair(3, 'three')))
    assert.equal(isRetriable(error), false)
    assert.ok(error.message.includes(bad.coordinates), error.message)
    assert.deepEqual(await rows('id'), [])
  },
)

check('a key that is inserted twice is one row and one report', async ({ config, rows }) => {
  await using task = await TaskDriver.start(config({ 'pk.mode': 'record_value', 'pk.fields': 'id' }), {
    reports: true,
  })
  await task.write(...Array.from({ length: 40 }, (_, i) => pair(i % 39, `n${i}`)))
  assert.equal((await rows('id')).length, 39)
  assert.deepEqual(
    task.reported.map(({ record: { value } }) => String(value)),
    ['Struct{id=0,name=n39}'],
  )
})

check(
  '29. a table that is dropped under the task is made again',
  async ({ database, config, rows, table }) => {
    await using task = await TaskDriver.start(config({ 'max.retries': '0' }), { reports: true })
    await task.write(pair(1, 'one'))
    await database.query(`DROP TABLE ${database.quote(table)}`)
    await task.write(pair(2, 'two'))
    assert.deepEqual(await rows('id'), [{ id: 2 }])
    assert.equal(task.reported.length, 0)
  },
)

check(
  '40. trim.sensitive.log keeps values out of errors and logs, and false keeps the text',
  async (fixture) => {
    const { database, config, table } = fixture
    await database.query(`CREATE TABLE ${database.quote(table)} (id INT PRIMARY KEY, name VARCHAR(30))`)
    const key = { 'pk.mode': 'record_value', 'pk.fields': 'id' }
    const texts: Record<string, string> = {}
    for (const trims of ['true', 'false']) {
      await using task = await TaskDriver.start(config({ ...key, 'trim.sensitive.log': trims }), {
        reports: true,
      })
      await task.write(pair(8675309, 'secret'), pair(8675309, 'secret'))
      texts[trims] = wholeText(task.reported[0]?.error) + task.logLines.join('\n')
      await database.query(`DELETE FROM ${database.quote(table)}`)
    }
    assert.doesNotMatch(texts['true'] ?? '', /8675309|secret/)
    assert.match(texts['true'] ?? '', /<redacted> \[class=record; SQLState=/)
    assert.match(texts['false'] ?? '', /(duplicate|Duplicate|UNIQUE)/)
  },
)

const MISSING = [
  [
    'a missing table without auto.create',
    { 'auto.create': 'false' },
    /Table "dummy_\d+" is missing and auto-creation is disabled/,
    false,
  ],
  [
    'a missing column without auto.evolve',
    { 'auto.evolve': 'false' },
    /Table "dummy_\d+" is missing fields \(\[SinkRecordField\{schema=Schema\{STRING\}, name='name', isPrimaryKey=false\}\]\) and auto-evolution is disabled/,
    true,
  ],
] as const

for (const [what, changes, message, isThere] of MISSING) {
  check(`${what} is reported at once, never tried again`, async ({ database, config, table }) => {
    if (isThere) await database.query(`CREATE TABLE ${database.quote(table)} (id INT)`)
    await using task = await TaskDriver.start(config(changes), { reports: true })
    await task.write(pair(1, 'one'))
    assert.match(task.reported[0]?.error.message ?? '', message)
    assert.deepEqual(
      task.notices.filter((notice) => notice !== null),
      [],
    )
  })
}

check('a required field without a default cannot be added', async ({ database, config, table }) => {
  await database.query(`CREATE TABLE ${database.quote(table)} (id INT)`)
  await using task = await TaskDriver.start(config(), { reports: true })
  await task.write(valueRecord(fieldsSchema({ id: INT32, need: INT32 }), { id: 1, need: 2 }))
  assert.match(
    task.reported[0]?.error.message ?? '',
    /Cannot ALTER TABLE "dummy_\d+" to add missing field SinkRecordField\{schema=Schema\{INT32\}, name='need', isPrimaryKey=false\}, as the field is not optional and does not have a default value/,
  )
})

check(
  '17. records that lack what the configuration needs say so in the words of Java',
  async ({ config }) => {
    const cases: [Record<string, string>, SinkRecord, RegExp][] = [
      [
        {},
        record({}),
        /requires records with a non-null Struct or String value and non-null Struct or String schema, but found record at \(topic='dummy',partition=0,offset=\d+,timestamp=null\) with a null value and null value schema\.$/,
      ],
      [{}, record({ value: [1], key: 1 }), /with a ArrayList value and null value schema\.$/],
      [{}, record({ value: 1, valueSchema: INT32 }), /with a Integer value and Int32 value schema\.$/],
      [
        { 'pk.mode': 'record_key' },
        valueRecord(NAME_VALUE, { name: 'n' }, { keySchema: ID_KEY, key: null }),
        /'delete\.enabled=false' and 'pk\.mode=record_key' and therefore requires records with a non-null key and non-null Struct or primitive key schema, .* with a null key and Struct key schema\.$/,
      ],
      [
        { 'pk.mode': 'record_key' },
        valueRecord(NAME_VALUE, { name: 'n' }, { key: struct(ID_KEY, { id: 1n }) }),
        /with a Struct key and null key schema\.$/,
      ],
      [
        { 'pk.mode': 'kafka' },
        record({ keySchema: ID_KEY, key: struct(ID_KEY, { id: 1n }) }),
        /'pk\.mode=kafka' and therefore/,
      ],
    ]
    for (const [changes, bad, message] of cases) {
      await using task = await TaskDriver.start(config(changes), { reports: true })
      await task.write(bad)
      assert.match(task.reported[0]?.error.message ?? '', message)
      assert.match(task.reported[0]?.error.message ?? '', /^Sink connector 'jdbc-test' is configured with/)
    }
  },
)

check('behavior.on.null.values=ignore passes tombstones by', async ({ config, rows }) => {
  await using task = await TaskDriver.start(config({ 'behavior.on.null.values': 'ignore' }))
  await task.write(pair(1, 'one'), record({}), pair(2, 'two'))
  assert.equal((await rows('id')).length, 2)
})

const FATAL: [string, Record<string, string>, SinkRecord, RegExp][] = [
  [
    'upsert without a key',
    { 'insert.mode': 'upsert' },
    pair(1, 'n'),
    /Write to table 'dummy_\d+' in UPSERT mode requires key field names to be known, check the primary key configuration/,
  ],
  [
    'update without a key',
    { 'insert.mode': 'update' },
    pair(1, 'n'),
    /in UPDATE mode requires key field names to be known/,
  ],
  [
    'pk.mode=kafka with two names',
    { 'pk.mode': 'kafka', 'pk.fields': 'a,b' },
    pair(1, 'n'),
    /PK mode for table 'dummy_\d+' is KAFKA so there should either be no field names defined for defaults \[__connect_topic, __connect_partition, __connect_offset\] to be applicable, or exactly 3, defined fields are: \[a, b\]/,
  ],
  [
    'a primitive key without its name',
    { 'pk.mode': 'record_key' },
    valueRecord(PAIR, { id: 1 }, { keySchema: INT64, key: 1n }),
    /Need exactly one PK column defined since the key schema for records is a primitive type, defined columns are: \[\]/,
  ],
  [
    'a text value under fields.whitelist',
    { 'fields.whitelist': 'a' },
    record({ valueSchema: STRING, value: 'hello' }),
    /field-level options that are not applicable to String values: fields\.whitelist/,
  ],
]

for (const [what, changes, bad, message] of FATAL) {
  check(`${what} fails the task, whatever is tolerated`, async ({ config }) => {
    await using task = await TaskDriver.start(config(changes), { reports: true })
    assert.match((await failureOf(task.write(bad))).message, message)
    assert.equal(task.reported.length, 0)
  })
}

check('a key field the record lacks is a bad record', async ({ config }) => {
  await using task = await TaskDriver.start(config({ 'pk.mode': 'record_value', 'pk.fields': 'nope' }), {
    reports: true,
  })
  await task.write(pair(1, 'n'))
  assert.match(
    task.reported[0]?.error.message ?? '',
    /PK mode for table 'dummy_\d+' is RECORD_VALUE with configured PK fields \[nope\], but record value schema does not contain field: nope/,
  )
})

check('upsert into a table without a matching unique index says which one is missing', async (fixture) => {
  const { database, config, table } = fixture
  await database.query(`CREATE TABLE ${database.quote(table)} (id INT, name VARCHAR(20))`)
  await using task = await TaskDriver.start(
    config({ 'insert.mode': 'upsert', 'pk.mode': 'record_value', 'pk.fields': 'id' }),
    { reports: true },
  )
  assert.match(
    (await failureOf(task.write(pair(1, 'n')))).message,
    /has no primary key or unique index on \(id\)/,
  )
})

postgres(
  'a value its column cannot read is told with the column, by every way of writing',
  async (fixture) => {
    const { database, config, table } = fixture
    await database.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, short VARCHAR(3), at DATE)`)
    const schema = fieldsSchema({ id: INT32, short: OPTIONAL_STRING, at: OPTIONAL_STRING })
    for (const mode of ['insert', 'upsert']) {
      await using task = await TaskDriver.start(
        config({ 'insert.mode': mode, 'pk.mode': 'record_value', 'pk.fields': 'id' }),
        { reports: true },
      )
      await task.write(
        valueRecord(schema, { id: 1, short: 'abcd' }),
        ...Array.from({ length: 20 }, (_, i) => valueRecord(schema, { id: 10 + i, short: 'abc' })),
        valueRecord(schema, { id: 2, at: 'tomorrow-ish' }),
      )
      const messages = task.reported.map(({ error }) => error.message)
      assert.match(messages[0] ?? '', /value too long .*\[SQLState=22001; column=short\]$/)
      assert.match(messages[1] ?? '', /invalid input syntax for type date.*\[SQLState=22007; column=at\]$/)
      assert.equal((await database.query(`SELECT id FROM ${table}`)).length, 20)
      await database.query(`DELETE FROM ${table}`)
    }
  },
)

postgres(
  'a database that turns read-only is waited for: nothing is reported, everything written',
  async (fixture) => {
    const { database, config, rows, table } = fixture
    await database.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, name TEXT)`)
    const name = new URL(database.url.replace('jdbc:', '')).pathname.slice(1)
    await database.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
    await using task = await TaskDriver.start(config({ 'max.retries': '0' }), { reports: true })
    await task.putOnce(pair(1, 'one'))
    await task.durable(true)
    const error = await failureOf(task.putOnce())
    assert.ok(isRetriable(error))
    assert.match(
      task.notices.at(-1) ?? '',
      /Waiting for the database: .*read-only transaction \[SQLState=25006/,
    )
    await database.query(`SET default_transaction_read_only = off`)
    await database.query(`ALTER DATABASE ${name} SET default_transaction_read_only = off`)
    await task.write(pair(2, 'two'))
    assert.equal(task.notices.at(-1), null)
    assert.deepEqual(await rows('id'), [{ id: 1 }, { id: 2 }])
    assert.equal(task.reported.length, 0)
  },
)

postgres(
  'a row whose parent comes late is written once the parent is there',
  async ({ database, config, rows, table }) => {
    await database.query(`CREATE TABLE ${table}_p (id INT PRIMARY KEY)`)
    await database.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, parent INT REFERENCES ${table}_p)`)
    await using task = await TaskDriver.start(config(), { reports: true })
    const schema = fieldsSchema({ id: INT32, parent: OPTIONAL_INT32 })
    await task.putOnce(valueRecord(schema, { id: 1, parent: 5 }))
    await task.durable(true)
    assert.ok(isRetriable(await failureOf(task.putOnce())))
    await database.query(`INSERT INTO ${table}_p VALUES (5)`)
    await task.flush()
    await task.write()
    await task.put(valueRecord(schema, { id: 2, parent: 99 }))
    await task.flush()
    assert.deepEqual(await rows('id'), [{ id: 1 }])
    assert.equal(task.reported.length, 1)
  },
)

/** A table that fails for reasons of its own: XX000 is an internal error, of which nothing is known. */
async function failing(database: TestDatabase, table: string, when: string): Promise<void> {
  await database.query(
    `CREATE TABLE ${table} (id INT PRIMARY KEY, name TEXT); CREATE FUNCTION ${table}_f() RETURNS trigger LANGUAGE plpgsql AS ` +
      `$$ BEGIN IF ${when} THEN RAISE EXCEPTION 'out of order' USING ERRCODE = 'XX000'; END IF; RETURN NEW; END $$; ` +
      `CREATE TRIGGER g BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_f()`,
  )
}

postgres('22. max.retries=2: two tries that may be repeated, the third fails the task', async (fixture) => {
  const { database, config, rows, table } = fixture
  await failing(database, table, 'true')
  await using task = await TaskDriver.start(config({ 'max.retries': '2', 'retry.backoff.ms': '200' }))
  await task.putOnce(pair(1, 'one'))
  const started = performance.now()
  let last = await failureOf(task.flush())
  while (isRetriable(last)) last = await failureOf(task.flush())
  assert.ok(performance.now() - started >= 400, 'two pauses')
  assert.equal(task.notices.filter((notice) => notice !== null).length, 2)
  assert.match(last.message, /^Writing failed 3 times \(max\.retries=2\): out of order \[SQLState=XX000\]$/)
  assert.deepEqual(await rows('id'), [])
})

postgres(
  '22. after max.retries the records are tried one by one where bad ones are tolerated',
  async (fixture) => {
    const { database, config, rows, table } = fixture
    await failing(database, table, 'NEW.id = 2')
    await using task = await TaskDriver.start(config({ 'max.retries': '1' }), { reports: true })
    await task.write(pair(1, 'one'), pair(2, 'two'), pair(3, 'three'))
    assert.deepEqual(await rows('id'), [{ id: 1 }, { id: 3 }])
    assert.match(task.reported[0]?.error.message ?? '', /out of order \[SQLState=XX000\]/)
    await task.write(pair(4, 'four'))
    assert.equal(task.reported.length, 1)
  },
)

postgres('tables are written in the order they are first seen', async ({ database, config, table }) => {
  await database.query(`CREATE TABLE ${table}_z (id INT PRIMARY KEY)`)
  await database.query(`CREATE TABLE ${table}_a (id INT PRIMARY KEY, parent INT REFERENCES ${table}_z)`)
  await using task = await TaskDriver.start(
    config({ 'table.name.format': `${table}_\${topic}`, 'max.retries': '0' }),
  )
  const child = fieldsSchema({ id: INT32, parent: INT32 })
  const parent = fieldsSchema({ id: INT32 })
  await task.write(
    ...Array.from({ length: 50 }, (_, i) => [
      valueRecord(parent, { id: i }, { topic: 'z' }),
      valueRecord(child, { id: i, parent: i }, { topic: 'a' }),
    ]).flat(),
  )
  assert.equal((await database.query(`SELECT * FROM ${table}_a`)).length, 50)
})
