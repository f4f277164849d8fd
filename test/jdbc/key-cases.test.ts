import assert from 'node:assert/strict'
import {
  BOOLEAN,
  BYTES,
  dateSchema,
  Decimal,
  decimalSchema,
  FLOAT32,
  FLOAT64,
  INT32,
  INT64,
  type Schema,
  type SinkRecord,
  STRING,
  timeSchema,
  timestampSchema,
} from '@spillway/framework'
import { type DatabaseName, eachDatabase, type Fixture } from './support/each-database.ts'
import { fieldsSchema, record, struct } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'

const check = eachDatabase()
const checkOf = {
  postgresql: eachDatabase(['postgresql']),
  mysql: eachDatabase(['mysql']),
  sqlite: eachDatabase(['sqlite']),
}

const VALUE = fieldsSchema({ v: INT32 })

const write = (schema: Schema, key: unknown, v: number): SinkRecord =>
  record({ keySchema: schema, key, valueSchema: VALUE, value: struct(VALUE, { v }) })
const tombstone = (schema: Schema, key: unknown): SinkRecord => record({ keySchema: schema, key })

const KEYED = { 'pk.mode': 'record_key', 'pk.fields': 'k', 'delete.enabled': 'true' }
const upserts = (fixture: Fixture, changes = {}): Record<string, string> =>
  fixture.config({ ...KEYED, 'insert.mode': 'upsert', ...changes })

async function values({ rows }: Fixture): Promise<number[]> {
  return (await rows('v', 'v')).map(({ v }) => Number(v))
}

/** Keys of one type that differ, though something may take them for equal. */
const KEYS: Readonly<Record<string, readonly [Schema, readonly unknown[]]>> = {
  texts: [STRING, ['a', 'a ', 'A', 'á', 'a\t', ' a', 'ß', 'ss', '1', '01', '1.0', '1e0', '', ' ', 'null']],
  'floats of 32 bits': [FLOAT32, [0.1, 0.3, -2.7, 1e10, 16777216, 1e-20].map((n) => Math.fround(n))],
  'floats of 64 bits': [FLOAT64, [0.1, 0.30000000000000004, 0.3, -1e300, 5e-324, 9007199254740994]],
  decimals: [
    decimalSchema(2),
    ['0.10', '0.11', '-7.00', '1234567890123.45'].map((text) => Decimal.parse(text)),
  ],
  bytes: [BYTES, ['', '61', '6100', '6120', '41', 'ff'].map((hex) => Buffer.from(hex, 'hex'))],
  booleans: [BOOLEAN, [true, false]],
  'integers of 64 bits': [INT64, [0n, -1n, 9007199254740992n, 9007199254740993n]],
  dates: [dateSchema(), ['1970-01-01', '2024-02-29'].map((day) => new Date(day))],
  times: [timeSchema(), [0, 1, 45_296_789].map((ms) => new Date(ms))],
  timestamps: [timestampSchema(), [0, 1, 1474661402123, 1474661402124].map((ms) => new Date(ms))],
}

for (const [what, [schema, keys]] of Object.entries(KEYS)) {
  check(
    `${what} as keys are as many rows as they are bytes, and each delete takes its own`,
    async (fixture) => {
      await using task = await TaskDriver.start(upserts(fixture), { reports: true })
      await task.write(...keys.map((key, v) => write(schema, key, v)))
      const all = keys.map((_, v) => v)
      assert.deepEqual(await values(fixture), all)
      await task.write(...keys.map((key, v) => write(schema, key, v + 100)))
      assert.deepEqual(
        await values(fixture),
        all.map((v) => v + 100),
      )
      await using updater = await TaskDriver.start(fixture.config({ ...KEYED, 'insert.mode': 'update' }))
      await updater.write(...keys.map((key, v) => write(schema, key, v)))
      assert.deepEqual(await values(fixture), all)
      const half = keys.length >> 1
      for (const [v, key] of keys.slice(0, half).entries()) {
        await task.write(tombstone(schema, key))
        assert.deepEqual(await values(fixture), all.slice(v + 1))
      }
      await task.write(...keys.slice(half).map((key) => tombstone(schema, key)))
      assert.deepEqual(await values(fixture), [])
      assert.deepEqual(task.reported, [])
    },
  )
}

