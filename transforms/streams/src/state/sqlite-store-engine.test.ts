import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import type { EngineUnderTest } from '../testing/state-stores/harness.ts'
import { TestContext, bytes, drain, text, same } from '../testing/state-stores/harness.ts'
import { stateStoreConformance } from '../testing/state-stores/state-store-suite.ts'
import { MemoryStoreEngine } from './row-store-engine.ts'
import { SqliteStoreEngine } from './sqlite/sqlite-store-engine.ts'
import { StateMemory } from './state-memory.ts'

/** So small that nearly every row is moved to disk and read back from there. */
const tinyBytes = 6_000

function onDisk(limitBytes: number): EngineUnderTest {
  const stateDir = mkdtempSync(join(tmpdir(), 'spillway-state-'))
  const open = (): SqliteStoreEngine =>
    new SqliteStoreEngine({ stateDir, memory: new StateMemory(limitBytes) })
  let engine = open()
  return {
    engine: () => engine,
    reopen: () => {
      engine.close()
      engine = open()
    },
    crash: () => {
      for (const task of ['0_0', '0_1']) engine.abandon('app', task)
      engine.close()
      engine = open()
    },
    dispose: () => {
      engine.close()
      rmSync(stateDir, { recursive: true })
    },
  }
}

function withStateDir(body: (stateDir: string) => void): void {
  const stateDir = mkdtempSync(join(tmpdir(), 'spillway-state-'))
  try {
    body(stateDir)
  } finally {
    rmSync(stateDir, { recursive: true })
  }
}

stateStoreConformance({ name: 'on disk', create: () => onDisk(64 * 1024 * 1024) })
stateStoreConformance({ name: 'on disk under a tiny memory bound', create: () => onDisk(tinyBytes) })

const plain = { name: 'kv', timestamped: false }

test('memory stays near its bound however many rows the persistent stores of all tasks hold', () => {
  withStateDir((stateDir) => {
    const memory = new StateMemory(1_000_000)
    const engine = new SqliteStoreEngine({ stateDir, memory })
    const stores = ['0_0', '0_1', '0_2'].map((task) => engine.keyValue(plain, new TestContext(task)))
    let highest = 0
    for (let i = 0; i < 9_000; i++) {
      stores[i % 3]?.put(bytes(`key ${i}`), new Uint8Array(200).fill(i))
      highest = Math.max(highest, memory.usedBytes)
    }
    assert.ok(highest <= 1_100_000, `${highest} bytes in use at the highest`)
    for (let i = 0; i < 9_000; i++) same(stores[i % 3]?.get(bytes(`key ${i}`))?.[0], i & 0xff)
    assert.ok(memory.usedBytes <= 1_100_000, `${memory.usedBytes} bytes in use after the reads`)
    same(
      stores.map((store) => store.approximateNumEntries()),
      [3_000, 3_000, 3_000],
    )
    engine.close()
    assert.equal(memory.usedBytes, 0)
  })
})

test('rows moved to disk by the memory bound are no more durable than others before the commit', () => {
  withStateDir((stateDir) => {
    const engine = new SqliteStoreEngine({ stateDir, memory: new StateMemory(tinyBytes) })
    const store = engine.keyValue(plain, new TestContext())
    store.put(bytes('kept'), bytes('1'))
    engine.commit('app', '0_0', new Map())
    for (let i = 0; i < 200; i++) store.put(bytes(`key ${i}`), new Uint8Array(100))
    store.put(bytes('kept'), bytes('2'))
    engine.abandon('app', '0_0')
    const again = engine.keyValue(plain, new TestContext())
    same(
      drain(again.all(), (row) => `${text(row.key)}=${text(row.value)}`),
      ['kept=1'],
    )
    engine.close()
  })
})

test('rows written ahead of a commit are read, and are no more durable than others', () => {
  withStateDir((stateDir) => {
    const engine = new SqliteStoreEngine({ stateDir })
    const store = engine.keyValue(plain, new TestContext())
    const put = (from: number, to: number): void => {
      for (let i = from; i < to; i++) store.put(bytes(`key ${i}`), bytes(`value ${i}`))
    }
    put(0, 3_000)
    for (let turn = 0; turn < 3; turn++) engine.writeAhead('app', '0_0', 100)
    engine.commit('app', '0_0', new Map([['kv', 3_000n]]))
    put(2_000, 6_000)
    for (let turn = 0; turn < 20; turn++) engine.writeAhead('app', '0_0', 100)
    assert.equal(text(store.get(bytes('key 5999')) ?? new Uint8Array()), 'value 5999')
    assert.equal(drain(store.all(), (row) => text(row.key)).length, 6_000)
    engine.abandon('app', '0_0')
    const again = engine.keyValue(plain, new TestContext())
    assert.equal(drain(again.all(), (row) => text(row.key)).length, 3_000)
    assert.equal(engine.committedOffset('app', '0_0', 'kv'), 3_000n)
    engine.close()
  })
})

