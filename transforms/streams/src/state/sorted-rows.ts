import { byteText } from './byte-order.ts'
import { TextTree, type TreeWalk } from './text-tree.ts'

/** What one row takes beside its bytes: the headers of two texts, the Map's slot, this object, its place in the index. Measured, rounded up. */
const rowOverheadBytes = 200

/**
 * A row held in memory, key and value as {@link byteText}: a text keeps no larger buffer alive, as a slice of a pool or of a
 * fetched batch would.
 */
export class Row {
  readonly text: string
  /** Null says that the key is known to be absent. */
  value: string | null
  /** Written since the last flush (persistent tables only). */
  dirty = false
  /** Read since the memory bound last looked for rows to give up. */
  touched = false
  /** True once the ordered index holds it. */
  indexed = false
  /** False once removed, so that rows waiting for the index are not added to it. */
  live = true

  constructor(text: string, value: string | null) {
    this.text = text
    this.value = value
  }

  get bytes(): number {
    return rowOverheadBytes + this.text.length + (this.value === null ? 0 : this.value.length)
  }
}

/**
 * Rows by key: a Map for lookups, and an ordered index that is built by the first range read and kept from then on. Stores
 * that are only read by key (counts, tumbling windows) never pay for order.
 */
export class SortedRows {
  readonly #rows = new Map<string, Row>()
  #index: TextTree<Row> | null = null
  /** Rows added since the last range read. */
  #waiting: Row[] = []
  #bytes = 0

  get size(): number {
    return this.#rows.size
  }

  /** Memory these rows take, an estimate in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** All rows, in the order they were added. */
  rows(): Iterable<Row> {
    return this.#rows.values()
  }

  find(text: string): Row | undefined {
    return this.#rows.get(text)
  }

  /** Adds a row for a key that has none. */
  add(text: string, value: string | null): Row {
    const row = new Row(text, value)
    this.#rows.set(text, row)
    this.#bytes += row.bytes
    if (this.#index !== null) {
      this.#waiting.push(row)
      // Rows that come and go between two range reads must not pile up here.
      if (this.#waiting.length > 1024 + 2 * this.#rows.size)
        this.#waiting = this.#waiting.filter((each) => each.live)
    }
    return row
  }

  replace(row: Row, value: string | null): void {
    this.#bytes += (value === null ? 0 : value.length) - (row.value === null ? 0 : row.value.length)
    row.value = value
  }

  remove(row: Row): void {
    this.#rows.delete(row.text)
    this.#bytes -= row.bytes
    row.live = false
    if (row.indexed) (this.#index as TextTree<Row>).remove(row.text)
  }

  /** All rows, known-absent ones too, beginning at `from` (inclusive; null: the first, or the last when reversed). */
  walk(from: Uint8Array | null, reverse: boolean): TreeWalk<Row> {
    return this.#ordered().walk(from === null ? null : byteText(from), reverse)
  }

  #ordered(): TextTree<Row> {
    const index = this.#index
    const waiting = this.#waiting
    if (index !== null && waiting.length === 0) return index
    if (index === null || (waiting.length > 256 && waiting.length > index.size)) {
      const rows = [...this.#rows.values()].sort(byText)
      for (const row of rows) row.indexed = true
      this.#index = TextTree.ofSorted(rows)
    } else {
      for (const row of waiting) {
        if (!row.live) continue
        index.insert(row)
        row.indexed = true
      }
    }
    this.#waiting = []
    return this.#index as TextTree<Row>
  }
}

function byText(a: Row, b: Row): number {
  return a.text < b.text ? -1 : 1
}