/** Tables of the user's own in which texts that differ are equal; `%` is the name. */
const LOOSE: Readonly<Record<DatabaseName, Readonly<Record<string, readonly [string, string]>>>> = {
  postgresql: {
    citext: ['CREATE EXTENSION IF NOT EXISTS citext; CREATE TABLE % (k citext PRIMARY KEY, v INT)', 'A'],
    'a domain over citext': ['CREATE DOMAIN %_d AS citext; CREATE TABLE % (k %_d PRIMARY KEY, v INT)', 'A'],
    'a collation without case': [
      `CREATE COLLATION %_c (provider = icu, locale = 'und-u-ks-level2', deterministic = false); ` +
        'CREATE TABLE % (k text COLLATE %_c PRIMARY KEY, v INT)',
      'A',
    ],
    'a collation without accents': [
      `CREATE COLLATION %_c (provider = icu, locale = 'und-u-ks-level1', deterministic = false); ` +
        'CREATE TABLE % (k varchar(20) COLLATE %_c PRIMARY KEY, v INT)',
      'á',
    ],
    'CHAR that pads': ['CREATE TABLE % (k char(5) PRIMARY KEY, v INT)', 'a '],
    'VARCHAR that cuts spaces': ['CREATE TABLE % (k varchar(1) PRIMARY KEY, v INT)', 'a '],
  },
  mysql: {
    'a collation without case': [
      'CREATE TABLE % (k VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY, v INT) CHARACTER SET utf8mb4',
      'A',
    ],
    'a collation without accents': [
      'CREATE TABLE % (k VARCHAR(20) COLLATE utf8mb4_unicode_ci PRIMARY KEY, v INT) CHARACTER SET utf8mb4',
      'á',
    ],
    'a binary collation that pads': [
      'CREATE TABLE % (k VARCHAR(20) COLLATE utf8mb4_bin PRIMARY KEY, v INT) CHARACTER SET utf8mb4',
      'a ',
    ],
    'another character set': ['CREATE TABLE % (k VARCHAR(20) PRIMARY KEY, v INT) CHARACTER SET latin1', 'Á'],
    'a unique index of a column that may be null': [
      'CREATE TABLE % (k VARCHAR(20) COLLATE utf8mb4_general_ci UNIQUE, v INT) CHARACTER SET utf8mb4',
      'A',
    ],
    'one more unique index': [
      'CREATE TABLE % (k VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY, v INT, u INT UNIQUE) CHARACTER SET utf8mb4',
      'a ',
    ],
    'CHAR that pads': [
      'CREATE TABLE % (k CHAR(5) COLLATE utf8mb4_nopad_bin PRIMARY KEY, v INT) CHARACTER SET utf8mb4',
      'a ',
    ],
    'VARCHAR that cuts spaces': [
      'CREATE TABLE % (k VARCHAR(1) COLLATE utf8mb4_nopad_bin PRIMARY KEY, v INT) CHARACTER SET utf8mb4',
      'a ',
    ],
    'an ENUM without case': [
      "CREATE TABLE % (k ENUM('a','b') COLLATE utf8mb4_general_ci PRIMARY KEY, v INT)",
      'A',
    ],
    'BINARY that pads': ['CREATE TABLE % (k BINARY(1) PRIMARY KEY, v INT)', 'a\0'],
  },
  sqlite: {
    'a collation without case': ['CREATE TABLE % (k TEXT COLLATE NOCASE PRIMARY KEY, v INT)', 'A'],
    'a collation without spaces': ['CREATE TABLE % (k TEXT COLLATE RTRIM PRIMARY KEY, v INT)', 'a '],
    'a table without rowid': ['CREATE TABLE % (k TEXT COLLATE NOCASE PRIMARY KEY, v INT) WITHOUT ROWID', 'A'],
  },
}

