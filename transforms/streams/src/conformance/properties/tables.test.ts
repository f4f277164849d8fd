import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  Grouped,
  Materialized,
  Serdes,
  SessionWindows,
  StreamsBuilder,
  TimeWindows,
  TopologyException,
  TopologyTestDriver,
} from '../../index.ts'
import type { Topology, Windowed } from '../../index.ts'
import { finalTable, histories, propertyRuns, runHistory, storeKinds } from './run-history.ts'
import type { Event } from './run-history.ts'

const windowText = (key: Windowed<string>): string => `${key.key}@${key.start}/${key.end}`
const text = (count: bigint): string => String(count)

function build(write: (builder: StreamsBuilder) => void): Topology {
  const builder = new StreamsBuilder()
  write(builder)
  return builder.build()
}

/** Keys of each group, by adding and taking out. */
const keysOfGroups = build((builder) => {
  builder
    .table<string, string>('in')
    .groupBy((key, value) => [value, key], Grouped.with(Serdes.string(), Serdes.string()))
    .aggregate(
      () => '',
      (_group, key, keys) => [...keys, key].sort().join(''),
      (_group, key, keys) => keys.replace(key, ''),
    )
    .filter((_group, keys) => keys !== '')
    .toStream()
    .to('out')
})

const filtered = build((builder) => {
  builder
    .table<string, string>('in')
    .filter((_key, value) => value !== 'A')
    .mapValues((value, key) => key + value)
    .toStream()
    .to('out')
})

function rows(history: readonly Event[]): ReadonlyMap<string, string> {
  const table = new Map<string, string>()
  for (const { key, value } of history) {
    if (value === null) table.delete(key)
    else table.set(key, value)
  }
  return table
}

function groupsModel(history: readonly Event[]): Readonly<Record<string, string>> {
  const table = [...rows(history)]
  const groups = [...new Set(table.map(([, value]) => value))].sort()
  return Object.fromEntries(
    groups.map((group) => [
      group,
      table
        .filter(([, value]) => value === group)
        .map(([key]) => key)
        .sort()
        .join(''),
    ]),
  )
}

/** Topologies whose tables do not depend on the number of partitions: nothing in them is late. */
const partitioned: Readonly<Record<string, Topology>> = {
  'count by a new key': build((builder) => {
    builder
      .stream<string, string>('in')
      .filter((_key, value) => value !== null)
      .groupBy((_key, value) => value)
      .count()
      .mapValues(text)
      .toStream()
      .to('out')
  }),
  'regrouped table': keysOfGroups,
  'windows of a new key': build((builder) => {
    builder
      .stream<string, string>('in')
      .filter((_key, value) => value !== null)
      .selectKey((_key, value) => value)
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeAndGrace(10, 1000))
      .count()
      .mapValues(text)
      .toStream(windowText)
      .to('out')
  }),
  'sessions of a new key': build((builder) => {
    builder
      .stream<string, string>('in')
      .filter((_key, value) => value !== null)
      .groupBy((_key, value) => value)
      .windowedBy(SessionWindows.ofInactivityGapAndGrace(5, 1000))
      .count()
      .mapValues(text)
      .toStream(windowText)
      .to('out')
  }),
  'foreign-key join': build((builder) => {
    const left = builder.table<string, string>('in')
    const right = builder.table<string, string>('in2')
    left
      .leftJoin(
        right,
        (value) => value.toLowerCase(),
        (l, r) => `${l}+${r ?? '-'}`,
      )
      .toStream()
      .to('out')
  }),
  'table of a table join': build((builder) => {
    const left = builder.table<string, string>('in')
    const right = builder.table<string, string>('in2')
    left
      .outerJoin(right, (l, r) => `${l ?? '-'}+${r ?? '-'}`, Materialized.as('joined'))
      .toStream()
      .to('out')
  }),
}

describe('tables equal a model of their newest rows', () => {
  for (const stores of storeKinds) {
    test(`regrouped tables with tombstones, stores: ${stores}`, () => {
      fc.assert(
        fc.property(histories(['in'], { tombstones: true }), (history) => {
          assert.deepEqual(finalTable(runHistory(keysOfGroups, history, stores)), groupsModel(history))
        }),
        { numRuns: propertyRuns },
      )
    })

    test(`filtered and mapped tables with tombstones, stores: ${stores}`, () => {
      fc.assert(
        fc.property(histories(['in'], { tombstones: true }), (history) => {
          const expected = [...rows(history)]
            .filter(([, value]) => value !== 'A')
            .map(([key, value]) => [key, key + value])
          const table = Object.fromEntries(
            expected.sort((a, b) => ((a[0] as string) < (b[0] as string) ? -1 : 1)),
          )
          assert.deepEqual(finalTable(runHistory(filtered, history, stores)), table)
        }),
        { numRuns: propertyRuns },
      )
    })
  }
})

describe('several partitions give the tables of one partition', () => {
  for (const [name, topology] of Object.entries(partitioned)) {
    test(name, () => {
      fc.assert(
        fc.property(
          histories(['in', ...(name.includes('join') ? ['in2'] : [])], { tombstones: true }),
          fc.integer({ min: 2, max: 5 }),
          (history, partitions) => {
            const one = finalTable(runHistory(topology, history, 'memory'))
            assert.deepEqual(finalTable(runHistory(topology, history, 'memory', partitions)), one)
          },
        ),
        { numRuns: propertyRuns },
      )
    })
  }

  test('topics that are joined must have equal partition counts', () => {
    const topology = partitioned['table of a table join'] as Topology
    const config = {
      'application.id': 'app',
      'default.key.serde': Serdes.string(),
      'default.value.serde': Serdes.string(),
    }
    assert.throws(
      () => new TopologyTestDriver(topology, config, { partitions: { in: 4, in2: 3 } }),
      (error: unknown) =>
        error instanceof TopologyException &&
        error.message === 'Invalid topology: Topics not co-partitioned: [{in=4, in2=3}]',
    )
  })
})
