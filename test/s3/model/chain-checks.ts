import assert from 'node:assert/strict'

import type { MemoryStore } from '../support/memory-store.ts'

/** What a history has to keep to. */
export interface Expectations {
  /** How many records there are. */
  readonly records: number
  /** Which chain a record belongs to. */
  chainOf(offset: number): string
  /** The output partition that a record's object lies under. */
  outOf(offset: number): string
  /** Objects may be replaced by their twins, and need not be chains at every moment. */
  readonly replaces: boolean
  readonly hasKeys: boolean
}

interface Line {
  readonly offset: number
  readonly out: string
}

/** An object as it was read; what was read once is not read again. */
interface ReadObject {
  readonly lines: readonly Line[]
  readonly text: string
}

/**
 * What must hold after each step: the objects of each chain are a prefix of its records, each record once, nothing was
 * replaced, and nothing that is committed is missing.
 */
export class ChainChecks {
  readonly #store: MemoryStore
  readonly #expectations: Expectations
  readonly #read = new WeakMap<object, ReadObject>()
  readonly #offsetsOf = new Map<string, number[]>()

  constructor(store: MemoryStore, expectations: Expectations) {
    this.#store = store
    this.#expectations = expectations
    for (let offset = 0; offset < expectations.records; offset++) {
      const chain = expectations.chainOf(offset)
      this.#offsetsOf.set(chain, [...(this.#offsetsOf.get(chain) ?? []), offset])
    }
  }

  /** @param safe the highest offset that the group has ever committed. @throws {AssertionError} */
  check(safe: number): void {
    const { replaces, hasKeys, chainOf, outOf } = this.#expectations
    if (!replaces) {
      const replaced = this.#store.replaced.filter((key) => isMain(key) && !isBookkeeping(key))
      assert.deepEqual(replaced, [], 'replaced')
    }
    const found = new Map<string, number[]>()
    for (const [key, object] of this.#store.objects) {
      if (isBookkeeping(key) || !isMain(key)) continue
      const { lines, text } = this.#contents(key, object)
      if (hasKeys) this.#checkKeys(key, text)
      for (const { offset, out } of lines) {
        if (out !== outOf(offset) || !key.includes(`/out=${out}/`))
          assert.fail(`${key} holds record ${offset}`)
        const chain = chainOf(offset)
        const offsets = found.get(chain)
        if (offsets === undefined) found.set(chain, [offset])
        else offsets.push(offset)
      }
      const chains = new Set(lines.map(({ offset }) => chainOf(offset)))
      assert.equal(chains.size, 1, `${key} holds records of several schemas`)
    }
    for (const [chain, expected] of this.#offsetsOf) {
      const offsets = (found.get(chain) ?? []).sort((a, b) => a - b)
      if (replaces) this.#checkEachOnce(chain, offsets, expected, safe)
      else {
        assert.deepEqual(offsets, expected.slice(0, offsets.length), `the chain of ${chain} is broken`)
        const due = expected.findLastIndex((offset) => offset < safe) + 1
        assert.ok(offsets.length >= due, `${chain} lacks records below the committed offset ${safe}`)
      }
    }
  }

  /** What comes after the last record that is in an object. */
  end(): number {
    let end = 0
    for (const [key, object] of this.#store.objects) {
      if (isBookkeeping(key) || !isMain(key)) continue
      end = Math.max(end, (this.#contents(key, object).lines.at(-1)?.offset ?? -1) + 1)
    }
    return end
  }

  #checkEachOnce(chain: string, offsets: readonly number[], expected: readonly number[], safe: number): void {
    const present = new Set(offsets)
    assert.equal(present.size, offsets.length, `${chain} holds records twice: ${offsets.join(', ')}`)
    const missing = expected.filter((offset) => offset < safe && !present.has(offset))
    assert.deepEqual(missing, [], `${chain} lacks records below the committed offset ${safe}`)
  }

  #contents(key: string, object: { readonly body: Buffer }): ReadObject {
    const before = this.#read.get(object)
    if (before !== undefined) return before
    const text = object.body.toString()
    const lines = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line)
    const first = String(lines[0]?.offset).padStart(10, '0')
    assert.ok(key.endsWith(`+${first}.json`), `${key} is named wrongly`)
    const read = { lines: lines.map(({ offset, out }) => ({ offset, out })), text }
    this.#read.set(object, read)
    return read
  }

  /** The keys beside an object are those of its records. */
  #checkKeys(key: string, values: string): void {
    const companion = this.#store.objects.get(key.replace(/\.json$/, '.keys.json'))
    assert.ok(companion, `${key} has no keys beside it`)
    assert.equal(
      companion.body.toString(),
      values.replaceAll(/^\{"offset":(\d+).*$/gm, '"key-$1"'),
      `the keys beside ${key} are not those of its records`,
    )
  }
}

/** Whether an object is no companion of another. */
function isMain(key: string): boolean {
  return !key.endsWith('.keys.json')
}

function isBookkeeping(key: string): boolean {
  return key.includes('_spillway/')
}