for (const [name, tables] of Object.entries(LOOSE) as [DatabaseName, (typeof LOOSE)[DatabaseName]][]) {
  for (const [what, [ddl, other]] of Object.entries(tables)) {
    checkOf[name](
      `${what}: a key that only looks equal is refused, and never touches the row of another`,
      async (fixture) => {
        const { database, table } = fixture
        await database.query(ddl.replaceAll('%', table))
        await using task = await TaskDriver.start(upserts(fixture), { reports: true })
        await task.write(write(STRING, 'a', 1), write(STRING, other, 2), write(STRING, 'b', 3))
        assert.deepEqual(await values(fixture), [1, 3], 'both in one batch')
        await task.write(write(STRING, other, 4), write(STRING, 'b', 5))
        assert.deepEqual(await values(fixture), [1, 5], 'one after the other')
        await task.write(tombstone(STRING, other))
        assert.deepEqual(await values(fixture), [1, 5], 'a tombstone')
        const { length } = task.reported
        assert.ok(length === 2 || length === 3, 'the writes, and the tombstone where no such key can be')
        for (const { error } of task.reported) {
          assert.match(
            error.message,
            /key equals that of another row by the collation|Duplicate entry|cannot be written to the column k/,
          )
        }
        await using updater = await TaskDriver.start(fixture.config({ ...KEYED, 'insert.mode': 'update' }), {
          reports: true,
        })
        await updater.write(write(STRING, other, 9), write(STRING, 'a', 6))
        assert.deepEqual(await values(fixture), [5, 6], 'an update')
        await task.write(write(STRING, 'a', 7), tombstone(STRING, 'b'))
        assert.deepEqual(await values(fixture), [7], 'the key itself')
      },
    )
  }
}

check('the other text of a key may come once the row is gone', async (fixture) => {
  const { database, table } = fixture
  const column = {
    postgresql: 'citext',
    mysql: 'VARCHAR(20) COLLATE utf8mb4_general_ci',
    sqlite: 'TEXT COLLATE NOCASE',
  }[database.name]
  if (database.name === 'postgresql') await database.query('CREATE EXTENSION IF NOT EXISTS citext')
  await database.query(`CREATE TABLE ${table} (k ${column} PRIMARY KEY, v INT)`)
  await using task = await TaskDriver.start(upserts(fixture), { reports: true })
  await task.write(write(STRING, 'a', 1), tombstone(STRING, 'a'), write(STRING, 'A', 2))
  assert.deepEqual(await fixture.rows('k,v'), [{ k: 'A', v: 2 }])
  assert.deepEqual(task.reported, [])
})

check('a row of nothing but a loose key stays, and its like is refused', async (fixture) => {
  const { database, table } = fixture
  const column = {
    postgresql: 'citext',
    mysql: 'VARCHAR(20) COLLATE utf8mb4_general_ci',
    sqlite: 'TEXT COLLATE NOCASE',
  }[database.name]
  if (database.name === 'postgresql') await database.query('CREATE EXTENSION IF NOT EXISTS citext')
  await database.query(`CREATE TABLE ${table} (k ${column}, n INT, PRIMARY KEY (k, n))`)
  const schema = fieldsSchema({ k: STRING, n: INT32 })
  const keyOnly = (k: string, n: number): SinkRecord =>
    record({ valueSchema: schema, value: struct(schema, { k, n }) })
  await using task = await TaskDriver.start(
    fixture.config({ 'insert.mode': 'upsert', 'pk.mode': 'record_value', 'pk.fields': 'k,n' }),
    { reports: true },
  )
  await task.write(keyOnly('a', 1), keyOnly('a', 1), keyOnly('A', 1), keyOnly('A', 2))
  await task.write(keyOnly('a', 1))
  assert.deepEqual(await fixture.rows('k,n', '2'), [
    { k: 'a', n: 1 },
    { k: 'A', n: 2 },
  ])
  assert.equal(task.reported.length, 1)
})

