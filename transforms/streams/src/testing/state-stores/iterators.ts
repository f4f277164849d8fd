import assert from 'node:assert/strict'

import fc from 'fast-check'

import { nextOrPause, paused } from '../../state/store.ts'
import type { ByteStore, SessionByteStore, StoreIterator, WindowByteStore } from '../../state/store.ts'
import { TestContext, awkwardKeys, byHex, bytes, drain, hex, propertyRuns, same, text } from './harness.ts'
import type { EngineUnderTest } from './harness.ts'
import type { ConformanceCase } from './conformance-case.ts'

const plain = { name: 'kv', timestamped: false }

/** A store of any kind as writes and the reads that walk through it. */
interface Subject {
  readonly store: ByteStore
  put(key: Uint8Array, time: number, value: Uint8Array | null): void
  /** Every way to walk through rows, each as text. */
  readonly walks: readonly ((from: Uint8Array, to: Uint8Array, time: number) => StoreIterator<string>)[]
}

const longRetentionMs = 10_000_000

function shownRows<T>(rows: StoreIterator<T>, show: (row: T) => string): StoreIterator<string> {
  return {
    next: () => {
      const step = rows.next()
      return step.done === true ? { done: true, value: undefined } : { done: false, value: show(step.value) }
    },
    [Symbol.iterator]() {
      return this
    },
    close: () => rows.close(),
    [Symbol.dispose]: () => rows.close(),
  }
}

function keyValueSubject(subject: EngineUnderTest, maxEntries?: number): Subject {
  const spec = maxEntries === undefined ? plain : { ...plain, name: 'lru', maxEntries }
  const store = subject.engine().keyValue(spec, new TestContext())
  const show = (row: { readonly key: Uint8Array; readonly value: Uint8Array }): string =>
    `${hex(row.key)}=${hex(row.value)}`
  return {
    store,
    put: (key, _time, value) => (value === null ? void store.delete(key) : store.put(key, value)),
    walks: [
      () => shownRows(store.all(), show),
      () => shownRows(store.reverseAll(), show),
      (from, to) => shownRows(store.range(from, to), show),
      (from, to) => shownRows(store.reverseRange(from, to), show),
      (from) => shownRows(store.range(from, null), show),
      (_from, to) => shownRows(store.reverseRange(null, to), show),
      (from) => shownRows(store.prefixScan(from), show),
    ],
  }
}

function windowSubject(subject: EngineUnderTest, retainDuplicates: boolean, timeOrdered: boolean): Subject {
  const store: WindowByteStore = subject.engine().window(
    {
      name: `w ${retainDuplicates} ${timeOrdered}`,
      timestamped: false,
      retentionMs: longRetentionMs,
      windowSizeMs: 10,
      retainDuplicates,
      timeOrdered,
    },
    new TestContext(),
  )
  const show = (row: {
    readonly key: Uint8Array
    readonly windowStart: number
    readonly value: Uint8Array
  }): string => `${hex(row.key)}@${row.windowStart}=${hex(row.value)}`
  return {
    store,
    put: (key, time, value) => store.put(key, value, time),
    walks: [
      () => shownRows(store.all(), show),
      () => shownRows(store.backwardAll(), show),
      (from, _to, time) => shownRows(store.fetchRange(from, 0, time), show),
      (from, _to, time) => shownRows(store.backwardFetchRange(from, time, longRetentionMs), show),
      (from, to, time) => shownRows(store.fetchKeyRange(from, to, 0, time), show),
      (from, to, time) => shownRows(store.backwardFetchKeyRange(from, to, time, longRetentionMs), show),
      (_from, _to, time) => shownRows(store.fetchAll(time, longRetentionMs), show),
      (_from, _to, time) => shownRows(store.backwardFetchAll(0, time), show),
    ],
  }
}

