import assert from 'node:assert/strict'

import fc from 'fast-check'

import type { SessionByteStore, SessionRow, SessionSpec } from '../../state/store.ts'
import {
  TestContext,
  awkwardKeys,
  byHex,
  bytes,
  concat,
  drain,
  hex,
  int64,
  propertyRuns,
  text,
  type EngineUnderTest,
  same,
} from './harness.ts'
import type { ConformanceCase } from './conformance-case.ts'

const spec: SessionSpec = { name: 's', timestamped: false, retentionMs: 100_000, timeOrdered: false }
const endless = Number.MAX_SAFE_INTEGER

function shown(row: SessionRow): string {
  return `${text(row.key)}@${row.start}/${row.end}=${text(row.value)}`
}

function filled(
  subject: EngineUnderTest,
  changes: Partial<SessionSpec> = {},
  context = new TestContext(),
): SessionByteStore {
  const store = subject.engine().session({ ...spec, ...changes }, context)
  for (const [key, start, end] of [
    ['b', 0, 5],
    ['a', 10, 20],
    ['a', 0, 5],
    ['a', 62_000, 70_000],
    ['c', 3, 65_000],
  ] as const) {
    store.put(bytes(key), start, end, bytes(`${key}!`))
  }
  return store
}

interface ModelRow {
  readonly key: Uint8Array
  readonly start: number
  readonly end: number
  readonly value: Uint8Array
}

/** The obvious session store: a list of all sessions, filtered and sorted for each read. */
class SessionModel {
  readonly #spec: SessionSpec
  rows: ModelRow[] = []
  streamTime = -1
  expired = 0

  constructor(of: SessionSpec) {
    this.#spec = of
  }

  write(key: Uint8Array, start: number, end: number, value: Uint8Array | null, counts: boolean): void {
    this.streamTime = Math.max(this.streamTime, end)
    if (this.#tooOld(end)) {
      if (counts) this.expired++
      return
    }
    this.rows = this.rows.filter((row) => byHex(row.key, key) !== 0 || row.start !== start || row.end !== end)
    if (value !== null) this.rows.push({ key, start, end, value })
  }

  find(accept: (row: ModelRow) => boolean): ModelRow[] {
    return this.rows
      .filter((row) => row.end >= this.streamTime - this.#spec.retentionMs + 1 && accept(row))
      .sort(
        (a, b) => this.#segment(a.end) - this.#segment(b.end) || byHex(this.#orderOf(a), this.#orderOf(b)),
      )
  }

  #orderOf(row: ModelRow): Uint8Array {
    const times = concat(int64(row.end), int64(row.start))
    return this.#spec.timeOrdered ? concat(times, row.key) : concat(row.key, times)
  }

  #tooOld(end: number): boolean {
    const oldest = this.streamTime - this.#spec.retentionMs
    if (this.#spec.refuseExpired === 'row') return end <= oldest
    return this.#segment(end) < this.#segment(Math.max(0, oldest))
  }

  #segment(time: number): number {
    return Math.floor(time / Math.max(Math.floor(this.#spec.retentionMs / 2), 60_000))
  }
}

const key = fc.constantFrom(...awkwardKeys)
const time = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 400_000 }),
  fc.constantFrom(60_000, 120_000),
)
const session = fc.tuple(time, time).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }))
const value = fc.option(fc.uint8Array({ maxLength: 3 }), { nil: null })
const bound = fc.option(key, { nil: null })
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('put'), key, at: session, value }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove'), key, at: session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('removeOne'), pick: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('find'), key, earliestEnd: time, latestStart: time }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('range'),
      keyFrom: bound,
      keyTo: bound,
      earliestEnd: time,
      latestStart: time,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('flush', 'commit', 'reopen', 'crash') }) },
)
type Step =
  | { do: 'put'; key: Uint8Array; at: { start: number; end: number }; value: Uint8Array | null }
  | { do: 'remove'; key: Uint8Array; at: { start: number; end: number } }
  | { do: 'removeOne'; pick: number }
  | { do: 'find'; key: Uint8Array; earliestEnd: number; latestStart: number }
  | {
      do: 'range'
      keyFrom: Uint8Array | null
      keyTo: Uint8Array | null
      earliestEnd: number
      latestStart: number
    }
  | { do: 'flush' | 'commit' | 'reopen' | 'crash' }
