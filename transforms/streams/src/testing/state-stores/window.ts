import assert from 'node:assert/strict'

import fc from 'fast-check'

import type { WindowByteStore, WindowRow, WindowSpec } from '../../state/store.ts'
import {
  TestContext,
  awkwardKeys,
  bytes,
  drain,
  hex,
  propertyRuns,
  text,
  type EngineUnderTest,
  same,
} from './harness.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { WindowModel, shownWindow } from './window-model.ts'

const spec: WindowSpec = {
  name: 'w',
  timestamped: false,
  retentionMs: 100_000,
  windowSizeMs: 10,
  retainDuplicates: false,
  timeOrdered: false,
}

function shown(row: WindowRow): string {
  return `${text(row.key)}@${row.windowStart}=${text(row.value)}`
}

function filled(
  subject: EngineUnderTest,
  changes: Partial<WindowSpec> = {},
  context = new TestContext(),
): WindowByteStore {
  const store = subject.engine().window({ ...spec, ...changes }, context)
  for (const [key, start] of [
    ['b', 0],
    ['a', 10],
    ['a', 0],
    ['ab', 10],
    ['a', 70_000],
    ['b', 65_000],
  ] as const) {
    store.put(bytes(key), bytes(key + start), start)
  }
  return store
}

const keyOrder = ['a@0=a0', 'a@10=a10', 'ab@10=ab10', 'b@0=b0', 'a@70000=a70000', 'b@65000=b65000']
const timeOrder = ['a@0=a0', 'b@0=b0', 'a@10=a10', 'ab@10=ab10', 'b@65000=b65000', 'a@70000=a70000']

const key = fc.constantFrom(...awkwardKeys)
const time = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 400_000 }),
  fc.constantFrom(60_000, 119_999, 120_000),
)
const value = fc.option(fc.uint8Array({ maxLength: 3 }), { nil: null })
const bound = fc.option(key, { nil: null })
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('put'), key, value, time }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fetch'), key, time }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ofKey'), key, from: time, to: time }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('ofKeys'), keyFrom: bound, keyTo: bound, from: time, to: time }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('flush', 'commit', 'reopen', 'crash', 'restore') }),
  },
)
type Step =
  | { do: 'put'; key: Uint8Array; value: Uint8Array | null; time: number }
  | { do: 'fetch'; key: Uint8Array; time: number }
  | { do: 'ofKey'; key: Uint8Array; from: number; to: number }
  | { do: 'ofKeys'; keyFrom: Uint8Array | null; keyTo: Uint8Array | null; from: number; to: number }
  | { do: 'flush' | 'commit' | 'reopen' | 'crash' | 'restore' }
const shape = fc.record({
  retentionMs: fc.constantFrom(1, 25, 1_000, 90_000, 200_000),
  retainDuplicates: fc.boolean(),
  timeOrdered: fc.boolean(),
  refuseExpired: fc.constantFrom('segment' as const, 'row' as const),
})