function sessionSubject(subject: EngineUnderTest, timeOrdered: boolean): Subject {
  const store: SessionByteStore = subject
    .engine()
    .session(
      { name: `s ${timeOrdered}`, timestamped: false, retentionMs: longRetentionMs, timeOrdered },
      new TestContext(),
    )
  const show = (row: {
    readonly key: Uint8Array
    readonly start: number
    readonly end: number
    readonly value: Uint8Array
  }): string => `${hex(row.key)}@${row.start}/${row.end}=${hex(row.value)}`
  return {
    store,
    put: (key, time, value) => store.put(key, Math.floor(time / 2), time, value),
    walks: [
      () => shownRows(store.all(), show),
      (from) => shownRows(store.fetch(from), show),
      (from) => shownRows(store.backwardFetch(from), show),
      (from, _to, time) => shownRows(store.findSessions(from, time, longRetentionMs), show),
      (from, _to, time) => shownRows(store.backwardFindSessions(from, 0, time), show),
      (from, to, time) => shownRows(store.findSessionsInKeyRange(from, to, 0, time), show),
      (from, to, time) => shownRows(store.backwardFindSessionsInKeyRange(from, to, 0, time), show),
      (_from, _to, time) => shownRows(store.findSessionsByEnd(0, time), show),
    ],
  }
}

const subjects: Readonly<Record<string, (subject: EngineUnderTest) => Subject>> = {
  'a key-value store': (subject) => keyValueSubject(subject),
  'an LRU store': (subject) => keyValueSubject(subject, 8),
  'a window store': (subject) => windowSubject(subject, false, false),
  'a window store of duplicates': (subject) => windowSubject(subject, true, false),
  'a window store ordered by time': (subject) => windowSubject(subject, false, true),
  'a window store of duplicates ordered by time': (subject) => windowSubject(subject, true, true),
  'a session store': (subject) => sessionSubject(subject, false),
  'a session store ordered by time': (subject) => sessionSubject(subject, true),
}

const key = fc.constantFrom(...awkwardKeys)
const time = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: longRetentionMs - 1 }))
const value = fc.option(fc.uint8Array({ minLength: 1, maxLength: 3 }), { nil: null })
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('put' as const), key, time, value }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('open' as const), walk: fc.nat(7), from: key, to: key, time }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Walks that are read a row at a time while the store is written to, and the rows there were when they began. */
function checkSnapshots(subject: Subject, steps: readonly Step[]): void {
  const open: {
    readonly rows: StoreIterator<string>
    readonly expected: string[]
    readonly seen: string[]
  }[] = []
  for (const each of steps) {
    if (each.do === 'put') subject.put(each.key, each.time, each.value)
    else if (each.do === 'flush') subject.store.flush()
    else if (each.do === 'open') {
      const [from, to] = byHex(each.from, each.to) <= 0 ? [each.from, each.to] : [each.to, each.from]
      const walk = subject.walks[each.walk % subject.walks.length]
      if (walk === undefined) continue
      open.push({
        rows: walk(from, to, each.time),
        expected: [...walk(from, to, each.time)],
        seen: [],
      })
    } else {
      const chosen = open[each.which % Math.max(1, open.length)]
      if (chosen === undefined) continue
      if (each.do === 'close') {
        chosen.rows.close()
        chosen.rows.close()
        assert.equal(chosen.rows.next().done, true)
        same(chosen.seen, chosen.expected.slice(0, chosen.seen.length))
        open.splice(open.indexOf(chosen), 1)
      } else {
        const next = chosen.rows.next()
        if (next.done !== true) chosen.seen.push(next.value)
      }
    }
  }
  for (const { rows, expected, seen } of open) same([...seen, ...rows], expected)
}

function filledSubject(make: (subject: EngineUnderTest) => Subject, subject: EngineUnderTest): Subject {
  const filled = make(subject)
  for (const [at, name] of ['a', 'b', 'c', 'd'].entries()) filled.put(bytes(name), at * 100_000, bytes(name))
  return filled
}

const perKind = (
  name: (kind: string) => string,
  run: (
    make: (subject: EngineUnderTest) => Subject,
    subject: EngineUnderTest,
    create: () => EngineUnderTest,
  ) => void,
): readonly ConformanceCase[] =>
  Object.entries(subjects).map(([kind, make]) => ({
    name: name(kind),
    run: (subject, create) => run(make, subject, create),
  }))

