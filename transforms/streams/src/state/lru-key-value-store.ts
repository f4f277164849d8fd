import { InvalidStateStoreException, NullPointerException } from '../core/errors.ts'
import { byteText, compareBytes, startsWith } from './byte-order.ts'
import { ChangeLog, type ChangelogTiming } from './change-log.ts'
import { CursorIterator } from './cursor-iterator.ts'
import { timestampedValue } from './java-keys.ts'
import type {
  ByteRow,
  ChangelogRecord,
  KeyValueByteStore,
  KeyValueSpec,
  StoreContext,
  StoreIterator,
} from './store.ts'

/**
 * Keeps the most recently used `maxEntries` rows in memory; an evicted row is deleted from the changelog too. Corresponds to
 * Java's `MemoryNavigableLRUCache` behind `Stores.lruMap`.
 */
export class LruKeyValueStore implements KeyValueByteStore {
  readonly name: string
  readonly persistent = false
  readonly #maxEntries: number
  readonly #timestamped: boolean
  readonly #changes: ChangeLog
  readonly #onClose: () => void
  /** Least recently used first. */
  readonly #rows = new Map<string, ByteRow>()
  #open = true

  constructor(
    spec: KeyValueSpec & { readonly maxEntries: number },
    context: StoreContext,
    timing: ChangelogTiming,
    onClose: () => void,
  ) {
    if (!(spec.maxEntries >= 1))
      throw new RangeError(`store ${spec.name}: maxEntries must be at least 1, not ${spec.maxEntries}`)
    this.name = spec.name
    this.#maxEntries = spec.maxEntries
    this.#timestamped = spec.timestamped
    this.#changes = new ChangeLog(context, spec.timestamped, timing)
    this.#onClose = onClose
  }

  get isOpen(): boolean {
    return this.#open
  }

  get(key: Uint8Array): Uint8Array | null {
    this.#assertKey(key)
    const text = byteText(key)
    const row = this.#rows.get(text)
    if (row === undefined) return null
    this.#rows.delete(text)
    this.#rows.set(text, row)
    return row.value
  }

  put(key: Uint8Array, value: Uint8Array | null): void {
    this.#assertKey(key)
    this.#write(key, value)
    this.#changes.record(key, value)
    this.#evict((evicted) => this.#changes.record(evicted, null))
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
    return this.#iterate((key) => within(key, from, to), false)
  }

  reverseRange(from: Uint8Array | null, to: Uint8Array | null): StoreIterator<ByteRow> {
    return this.#iterate((key) => within(key, from, to), true)
  }

  prefixScan(prefix: Uint8Array): StoreIterator<ByteRow> {
    this.#assertKey(prefix)
    return this.#iterate((key) => startsWith(key, prefix), false)
  }

  all(): StoreIterator<ByteRow> {
    return this.#iterate(() => true, false)
  }

  reverseAll(): StoreIterator<ByteRow> {
    return this.#iterate(() => true, true)
  }

  approximateNumEntries(): number {
    this.#assertOpen()
    return this.#rows.size
  }

  /** Hands the changelog port what waits for the flush. */
  flushChanges(): void {
    this.#assertOpen()
    this.#changes.flush()
  }

  flush(): void {
    this.flushChanges()
  }

  close(): void {
    if (!this.#open) return
    this.#changes.flush()
    this.abandon()
  }

  /** Closes without logging what is still to be logged. */
  abandon(): void {
    if (!this.#open) return
    this.#open = false
    this.#changes.forget()
    this.#rows.clear()
    this.#onClose()
  }

  restore(records: Iterable<ChangelogRecord>): void {
    this.#assertOpen()
    for (const { key, value, timestamp } of records) {
      this.#write(key, value !== null && this.#timestamped ? timestampedValue(value, timestamp) : value)
      this.#evict(() => undefined)
    }
  }

  #write(key: Uint8Array, value: Uint8Array | null): void {
    const text = byteText(key)
    this.#rows.delete(text)
    if (value !== null) this.#rows.set(text, { key, value })
  }

  #evict(report: (key: Uint8Array) => void): void {
    while (this.#rows.size > this.#maxEntries) {
      for (const [text, row] of this.#rows) {
        this.#rows.delete(text)
        report(row.key)
        break
      }
    }
  }

  /** Few rows by definition, so an ordered copy per range read is cheap, and open iterators see no later write. */
  #iterate(accept: (key: Uint8Array) => boolean, reverse: boolean): StoreIterator<ByteRow> {
    this.#assertOpen()
    const rows = [...this.#rows.values()]
      .filter((row) => accept(row.key))
      .sort((a, b) => compareBytes(a.key, b.key))
    if (reverse) rows.reverse()
    let at = 0
    return new CursorIterator(() => {
      this.#assertOpen()
      return rows[at++]
    })
  }

  #assertOpen(): void {
    if (!this.#open) throw new InvalidStateStoreException(`Store ${this.name} is currently closed`)
  }

  #assertKey(key: Uint8Array | null | undefined): void {
    this.#assertOpen()
    if (key === null || key === undefined) throw new NullPointerException('key cannot be null')
  }
}

function within(key: Uint8Array, from: Uint8Array | null, to: Uint8Array | null): boolean {
  return (from === null || compareBytes(key, from) >= 0) && (to === null || compareBytes(key, to) <= 0)
}
