import { byteText, compareBytes } from './byte-order.ts'
import { emptyIterator } from './cursor-iterator.ts'
import { timestampedValue } from './java-keys.ts'
import type { RowTable } from './row-space.ts'
import { SpaceStore, type StoreParts } from './space-store.ts'
import type { ByteRow, ChangelogRecord, KeyValueByteStore, KeyValueSpec, StoreIterator } from './store.ts'

/** Key-value store over rows of memory or disk. Corresponds to Java's `RocksDBStore` and `InMemoryKeyValueStore`. */
export class RowKeyValueStore extends SpaceStore implements KeyValueByteStore {
  readonly #rows: RowTable
  readonly #timestamped: boolean

  constructor(spec: KeyValueSpec, parts: StoreParts) {
    super(spec, parts)
    this.#timestamped = spec.timestamped
    this.#rows = parts.space.table(0)
  }

  get(key: Uint8Array): Uint8Array | null {
    this.assertKey(key)
    return this.#rows.get(key)
  }

  put(key: Uint8Array, value: Uint8Array | null): void {
    this.assertKey(key)
    this.#rows.put(key, value)
    this.changes.record(key, value)
  }

  putIfAbsent(key: Uint8Array, value: Uint8Array | null): Uint8Array | null {
    const existing = this.get(key)
    if (existing === null) this.put(key, value)
    return existing
  }

  delete(key: Uint8Array): Uint8Array | null {
    const existing = this.get(key)
    this.put(key, null)
    return existing
  }

  range(from: Uint8Array | null, to: Uint8Array | null): StoreIterator<ByteRow> {
    return this.#iterate(from, to, false)
  }

  reverseRange(from: Uint8Array | null, to: Uint8Array | null): StoreIterator<ByteRow> {
    return this.#iterate(from, to, true)
  }

  prefixScan(prefix: Uint8Array): StoreIterator<ByteRow> {
    this.assertKey(prefix)
    const snapshot = this.#rows.snapshot()
    const cursor = snapshot.cursor(prefix, null, false)
    const beginning = byteText(prefix)
    return this.iterator(() => {
      if (!cursor.next() || !cursor.text.startsWith(beginning)) return undefined
      return { key: cursor.key(), value: cursor.value() }
    }, snapshot)
  }

  all(): StoreIterator<ByteRow> {
    return this.#iterate(null, null, false)
  }

  reverseAll(): StoreIterator<ByteRow> {
    return this.#iterate(null, null, true)
  }

  approximateNumEntries(): number {
    this.assertOpen()
    return this.#rows.approximateSize()
  }

  restore(records: Iterable<ChangelogRecord>): void {
    this.assertOpen()
    for (const { key, value, timestamp } of records) {
      this.#rows.put(key, value !== null && this.#timestamped ? timestampedValue(value, timestamp) : value)
    }
  }

  #iterate(from: Uint8Array | null, to: Uint8Array | null, reverse: boolean): StoreIterator<ByteRow> {
    this.assertOpen()
    // As Java does: a range given the wrong way round is empty, not an error.
    if (from !== null && to !== null && compareBytes(from, to) > 0) return emptyIterator()
    const snapshot = this.#rows.snapshot()
    const cursor = snapshot.cursor(from, to, reverse)
    return this.iterator(
      () => (cursor.next() ? { key: cursor.key(), value: cursor.value() } : undefined),
      snapshot,
    )
  }
}
