import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { JoinWindows, StreamsBuilder } from '../../index.ts'
import type { Topology } from '../../index.ts'
import { finalTable, histories, propertyRuns, runHistory, sorted, storeKinds } from './run-history.ts'
import type { Event, Result } from './run-history.ts'

type Kind = 'inner' | 'left' | 'outer'
const kinds: readonly Kind[] = ['inner', 'left', 'outer']
const joinText = (left: string | null, right: string | null): string => `${left ?? '-'}+${right ?? '-'}`
/** Larger than any time of a history: no record is late. */
const grace = 1000

function streamJoin(kind: Kind, before: number, after: number): Topology {
  const builder = new StreamsBuilder()
  const left = builder.stream<string, string>('left')
  const right = builder.stream<string, string>('right')
  const windows = JoinWindows.ofTimeDifferenceAndGrace(0, grace).before(before).after(after)
  const joined =
    kind === 'inner'
      ? left.join(right, joinText, windows)
      : kind === 'left'
        ? left.leftJoin(right, joinText, windows)
        : left.outerJoin(right, joinText, windows)
  joined.to('out')
  return builder.build()
}

/**
 * All pairs near in time. A record of an outer side stands alone if it is in no pair; also, at once, if nothing met it before and its
 * window was already behind the stream time when it arrived.
 */
function streamJoinModel(
  history: readonly Event[],
  kind: Kind,
  before: number,
  after: number,
): readonly Result[] {
  const results: Result[] = []
  let streamTime = -1
  for (const [index, event] of history.entries()) {
    const { topic, key, value, timestamp } = event
    streamTime = Math.max(streamTime, timestamp)
    const isLeft = topic === 'left'
    const [back, ahead] = isLeft ? [before, after] : [after, before]
    const meets = (other: Event): boolean =>
      other.topic !== topic &&
      other.key === key &&
      other.timestamp >= timestamp - back &&
      other.timestamp <= timestamp + ahead
    const earlier = history.slice(0, index).filter(meets)
    for (const other of earlier) {
      const text = isLeft ? joinText(value, other.value) : joinText(other.value, value)
      results.push({ key, value: text, timestamp: Math.max(timestamp, other.timestamp) })
    }
    const isOuter = kind === 'outer' || (kind === 'left' && isLeft)
    if (!isOuter || earlier.length > 0) continue
    const isBehind = timestamp + ahead < streamTime
    if (!isBehind && history.slice(index + 1).some(meets)) continue
    results.push({ key, value: isLeft ? joinText(value, null) : joinText(null, value), timestamp })
  }
  return results
}

/** The newest row of each key of a topic. */
function rows(history: readonly Event[], topic: string): ReadonlyMap<string, string> {
  const table = new Map<string, string>()
  for (const event of history) {
    if (event.topic !== topic) continue
    if (event.value === null) table.delete(event.key)
    else table.set(event.key, event.value)
  }
  return table
}

function tableJoin(kind: Kind): Topology {
  const builder = new StreamsBuilder()
  const left = builder.table<string, string>('left')
  const right = builder.table<string, string>('right')
  const joined =
    kind === 'inner'
      ? left.join(right, joinText)
      : kind === 'left'
        ? left.leftJoin(right, joinText)
        : left.outerJoin(right, joinText)
  joined.toStream().to('out')
  return builder.build()
}

function tableJoinModel(history: readonly Event[], kind: Kind): Readonly<Record<string, string>> {
  const left = rows(history, 'left')
  const right = rows(history, 'right')
  const keys = [...new Set([...left.keys(), ...right.keys()])].sort()
  const joined = keys.filter((key) => {
    if (kind === 'inner') return left.has(key) && right.has(key)
    return kind === 'outer' || left.has(key)
  })
  return Object.fromEntries(
    joined.map((key) => [key, joinText(left.get(key) ?? null, right.get(key) ?? null)]),
  )
}

/** Values A, B, C point to rows a, b, c; D points nowhere. */
const pointer = (value: string): string | null => (value === 'D' ? null : value.toLowerCase())

function foreignKeyJoin(kind: 'inner' | 'left'): Topology {
  const builder = new StreamsBuilder()
  const left = builder.table<string, string>('left')
  const right = builder.table<string, string>('right')
  const joined =
    kind === 'inner' ? left.join(right, pointer, joinText) : left.leftJoin(right, pointer, joinText)
  joined.toStream().to('out')
  return builder.build()
}

function foreignKeyModel(
  history: readonly Event[],
  kind: 'inner' | 'left',
): Readonly<Record<string, string>> {
  const left = rows(history, 'left')
  const right = rows(history, 'right')
  const joined = [...left]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) => {
      const other = right.get(pointer(value) ?? '') ?? null
      return other === null && kind === 'inner' ? [] : [[key, joinText(value, other)] as const]
    })
  return Object.fromEntries(joined)
}

describe('joins equal a model that looks at all records', () => {
  for (const stores of storeKinds) {
    for (const kind of kinds) {
      test(`${kind} join of streams, stores: ${stores}`, () => {
        const span = fc.integer({ min: 0, max: 12 })
        fc.assert(
          fc.property(
            histories(['left', 'right'], { tombstones: false }),
            span,
            span,
            (history, before, after) => {
              // Records of another key, far in the future, close all windows.
              const end = [10_000, 20_000].flatMap((timestamp) => [
                { topic: 'left', key: 'end', value: 'x', timestamp },
                { topic: 'right', key: 'end', value: 'x', timestamp },
              ])
              const results = runHistory(streamJoin(kind, before, after), [...history, ...end], stores)
              const relevant = results.filter(({ key }) => key !== 'end')
              assert.deepEqual(sorted(relevant), sorted(streamJoinModel(history, kind, before, after)))
            },
          ),
          { numRuns: propertyRuns },
        )
      })

      test(`${kind} join of tables with tombstones, stores: ${stores}`, () => {
        fc.assert(
          fc.property(histories(['left', 'right'], { tombstones: true }), (history) => {
            const results = runHistory(tableJoin(kind), history, stores)
            assert.deepEqual(finalTable(results), tableJoinModel(history, kind))
          }),
          { numRuns: propertyRuns },
        )
      })
    }

    for (const kind of ['inner', 'left'] as const) {
      test(`${kind} foreign-key join with tombstones, stores: ${stores}`, () => {
        fc.assert(
          fc.property(histories(['left', 'right'], { tombstones: true }), (history) => {
            const results = runHistory(foreignKeyJoin(kind), history, stores)
            assert.deepEqual(finalTable(results), foreignKeyModel(history, kind))
          }),
          { numRuns: propertyRuns },
        )
      })
    }
  }
})
