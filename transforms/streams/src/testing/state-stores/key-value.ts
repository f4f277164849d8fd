import assert from 'node:assert/strict'

import fc from 'fast-check'

import { timestampedValue } from '../../state/java-keys.ts'
import type { ByteRow, KeyValueByteStore } from '../../state/store.ts'
import {
  TestContext,
  awkwardKeys,
  byHex,
  bytes,
  drain,
  hex,
  propertyRuns,
  text,
  type EngineUnderTest,
  same,
} from './harness.ts'
import type { ConformanceCase } from './conformance-case.ts'

const plain = { name: 'kv', timestamped: false }

function shown(row: ByteRow): string {
  return `${text(row.key)}=${text(row.value)}`
}

function filled(subject: EngineUnderTest, context = new TestContext()): KeyValueByteStore {
  const store = subject.engine().keyValue(plain, context)
  for (const key of ['b', 'd', 'a', 'c', 'ba']) store.put(bytes(key), bytes(key.toUpperCase()))
  return store
}

/** The obvious model: an unordered list of rows, sorted for each read. */
class KeyValueModel {
  rows: { key: Uint8Array; value: Uint8Array }[] = []

  put(key: Uint8Array, value: Uint8Array | null): void {
    this.rows = this.rows.filter((row) => byHex(row.key, key) !== 0)
    if (value !== null) this.rows.push({ key, value })
  }

  get(key: Uint8Array): Uint8Array | null {
    return this.rows.find((row) => byHex(row.key, key) === 0)?.value ?? null
  }

  range(from: Uint8Array | null, to: Uint8Array | null): string[] {
    return this.rows
      .filter(
        (row) => (from === null || byHex(row.key, from) >= 0) && (to === null || byHex(row.key, to) <= 0),
      )
      .sort((a, b) => byHex(a.key, b.key))
      .map((row) => `${hex(row.key)}=${hex(row.value)}`)
  }
}

const key = fc.oneof(fc.constantFrom(...awkwardKeys), fc.uint8Array({ maxLength: 3 }))
const bound = fc.option(key, { nil: null })
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('put'),
      key,
      value: fc.option(fc.uint8Array({ maxLength: 4 }), { nil: null }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('putIfAbsent'), key, value: fc.uint8Array({ maxLength: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete'), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('get'), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('range'), from: bound, to: bound }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('prefix'), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('flush', 'commit') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash') }) },
)

type Step =
  | { do: 'put'; key: Uint8Array; value: Uint8Array | null }
  | { do: 'putIfAbsent'; key: Uint8Array; value: Uint8Array }
  | { do: 'delete' | 'get' | 'prefix'; key: Uint8Array }
  | { do: 'range'; from: Uint8Array | null; to: Uint8Array | null }
  | { do: 'flush' | 'commit' | 'reopen' | 'crash' }

function checkHistory(subject: EngineUnderTest, steps: readonly Step[]): void {
  const show = (row: ByteRow): string => `${hex(row.key)}=${hex(row.value)}`
  const context = new TestContext()
  const model = new KeyValueModel()
  let durable: KeyValueModel['rows'] = []
  let store = subject.engine().keyValue(plain, context)
  for (const each of steps) {
    if (each.do === 'put') {
      store.put(each.key, each.value)
      model.put(each.key, each.value)
    } else if (each.do === 'putIfAbsent') {
      const existing = model.get(each.key)
      same(store.putIfAbsent(each.key, each.value), existing)
      if (existing === null) model.put(each.key, each.value)
    } else if (each.do === 'delete') {
      same(store.delete(each.key), model.get(each.key))
      model.put(each.key, null)
    } else if (each.do === 'get') {
      same(store.get(each.key), model.get(each.key))
    } else if (each.do === 'prefix') {
      const expected = model.range(null, null).filter((row) => row.startsWith(hex(each.key)))
      same(drain(store.prefixScan(each.key), show), expected)
    } else if (each.do === 'range') {
      const expected = model.range(each.from, each.to)
      same(drain(store.range(each.from, each.to), show), expected)
      same(drain(store.reverseRange(each.from, each.to), show), expected.toReversed())
    } else if (each.do === 'flush') {
      store.flush()
    } else if (each.do === 'commit') {
      subject.engine().commit('app', '0_0', new Map())
      durable = [...model.rows]
    } else if (store.persistent) {
      if (each.do === 'crash') {
        subject.crash()
        model.rows = [...durable]
      } else {
        subject.reopen()
        durable = [...model.rows]
      }
      store = subject.engine().keyValue(plain, context)
    }
  }
  same(drain(store.all(), show), model.range(null, null))
  same(drain(store.reverseAll(), show), model.range(null, null).toReversed())
  assert.equal(store.approximateNumEntries(), model.rows.length)
}

