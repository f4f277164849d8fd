import { byteText, textBytes } from './byte-order.ts'
import type { RowCursor } from './row-cursor.ts'
import type { PastRow, SnapshotReader, Snapshots } from './snapshots.ts'
import type { TreeWalk } from './text-tree.ts'

/** What a snapshot reads of its table as it is now. */
export interface LiveTable {
  get(key: Uint8Array): Uint8Array | null
  /** Finds its place again when rows come, go, or move to disk. */
  liveCursor(from: Uint8Array | null, to: Uint8Array | null, reverse: boolean): RowCursor
}

/** A table as it was when the snapshot began: later writes are not seen. To be closed. */
export class TableSnapshot implements SnapshotReader {
  readonly #table: LiveTable
  readonly #snapshots: Snapshots
  readonly #at: number
  #cursor: SnapshotCursor | null = null

  constructor(table: LiveTable, snapshots: Snapshots) {
    this.#table = table
    this.#snapshots = snapshots
    this.#at = snapshots.open(this)
  }

  get(key: Uint8Array): Uint8Array | null {
    if (this.#snapshots.hasEnded) return null
    this.#snapshots.assertKept(this.#at)
    const past = this.#snapshots.asOf(byteText(key), this.#at)
    if (past === undefined) return this.#table.get(key)
    return past === null ? null : textBytes(past)
  }

  /** Rows with from <= key <= to (null: open end), by ascending or descending key. A snapshot has one cursor, or is read by key. */
  cursor(from: Uint8Array | null, to: Uint8Array | null, reverse: boolean): RowCursor {
    const [begin, end] = (reverse ? [to, from] : [from, to]).map((bound) =>
      bound === null ? null : byteText(bound),
    ) as [string | null, string | null]
    const live = this.#table.liveCursor(from, to, reverse)
    this.#cursor = new SnapshotCursor(this.#snapshots, this.#at, live, begin, end, reverse)
    return this.#cursor
  }

  needs(text: string): boolean {
    return this.#cursor === null || this.#cursor.isAhead(text)
  }

  close(): void {
    this.#snapshots.close(this.#at, this)
  }
}

/** A cursor over the live table, corrected by what has changed since the snapshot. */
class SnapshotCursor implements RowCursor {
  readonly #snapshots: Snapshots
  readonly #at: number
  readonly #live: RowCursor
  readonly #end: string | null
  readonly #reverse: boolean
  /** The last row given; before the first, where the range begins. */
  #position: string | null
  #hasBegun = false
  /** The live cursor stands on a row that was not given yet. */
  #holds = false
  #isLiveOver = false
  #walk: TreeWalk<PastRow> | null = null
  #walkAt = -1
  #past: PastRow | undefined
  #pastValue: string | null = null
  /** The value to show; undefined: the live row's. */
  #shown: string | undefined
  text = ''

  /** @param live over the same range */
  constructor(
    snapshots: Snapshots,
    at: number,
    live: RowCursor,
    begin: string | null,
    end: string | null,
    reverse: boolean,
  ) {
    this.#snapshots = snapshots
    this.#at = at
    this.#live = live
    this.#position = begin
    this.#end = end
    this.#reverse = reverse
  }

  next(): boolean {
    const snapshots = this.#snapshots
    if (snapshots.hasEnded) return false
    snapshots.assertKept(this.#at)
    for (;;) {
      if (!this.#holds && !this.#isLiveOver) {
        this.#holds = this.#live.next()
        this.#isLiveOver = !this.#holds
      }
      // Nothing has changed since: the live row is the row.
      if (snapshots.sequence !== this.#at && snapshots.sequence !== this.#walkAt) this.#findPast()
      const past = this.#past
      if (past === undefined || (this.#holds && this.#isBefore(this.#live.text, past.text))) {
        if (!this.#holds) return false
        this.#holds = false
        this.#give(this.#live.text, undefined)
        return true
      }
      if (this.#holds && this.#live.text === past.text) this.#holds = false
      const value = this.#pastValue
      this.#give(past.text, value ?? '')
      this.#advancePast()
      if (value !== null) return true
    }
  }

  /** True while the row of that key is still to come. */
  isAhead(text: string): boolean {
    const position = this.#position
    if (position === null || !this.#hasBegun) return true
    return this.#isBefore(position, text)
  }

  key(): Uint8Array {
    return this.#shown === undefined ? this.#live.key() : textBytes(this.text)
  }

  value(): Uint8Array {
    return this.#shown === undefined ? this.#live.value() : textBytes(this.#shown)
  }

  #give(text: string, value: string | undefined): void {
    this.text = text
    this.#position = text
    this.#hasBegun = true
    this.#shown = value
  }

  #isBefore(a: string, b: string): boolean {
    return this.#reverse ? a > b : a < b
  }

  /** The first row behind the position that has changed since the snapshot; looked for again whenever more has changed. */
  #findPast(): void {
    this.#walkAt = this.#snapshots.sequence
    this.#walk = this.#snapshots.walk(this.#position, this.#reverse)
    this.#advancePast()
  }

  #advancePast(): void {
    this.#past = undefined
    const walk = this.#walk
    if (walk === null) return
    for (let row = walk.next(); row !== undefined; row = walk.next()) {
      if (this.#end !== null && this.#isBefore(this.#end, row.text)) return
      if (this.#hasBegun && row.text === this.#position) continue
      const value = row.asOf(this.#at)
      if (value === undefined) continue
      this.#past = row
      this.#pastValue = value
      return
    }
  }
}