const shape = fc.record({
  retentionMs: fc.constantFrom(1, 25, 1_000, 90_000, 200_000),
  timeOrdered: fc.boolean(),
  refuseExpired: fc.constantFrom('segment' as const, 'row' as const),
})

function checkHistory(subject: EngineUnderTest, changes: Partial<SessionSpec>, steps: readonly Step[]): void {
  const show = (row: ModelRow | SessionRow): string =>
    `${hex(row.key)}@${row.start}/${row.end}=${hex(row.value)}`
  const mine = { ...spec, ...changes }
  const context = new TestContext()
  const model = new SessionModel(mine)
  let durable = { rows: model.rows, streamTime: -1 }
  let store = subject.engine().session(mine, context)
  for (const each of steps) {
    if (each.do === 'put') {
      store.put(each.key, each.at.start, each.at.end, each.value)
      model.write(each.key, each.at.start, each.at.end, each.value, true)
      assert.equal(context.expired, model.expired)
    } else if (each.do === 'remove' || each.do === 'removeOne') {
      const picked =
        each.do === 'remove'
          ? { key: each.key, ...each.at }
          : model.rows[each.pick % (model.rows.length || 1)]
      if (picked === undefined) continue
      store.remove(picked.key, picked.start, picked.end)
      model.write(picked.key, picked.start, picked.end, null, false)
      assert.equal(store.fetchSession(picked.key, picked.start, picked.end), null)
    } else if (each.do === 'find') {
      const expected = model
        .find(
          (row) =>
            byHex(row.key, each.key) === 0 && row.end >= each.earliestEnd && row.start <= each.latestStart,
        )
        .sort((a, b) => a.end - b.end || a.start - b.start)
        .map(show)
      same(drain(store.findSessions(each.key, each.earliestEnd, each.latestStart), show), expected)
      same(
        drain(store.backwardFindSessions(each.key, each.earliestEnd, each.latestStart), show),
        expected.toReversed(),
      )
    } else if (each.do === 'range') {
      const { keyFrom, keyTo, earliestEnd, latestStart } = each
      const expected = model
        .find((row) => row.end >= earliestEnd && row.start <= latestStart)
        .filter((row) => keyFrom === null || byHex(row.key, keyFrom) >= 0)
        .filter((row) => keyTo === null || byHex(row.key, keyTo) <= 0)
        .map(show)
      same(drain(store.findSessionsInKeyRange(keyFrom, keyTo, earliestEnd, latestStart), show), expected)
      same(
        drain(store.backwardFindSessionsInKeyRange(keyFrom, keyTo, earliestEnd, latestStart), show),
        expected.toReversed(),
      )
      const byEnd = model.find((row) => row.end >= earliestEnd && row.end <= latestStart).map(show)
      same(drain(store.findSessionsByEnd(earliestEnd, latestStart), show), byEnd)
    } else if (each.do === 'flush') {
      store.flush()
    } else if (each.do === 'commit') {
      subject.engine().commit('app', '0_0', new Map())
      durable = { rows: model.rows, streamTime: model.streamTime }
    } else if (store.persistent) {
      if (each.do === 'crash') {
        subject.crash()
        model.rows = durable.rows
        model.streamTime = durable.streamTime
      } else {
        subject.reopen()
        durable = { rows: model.rows, streamTime: model.streamTime }
      }
      store = subject.engine().session(mine, context)
    }
  }
  same(drain(store.all(), show), model.find(() => true).map(show))
}

