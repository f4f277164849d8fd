import assert from 'node:assert/strict'

import fc from 'fast-check'

import { versionedLatest, versionedNotPut } from '../../state/store.ts'
import type { VersionedByteStore, VersionedRow, VersionedSpec } from '../../state/store.ts'
import {
  TestContext,
  awkwardKeys,
  byHex,
  bytes,
  hex,
  propertyRuns,
  text,
  type EngineUnderTest,
  same,
} from './harness.ts'
import type { ConformanceCase } from './conformance-case.ts'

const spec: VersionedSpec = { name: 'v', timestamped: false, historyRetentionMs: 100 }

function shown(row: VersionedRow | null): string | null {
  return row === null ? null : `${text(row.value)}@${row.timestamp}-${row.validTo ?? ''}`
}

function filled(subject: EngineUnderTest, context = new TestContext()): VersionedByteStore {
  const store = subject.engine().versioned(spec, context)
  store.put(bytes('k'), bytes('one'), 10)
  store.put(bytes('k'), bytes('three'), 30)
  store.put(bytes('k'), bytes('two'), 20)
  return store
}

/** The obvious versioned store: every put of every key, the last one of each time counting. */
class VersionedModel {
  readonly #historyMs: number
  puts: { key: Uint8Array; time: number; value: Uint8Array | null }[] = []
  streamTime = -1

  constructor(historyMs: number) {
    this.#historyMs = historyMs
  }

  put(key: Uint8Array, value: Uint8Array | null, time: number): number {
    if (time < this.streamTime - this.#historyMs) return versionedNotPut
    this.streamTime = Math.max(this.streamTime, time)
    this.puts = this.puts.filter((put) => byHex(put.key, key) !== 0 || put.time !== time)
    this.puts.push({ key, time, value })
    return this.#of(key).find((put) => put.time > time)?.time ?? versionedLatest
  }

  get(key: Uint8Array): string | null {
    const last = this.#of(key).at(-1)
    return last === undefined || last.value === null ? null : `${hex(last.value)}@${last.time}-`
  }

  getAsOf(key: Uint8Array, time: number): string | null {
    const versions = this.#of(key)
    const at = versions.findLastIndex((put) => put.time <= time)
    const version = versions[at]
    if (version === undefined || version.value === null) return null
    const next = versions[at + 1]
    if (next !== undefined && time < this.streamTime - this.#historyMs) return null
    return `${hex(version.value)}@${version.time}-${next?.time ?? ''}`
  }

  /** Oldest first. */
  versions(key: Uint8Array, timeFrom: number, timeTo: number): string[] {
    const from = Math.max(timeFrom, this.streamTime - this.#historyMs)
    return this.#of(key).flatMap((put, index, all) => {
      const next = all[index + 1]?.time
      const isWithin = put.time <= timeTo && (next === undefined || (from <= timeTo && next > from))
      return isWithin && put.value !== null ? [`${hex(put.value)}@${put.time}-${next ?? ''}`] : []
    })
  }

  #of(key: Uint8Array): VersionedModel['puts'] {
    return this.puts.filter((put) => byHex(put.key, key) === 0).sort((a, b) => a.time - b.time)
  }
}

const key = fc.constantFrom(...awkwardKeys)
const time = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 12_000 }))
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('put'),
      key,
      time,
      value: fc.option(fc.uint8Array({ maxLength: 3 }), { nil: null }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('get'), key, time }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete'), key, time }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('flush', 'commit', 'reopen', 'crash') }) },
)
type Step =
  | { do: 'put'; key: Uint8Array; time: number; value: Uint8Array | null }
  | { do: 'get' | 'delete'; key: Uint8Array; time: number }
  | { do: 'flush' | 'commit' | 'reopen' | 'crash' }

function checkHistory(subject: EngineUnderTest, historyRetentionMs: number, steps: readonly Step[]): void {
  const show = (row: VersionedRow | null): string | null =>
    row === null ? null : `${hex(row.value)}@${row.timestamp}-${row.validTo ?? ''}`
  const mine = { ...spec, historyRetentionMs }
  const context = new TestContext()
  const model = new VersionedModel(historyRetentionMs)
  let durable = { puts: model.puts, streamTime: -1 }
  let store = subject.engine().versioned(mine, context)
  for (const each of steps) {
    if (each.do === 'put') {
      assert.equal(store.put(each.key, each.value, each.time), model.put(each.key, each.value, each.time))
    } else if (each.do === 'get') {
      assert.equal(show(store.get(each.key)), model.get(each.key))
      assert.equal(show(store.getAsOf(each.key, each.time)), model.getAsOf(each.key, each.time))
      for (const [from, to] of [
        [each.time, each.time],
        [each.time, Infinity],
        [-Infinity, each.time],
        [each.time, each.time + 20],
      ] as const) {
        const expected = model.versions(each.key, from, to)
        same([...store.versions(each.key, from, to, false)].map(show), expected)
        same([...store.versions(each.key, from, to, true)].map(show), expected.toReversed())
      }
    } else if (each.do === 'delete') {
      const expected =
        each.time < model.streamTime - historyRetentionMs ? null : model.getAsOf(each.key, each.time)
      assert.equal(show(store.delete(each.key, each.time)), expected)
      model.put(each.key, null, each.time)
    } else if (each.do === 'flush') {
      store.flush()
    } else if (each.do === 'commit') {
      subject.engine().commit('app', '0_0', new Map())
      durable = { puts: model.puts.slice(), streamTime: model.streamTime }
    } else if (store.persistent) {
      if (each.do === 'crash') {
        subject.crash()
        model.puts = durable.puts.slice()
        model.streamTime = durable.streamTime
      } else {
        subject.reopen()
        durable = { puts: model.puts.slice(), streamTime: model.streamTime }
      }
      store = subject.engine().versioned(mine, context)
    }
  }
  for (const each of awkwardKeys) {
    for (const put of [...model.puts, { time: 0 }, { time: 20_000 }]) {
      assert.equal(show(store.getAsOf(each, put.time)), model.getAsOf(each, put.time))
    }
  }
}

