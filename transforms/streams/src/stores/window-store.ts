import { KeyValue } from '../core/record.ts'
import type { Serde } from '../core/serde.ts'
import type {
  ChangelogRecord,
  StoreIterator,
  WindowByteStore,
  WindowRow,
  WindowVisitor,
} from '../state/store.ts'
import { Window, Windowed, endOfTime } from '../windows/window.ts'
import { requireKey } from './key-value-store.ts'
import type { StateStore } from './key-value-store.ts'
import { MappedIterator } from './mapped-iterator.ts'
import type { ValueCodec } from './value-codec.ts'

/** Corresponds to Java's `WindowStore`. Bounds of times are inclusive; iterate with `for of` or close. */
export interface WindowStore<K, V> extends StateStore {
  put(key: K, value: V | null, windowStart: number): void
  fetch(key: K, windowStart: number): V | null
  /** Values of one key by window start. */
  fetch(key: K, timeFrom: number, timeTo: number): StoreIterator<KeyValue<number, V>>
  fetch(
    keyFrom: K | null,
    keyTo: K | null,
    timeFrom: number,
    timeTo: number,
  ): StoreIterator<KeyValue<Windowed<K>, V>>
  backwardFetch(key: K, timeFrom: number, timeTo: number): StoreIterator<KeyValue<number, V>>
  backwardFetch(
    keyFrom: K | null,
    keyTo: K | null,
    timeFrom: number,
    timeTo: number,
  ): StoreIterator<KeyValue<Windowed<K>, V>>
  fetchAll(timeFrom: number, timeTo: number): StoreIterator<KeyValue<Windowed<K>, V>>
  backwardFetchAll(timeFrom: number, timeTo: number): StoreIterator<KeyValue<Windowed<K>, V>>
  all(): StoreIterator<KeyValue<Windowed<K>, V>>
  backwardAll(): StoreIterator<KeyValue<Windowed<K>, V>>
}

/** A window store of typed keys and values over one of bytes. Corresponds to Java's `MeteredWindowStore`. */
export class SerdeWindowStore<K, V> implements WindowStore<K, V> {
  readonly #bytes: WindowByteStore
  #lastKey: string | null = null
  #lastKeyBytes: Uint8Array = new Uint8Array(0)
  /** Bytes of the value that was put last. */
  putBytes = 0
  readonly #keys: Serde<K>
  readonly #values: ValueCodec<V>
  readonly #topic: string
  readonly #timed: (row: WindowRow) => KeyValue<number, V>
  readonly #windowed: (row: WindowRow) => KeyValue<Windowed<K>, V>