test('the close of one store makes the rows of all stores of its task durable together', () => {
  withStateDir((stateDir) => {
    const engine = new SqliteStoreEngine({ stateDir })
    const one = engine.keyValue(plain, new TestContext())
    const two = engine.keyValue({ ...plain, name: 'two' }, new TestContext())
    const elsewhere = engine.keyValue(plain, new TestContext('0_1'))
    for (const store of [one, two, elsewhere]) store.put(bytes('a'), bytes('1'))
    one.close()
    engine.abandon('app', '0_0')
    engine.abandon('app', '0_1')
    same(engine.keyValue({ ...plain, name: 'two' }, new TestContext()).get(bytes('a')), bytes('1'))
    assert.equal(engine.keyValue(plain, new TestContext('0_1')).get(bytes('a')), null)
    engine.close()
  })
})

test('rows and changelog offsets become durable together, per task', () => {
  withStateDir((stateDir) => {
    const engine = new SqliteStoreEngine({ stateDir })
    const [one, two] = [
      engine.keyValue(plain, new TestContext('0_0')),
      engine.keyValue(plain, new TestContext('0_1')),
    ]
    one.put(bytes('a'), bytes('1'))
    two.put(bytes('a'), bytes('1'))
    const offset = 9_007_199_254_740_993n
    engine.commit('app', '0_0', new Map([['kv', offset]]))
    one.put(bytes('a'), bytes('2'))
    engine.abandon('app', '0_0')
    engine.abandon('app', '0_1')
    const [again, other] = [
      engine.keyValue(plain, new TestContext('0_0')),
      engine.keyValue(plain, new TestContext('0_1')),
    ]
    same(again.get(bytes('a')), bytes('1'))
    assert.equal(engine.committedOffset('app', '0_0', 'kv'), offset)
    assert.equal(other.get(bytes('a')), null)
    assert.equal(engine.committedOffset('app', '0_1', 'kv'), undefined)
    engine.close()
  })
})

test('a commit hands the changes that wait for it to the changelog first', () => {
  withStateDir((stateDir) => {
    const engine = new SqliteStoreEngine({ stateDir, changelogTiming: 'flush' })
    const context = new TestContext()
    const store = engine.keyValue(plain, context)
    store.put(bytes('a'), bytes('1'))
    store.put(bytes('a'), bytes('2'))
    engine.prepareCommit('app', '0_0')
    same(context.records, [{ key: bytes('a'), value: bytes('2'), timestamp: 0 }])
    engine.commit('app', '0_0', new Map([['kv', 1n]]))
    assert.equal(context.records.length, 1)
    engine.close()
  })
})

test('a task open in one engine cannot be opened in another until it is closed', () => {
  withStateDir((stateDir) => {
    const first = new SqliteStoreEngine({ stateDir })
    const store = first.keyValue(plain, new TestContext())
    const second = new SqliteStoreEngine({ stateDir })
    assert.throws(() => second.keyValue(plain, new TestContext()), {
      name: 'LockException',
      message: /0_0.stores\.sqlite: database is locked\. Another process/,
    })
    store.close()
    assert.equal(second.keyValue(plain, new TestContext()).get(bytes('a')), null)
    second.close()
    first.close()
  })
})

test('rows written with another layout are refused with the way out', () => {
  withStateDir((stateDir) => {
    const engine = new SqliteStoreEngine({ stateDir })
    engine.keyValue(plain, new TestContext()).close()
    assert.throws(() => engine.keyValue({ ...plain, timestamped: true }, new TestContext()), {
      name: 'StreamsException',
      message:
        /written as "key-value" and is now "key-value timestamped"\. Delete the task's state directory/,
    })
    engine.destroy('app', '0_0')
    assert.equal(engine.keyValue({ ...plain, timestamped: true }, new TestContext()).get(bytes('a')), null)
    assert.throws(() => engine.destroy('app', '0_0'), { name: 'IllegalStateException' })
    engine.close()
  })
})

test('persistent stores make room for in-memory ones under the bound they share', () => {
  withStateDir((stateDir) => {
    const memory = new StateMemory(200_000)
    const disk = new SqliteStoreEngine({ stateDir, memory })
    const onDiskStore = disk.keyValue(plain, new TestContext())
    for (let i = 0; i < 300; i++) onDiskStore.put(bytes(`key ${i}`), new Uint8Array(100))
    const heap = new MemoryStoreEngine({ memory })
    const inMemoryStore = heap.keyValue(plain, new TestContext())
    for (let i = 0; i < 300; i++) inMemoryStore.put(bytes(`key ${i}`), new Uint8Array(100))
    assert.ok(memory.usedBytes <= 200_000)
    assert.equal(onDiskStore.approximateNumEntries(), 300)
    assert.equal(inMemoryStore.approximateNumEntries(), 300)
    heap.close()
    disk.close()
  })
})