export const versionedCases: readonly ConformanceCase[] = [
  {
    name: 'versions put out of order are read as of any time, with the time they end',
    run: (subject) => {
      const store = filled(subject)
      assert.equal(shown(store.get(bytes('k'))), 'three@30-')
      assert.equal(shown(store.getAsOf(bytes('k'), 29)), 'two@20-30')
      assert.equal(shown(store.getAsOf(bytes('k'), 19)), 'one@10-20')
      assert.equal(shown(store.getAsOf(bytes('k'), 9)), null)
      assert.equal(shown(store.getAsOf(bytes('k'), 1_000)), 'three@30-')
    },
  },
  {
    name: 'put returns until when the version is valid, latest, or not put',
    run: (subject) => {
      const context = new TestContext()
      const store = filled(subject, context)
      assert.equal(store.put(bytes('k'), bytes('x'), 15), 20)
      assert.equal(store.put(bytes('k'), bytes('y'), 200), versionedLatest)
      assert.equal(store.put(bytes('k'), bytes('late'), 99), versionedNotPut)
      assert.equal(context.expired, 1)
      assert.equal(store.put(bytes('k'), bytes('just'), 100), 200)
    },
  },
  {
    name: 'a tombstone ends the version before it and hides the key from then on',
    run: (subject) => {
      const store = filled(subject)
      assert.equal(shown(store.delete(bytes('k'), 25)), 'two@20-30')
      assert.equal(shown(store.getAsOf(bytes('k'), 24)), 'two@20-25')
      assert.equal(store.getAsOf(bytes('k'), 25), null)
      assert.equal(shown(store.get(bytes('k'))), 'three@30-')
      store.put(bytes('k'), null, 40)
      assert.equal(store.get(bytes('k')), null)
      assert.equal(store.put(bytes('k'), bytes('between'), 35), 40)
      assert.equal(store.get(bytes('k')), null)
    },
  },
  {
    name: 'the newest version never expires, older ones do',
    run: (subject) => {
      const store = filled(subject)
      store.put(bytes('other'), bytes('x'), 50_000)
      assert.equal(shown(store.get(bytes('k'))), 'three@30-')
      assert.equal(shown(store.getAsOf(bytes('k'), 40)), 'three@30-')
      assert.equal(store.getAsOf(bytes('k'), 20), null)
    },
  },
  {
    name: 'each version is logged under its own timestamp, and the store restored from them is the same',
    run: (subject) => {
      const context = new TestContext()
      const store = filled(subject, context)
      store.delete(bytes('k'), 60)
      same(
        context.records.map((record) => record.timestamp),
        [10, 30, 20, 60],
      )
      const copy = subject.engine().versioned({ ...spec, name: 'copy' }, new TestContext())
      copy.restore(context.records)
      for (const time of [5, 10, 20, 30, 59, 60]) {
        assert.equal(shown(copy.getAsOf(bytes('k'), time)), shown(store.getAsOf(bytes('k'), time)))
      }
    },
  },
  {
    name: 'versions of a span of time are a snapshot, in either order',
    run: (subject) => {
      const store = filled(subject)
      const span = store.versions(bytes('k'), 20, 29, false)
      const reverse = store.versions(bytes('k'), 19, Infinity, true)
      store.put(bytes('k'), null, 25)
      store.put(bytes('k'), bytes('four'), 40)
      same([...span].map(shown), ['two@20-30'])
      same([...reverse].map(shown), ['three@30-', 'two@20-30', 'one@10-20'])
      same([...store.versions(bytes('k'), 26, 29, false)].map(shown), [])
    },
  },
  {
    name: 'random histories of a versioned store equal a list of all puts',
    run: (_subject, create) => {
      fc.assert(
        fc.property(
          fc.constantFrom(0, 20, 1_000, 9_000),
          fc.array(step, { maxLength: 50, size: 'max' }),
          (history, steps) => {
            const subject = create()
            try {
              checkHistory(subject, history, steps as Step[])
            } finally {
              subject.dispose()
            }
          },
        ),
        { numRuns: propertyRuns },
      )
    },
  },
]