export const sessionCases: readonly ConformanceCase[] = [
  {
    name: "findSessions gives one key's sessions that end and start within the bounds, by end, then start",
    run: (subject) => {
      const store = filled(subject)
      same(drain(store.findSessions(bytes('a'), 5, 10), shown), ['a@0/5=a!', 'a@10/20=a!'])
      same(drain(store.findSessions(bytes('a'), 6, endless), shown), ['a@10/20=a!', 'a@62000/70000=a!'])
      same(drain(store.backwardFindSessions(bytes('a'), 0, 10), shown), ['a@10/20=a!', 'a@0/5=a!'])
      same(drain(store.fetch(bytes('b')), shown), ['b@0/5=b!'])
      same(drain(store.backwardFetch(bytes('a')), shown).length, 3)
    },
  },
  {
    name: 'a session is read by its key and both ends, and removed',
    run: (subject) => {
      const context = new TestContext()
      const store = filled(subject, {}, context)
      same(store.fetchSession(bytes('a'), 10, 20), bytes('a!'))
      assert.equal(store.fetchSession(bytes('a'), 10, 21), null)
      context.now = 33
      store.remove(bytes('a'), 10, 20)
      assert.equal(store.fetchSession(bytes('a'), 10, 20), null)
      same(context.records.at(-1), {
        key: concat(bytes('a'), int64(20), int64(10)),
        value: null,
        timestamp: 33,
      })
    },
  },
  {
    name: 'sessions of several keys come by segment and key, or by end, start and key when time-ordered',
    run: (subject) => {
      const byKey = ['a@0/5=a!', 'a@10/20=a!', 'b@0/5=b!', 'a@62000/70000=a!', 'c@3/65000=c!']
      same(drain(filled(subject).all(), shown), byKey)
      const store = filled(subject, { name: 'ordered', timeOrdered: true })
      const byEnd = ['a@0/5=a!', 'b@0/5=b!', 'a@10/20=a!', 'c@3/65000=c!', 'a@62000/70000=a!']
      same(drain(store.all(), shown), byEnd)
      same(drain(store.findSessionsByEnd(6, 65_000), shown), ['a@10/20=a!', 'c@3/65000=c!'])
      same(drain(store.findSessionsInKeyRange(bytes('b'), null, 0, 3), shown), ['b@0/5=b!', 'c@3/65000=c!'])
    },
  },
  {
    name: 'a session is hidden once store time is retention ahead of its end, by any key',
    run: (subject) => {
      const context = new TestContext()
      const store = filled(subject, { retentionMs: 15 }, context)
      store.put(bytes('z'), 70_014, 70_014, bytes('z'))
      same(store.fetchSession(bytes('a'), 62_000, 70_000), bytes('a!'))
      store.put(bytes('z'), 70_015, 70_015, bytes('z'))
      assert.equal(store.fetchSession(bytes('a'), 62_000, 70_000), null)
      same(drain(store.findSessions(bytes('a'), 0, endless), shown), [])
      store.put(bytes('a'), 0, 5, bytes('late'))
      assert.equal(context.expired, 1)
    },
  },
  {
    name: 'a session store restored from its changelog is the same',
    run: (subject) => {
      const context = new TestContext()
      const store = filled(subject, { timeOrdered: true }, context)
      store.remove(bytes('a'), 0, 5)
      const copy = subject.engine().session({ ...spec, name: 'copy', timeOrdered: true }, new TestContext())
      copy.restore(context.records)
      same(drain(copy.all(), shown), drain(store.all(), shown))
    },
  },
  {
    name: 'random histories of a session store equal a list of all sessions',
    run: (_subject, create) => {
      fc.assert(
        fc.property(shape, fc.array(step, { maxLength: 50, size: 'max' }), (changes, steps) => {
          const subject = create()
          try {
            checkHistory(subject, changes, steps as Step[])
          } finally {
            subject.dispose()
          }
        }),
        { numRuns: propertyRuns },
      )
    },
  },
]