export const keyValueCases: readonly ConformanceCase[] = [
  {
    name: 'a row that was put is read, a row that was not is null',
    run: (subject) => {
      const store = filled(subject)
      same(store.get(bytes('a')), bytes('A'))
      assert.equal(store.get(bytes('zz')), null)
    },
  },
  {
    name: 'putting null deletes, and a tombstone stays deleted after a flush',
    run: (subject) => {
      const store = filled(subject)
      store.flush()
      store.put(bytes('b'), null)
      assert.equal(store.get(bytes('b')), null)
      store.flush()
      same(drain(store.all(), shown), ['a=A', 'ba=BA', 'c=C', 'd=D'])
    },
  },
  {
    name: 'an empty value is a row, not an absence',
    run: (subject) => {
      const store = filled(subject)
      store.put(bytes('a'), new Uint8Array(0))
      store.flush()
      same(store.get(bytes('a')), new Uint8Array(0))
      assert.equal(store.approximateNumEntries(), 5)
    },
  },
  {
    name: 'putIfAbsent keeps and returns an existing row, and writes a missing one',
    run: (subject) => {
      const context = new TestContext()
      const store = filled(subject, context)
      const logged = context.records.length
      same(store.putIfAbsent(bytes('a'), bytes('new')), bytes('A'))
      assert.equal(context.records.length, logged)
      assert.equal(store.putIfAbsent(bytes('e'), bytes('E')), null)
      same(store.get(bytes('e')), bytes('E'))
    },
  },
  {
    name: 'delete returns the row that was there and logs even when there was none',
    run: (subject) => {
      const context = new TestContext()
      const store = filled(subject, context)
      context.records.length = 0
      context.now = 7
      same(store.delete(bytes('a')), bytes('A'))
      assert.equal(store.delete(bytes('a')), null)
      const tombstone = { key: bytes('a'), value: null, timestamp: 7 }
      same(context.records, [tombstone, tombstone])
    },
  },
  {
    name: 'ranges are inclusive at both ends, ordered as unsigned bytes, and reversible',
    run: (subject) => {
      const store = filled(subject)
      same(drain(store.range(bytes('b'), bytes('c')), shown), ['b=B', 'ba=BA', 'c=C'])
      same(drain(store.range(null, bytes('b')), shown), ['a=A', 'b=B'])
      same(drain(store.reverseRange(bytes('ba'), null), shown), ['d=D', 'c=C', 'ba=BA'])
      same(drain(store.range(bytes('c'), bytes('b')), shown), [])
      store.put(Uint8Array.of(0xee), bytes('high'))
      same(drain(store.reverseAll(), (row) => hex(row.key))[0], 'ee')
    },
  },
  {
    name: 'prefixScan gives exactly the keys that begin so',
    run: (subject) => {
      const store = filled(subject)
      same(drain(store.prefixScan(bytes('b')), shown), ['b=B', 'ba=BA'])
      same(drain(store.prefixScan(bytes('x')), shown), [])
      store.put(Uint8Array.of(0xff, 1), bytes('1'))
      assert.equal(drain(store.prefixScan(Uint8Array.of(0xff)), shown).length, 1)
    },
  },
  {
    name: 'rows an iterator has not reached and nobody touches are seen once, whatever is written and flushed meanwhile',
    run: (subject) => {
      for (const reverse of [false, true]) {
        const store = subject.engine().keyValue({ ...plain, name: `reverse ${reverse}` }, new TestContext())
        const expected: string[] = []
        for (let i = 0; i < 600; i++) {
          const name = `k${String(i).padStart(4, '0')}`
          store.put(bytes(name), bytes('v'))
          expected.push(name)
          if (i === 300) store.flush()
        }
        const seen: string[] = []
        for (const row of reverse ? store.reverseAll() : store.all()) {
          const name = text(row.key)
          if (!name.startsWith('k')) continue
          seen.push(name)
          store.put(bytes(`a${name}`), bytes('added'))
          store.put(bytes(`${name}+`), bytes('added'))
          store.delete(bytes(`${name}+`))
          if (seen.length % 50 === 0) store.flush()
        }
        same(seen, reverse ? expected.toReversed() : expected)
      }
    },
  },
  {
    name: 'an iterator left half way frees the store for writes and close',
    run: (subject) => {
      const store = filled(subject)
      const rows = store.all()
      assert.equal(rows.next().done, false)
      rows.close()
      assert.equal(rows.next().done, true)
      for (const row of store.all()) {
        assert.equal(shown(row), 'a=A')
        break
      }
      store.put(bytes('a'), null)
      store.close()
      assert.equal(store.isOpen, false)
    },
  },
  {
    name: "a timestamped store logs the plain value under the row's own timestamp, and restores both",
    run: (subject) => {
      const context = new TestContext()
      context.now = 99
      const store = subject.engine().keyValue({ name: 'ts', timestamped: true }, context)
      store.put(bytes('k'), timestampedValue(bytes('v'), 1000))
      store.put(bytes('gone'), null)
      same(
        context.records.map(({ key, value, timestamp }) => [
          text(key),
          value === null ? null : text(value),
          timestamp,
        ]),
        [
          ['k', 'v', 1000],
          ['gone', null, 99],
        ],
      )
      const copy = subject.engine().keyValue({ name: 'copy', timestamped: true }, new TestContext())
      copy.restore(context.records)
      same(copy.get(bytes('k')), timestampedValue(bytes('v'), 1000))
    },
  },
  {
    name: 'restore applies a changelog in order and does not log it again',
    run: (subject) => {
      const context = new TestContext()
      const store = filled(subject, context)
      store.put(bytes('a'), bytes('newer'))
      store.delete(bytes('b'))
      const copyContext = new TestContext()
      const copy = subject.engine().keyValue({ name: 'copy', timestamped: false }, copyContext)
      copy.restore(context.records)
      same(drain(copy.all(), shown), drain(store.all(), shown))
      same(copyContext.records, [])
    },
  },
  {
    name: 'stores of one name in two tasks do not see each other',
    run: (subject) => {
      const store = filled(subject)
      const other = subject.engine().keyValue(plain, new TestContext('0_1'))
      other.put(bytes('a'), bytes('other'))
      store.flush()
      other.flush()
      same(store.get(bytes('a')), bytes('A'))
      same(drain(other.all(), shown), ['a=other'])
    },
  },
  {
    name: 'a closed store refuses every call but close, and its name can be opened again',
    run: (subject) => {
      const store = filled(subject)
      store.close()
      store.close()
      for (const call of [
        () => store.get(bytes('a')),
        () => store.put(bytes('a'), null),
        () => store.all(),
        () => store.flush(),
        () => store.approximateNumEntries(),
        () => store.restore([]),
      ]) {
        assert.throws(call, { name: 'InvalidStateStoreException', message: 'Store kv is currently closed' })
      }
      const again = subject.engine().keyValue(plain, new TestContext())
      assert.throws(() => subject.engine().keyValue(plain, new TestContext()), {
        name: 'IllegalStateException',
      })
      assert.equal(again.get(bytes('a')) === null, !store.persistent)
    },
  },
  {
    name: 'a null key is refused as in Java',
    run: (subject) => {
      const store = filled(subject)
      assert.throws(() => store.put(null as unknown as Uint8Array, bytes('v')), {
        name: 'NullPointerException',
      })
      assert.throws(() => store.get(null as unknown as Uint8Array), { name: 'NullPointerException' })
    },
  },
  {
    name: 'an LRU store forgets the row used longest ago, in the changelog too',
    run: (subject) => {
      const context = new TestContext()
      const store = subject.engine().keyValue({ ...plain, name: 'lru', maxEntries: 2 }, context)
      store.put(bytes('a'), bytes('1'))
      store.put(bytes('b'), bytes('2'))
      same(store.get(bytes('a')), bytes('1'))
      store.put(bytes('c'), bytes('3'))
      same(drain(store.all(), shown), ['a=1', 'c=3'])
      same(context.records.at(-1), { key: bytes('b'), value: null, timestamp: 0 })
      assert.equal(store.approximateNumEntries(), 2)
    },
  },
  {
    name: 'random histories of key-value calls, flushes, reopenings and crashes equal a sorted list',
    run: (_subject, create) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
          const subject = create()
          try {
            checkHistory(subject, steps as Step[])
          } finally {
            subject.dispose()
          }
        }),
        { numRuns: propertyRuns },
      )
    },
  },
]
