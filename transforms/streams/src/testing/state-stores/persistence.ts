import assert from 'node:assert/strict'

import { TestContext, bytes, drain, text, same } from './harness.ts'
import type { ConformanceCase } from './conformance-case.ts'

const windowSpec = {
  name: 'w',
  timestamped: false,
  retentionMs: 1_000,
  windowSizeMs: 10,
  retainDuplicates: true,
  timeOrdered: false,
} as const

/** What differs by engine: rows outlive a close and a crash where the engine says it is persistent, and nowhere else. */
export const persistenceCases: readonly ConformanceCase[] = [
  {
    name: 'rows survive a close exactly where the engine is persistent',
    run: (subject) => {
      const store = subject.engine().keyValue({ name: 'kv', timestamped: false }, new TestContext())
      assert.equal(store.persistent, subject.engine().persistent)
      store.put(bytes('a'), bytes('1'))
      subject.reopen()
      assert.equal(store.isOpen, false)
      const again = subject.engine().keyValue({ name: 'kv', timestamped: false }, new TestContext())
      same(
        drain(again.all(), (row) => text(row.key)),
        again.persistent ? ['a'] : [],
      )
    },
  },
  {
    name: 'after a crash a store is as it was at its last commit, no newer and no older, whatever was flushed',
    run: (subject) => {
      const store = subject.engine().keyValue({ name: 'kv', timestamped: false }, new TestContext())
      store.put(bytes('a'), bytes('1'))
      store.put(bytes('b'), bytes('1'))
      subject.engine().commit('app', '0_0', new Map())
      store.put(bytes('a'), bytes('2'))
      store.delete(bytes('b'))
      store.flush()
      store.put(bytes('c'), bytes('2'))
      subject.crash()
      const again = subject.engine().keyValue({ name: 'kv', timestamped: false }, new TestContext())
      same(
        drain(again.all(), (row) => `${text(row.key)}=${text(row.value)}`),
        again.persistent ? ['a=1', 'b=1'] : [],
      )
    },
  },
  {
    name: 'store time and the sequence of duplicates go on after a reopening',
    run: (subject) => {
      const first = subject.engine().window(windowSpec, new TestContext())
      first.put(bytes('k'), bytes('old'), 0)
      first.put(bytes('k'), bytes('one'), 5_000)
      subject.reopen()
      const context = new TestContext()
      const again = subject.engine().window(windowSpec, context)
      again.put(bytes('k'), bytes('two'), 5_000)
      const rows = drain(again.all(), (row) => text(row.value))
      same(rows, again.persistent ? ['one', 'two'] : ['two'])
    },
  },
  {
    name: 'closing an engine twice, and closing stores before it, is harmless',
    run: (subject) => {
      const engine = subject.engine()
      const store = engine.keyValue({ name: 'kv', timestamped: false }, new TestContext())
      store.close()
      engine.close()
      engine.close()
      assert.throws(() => engine.keyValue({ name: 'kv', timestamped: false }, new TestContext()), {
        name: 'InvalidStateStoreException',
      })
    },
  },
]
