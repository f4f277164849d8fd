import { InvalidStateStoreException } from '../core/errors.ts'
import type { StateMemory } from './state-memory.ts'
import { TextTree, type TreeWalk } from './text-tree.ts'

/** What an old value takes beside its bytes: a place in a map, a tree and a list. An estimate, rounded up. */
const overheadBytes = 250
/** So much is kept whatever the memory bound is. */
const leastBytes = 1024 * 1024
/** One in so many bytes of the memory bound may be old values of one table. */
const share = 16
/** Of so many iterators it is known how far they have come; of more than that nothing is held but their number. */
const knownReaders = 64

/** A value that a row had until the change of that number; null: there was none. */
interface PastValue {
  readonly until: number
  readonly value: string | null
}

/** An open iterator. */
export interface SnapshotReader {
  /** False once it has passed the row of that key. */
  needs(text: string): boolean
}

/** A row with the values it had. */
export class PastRow {
  readonly text: string
  readonly values: PastValue[] = []

  constructor(text: string) {
    this.text = text
  }

  /** The value when the table had seen `sequence` changes; undefined when it is still that one. */
  asOf(sequence: number): string | null | undefined {
    for (const { until, value } of this.values) if (until > sequence) return value
    return undefined
  }
}

/**
 * What rows of a table were when the iterators that are open now began. While none is open nothing is kept, and a put costs one
 * comparison more. Changes are numbered; an iterator sees the first value that a later change replaced, else the row as it is.
 *
 * What is kept is bounded. At the bound, rows that every iterator has passed are forgotten, so a loop may change all rows it walks
 * through; if that is not enough, iterators left open are lost, the oldest first, and say so when they are read again.
 */
export class Snapshots {
  readonly #memory: StateMemory
  readonly #what: string
  readonly #limitBytes: number
  /** How many iterators began at each number of changes, ascending. */
  readonly #open = new Map<number, number>()
  readonly #readers = new Set<SnapshotReader>()
  /** Open iterators beyond the known ones. */
  #unknown = 0
  readonly #rows = new Map<string, PastRow>()
  #order = new TextTree<PastRow>()
  #bytes = 0
  #sequence = 0
  #newest = 0
  #firstKept = 0
  #ended = false

  /** @param what names the table's store in errors */
  constructor(memory: StateMemory, what: string) {
    this.#memory = memory
    this.#what = what
    this.#limitBytes = Math.max(leastBytes, memory.limitBytes / share)
  }

  /** True while an iterator is open: changes must then be told to {@link keep} first. */
  get isWatched(): boolean {
    return this.#open.size > 0
  }

  /** Number of the last change that was kept. */
  get sequence(): number {
    return this.#sequence
  }

  /** True once the table is gone. */
  get hasEnded(): boolean {
    return this.#ended
  }

  /** Memory in use for old values, bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Begins a snapshot; returns its number, to be given back to {@link close}. */
  open(reader: SnapshotReader): number {
    if (this.#readers.size < knownReaders) this.#readers.add(reader)
    else this.#unknown++
    const at = this.#sequence
    this.#newest = at
    this.#open.set(at, (this.#open.get(at) ?? 0) + 1)
    return at
  }

  close(at: number, reader: SnapshotReader): void {
    const count = this.#open.get(at)
    if (count === undefined) return
    if (!this.#readers.delete(reader)) this.#unknown--
    if (count > 1) {
      this.#open.set(at, count - 1)
      return
    }
    this.#open.delete(at)
    if (this.#open.size === 0) this.#forget()
  }

  /** Tells what a row is before it changes. */
  keep(text: string, value: string | null): void {
    let row = this.#rows.get(text)
    // All that are open have an older value of this row already.
    if (row !== undefined && (row.values.at(-1) as PastValue).until > this.#newest) return
    if (row === undefined) {
      row = new PastRow(text)
      this.#rows.set(text, row)
      this.#order.insert(row)
    }
    row.values.push({ until: ++this.#sequence, value })
    const bytes = overheadBytes + text.length + (value === null ? 0 : value.length)
    this.#bytes += bytes
    const limit = this.#memory.charge(bytes) ? this.#limitBytes : leastBytes
    if (this.#bytes > limit) this.#makeRoom(limit)
  }

  /** What the row was at that number of changes; undefined when it has not changed since. */
  asOf(text: string, at: number): string | null | undefined {
    return this.#rows.get(text)?.asOf(at)
  }

  /** Rows that have changed, from one text on. */
  walk(from: string | null, reverse: boolean): TreeWalk<PastRow> {
    return this.#order.walk(from, reverse)
  }

  /** @throws InvalidStateStoreException when what that snapshot needs is no longer kept */
  assertKept(at: number): void {
    if (at >= this.#firstKept || this.#ended) return
    throw new InvalidStateStoreException(
      `An iterator over ${this.#what} was left open while more of its rows were changed than can be kept for it. ` +
        'Read iterators to their end, or close them, before so many writes.',
    )
  }

  /** The table is gone: iterators over it find no more rows. */
  end(): void {
    this.#ended = true
    this.#lose(Number.POSITIVE_INFINITY)
    this.#forget()
  }

  #forget(): void {
    if (this.#rows.size === 0) return
    this.#memory.charge(-this.#bytes)
    this.#bytes = 0
    this.#rows.clear()
    this.#order = new TextTree<PastRow>()
  }

  #makeRoom(limit: number): void {
    if (this.#unknown === 0) this.#prune((text) => this.#isNeeded(text), -1)
    if (this.#bytes <= limit / 2) return
    this.#lose(this.#newest)
    this.#prune(() => true, this.#newest)
    if (this.#bytes <= limit / 2) return
    this.#lose(Number.POSITIVE_INFINITY)
    // The next iterator begins at a number of its own.
    this.#firstKept = ++this.#sequence
    this.#forget()
  }

  #isNeeded(text: string): boolean {
    for (const reader of this.#readers) if (reader.needs(text)) return true
    return false
  }

  /** Gives up the iterators that began before that number of changes. */
  #lose(before: number): void {
    for (const at of this.#open.keys()) if (at < before) this.#open.delete(at)
    this.#firstKept = Math.min(before, this.#sequence + 1)
    this.#readers.clear()
    // Of those that stay it is only known how many they are.
    this.#unknown = 0
    for (const count of this.#open.values()) this.#unknown += count
  }

  /** Keeps the rows that are needed, with their values from that number of changes on. */
  #prune(isNeeded: (text: string) => boolean, at: number): void {
    const rows = [...this.#rows.values()]
    this.#forget()
    for (const row of rows) {
      if (!isNeeded(row.text)) continue
      const values = row.values.filter(({ until }) => until > at)
      if (values.length === 0) continue
      const kept = new PastRow(row.text)
      kept.values.push(...values)
      this.#rows.set(row.text, kept)
      this.#order.insert(kept)
      for (const { value } of values)
        this.#bytes += overheadBytes + row.text.length + (value === null ? 0 : value.length)
    }
    this.#memory.charge(this.#bytes)
  }
}
