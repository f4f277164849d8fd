import type { Serde } from '../core/serde.ts'
import type { ChangelogRecord, StoreIterator, VersionedByteStore, VersionedRow } from '../state/store.ts'
import { requireKey } from './key-value-store.ts'
import type { StateStore } from './key-value-store.ts'
import { MappedIterator } from './mapped-iterator.ts'

/** One version of a row. Corresponds to Java's `VersionedRecord`. */
export interface VersionedRecord<V> {
  readonly value: V
  /** Valid from (inclusive). */
  readonly timestamp: number
  /** Valid to (exclusive), null while it is the newest. */
  readonly validTo: number | null
}

/** Corresponds to Java's `VersionedKeyValueStore`: keeps what each key was at any time of its history. */
export interface VersionedKeyValueStore<K, V> extends StateStore {
  /** Returns until when the new version is valid; `versionedLatest` or `versionedNotPut` otherwise. */
  put(key: K, value: V | null, timestamp: number): number
  get(key: K): VersionedRecord<V> | null
  /** The version as of that time. */
  get(key: K, asOfTimestamp: number): VersionedRecord<V> | null
  delete(key: K, timestamp: number): VersionedRecord<V> | null
}

export class SerdeVersionedStore<K, V> implements VersionedKeyValueStore<K, V> {
  readonly #bytes: VersionedByteStore
  readonly #keys: Serde<K>
  readonly #values: Serde<V>
  readonly #topic: string

  constructor(bytes: VersionedByteStore, keys: Serde<K>, values: Serde<V>, topic: string) {
    this.#bytes = bytes
    this.#keys = keys
    this.#values = values
    this.#topic = topic
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

  put(key: K, value: V | null, timestamp: number): number {
    const bytes = value === null ? null : this.#values.serializer.serialize(this.#topic, null, value)
    return this.#bytes.put(this.#key(key), bytes, timestamp)
  }

  get(key: K, asOfTimestamp?: number): VersionedRecord<V> | null {
    const bytes = this.#key(key)
    return this.#record(
      asOfTimestamp === undefined ? this.#bytes.get(bytes) : this.#bytes.getAsOf(bytes, asOfTimestamp),
    )
  }

  /** All versions that are or were valid at some time of [timeFrom, timeTo]. */
  versions(
    key: K,
    timeFrom: number,
    timeTo: number,
    order: 'oldest first' | 'newest first',
  ): StoreIterator<VersionedRecord<V>> {
    const rows = this.#bytes.versions(this.#key(key), timeFrom, timeTo, order === 'newest first')
    return new MappedIterator(rows, (row) => this.#record(row) as VersionedRecord<V>)
  }

  delete(key: K, timestamp: number): VersionedRecord<V> | null {
    return this.#record(this.#bytes.delete(this.#key(key), timestamp))
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

  #record(row: VersionedRow | null): VersionedRecord<V> | null {
    if (row === null) return null
    const value = this.#values.deserializer.deserialize(this.#topic, null, row.value) as V
    return { value, timestamp: row.timestamp, validTo: row.validTo }
  }

  #key(key: K): Uint8Array {
    return this.#keys.serializer.serialize(this.#topic, null, requireKey(key)) as Uint8Array
  }
}
