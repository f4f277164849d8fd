import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  Materialized,
  Serdes,
  SessionWindows,
  SlidingWindows,
  StreamsBuilder,
  TimeWindows,
} from '../../index.ts'
import type { Topology, Windowed } from '../../index.ts'
import { finalTable, histories, propertyRuns, runHistory, storeKinds } from './run-history.ts'
import type { Event, Result } from './run-history.ts'

const keptMs = 1_000_000
const windowText = (key: Windowed<string>): string => `${key.key}@${key.start}/${key.end}`
const append = (_key: string, value: string, aggregate: string): string => aggregate + value
const texts = () => Materialized.with<string, string>(Serdes.string(), Serdes.string()).withRetention(keptMs)

interface TimeShape {
  readonly size: number
  readonly advance: number
  readonly grace: number
}

const timeShapes = fc
  .record({
    size: fc.integer({ min: 1, max: 15 }),
    hop: fc.integer({ min: 1, max: 15 }),
    grace: fc.integer({ min: 0, max: 20 }),
  })
  .map(({ size, hop, grace }): TimeShape => ({ size, advance: Math.min(size, hop), grace }))

function timeTopology({ size, advance, grace }: TimeShape): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream<string, string>('in')
    .groupByKey()
    .windowedBy(TimeWindows.ofSizeAndGrace(size, grace).advanceBy(advance))
    .aggregate(() => '', append, texts())
    .toStream(windowText)
    .to('out')
  return builder.build()
}

/** Every window a record belongs to, by looking at all windows there are; its content by looking at all records before. */
function timeModel(history: readonly Event[], { size, advance, grace }: TimeShape): readonly Result[] {
  const accepted: { readonly window: string; readonly value: string; readonly timestamp: number }[] = []
  const results: Result[] = []
  let streamTime = -1
  for (const { key, value, timestamp } of history) {
    streamTime = Math.max(streamTime, timestamp)
    for (let start = 0; start <= timestamp; start += advance) {
      const end = start + size
      if (timestamp >= end || end <= streamTime - grace) continue
      const window = `${key}@${start}/${end}`
      accepted.push({ window, value: value as string, timestamp })
      const records = accepted.filter((record) => record.window === window)
      results.push({
        key: window,
        value: records.map((record) => record.value).join(''),
        timestamp: Math.max(...records.map((record) => record.timestamp)),
      })
    }
  }
  return results
}

function sessionTopology(gap: number, grace: number): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream<string, string>('in')
    .groupByKey()
    .windowedBy(SessionWindows.ofInactivityGapAndGrace(gap, grace))
    .count(Materialized.with<string, bigint>(Serdes.string(), Serdes.int64()).withRetention(keptMs))
    .mapValues((count) => String(count))
    .toStream(windowText)
    .to('out')
  return builder.build()
}

/** Sorted times, cut where the gap is larger. */
function clusters(times: readonly number[], gap: number): readonly (readonly number[])[] {
  const cut: number[][] = []
  for (const time of [...times].sort((a, b) => a - b)) {
    const last = cut.at(-1)
    if (last === undefined || time - (last.at(-1) as number) > gap) cut.push([time])
    else last.push(time)
  }
  return cut
}

function sessionModel(
  history: readonly Event[],
  gap: number,
  grace: number,
): Readonly<Record<string, string>> {
  const accepted = new Map<string, number[]>()
  let streamTime = -1
  for (const { key, timestamp } of history) {
    streamTime = Math.max(streamTime, timestamp)
    const times = [...(accepted.get(key) ?? []), timestamp]
    const own = clusters(times, gap).find((cluster) => cluster.includes(timestamp)) as readonly number[]
    if ((own.at(-1) as number) >= streamTime - grace - gap) accepted.set(key, times)
  }
  const rows = [...accepted].flatMap(([key, times]) =>
    clusters(times, gap).map(
      (cluster) => [`${key}@${cluster[0]}/${cluster.at(-1)}`, String(cluster.length)] as const,
    ),
  )
  return Object.fromEntries([...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function slidingTopology(difference: number): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream<string, string>('in')
    .groupByKey()
    .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(difference, 1000))
    .count(Materialized.with<string, bigint>(Serdes.string(), Serdes.int64()).withRetention(keptMs))
    .mapValues((count) => String(count))
    .toStream(windowText)
    .to('out')
  return builder.build()
}

/** Each record's window to its left, and to its right where there is something; counted over all records. */
function slidingModel(history: readonly Event[], difference: number): Readonly<Record<string, string>> {
  const rows = new Map<string, string>()
  for (const { key, timestamp } of history) {
    const times = history.filter((event) => event.key === key).map((event) => event.timestamp)
    for (const start of [Math.max(0, timestamp - difference), timestamp + 1]) {
      const count = times.filter((time) => time >= start && time <= start + difference).length
      if (count > 0) rows.set(`${key}@${start}/${start + difference}`, String(count))
    }
  }
  return Object.fromEntries([...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
}

describe('windows equal a model that looks at all records', () => {
  for (const stores of storeKinds) {
    test(`tumbling and hopping windows, every result in order, stores: ${stores}`, () => {
      fc.assert(
        fc.property(histories(['in'], { tombstones: false }), timeShapes, (history, shape) => {
          assert.deepEqual(runHistory(timeTopology(shape), history, stores), timeModel(history, shape))
        }),
        { numRuns: propertyRuns },
      )
    })

    test(`sessions, also late ones, stores: ${stores}`, () => {
      fc.assert(
        fc.property(
          histories(['in'], { tombstones: false }),
          fc.integer({ min: 0, max: 10 }),
          fc.integer({ min: 0, max: 20 }),
          (history, gap, grace) => {
            const results = runHistory(sessionTopology(gap, grace), history, stores)
            assert.deepEqual(finalTable(results), sessionModel(history, gap, grace))
          },
        ),
        { numRuns: propertyRuns },
      )
    })

    test(`sliding windows in any order of records, stores: ${stores}`, () => {
      fc.assert(
        fc.property(
          histories(['in'], { tombstones: false }),
          fc.integer({ min: 1, max: 12 }),
          (history, difference) => {
            const results = runHistory(slidingTopology(difference), history, stores)
            assert.deepEqual(finalTable(results), slidingModel(history, difference))
          },
        ),
        { numRuns: propertyRuns },
      )
    })
  }
})