function checkHistory(subject: EngineUnderTest, changes: Partial<WindowSpec>, steps: readonly Step[]): void {
  const show = (row: WindowRow): string => shownWindow(row.key, row.windowStart, row.value)
  const mine = { ...spec, ...changes }
  let context = new TestContext()
  let model = new WindowModel(mine)
  let durable = model.copy()
  let restored = 0
  let store = subject.engine().window(mine, context)
  for (const each of steps) {
    if (each.do === 'put') {
      store.put(each.key, each.value, each.time)
      model.put(each.key, each.value, each.time)
      assert.equal(context.expired, model.expired)
    } else if (each.do === 'fetch') {
      const found = store.fetch(each.key, each.time)
      assert.equal(found === null ? null : hex(found), model.fetch(each.key, each.time))
    } else if (each.do === 'ofKey') {
      const expected = model.ofKey(each.key, each.from, each.to)
      same(drain(store.fetchRange(each.key, each.from, each.to), show), expected)
      same(drain(store.backwardFetchRange(each.key, each.from, each.to), show), expected.toReversed())
      same(visited(store, each.key, each.from, each.to), expected)
    } else if (each.do === 'ofKeys') {
      const { keyFrom, keyTo, from, to } = each
      const expected = model.ofKeys(keyFrom, keyTo, from, to)
      same(drain(store.fetchKeyRange(keyFrom, keyTo, from, to), show), expected)
      same(drain(store.backwardFetchKeyRange(keyFrom, keyTo, from, to), show), expected.toReversed())
    } else if (each.do === 'flush') {
      store.flush()
    } else if (each.do === 'commit') {
      subject.engine().commit('app', '0_0', new Map())
      durable = model.copy()
    } else if (each.do === 'restore') {
      // A copy made of the changelog alone must be the same store.
      const copy = subject.engine().window({ ...mine, name: `copy ${restored++}` }, new TestContext('0_1'))
      if (durable.streamTime === -1) copy.restore(context.records)
      if (durable.streamTime === -1) same(drain(copy.all(), show), drain(store.all(), show))
      copy.close()
    } else if (store.persistent) {
      const expired = model.expired
      if (each.do === 'crash') {
        subject.crash()
        model = durable.copy()
      } else {
        subject.reopen()
        durable = model.copy()
      }
      model.expired = expired
      const before = context
      context = new TestContext()
      context.expired = before.expired
      store = subject.engine().window(mine, context)
    }
  }
  const everything = model.ofKeys(null, null, 0, Number.MAX_SAFE_INTEGER)
  same(drain(store.all(), show), everything)
  same(drain(store.backwardAll(), show), everything.toReversed())
  same(drain(store.fetchAll(0, Number.MAX_SAFE_INTEGER), show), everything)
}

function visited(store: WindowByteStore, key: Uint8Array, from: number, to: number): string[] {
  const rows: string[] = []
  store.visit(key, from, to, {
    visitRow: (start, row) => {
      rows.push(shownWindow(key, start, row))
      return true
    },
  })
  return rows
}