/** Keys that a column of the user's own would round. */
const ROUNDED: Readonly<
  Record<string, readonly [Partial<Record<DatabaseName, string>>, Schema, unknown, unknown]>
> = {
  'a decimal': [
    { postgresql: 'numeric(10,2)', mysql: 'DECIMAL(10,2)' },
    decimalSchema(3),
    Decimal.parse('1.000'),
    Decimal.parse('1.001'),
  ],
  'a float in a decimal': [{ postgresql: 'numeric(10,2)', mysql: 'DECIMAL(10,2)' }, FLOAT64, 1, 1e-7],
  'a double in a float': [{ postgresql: 'real', mysql: 'FLOAT' }, FLOAT64, 0.1, 0.10000000001],
  'a text in a decimal': [{ postgresql: 'numeric(10,2)', mysql: 'DECIMAL(10,2)' }, STRING, '1.00', '1.004'],
  'a decimal in an integer': [
    { postgresql: 'bigint', mysql: 'BIGINT' },
    decimalSchema(1),
    Decimal.parse('1.0'),
    Decimal.parse('1.4'),
  ],
  'a timestamp': [
    { postgresql: 'timestamp(0)', mysql: 'DATETIME' },
    timestampSchema(),
    new Date(1474661402000),
    new Date(1474661402123),
  ],
  'a time': [{ postgresql: 'time(0)', mysql: 'TIME' }, timeSchema(), new Date(1000), new Date(1001)],
  'a large integer': [
    { postgresql: 'double precision', mysql: 'DOUBLE', sqlite: 'REAL' },
    INT64,
    9007199254740992n,
    9007199254740993n,
  ],
  'a text with a zero in front': [
    { postgresql: 'bigint', mysql: 'BIGINT', sqlite: 'INTEGER' },
    STRING,
    '7',
    '07',
  ],
  'a text with a zero behind': [
    { postgresql: 'double precision', mysql: 'DOUBLE', sqlite: 'REAL' },
    STRING,
    '1.5',
    '1.50',
  ],
  'a text with an exponent': [
    { postgresql: 'numeric(10,2)', mysql: 'DECIMAL(10,2)', sqlite: 'NUMERIC' },
    STRING,
    '100',
    '1e2',
  ],
  'negative zero': [{ postgresql: 'real', mysql: 'FLOAT', sqlite: 'REAL' }, FLOAT64, 0, -0],
  'a decimal in a double': [
    { postgresql: 'double precision', mysql: 'DOUBLE', sqlite: 'REAL' },
    decimalSchema(1),
    Decimal.parse('1.5'),
    Decimal.parse('12345678901234567.1'),
  ],
}

for (const [what, [columns, schema, kept, rounded]] of Object.entries(ROUNDED)) {
  for (const name of Object.keys(columns) as DatabaseName[])
    checkOf[name](
      `${what} as a key that its column would round is refused, in writes and deletes`,
      async (fixture) => {
        const { database, table } = fixture
        await database.query(`CREATE TABLE ${table} (k ${columns[database.name]} PRIMARY KEY, v INT)`)
        await using task = await TaskDriver.start(upserts(fixture), { reports: true })
        await task.write(write(schema, kept, 1), write(schema, rounded, 2), tombstone(schema, rounded))
        assert.deepEqual(await values(fixture), [1])
        assert.equal(task.reported.length, 2)
        for (const { error } of task.reported)
          assert.match(error.message, /cannot be written to the column k of type/)
        await task.write(tombstone(schema, kept))
        assert.deepEqual(await values(fixture), [])
      },
    )
}
