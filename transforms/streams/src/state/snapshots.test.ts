import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { TestContext, bytes } from '../testing/state-stores/harness.ts'
import { MemoryStoreEngine } from './row-store-engine.ts'
import { SqliteStoreEngine } from './sqlite/sqlite-store-engine.ts'
import { StateMemory } from './state-memory.ts'
import type { KeyValueByteStore, StoreIterator } from './store.ts'

/** The least of what may be kept of one table for its open iterators. */
const keptBytes = 1024 * 1024
const plain = { name: 'kv', timestamped: false }

/** The same with rows in memory, and with rows that are on disk, also under a bound that holds nearly none of them. */
function eachStore(name: string, run: (store: KeyValueByteStore, memory: StateMemory) => void): void {
  test(`in memory: ${name}`, () => {
    const memory = new StateMemory(16 * keptBytes)
    const engine = new MemoryStoreEngine({ memory })
    run(engine.keyValue(plain, new TestContext()), memory)
    engine.close()
    assert.equal(memory.usedBytes, 0)
  })
  for (const limitBytes of [16 * keptBytes, 100_000]) {
    test(`on disk, bound of ${limitBytes} bytes: ${name}`, () => {
      const stateDir = mkdtempSync(join(tmpdir(), 'spillway-state-'))
      try {
        const memory = new StateMemory(limitBytes)
        const engine = new SqliteStoreEngine({ stateDir, memory })
        run(engine.keyValue(plain, new TestContext()), memory)
        engine.close()
        assert.equal(memory.usedBytes, 0)
      } finally {
        rmSync(stateDir, { recursive: true })
      }
    })
  }
}

describe('what is kept for open iterators is bounded', () => {
  for (const [what, change] of [
    ['delete', null],
    ['replace', new Uint8Array(300).fill(1)],
  ] as const) {
    for (const reverse of [false, true]) {
      eachStore(`a loop may ${what} every row it walks through${reverse ? ' backwards' : ''}`, (store) => {
        for (let i = 0; i < 4_000; i++) store.put(bytes(`k${i}`), new Uint8Array(300))
        let seen = 0
        for (const row of reverse ? store.reverseAll() : store.all()) {
          seen++
          assert.equal(row.value[0], 0)
          store.put(row.key, change)
        }
        assert.equal(seen, 4_000)
        assert.equal([...store.all()].length, change === null ? 0 : 4_000)
      })
    }
  }

  eachStore('iterators left open are lost and say so, later ones are not', (store, memory) => {
    for (let i = 0; i < 2_000; i++) store.put(bytes(`k${i}`), new Uint8Array(100))
    const before = memory.usedBytes
    const leaked: StoreIterator<unknown>[] = []
    for (let round = 0; round < 40; round++) {
      leaked.push(store.all(), store.prefixScan(bytes('k1')), store.reverseRange(null, bytes('k5')))
      for (let i = round % 3; i < 2_000; i += 3) store.put(bytes(`k${i}`), Uint8Array.of(round))
      const most =
        Math.max(before, memory.limitBytes === 16 * keptBytes ? 0 : memory.limitBytes) + 1.1 * keptBytes
      assert.ok(memory.usedBytes <= most, `${memory.usedBytes} bytes in use in round ${round}`)
    }
    for (const rows of leaked.slice(0, 3)) {
      assert.throws(() => rows.next(), {
        name: 'InvalidStateStoreException',
        message: /^An iterator over store kv\b.* was left open/,
      })
      assert.equal(rows.next().done, true)
    }
    const rows = store.all()
    store.put(bytes('k0'), Uint8Array.of(99))
    assert.equal(rows.next().value?.value[0], 39)
    assert.equal([...rows].length, 1_999)
    for (const each of leaked) each.close()
    assert.equal([...store.all()].length, 2_000)
  })

  eachStore(
    'thousands of iterators left open without a write cost nothing to later writes',
    (store, memory) => {
      for (let i = 0; i < 100; i++) store.put(bytes(`k${i}`), Uint8Array.of(1))
      const before = memory.usedBytes
      const leaked = Array.from({ length: 5_000 }, () => store.all())
      assert.equal(memory.usedBytes, before)
      for (let i = 0; i < 100; i++) store.put(bytes(`k${i}`), Uint8Array.of(2))
      for (const rows of [leaked.at(0), leaked.at(-1)])
        assert.deepEqual(new Set([...(rows ?? [])].map((row) => row.value[0])), new Set([1]))
      for (const rows of leaked) rows.close()
      assert.ok(memory.usedBytes <= before + 1, `${memory.usedBytes} bytes in use, ${before} before`)
    },
  )
})