export const windowCases: readonly ConformanceCase[] = [
  {
    name: 'fetch gives the row of exactly that key and window start',
    run: (subject) => {
      const store = filled(subject)
      same(store.fetch(bytes('a'), 10), bytes('a10'))
      assert.equal(store.fetch(bytes('a'), 11), null)
      store.put(bytes('a'), null, 10)
      assert.equal(store.fetch(bytes('a'), 10), null)
    },
  },
  {
    name: 'fetchRange gives one key by window start, both bounds inclusive, across segments and backwards',
    run: (subject) => {
      const store = filled(subject)
      same(drain(store.fetchRange(bytes('a'), 10, 70_000), shown), ['a@10=a10', 'a@70000=a70000'])
      same(drain(store.backwardFetchRange(bytes('a'), 0, 69_999), shown), ['a@10=a10', 'a@0=a0'])
      same(drain(store.fetchRange(bytes('a'), 11, 10), shown), [])
    },
  },
  {
    name: "several keys come by segment, then key bytes, then window start, as from Java's RocksDB store",
    run: (subject) => {
      const store = filled(subject)
      same(drain(store.all(), shown), keyOrder)
      same(drain(store.backwardAll(), shown), keyOrder.toReversed())
      same(drain(store.fetchAll(10, 65_000), shown), ['a@10=a10', 'ab@10=ab10', 'b@65000=b65000'])
      same(drain(store.fetchKeyRange(bytes('ab'), null, 0, 70_000), shown), [
        'ab@10=ab10',
        'b@0=b0',
        'b@65000=b65000',
      ])
      same(drain(store.backwardFetchKeyRange(null, bytes('a'), 0, 20), shown), ['a@10=a10', 'a@0=a0'])
    },
  },
  {
    name: 'a time-ordered store gives several keys by window start, then key bytes',
    run: (subject) => {
      const store = filled(subject, { timeOrdered: true })
      same(drain(store.all(), shown), timeOrder)
      same(drain(store.backwardFetchAll(0, 10), shown), ['ab@10=ab10', 'a@10=a10', 'b@0=b0', 'a@0=a0'])
      same(drain(store.fetchRange(bytes('a'), 0, 20), shown), ['a@0=a0', 'a@10=a10'])
      store.put(bytes('a'), null, 0)
      assert.equal(drain(store.fetchAll(0, 0), shown).length, 1)
    },
  },
  {
    name: 'a row is hidden once store time is retention ahead, to the millisecond, by any key',
    run: (subject) => {
      const store = filled(subject)
      store.put(bytes('z'), bytes('now'), 100_009)
      same(store.fetch(bytes('a'), 10), bytes('a10'))
      assert.equal(store.fetch(bytes('a'), 0), null)
      store.put(bytes('z'), bytes('now'), 100_010)
      assert.equal(store.fetch(bytes('a'), 10), null)
      same(drain(store.fetchRange(bytes('a'), 0, 20), shown), [])
    },
  },
  {
    name: 'a put into an expired segment is refused and counted, a put of a merely hidden row is not',
    run: (subject) => {
      const context = new TestContext()
      const store = filled(subject, {}, context)
      store.put(bytes('z'), bytes('now'), 155_000)
      store.put(bytes('late'), bytes('hidden'), 0)
      assert.equal(context.expired, 0)
      assert.equal(store.fetch(bytes('late'), 0), null)
      store.put(bytes('z'), bytes('now'), 160_000)
      store.put(bytes('late'), bytes('refused'), 59_999)
      assert.equal(context.expired, 1)
      store.put(bytes('late'), bytes('hidden'), 60_000)
      assert.equal(context.expired, 1)
    },
  },
  {
    name: "with refuseExpired row, a hidden row is refused and counted as by Java's in-memory store",
    run: (subject) => {
      const context = new TestContext()
      const store = filled(subject, { refuseExpired: 'row' }, context)
      store.put(bytes('z'), bytes('now'), 155_000)
      store.put(bytes('late'), bytes('refused'), 55_000)
      store.put(bytes('late'), bytes('kept'), 55_001)
      assert.equal(context.expired, 1)
      same(store.fetch(bytes('late'), 55_001), bytes('kept'))
    },
  },
  {
    name: 'duplicates are kept in order of arrival, and a put of null is only logged',
    run: (subject) => {
      const context = new TestContext()
      const store = subject.engine().window({ ...spec, retainDuplicates: true }, context)
      store.put(bytes('k'), bytes('1'), 10)
      store.put(bytes('k'), bytes('2'), 10)
      store.put(bytes('k'), null, 10)
      store.put(bytes('k'), bytes('3'), 5)
      same(drain(store.fetchRange(bytes('k'), 0, 10), shown), ['k@5=3', 'k@10=1', 'k@10=2'])
      same(
        context.records.map((record) => hex(record.key)),
        [
          '6b000000000000000a00000001',
          '6b000000000000000a00000002',
          '6b000000000000000a00000003',
          '6b000000000000000500000004',
        ],
      )
    },
  },
  {
    name: 'visit gives the rows of one key until the visitor has enough',
    run: (subject) => {
      const store = filled(subject)
      same(visited(store, bytes('a'), 0, 70_000).length, 3)
      let rows = 0
      store.visit(bytes('a'), 0, 70_000, { visitRow: () => ++rows < 2 })
      assert.equal(rows, 2)
    },
  },
  {
    name: 'a store restored from its changelog is the same, and goes on counting duplicates where the log ended',
    run: (subject) => {
      const context = new TestContext()
      const store = filled(subject, { retainDuplicates: true }, context)
      const copyContext = new TestContext()
      const copy = subject.engine().window({ ...spec, name: 'copy', retainDuplicates: true }, copyContext)
      copy.restore(context.records)
      same(drain(copy.all(), shown), drain(store.all(), shown))
      same([copyContext.records.length, copyContext.expired], [0, 0])
      copy.put(bytes('a'), bytes('next'), 70_000)
      assert.equal(hex((copyContext.records[0] as { key: Uint8Array }).key), '61000000000001117000000007')
    },
  },
  {
    name: 'random histories of a window store equal a list of all rows',
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
