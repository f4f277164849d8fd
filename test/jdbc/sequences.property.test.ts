import assert from 'node:assert/strict'
import test from 'node:test'
import { INT32, OPTIONAL_INT32, type Schema, SchemaBuilder, type SinkRecord } from '@spillway/framework'
import fc from 'fast-check'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase, type TestDatabase } from './support/databases.ts'
import { fixtureOf } from './support/each-database.ts'
import { record, struct } from './support/records.ts'
import {
  type ColumnName,
  COLUMNS,
  DEFAULT_D,
  type Mode,
  type Operation,
  REFUSED_A,
  RowModel,
} from './support/row-model.ts'
import { TaskDriver } from './support/task-driver.ts'
import { TcpProxy } from './support/tcp-proxy.ts'

const RUNS = Number(process.env['SPILLWAY_PROPERTY_RUNS'] ?? 60)

/** What happens between two records. */
type Event = 'next' | 'put' | 'flush' | 'commit' | 'crash' | Cut

/** The connection ends after that many more bytes, wherever in a statement, a transaction or a commit that is. */
interface Cut {
  readonly bytes: number
}

interface Scenario {
  readonly mode: Mode
  /** The table is there before, with a, b and a check on a; else the connector makes it. */
  readonly isPrepared: boolean
  readonly hasOtherUnique: boolean
  readonly batchSize: number
  readonly steps: readonly (readonly [Operation, Event])[]
}

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 9 }) },
  { weight: 1, arbitrary: fc.constantFrom(REFUSED_A, null) },
)
const values = fc
  .subarray([...COLUMNS], { minLength: 1 })
  .chain((columns) => fc.record(Object.fromEntries(columns.map((column) => [column, value]))))
const id = fc.integer({ min: 1, max: 6 })
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ id, values }) },
  { weight: 1, arbitrary: fc.record({ id }) },
)
const event = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Event>('next') },
  { weight: 4, arbitrary: fc.constantFrom<Event>('put', 'commit') },
  { weight: 2, arbitrary: fc.constantFrom<Event>('flush', 'crash') },
  { weight: 1, arbitrary: fc.record({ bytes: fc.integer({ min: 0, max: 10_000 }) }) },
)
const scenario: fc.Arbitrary<Scenario> = fc.record({
  mode: fc.constantFrom<Mode>('insert', 'upsert', 'update'),
  isPrepared: fc.boolean(),
  hasOtherUnique: fc.boolean(),
  batchSize: fc.constantFrom(1, 3, 1000),
  steps: fc.array(fc.tuple(operation, event), { minLength: 1, maxLength: 40 }),
})

const schemas = new Map<string, Schema>()

function schemaOf(columns: readonly ColumnName[]): Schema {
  const name = columns.join()
  let schema = schemas.get(name)
  if (schema === undefined) {
    const builder = SchemaBuilder.struct()
    for (const column of columns) {
      builder.field(
        column,
        column === 'd'
          ? new SchemaBuilder('INT32').optional().defaultValue(DEFAULT_D).build()
          : OPTIONAL_INT32,
      )
    }
    schema = builder.build()
    schemas.set(name, schema)
  }
  return schema
}

function toRecord({ id: key, values: written }: Operation, offset: number): SinkRecord {
  const parts = { keySchema: INT32, key, kafkaOffset: BigInt(offset) }
  if (written === undefined) return record(parts)
  const schema = schemaOf(COLUMNS.filter((column) => column in written))
  return record({ ...parts, valueSchema: schema, value: struct(schema, written) })
}

/** How many sequences had what this test is about. */
interface Seen {
  crashes: number
  cuts: number
  newColumns: number
  deletes: number
}

function count(seen: Seen, { steps, isPrepared }: Scenario): void {
  const has = (event: (what: Event) => boolean): number => (steps.some(([, what]) => event(what)) ? 1 : 0)
  const written = steps.flatMap(([op]) => (op.values === undefined ? [] : [Object.keys(op.values)]))
  const first = new Set<string>(isPrepared ? ['a', 'b'] : written[0])
  seen.crashes += has((what) => what === 'crash')
  seen.cuts += has((what) => typeof what === 'object')
  seen.newColumns += written.flat().some((column) => !first.has(column)) ? 1 : 0
  seen.deletes += steps.some(([op]) => op.values === undefined) ? 1 : 0
}

