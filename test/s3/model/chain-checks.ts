import assert from 'node:assert/strict'

import type { MemoryStore } from '../support/memory-store.ts'

/** What a history has to keep to. */
export interface Expectations {
  /** How many offsets there are. */
  readonly offsets: number
  /** How many records were made of an offset. */
  partsOf(offset: number): number
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
  /** Which of the records of its offset it is. */
  readonly part: number
  readonly out: string
}

/** No offset has so many records. */
const MOST_PARTS = 8

/** Tells records, and orders them. */
function idOf({ offset, part }: Pick<Line, 'offset' | 'part'>): number {
  return offset * MOST_PARTS + part
}

/** Records as people read them. */
function named(ids: readonly number[]): string[] {
  return ids.map((id) => `${Math.floor(id / MOST_PARTS)}.${id % MOST_PARTS}`)
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
  /** All records of each chain, in order. */
  readonly #expected = new Map<string, number[]>()

  constructor(store: MemoryStore, expectations: Expectations) {
    this.#store = store
    this.#expectations = expectations
    for (let offset = 0; offset < expectations.offsets; offset++) {
      const chain = expectations.chainOf(offset)
      const ids = this.#expected.get(chain) ?? []
      this.#expected.set(chain, ids)
      for (let part = 0; part < expectations.partsOf(offset); part++) ids.push(idOf({ offset, part }))
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
      for (const line of lines) {
        const { offset, out } = line
        if (out !== outOf(offset) || !key.includes(`/out=${out}/`))
          assert.fail(`${key} holds record ${offset}`)
        const chain = chainOf(offset)
        const ids = found.get(chain)
        if (ids === undefined) found.set(chain, [idOf(line)])
        else ids.push(idOf(line))
      }
      const chains = new Set(lines.map(({ offset }) => chainOf(offset)))
      assert.equal(chains.size, 1, `${key} holds records of several schemas`)
    }
    for (const [chain, expected] of this.#expected) {
      const ids = (found.get(chain) ?? []).sort((a, b) => a - b)
      if (replaces) this.#checkEachOnce(chain, ids, expected, safe)
      else {
        const prefix = expected.slice(0, ids.length)
        assert.deepEqual(named(ids), named(prefix), `the chain of ${chain} is broken`)
        const due = expected.findLastIndex((id) => id < idOf({ offset: safe, part: 0 })) + 1
        assert.ok(ids.length >= due, `${chain} lacks records below the committed offset ${safe}`)
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

  #checkEachOnce(chain: string, ids: readonly number[], expected: readonly number[], safe: number): void {
    const present = new Set(ids)
    assert.equal(present.size, ids.length, `${chain} holds records twice: ${named(ids).join(', ')}`)
    const due = idOf({ offset: safe, part: 0 })
    const missing = expected.filter((id) => id < due && !present.has(id))
    assert.deepEqual(named(missing), [], `${chain} lacks records below the committed offset ${safe}`)
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
    const read = { lines: lines.map(({ offset, part, out }) => ({ offset, part, out })), text }
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
