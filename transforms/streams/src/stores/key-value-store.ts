import { NullPointerException } from '../core/errors.ts'
import { KeyValue } from '../core/record.ts'
import type { Serde, Serializer } from '../core/serde.ts'
import type { ByteRow, ChangelogRecord, KeyValueByteStore, StoreIterator } from '../state/store.ts'
import { MappedIterator } from './mapped-iterator.ts'
import type { ValueCodec } from './value-codec.ts'

/** What user code sees of any store. Corresponds to Java's `StateStore`. */
export interface StateStore {
  readonly name: string
  readonly persistent: boolean
  readonly isOpen: boolean
  /** Called at each commit. */
  flush(): void
  close(): void
  restore(records: Iterable<ChangelogRecord>): void
}

/** A store whose rows can only be read, as processors see global stores. */
export interface ReadOnlyKeyValueStore<K, V> extends StateStore {
  get(key: K): V | null
  /** from <= key <= to in order of the serialized keys; null leaves an end open. */
  range(from: K | null, to: K | null): StoreIterator<KeyValue<K, V>>
  reverseRange(from: K | null, to: K | null): StoreIterator<KeyValue<K, V>>
  prefixScan<P>(prefix: P, serializer: Serializer<P>): StoreIterator<KeyValue<K, V>>
  all(): StoreIterator<KeyValue<K, V>>
  reverseAll(): StoreIterator<KeyValue<K, V>>
  approximateNumEntries(): number
}

/** Corresponds to Java's `KeyValueStore`. A null value deletes. */
export interface KeyValueStore<K, V> extends ReadOnlyKeyValueStore<K, V> {
  put(key: K, value: V | null): void
  /** Returns the value that was there, null when this one was written. */
  putIfAbsent(key: K, value: V): V | null
  putAll(entries: Iterable<KeyValue<K, V | null>>): void
  /** Returns the value that was there. */
  delete(key: K): V | null
}

/** Java refuses null keys in all stores. */
export function requireKey<K>(key: K): K {
  if (key === null || key === undefined) throw new NullPointerException('key cannot be null')
  return key
}

/** A key-value store of typed keys and values over one of bytes. Corresponds to Java's `MeteredKeyValueStore`. */
export class SerdeKeyValueStore<K, V> implements KeyValueStore<K, V> {
  readonly #bytes: KeyValueByteStore
  #lastKey: string | null = null
  #lastKeyBytes: Uint8Array = new Uint8Array(0)
  /** Writes rows that wait somewhere for that: before anybody else reads or writes. */
  #settle: (() => void) | null = null
  readonly #keys: Serde<K>
  readonly #values: ValueCodec<V>
  readonly #topic: string
  readonly #row: (row: ByteRow) => KeyValue<K, V>

  constructor(bytes: KeyValueByteStore, keys: Serde<K>, values: ValueCodec<V>, topic: string) {
    this.#bytes = bytes
    this.#keys = keys
    this.#values = values
    this.#topic = topic
    this.#row = (row) =>
      new KeyValue(
        this.#keys.deserializer.deserialize(topic, null, row.key) as K,
        this.#values.decode(row.value),
      )
  }

  get name(): string {
    return this.#bytes.name
  }

  get persistent(): boolean {
    return this.#bytes.persistent
  }

  get isOpen(): boolean {
    return this.#bytes.isOpen
  }

  has(key: K): boolean {
    return this.#bytes.get(this.keyBytes(key)) !== null
  }

  get(key: K): V | null {
    this.#settle?.()
    const bytes = this.lookUp(key)
    return bytes === null ? null : this.decode(bytes)
  }

  put(key: K, value: V | null): void {
    this.#settle?.()
    this.write(key, this.encode(value))
  }

  /** Rows wait elsewhere to be written, by `write`: `settle` is called before anybody else reads or writes. */
  writeBehind(settle: () => void): void {
    this.#settle = settle
  }

  /** The row as it is written. For whoever writes behind. */
  lookUp(key: K): Uint8Array | null {
    return this.#bytes.get(this.keyBytes(key))
  }

  write(key: K, row: Uint8Array | null): void {
    this.#bytes.put(this.keyBytes(key), row)
  }

  encode(value: V | null): Uint8Array | null {
    return value === null || value === undefined ? null : this.#values.encode(value)
  }

  decode(row: Uint8Array): V {
    return this.#values.decode(row)
  }

  putIfAbsent(key: K, value: V): V | null {
    this.#settle?.()
    const old = this.#bytes.putIfAbsent(this.keyBytes(key), this.#values.encode(value))
    return old === null ? null : this.#values.decode(old)
  }

  putAll(entries: Iterable<KeyValue<K, V | null>>): void {
    for (const { key, value } of entries) this.put(key, value)
  }

  delete(key: K): V | null {
    this.#settle?.()
    const old = this.#bytes.delete(this.keyBytes(key))
    return old === null ? null : this.#values.decode(old)
  }

  range(from: K | null, to: K | null): StoreIterator<KeyValue<K, V>> {
    this.#settle?.()
    return new MappedIterator(this.#bytes.range(this.#bound(from), this.#bound(to)), this.#row)
  }

  reverseRange(from: K | null, to: K | null): StoreIterator<KeyValue<K, V>> {
    this.#settle?.()
    return new MappedIterator(this.#bytes.reverseRange(this.#bound(from), this.#bound(to)), this.#row)
  }

  prefixScan<P>(prefix: P, serializer: Serializer<P>): StoreIterator<KeyValue<K, V>> {
    this.#settle?.()
    const bytes = serializer.serialize(this.#topic, null, prefix)
    return new MappedIterator(this.#bytes.prefixScan(bytes ?? new Uint8Array(0)), this.#row)
  }

  all(): StoreIterator<KeyValue<K, V>> {
    this.#settle?.()
    return new MappedIterator(this.#bytes.all(), this.#row)
  }

  reverseAll(): StoreIterator<KeyValue<K, V>> {
    this.#settle?.()
    return new MappedIterator(this.#bytes.reverseAll(), this.#row)
  }

  approximateNumEntries(): number {
    this.#settle?.()
    return this.#bytes.approximateNumEntries()
  }

  flush(): void {
    this.#settle?.()
    this.#bytes.flush()
  }

  close(): void {
    this.#bytes.close()
  }

  restore(records: Iterable<ChangelogRecord>): void {
    this.#bytes.restore(records)
  }

  #bound(key: K | null): Uint8Array | null {
    return key === null ? null : this.keyBytes(key)
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
}