/** Runs a scenario as workers would: a task that crashes goes on writing what it has begun, while the next one starts. */
async function run(
  database: TestDatabase,
  proxy: TcpProxy | null,
  { mode, isPrepared, hasOtherUnique, batchSize, steps }: Scenario,
): Promise<void> {
  const { config, rows, table } = fixtureOf(database)
  const partition = { topic: 'dummy', partition: 0 }
  const name = database.quote(table)
  if (isPrepared) {
    // A second unique index on a column of which every value differs: it changes the way, never the outcome.
    const other = hasOtherUnique ? ', u INT UNIQUE' : ''
    await database.query(
      `CREATE TABLE ${name} (id INT PRIMARY KEY, a INT CHECK (a <> ${REFUSED_A}), b INT${other})`,
    )
  }
  const options = config({
    'insert.mode': mode,
    'pk.mode': 'record_key',
    'pk.fields': 'id',
    'delete.enabled': 'true',
    'batch.size': String(batchSize),
    'offsets.storage.table': `${table}_offsets`,
    'errors.tolerance': 'all',
    ...(proxy !== null && { 'connection.url': database.url.replace(/:\d+\//, `:${proxy.port}/`) }),
  })
  const model = new RowModel(mode, isPrepared ? ['a', 'b'] : [], isPrepared)
  for (const [op] of steps) model.apply(op)
  const records = steps.map(([op], offset) => toRecord(op, offset))
  const drivers: TaskDriver[] = []
  const begin = async (): Promise<TaskDriver> => {
    const before = drivers.at(-1)
    const driver = await TaskDriver.start(options, { reports: true })
    drivers.push(driver)
    const committed = before?.committed.get(partition)
    if (committed !== undefined) driver.committed.set(partition, committed)
    await driver.open(partition)
    return driver
  }
  try {
    let driver = await begin()
    let pending: SinkRecord[] = []
    const crashed = new Set<number>()
    for (let at = 0; at < steps.length; at++) {
      pending.push(records[at] as SinkRecord)
      const what = steps[at]?.[1]
      if (what === 'next') continue
      await driver.put(...pending)
      pending = []
      if (what === 'flush') await driver.flush()
      if (what === 'commit') await driver.commit()
      if (typeof what === 'object') proxy?.cutAfter(what.bytes)
      if (what === 'crash' && !crashed.has(at)) {
        crashed.add(at)
        driver = await begin()
        const position = driver.seeks.get(partition) ?? driver.committed.get(partition)?.offset ?? 0n
        at = Number(position) - 1
      }
    }
    if (pending.length > 0) await driver.put(...pending)
    await driver.flush()
    const columns = model.columns()
    const isThere = isPrepared || steps.some(([op]) => op.values !== undefined)
    assert.deepEqual(isThere ? await rows(['id', ...columns].join(','), 'id') : [], model.rows())
    // A refused insert is always told; a crash, or a connection that ends before the commit, may tell it twice.
    if (mode === 'insert' && drivers.length === 1) {
      assert.ok(driver.reported.length >= model.refused)
      const isUncut = steps.every(([, event]) => typeof event !== 'object')
      if (isUncut) assert.equal(driver.reported.length, model.refused)
    }
  } finally {
    for (const driver of drivers) await driver.stop()
    for (const dropped of [table, `${table}_offsets`]) {
      await database.query(`DROP TABLE IF EXISTS ${database.quote(dropped)}`)
    }
  }
}

const { postgres, mariadb } = endpointsFromEnv()

for (const [create, server] of [
  [postgresDatabase, postgres],
  [mysqlDatabase, mariadb],
  [sqliteDatabase, null],
] as const) {
  test(`any sequence of records leaves the rows that one record at a time would (${create.name})`, async (t) => {
    await using database = await create()
    await using proxy = server === null ? null : await TcpProxy.start(server.host, server.port)
    const seen: Seen = { crashes: 0, cuts: 0, newColumns: 0, deletes: 0 }
    await fc.assert(
      fc.asyncProperty(scenario, async (s) => {
        count(seen, s)
        await run(database, proxy, s)
      }),
      { numRuns: RUNS, verbose: 1 },
    )
    t.diagnostic(
      `${RUNS} sequences: ${seen.crashes} with a crash of the task, ${seen.cuts} with a connection that ends, ` +
        `${seen.newColumns} with columns added on the way, ${seen.deletes} with deletes`,
    )
  })
}
