import { byteText, textBytes } from './byte-order.ts'
import type { DiskTable } from './sqlite/disk-rows.ts'
import { SortedRowsCursor } from './memory-rows.ts'
import type { RowTable } from './row-space.ts'
import type { RowCursor } from './row-cursor.ts'
import { Snapshots } from './snapshots.ts'
import { Row, SortedRows } from './sorted-rows.ts'
import type { StateMemory } from './state-memory.ts'
import type { ByteRow } from './store.ts'
import { TableSnapshot } from './table-snapshot.ts'
import type { LiveTable } from './table-snapshot.ts'
import type { TreeWalk } from './text-tree.ts'

const firstPageRows = 16
const nextPageRows = 256

/**
 * A table on disk behind a write-back buffer and a read cache. Writes stay in memory until the flush, so a row written many
 * times between two commits reaches the disk once; reads see them at once.
 *
 * A table that was made by this process and still fits in memory is *complete*: memory holds all its rows in order, and no
 * read touches the disk. Once the memory bound takes rows away, lookups go memory, then disk, and ranges merge the rows not
 * yet flushed with pages from disk.
 */
export class CachedRowTable implements RowTable, LiveTable {
  readonly #memory: StateMemory
  readonly #snapshots: Snapshots
  readonly #disk: () => DiskTable
  /** All rows while complete, else the rows not flushed yet. */
  #rows = new SortedRows()
  /** Rows equal to those on disk, known-absent ones too; empty while complete. */
  readonly #clean = new Map<string, Row>()
  #cleanBytes = 0
  #dirty: Row[] = []
  #complete: boolean
  /** How often rows moved from memory to disk: an open cursor then finds its place again. */
  #spills = 0

  /**
   * @param disk gives the table on disk, making it when it is asked for first
   * @param what names the table's store in errors
   */
  constructor(memory: StateMemory, complete: boolean, disk: () => DiskTable, what: string) {
    this.#memory = memory
    this.#snapshots = new Snapshots(memory, what)
    this.#complete = complete
    this.#disk = disk
  }

  /** Memory in use, an estimate in bytes. */
  get bytes(): number {
    return this.#rows.bytes + this.#cleanBytes
  }

