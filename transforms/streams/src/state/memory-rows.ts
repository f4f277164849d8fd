import { byteText, byteTextAfter, textBytes } from './byte-order.ts'
import type { RowSpace, RowSpaces, RowTable, SpaceFacts } from './row-space.ts'
import type { RowCursor } from './row-cursor.ts'
import { Snapshots } from './snapshots.ts'
import { SortedRows, type Row } from './sorted-rows.ts'
import type { StateMemory } from './state-memory.ts'
import { TableSnapshot } from './table-snapshot.ts'
import type { LiveTable } from './table-snapshot.ts'
import type { TreeWalk } from './text-tree.ts'

/** Rows of in-memory stores. They are gone with the close; the changelog brings them back. */
export class MemoryRowSpaces implements RowSpaces {
  readonly persistent = false
  readonly #memory: StateMemory

  constructor(memory: StateMemory) {
    this.#memory = memory
  }

  open(_applicationId: string, taskId: string, storeName: string): RowSpace {
    return new MemoryRowSpace(this.#memory, `store ${storeName} of task ${taskId}`)
  }

  close(): void {
    // Each space releases its own memory.
  }
}

class MemoryRowSpace implements RowSpace {
  readonly persistent = false
  readonly facts: SpaceFacts = { streamTime: -1, sequence: 0 }
  readonly #memory: StateMemory
  readonly #what: string
  readonly #tables = new Map<number, MemoryRowTable>()
  #ids: readonly number[] = []

  constructor(memory: StateMemory, what: string) {
    this.#memory = memory
    this.#what = what
  }

  table(id: number): RowTable {
    let table = this.#tables.get(id)
    if (table === undefined) {
      table = new MemoryRowTable(this.#memory, this.#what)
      this.#tables.set(id, table)
      this.#ids = [...this.#tables.keys()].sort((a, b) => a - b)
    }
    return table
  }

  existing(id: number): RowTable | null {
    return this.#tables.get(id) ?? null
  }

  ids(): readonly number[] {
    return this.#ids
  }

  drop(id: number): void {
    this.#tables.get(id)?.release()
    this.#tables.delete(id)
    this.#ids = this.#ids.filter((each) => each !== id)
  }

  flush(): void {
    // Rows stay where they are.
  }

  commit(): void {
    // Nothing outlives the process, so nothing is to be made durable.
  }

  close(): void {
    for (const table of this.#tables.values()) table.release()
    this.#tables.clear()
    this.#ids = []
  }
}

class MemoryRowTable implements RowTable, LiveTable {
  readonly #memory: StateMemory
  readonly #what: string
  readonly #snapshots: Snapshots
  #rows = new SortedRows()
  #lastKey = ''

  constructor(memory: StateMemory, what: string) {
    this.#memory = memory
    this.#what = what
    this.#snapshots = new Snapshots(memory, what)
  }

  get(key: Uint8Array): Uint8Array | null {
    this.#lastKey = byteTextAfter(key, this.#lastKey)
    const row = this.#rows.find(this.#lastKey)
    return row === undefined || row.value === null ? null : textBytes(row.value)
  }

  put(key: Uint8Array, value: Uint8Array | null): void {
    const text = byteTextAfter(key, this.#lastKey)
    const row = this.#rows.find(text)
    if (this.#snapshots.isWatched && (row !== undefined || value !== null))
      this.#snapshots.keep(text, row === undefined ? null : row.value)
    const before = this.#rows.bytes
    if (value === null) {
      if (row !== undefined) this.#rows.remove(row)
      this.#memory.charge(this.#rows.bytes - before)
      return
    }
    const old = row === undefined ? null : row.value
    const added = row === undefined ? this.#rows.add(text, byteText(value)) : null
    if (row !== undefined) this.#rows.replace(row, byteText(value))
    try {
      this.#memory.require(this.#rows.bytes - before, this.#what)
    } catch (error) {
      // A put that is refused leaves the store as it was.
      if (added !== null) this.#rows.remove(added)
      else this.#rows.replace(row as Row, old)
      throw error
    }
  }

  cursor(from: Uint8Array | null, to: Uint8Array | null, reverse: boolean): RowCursor {
    const [begin, end] = reverse ? [to, from] : [from, to]
    return new SortedRowsCursor(this.#rows.walk(begin, reverse), end === null ? null : byteText(end), reverse)
  }

  liveCursor(from: Uint8Array | null, to: Uint8Array | null, reverse: boolean): RowCursor {
    return this.cursor(from, to, reverse)
  }

  snapshot(): TableSnapshot {
    return new TableSnapshot(this, this.#snapshots)
  }

  approximateSize(): number {
    return this.#rows.size
  }

  release(): void {
    this.#snapshots.end()
    this.#memory.charge(-this.#rows.bytes)
    this.#rows = new SortedRows()
  }
}

/** The present rows of a walk, up to a last text. */
export class SortedRowsCursor implements RowCursor {
  readonly #walk: TreeWalk<Row>
  readonly #end: string | null
  readonly #reverse: boolean
  text = ''
  #value = ''

  constructor(walk: TreeWalk<Row>, end: string | null, reverse: boolean) {
    this.#walk = walk
    this.#end = end
    this.#reverse = reverse
  }

  next(): boolean {
    for (;;) {
      const row = this.#walk.next()
      if (row === undefined) return false
      if (this.#end !== null && (this.#reverse ? row.text < this.#end : row.text > this.#end)) return false
      if (row.value === null || !row.live) continue
      this.text = row.text
      this.#value = row.value
      return true
    }
  }

  key(): Uint8Array {
    return textBytes(this.text)
  }

  value(): Uint8Array {
    return textBytes(this.#value)
  }
}
