import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Serde, Topology } from '../../index.ts'
import { Serdes, SqliteStoreEngine, TopologyTestDriver } from '../../index.ts'

/** One record of a history. */
export interface Event {
  readonly topic: string
  readonly key: string
  readonly value: string | null
  readonly timestamp: number
}

/** What came out, in order. */
export interface Result {
  readonly key: string
  readonly value: string | null
  readonly timestamp: number | null
}

/** Where the stores are. */
export type StoreKind = 'memory' | 'persistent'
export const storeKinds: readonly StoreKind[] = ['memory', 'persistent']

/** Histories per property: 200, or what SPILLWAY_PROPERTY_RUNS says. A failure prints its seed. */
export const propertyRuns = Number(
  process.env['SPILLWAY_PROPERTY_RUNS'] ?? (process.env['SPILLWAY_LONG'] === '1' ? 2_000 : 200),
)

/** Histories of some topics: few keys, out of order, with tombstones where asked. */
export function histories(
  topics: readonly [string, ...string[]],
  options: { readonly tombstones: boolean; readonly maxTime?: number },
): fc.Arbitrary<readonly Event[]> {
  const values = fc.constantFrom('A', 'B', 'C', 'D')
  const value = options.tombstones ? fc.option(values, { nil: null, freq: 4 }) : values
  return fc.array(
    fc.record({
      topic: fc.constantFrom(...topics),
      key: fc.constantFrom('a', 'b', 'c'),
      value,
      timestamp: fc.integer({ min: 0, max: options.maxTime ?? 60 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
}

/** Runs a history through a topology and gives what it wrote to `out`. */
export function runHistory(
  topology: Topology,
  history: readonly Event[],
  stores: StoreKind,
  partitions?: number,
): readonly Result[] {
  const stateDir = stores === 'persistent' ? mkdtempSync(join(tmpdir(), 'spillway-history-')) : null
  const config = {
    'application.id': 'app',
    'default.key.serde': Serdes.string() as Serde<unknown>,
    'default.value.serde': Serdes.string() as Serde<unknown>,
  }
  const options = {
    initialWallClockTime: 0,
    ...(stateDir === null
      ? {}
      : { persistentStores: new SqliteStoreEngine({ stateDir }), commitEveryRecords: 7 }),
    ...(partitions === undefined ? {} : { partitions }),
  }
  try {
    using driver = new TopologyTestDriver(topology, config, options)
    for (const { topic, key, value, timestamp } of history) {
      driver.createInputTopic(topic, Serdes.string(), Serdes.string()).pipeInput(key, value, timestamp)
    }
    return driver
      .createOutputTopic('out', Serdes.string(), Serdes.string())
      .readRecordsToList()
      .map(({ key, value, timestamp }) => ({ key: key as string, value, timestamp }))
  } finally {
    if (stateDir !== null) rmSync(stateDir, { recursive: true, force: true })
  }
}

/** The newest value of each key, without deleted ones: the table that a stream of changes describes. */
export function finalTable(results: readonly Result[]): Readonly<Record<string, string>> {
  const table = new Map<string, string | null>()
  for (const { key, value } of results) table.set(key, value)
  const rows = [...table].filter((row): row is [string, string] => row[1] !== null)
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Results without order. */
export function sorted(results: readonly unknown[]): readonly string[] {
  return results.map((result) => JSON.stringify(result)).sort()
}