  get(key: Uint8Array): Uint8Array | null {
    const text = byteText(key)
    const row = this.#rows.find(text)
    if (row !== undefined) return row.value === null ? null : textBytes(row.value)
    if (this.#complete) return null
    const clean = this.#clean.get(text)
    if (clean !== undefined) {
      clean.touched = true
      return clean.value === null ? null : textBytes(clean.value)
    }
    const value = this.#disk().get(key)
    const read = new Row(text, value === null ? null : byteText(value))
    this.#keepClean(read)
    this.#memory.charge(read.bytes)
    return value
  }

  put(key: Uint8Array, value: Uint8Array | null): void {
    const text = byteText(key)
    if (this.#snapshots.isWatched) this.#keepPast(key, text)
    const before = this.bytes
    let row = this.#rows.find(text)
    if (row === undefined) {
      if (!this.#complete) this.#dropClean(text)
      // An absent row of a complete table needs no tombstone: the disk has none to cover.
      if (value === null && this.#complete) return
      row = this.#rows.add(text, value === null ? null : byteText(value))
    } else {
      this.#rows.replace(row, value === null ? null : byteText(value))
    }
    if (!row.dirty) {
      row.dirty = true
      this.#dirty.push(row)
    }
    this.#memory.charge(this.bytes - before)
  }

  cursor(from: Uint8Array | null, to: Uint8Array | null, reverse: boolean): RowCursor {
    if (!this.#complete) return new MergedCursor(this, from, to, reverse)
    const [begin, end] = reverse ? [to, from] : [from, to]
    return new SortedRowsCursor(this.#rows.walk(begin, reverse), end === null ? null : byteText(end), reverse)
  }

  liveCursor(from: Uint8Array | null, to: Uint8Array | null, reverse: boolean): RowCursor {
    return new MergedCursor(this, from, to, reverse)
  }

  snapshot(): TableSnapshot {
    return new TableSnapshot(this, this.#snapshots)
  }

  /** True while memory holds all rows. */
  get isComplete(): boolean {
    return this.#complete
  }

  get spills(): number {
    return this.#spills
  }

  /** Rows not flushed yet, deletions too. For cursors. */
  unflushed(begin: Uint8Array | null, reverse: boolean): TreeWalk<Row> {
    return this.#rows.walk(begin, reverse)
  }

  page(
    from: Uint8Array | null,
    to: Uint8Array | null,
    after: boolean,
    reverse: boolean,
    limit: number,
  ): ByteRow[] {
    return this.#disk().page(from, to, after, reverse, limit)
  }

  approximateSize(): number {
    // Deletions not flushed yet are rows in memory, so they go first.
    this.spill()
    return this.#complete ? this.#rows.size : this.#disk().count()
  }

  /** Writes what is not flushed to the open transaction of the disk. */
  spill(): void {
    const before = this.bytes
    this.#spill()
    this.#memory.charge(this.bytes - before)
  }

  /** Rows that the next commit has to write. */
  get dirtyRows(): number {
    return this.#dirty.length
  }

  /** As {@link spill}, for so many rows: those that changed last, since what changes often has changed before them, too. */
  spillSome(rows: number): void {
    const before = this.bytes
    this.#spill(rows)
    this.#memory.charge(this.bytes - before)
  }

  /** Gives back about so many bytes, writing to the disk's open transaction what is not there yet. Returns what it freed. */
  shrink(bytes: number): number {
    const before = this.bytes
    this.#spill()
    if (this.#complete) {
      this.#complete = false
      this.#spills++
      for (const row of this.#rows.rows()) this.#clean.set(row.text, row)
      this.#cleanBytes = this.#rows.bytes
      this.#rows = new SortedRows()
    }
    // Second chance: a row read since the last shrink stays once more, so rows in use outlive a scan of others.
    for (let pass = 0; pass < 2 && before - this.bytes < bytes; pass++) {
      for (const row of this.#clean.values()) {
        if (before - this.bytes >= bytes) break
        if (row.touched) row.touched = false
        else this.#dropClean(row.text)
      }
    }
    const freed = before - this.bytes
    this.#memory.charge(-freed)
    return freed
  }

  /** Forgets everything in memory, flushed or not. */
  release(): void {
    this.#snapshots.end()
    this.#memory.charge(-this.bytes)
    this.#rows = new SortedRows()
    this.#clean.clear()
    this.#cleanBytes = 0
    this.#dirty = []
  }

  /** Before any row is touched: to make room for it may move rows to disk. */
  #keepPast(key: Uint8Array, text: string): void {
    const value = this.get(key)
    this.#snapshots.keep(text, value === null ? null : byteText(value))
  }

  #spill(rows = Number.POSITIVE_INFINITY): void {
    if (this.#dirty.length === 0) return
    const dirty = this.#dirty.splice(Math.max(0, this.#dirty.length - rows)).sort(byText)
    const disk = this.#disk()
    for (const row of dirty) {
      row.dirty = false
      if (row.value === null) disk.delete(textBytes(row.text))
      else disk.put(textBytes(row.text), textBytes(row.value))
      if (!this.#complete) {
        this.#rows.remove(row)
        this.#keepClean(new Row(row.text, row.value))
      } else if (row.value === null) {
        this.#rows.remove(row)
      }
    }
    this.#spills++
  }

  #keepClean(row: Row): void {
    this.#dropClean(row.text)
    this.#clean.set(row.text, row)
    this.#cleanBytes += row.bytes
  }

  #dropClean(text: string): void {
    const row = this.#clean.get(text)
    if (row === undefined) return
    this.#clean.delete(text)
    this.#cleanBytes -= row.bytes
  }
}

function byText(a: Row, b: Row): number {
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0
}

/**
 * Rows not flushed over rows of disk, while the disk is needed; memory wins where both have a key. Disk rows come by pages: no statement stays open
 * between two, so writes, drops and commits never wait for a reader.
 */
class MergedCursor implements RowCursor {
  readonly #table: CachedRowTable
  readonly #from: Uint8Array | null
  readonly #to: Uint8Array | null
  readonly #reverse: boolean
  readonly #endText: string | null
  #spills = -1
  #walk: TreeWalk<Row> | null = null
  #unflushed: Row | undefined
  #page: readonly ByteRow[] = []
  #at = 0
  #pageSize = firstPageRows
  #stored: ByteRow | undefined
  #storedText = ''
  #shown: Row | ByteRow | null = null
  text = ''

  constructor(table: CachedRowTable, from: Uint8Array | null, to: Uint8Array | null, reverse: boolean) {
    this.#table = table
    this.#from = from
    this.#to = to
    this.#reverse = reverse
    const end = reverse ? from : to
    this.#endText = end === null ? null : byteText(end)
  }

  next(): boolean {
    if (this.#spills !== this.#table.spills) this.#findPlace()
    for (;;) {
      const unflushed = this.#unflushed
      const stored = this.#stored
      const storedText = this.#storedText
      if (unflushed === undefined && stored === undefined) return false
      const order = this.#order(unflushed, stored)
      if (order >= 0) this.#advanceStored()
      if (order <= 0) this.#advanceUnflushed()
      if (order > 0) return this.#give(stored as ByteRow, storedText)
      const row = unflushed as Row
      if (row.value !== null && row.live) return this.#give(row, row.text)
    }
  }

  key(): Uint8Array {
    return textBytes(this.text)
  }

  value(): Uint8Array {
    const value = this.#shown?.value ?? ''
    return typeof value === 'string' ? textBytes(value) : value
  }

  #give(row: Row | ByteRow, text: string): true {
    this.#shown = row
    this.text = text
    return true
  }

  /** Which side comes next: negative memory, positive disk, 0 both at one key. */
  #order(unflushed: Row | undefined, stored: ByteRow | undefined): number {
    if (unflushed === undefined) return 1
    if (stored === undefined) return -1
    if (unflushed.text === this.#storedText) return 0
    return unflushed.text < this.#storedText !== this.#reverse ? -1 : 1
  }

  /** At the start, and whenever rows have moved to disk since: both sides begin behind the last row given. */
  #findPlace(): void {
    this.#spills = this.#table.spills
    const begin = this.#shown !== null ? this.key() : this.#reverse ? this.#to : this.#from
    this.#walk = this.#table.unflushed(begin, this.#reverse)
    this.#advanceUnflushed()
    if (this.#shown !== null && this.#unflushed?.text === this.text) this.#advanceUnflushed()
    this.#pageSize = firstPageRows
    if (this.#table.isComplete) {
      this.#page = []
      this.#stored = undefined
    } else {
      this.#readPage(begin, this.#shown !== null)
    }
  }

  #advanceUnflushed(): void {
    const row = this.#walk?.next()
    const end = this.#endText
    const beyond = row === undefined || (end !== null && (this.#reverse ? row.text < end : row.text > end))
    this.#unflushed = beyond ? undefined : row
  }

  #advanceStored(): void {
    this.#at++
    if (this.#at < this.#page.length) {
      this.#show()
    } else if (this.#page.length === this.#pageSize) {
      this.#pageSize = nextPageRows
      this.#readPage((this.#page[this.#page.length - 1] as ByteRow).key, true)
    } else {
      this.#stored = undefined
    }
  }

  #readPage(begin: Uint8Array | null, after: boolean): void {
    const [from, to] = this.#reverse ? [this.#from, begin] : [begin, this.#to]
    this.#page = this.#table.page(from, to, after, this.#reverse, this.#pageSize)
    this.#at = 0
    this.#show()
  }

  #show(): void {
    this.#stored = this.#page[this.#at]
    if (this.#stored !== undefined) this.#storedText = byteText(this.#stored.key)
  }
}