  constructor(
    bytes: WindowByteStore,
    keys: Serde<K>,
    values: ValueCodec<V>,
    topic: string,
    windowSizeMs: number,
  ) {
    this.#bytes = bytes
    this.#keys = keys
    this.#values = values
    this.#topic = topic
    this.#timed = (row) => new KeyValue(row.windowStart, values.decode(row.value))
    this.#windowed = (row) => {
      const key = keys.deserializer.deserialize(topic, null, row.key) as K
      const end = Math.min(row.windowStart + windowSizeMs, endOfTime)
      return new KeyValue(new Windowed(key, new Window(row.windowStart, end)), values.decode(row.value))
    }
  }

  get name(): string {
    return this.#bytes.name
  }

  get persistent(): boolean {
    return this.#bytes.persistent
  }

  /** How long rows stay visible, ms of the store's time. */
  get retentionMs(): number {
    return this.#bytes.retentionMs
  }

  get isOpen(): boolean {
    return this.#bytes.isOpen
  }

  put(key: K, value: V | null, windowStart: number): void {
    const bytes = value === null || value === undefined ? null : this.#values.encode(value)
    this.putBytes = bytes === null ? 0 : bytes.length
    this.#bytes.put(this.keyBytes(key), bytes, windowStart)
  }

  /** One row, without the choice among overloads: the hot path of aggregations. */
  get(key: K, windowStart: number): V | null {
    const bytes = this.#bytes.fetch(this.keyBytes(key), windowStart)
    return bytes === null ? null : this.#values.decode(bytes)
  }

  /** Visits the raw rows of one key; the visitor decodes what it needs. */
  visit(key: K, timeFrom: number, timeTo: number, visitor: WindowVisitor): void {
    this.#bytes.visit(this.keyBytes(key), timeFrom, timeTo, visitor)
  }

  decode(bytes: Uint8Array): V {
    return this.#values.decode(bytes)
  }

  fetch(key: K, windowStart: number): V | null
  fetch(key: K, timeFrom: number, timeTo: number): StoreIterator<KeyValue<number, V>>
  fetch(
    keyFrom: K | null,
    keyTo: K | null,
    timeFrom: number,
    timeTo: number,
  ): StoreIterator<KeyValue<Windowed<K>, V>>
  fetch(
    key: K | null,
    second: number | K | null,
    third?: number,
    timeTo?: number,
  ): V | null | StoreIterator<KeyValue<number, V>> | StoreIterator<KeyValue<Windowed<K>, V>> {
    if (third === undefined) return this.get(key as K, second as number)
    if (timeTo === undefined) {
      return new MappedIterator(
        this.#bytes.fetchRange(this.keyBytes(key as K), second as number, third),
        this.#timed,
      )
    }
    const rows = this.#bytes.fetchKeyRange(this.#bound(key), this.#bound(second as K | null), third, timeTo)
    return new MappedIterator(rows, this.#windowed)
  }

  backwardFetch(key: K, timeFrom: number, timeTo: number): StoreIterator<KeyValue<number, V>>
  backwardFetch(
    keyFrom: K | null,
    keyTo: K | null,
    timeFrom: number,
    timeTo: number,
  ): StoreIterator<KeyValue<Windowed<K>, V>>
  backwardFetch(
    key: K | null,
    second: number | K | null,
    third: number,
    timeTo?: number,
  ): StoreIterator<KeyValue<number, V>> | StoreIterator<KeyValue<Windowed<K>, V>> {
    if (timeTo === undefined) {
      const rows = this.#bytes.backwardFetchRange(this.keyBytes(key as K), second as number, third)
      return new MappedIterator(rows, this.#timed)
    }
    const rows = this.#bytes.backwardFetchKeyRange(
      this.#bound(key),
      this.#bound(second as K | null),
      third,
      timeTo,
    )
    return new MappedIterator(rows, this.#windowed)
  }

  fetchAll(timeFrom: number, timeTo: number): StoreIterator<KeyValue<Windowed<K>, V>> {
    return new MappedIterator(this.#bytes.fetchAll(timeFrom, timeTo), this.#windowed)
  }

  backwardFetchAll(timeFrom: number, timeTo: number): StoreIterator<KeyValue<Windowed<K>, V>> {
    return new MappedIterator(this.#bytes.backwardFetchAll(timeFrom, timeTo), this.#windowed)
  }

  all(): StoreIterator<KeyValue<Windowed<K>, V>> {
    return new MappedIterator(this.#bytes.all(), this.#windowed)
  }

  backwardAll(): StoreIterator<KeyValue<Windowed<K>, V>> {
    return new MappedIterator(this.#bytes.backwardAll(), this.#windowed)
  }

  flush(): void {
    this.#bytes.flush()
  }

  close(): void {
    this.#bytes.close()
  }

  restore(records: Iterable<ChangelogRecord>): void {
    this.#bytes.restore(records)
  }

  keyBytes(key: K): Uint8Array {
    // An update reads and then writes the same key.
    if (typeof key === 'string' && key === this.#lastKey) return this.#lastKeyBytes
    const bytes = this.#keys.serializer.serialize(this.#topic, null, requireKey(key)) as Uint8Array
    if (typeof key === 'string') {
      this.#lastKey = key
      this.#lastKeyBytes = bytes
    }
    return bytes
  }

  #bound(key: K | null): Uint8Array | null {
    return key === null ? null : this.keyBytes(key)
  }
}