export const iteratorCases: readonly ConformanceCase[] = [
  ...perKind(
    (kind) => `iterators of ${kind} are snapshots, whatever is put, deleted and flushed while they are open`,
    (make, _subject, create) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
          const fresh = create()
          try {
            checkSnapshots(make(fresh), steps)
          } finally {
            fresh.dispose()
          }
        }),
        { numRuns: Math.ceil(propertyRuns / 20) },
      )
    },
  ),
  ...perKind(
    (kind) =>
      `iterators of ${kind} left open are refused once the store is closed, and closing twice is harmless`,
    (make, subject) => {
      const { store, walks } = filledSubject(make, subject)
      const [from, to] = [bytes('a'), bytes('z')]
      const open = walks.map((walk) => walk(from, to, longRetentionMs))
      const begun = walks.map((walk) => walk(from, to, 0))
      for (const rows of begun) rows.next()
      const closed = walks.map((walk) => walk(from, to, longRetentionMs))
      for (const rows of closed) rows.close()
      store.close()
      for (const rows of open) assert.throws(() => rows.next(), { name: 'InvalidStateStoreException' })
      for (const rows of [...open, ...closed]) {
        rows.close()
        rows.close()
        assert.equal(rows.next().done, true)
      }
    },
  ),
  {
    name: 'rows of segments that expire are gone from open iterators, and the others stay',
    run: (subject) => {
      for (const timeOrdered of [false, true]) {
        const spec = {
          name: `expiring ${timeOrdered}`,
          timestamped: false,
          retentionMs: 120_000,
          windowSizeMs: 10,
          retainDuplicates: false,
          timeOrdered,
        }
        const store = subject.engine().window(spec, new TestContext())
        for (let start = 0; start < 240_000; start += 20_000)
          store.put(bytes('k'), bytes(String(start)), start)
        const visible = drain(store.all(), (row) => text(row.value))
        const [forward, backward] = [store.all(), store.backwardAll()]
        const first = forward.next().value
        assert.equal(first === undefined ? '' : text(first.value), visible[0])
        store.flush()
        store.put(bytes('k'), bytes('far'), 300_000)
        const kept = visible.filter((start) => Number(start) >= 180_000)
        same(drain(forward, (row) => text(row.value)).slice(-kept.length), kept)
        same(drain(backward, (row) => text(row.value)).slice(0, kept.length), kept.toReversed())
        store.put(bytes('k'), bytes('farther'), 9_000_000)
        assert.equal([...forward, ...backward].length, 0)
      }
    },
  },
  {
    name: 'a read that passes over many rows pauses for who can wait, and misses none',
    run: (subject) => {
      const engine = subject.engine()
      const common = { timestamped: false, retentionMs: longRetentionMs, timeOrdered: false }
      const windows = engine.window(
        { ...common, name: 'passed windows', windowSizeMs: 10, retainDuplicates: false },
        new TestContext(),
      )
      const sessions = engine.session({ ...common, name: 'passed sessions' }, new TestContext())
      const versions = engine.versioned(
        { name: 'passed versions', timestamped: false, historyRetentionMs: longRetentionMs },
        new TestContext(),
      )
      for (let i = 0; i < 9_000; i++) {
        // The last three are wanted.
        const [key, time] = [bytes(`key-${i}`), i >= 8_997 ? 5_000 : 1_000]
        windows.put(key, bytes(String(i)), time)
        sessions.put(key, time, time, bytes(String(i)))
        versions.put(bytes('key'), bytes(String(i)), i)
      }
      const reads: readonly (() => StoreIterator<{ readonly value: Uint8Array }>)[] = [
        () => windows.fetchAll(4_000, 6_000),
        () => windows.backwardFetchAll(4_000, 6_000),
        () => sessions.findSessionsByEnd(4_000, 6_000),
        () => versions.versions(bytes('key'), 0, 1, true),
        () => versions.versions(bytes('key'), 0, 1, false),
      ]
      const pauses = reads.map((read) => {
        const found: string[] = []
        let pausesOfRead = 0
        const rows = read()
        for (;;) {
          const step = nextOrPause(rows)
          if (step === paused) pausesOfRead++
          else if (step.done === true) break
          else found.push(text(step.value.value))
        }
        same(
          found,
          Array.from(read(), ({ value }) => text(value)),
        )
        return pausesOfRead
      })
      assert.ok(
        pauses.every((count) => count >= 1 && count <= 20),
        pauses.join(),
      )
    },
  },
]
