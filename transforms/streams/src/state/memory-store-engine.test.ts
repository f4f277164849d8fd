import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { EngineUnderTest } from '../testing/state-stores/harness.ts'
import { TestContext, bytes, same } from '../testing/state-stores/harness.ts'
import { stateStoreConformance } from '../testing/state-stores/state-store-suite.ts'
import { MemoryStoreEngine } from './row-store-engine.ts'
import { StateMemory } from './state-memory.ts'

function inMemory(): EngineUnderTest {
  let engine = new MemoryStoreEngine()
  const open = (): void => {
    engine.close()
    engine = new MemoryStoreEngine()
  }
  return { engine: () => engine, reopen: open, crash: open, dispose: () => engine.close() }
}

stateStoreConformance({ name: 'in memory', create: inMemory })

test('in-memory stores refuse the put that crosses the memory bound, and stay as they were', () => {
  const memory = new StateMemory(20_000)
  const engine = new MemoryStoreEngine({ memory })
  const store = engine.keyValue({ name: 'kv', timestamped: false }, new TestContext())
  const fill = (): void => {
    for (let i = 0; i < 100; i++) store.put(bytes(`key ${i}`), new Uint8Array(50))
  }
  assert.throws(fill, { name: 'StreamsException', message: /bound of 20000 bytes.*use persistent stores/ })
  const rows = store.approximateNumEntries()
  assert.ok(rows > 20 && rows < 100, `${rows} rows fitted`)
  assert.throws(() => store.put(bytes('key 0'), new Uint8Array(20_000)), { name: 'StreamsException' })
  same(store.get(bytes('key 0')), new Uint8Array(50))
  assert.ok(memory.usedBytes <= 20_000)
  engine.close()
  assert.equal(memory.usedBytes, 0)
})

test('an expired segment gives its memory back', () => {
  const memory = new StateMemory()
  const engine = new MemoryStoreEngine({ memory })
  const spec = {
    name: 'w',
    timestamped: false,
    retentionMs: 1_000,
    windowSizeMs: 10,
    retainDuplicates: false,
    timeOrdered: true,
  }
  const store = engine.window(spec, new TestContext())
  for (let i = 0; i < 1_000; i++) store.put(bytes(`k${i}`), bytes('v'), i)
  const full = memory.usedBytes
  store.put(bytes('k'), bytes('v'), 10_000_000)
  assert.ok(memory.usedBytes < full / 100, `${memory.usedBytes} of ${full} bytes are left`)
  engine.close()
})

test('with changelog timing flush, the newest change of each key is logged once, at the flush', () => {
  const context = new TestContext()
  const engine = new MemoryStoreEngine({ changelogTiming: 'flush' })
  const store = engine.keyValue({ name: 'kv', timestamped: false }, context)
  context.now = 1
  store.put(bytes('a'), bytes('1'))
  store.put(bytes('b'), bytes('1'))
  context.now = 2
  store.put(bytes('a'), bytes('2'))
  store.delete(bytes('b'))
  same(context.records, [])
  store.flush()
  store.flush()
  same(context.records, [
    { key: bytes('a'), value: bytes('2'), timestamp: 2 },
    { key: bytes('b'), value: null, timestamp: 2 },
  ])
  engine.close()
})
