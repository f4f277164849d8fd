import { KeyValue } from '../core/record.ts'
import type { Serde } from '../core/serde.ts'
import { latestTime } from '../state/segments.ts'
import type { ChangelogRecord, SessionByteStore, SessionRow, StoreIterator } from '../state/store.ts'
import { Window, Windowed } from '../windows/window.ts'
import { requireKey } from './key-value-store.ts'
import type { StateStore } from './key-value-store.ts'
import { MappedIterator } from './mapped-iterator.ts'
import type { ValueCodec } from './value-codec.ts'

/** Corresponds to Java's `SessionStore`. Session ends are inclusive. */
export interface SessionStore<K, V> extends StateStore {
  put(session: Windowed<K>, value: V | null): void
  remove(session: Windowed<K>): void
  fetchSession(key: K, start: number, end: number): V | null
  /** Sessions of that key with end >= earliestEnd and start <= latestStart. */
  findSessions(key: K, earliestEnd: number, latestStart: number): StoreIterator<KeyValue<Windowed<K>, V>>
  /** The same for all keys from one to another (inclusive; null leaves an end open). */
  findSessions(
    keyFrom: K | null,
    keyTo: K | null,
    earliestEnd: number,
    latestStart: number,
  ): StoreIterator<KeyValue<Windowed<K>, V>>
  /** Sessions of any key with earliestEnd <= end <= latestEnd. */
  findSessions(earliestEnd: number, latestEnd: number): StoreIterator<KeyValue<Windowed<K>, V>>
  backwardFindSessions(
    key: K,
    earliestEnd: number,
    latestStart: number,
  ): StoreIterator<KeyValue<Windowed<K>, V>>
  backwardFindSessions(
    keyFrom: K | null,
    keyTo: K | null,
    earliestEnd: number,
    latestStart: number,
  ): StoreIterator<KeyValue<Windowed<K>, V>>
  fetch(key: K): StoreIterator<KeyValue<Windowed<K>, V>>
  /** Sessions of all keys from one to another (inclusive; null leaves an end open). */
  fetch(keyFrom: K | null, keyTo: K | null): StoreIterator<KeyValue<Windowed<K>, V>>
  backwardFetch(key: K): StoreIterator<KeyValue<Windowed<K>, V>>
  backwardFetch(keyFrom: K | null, keyTo: K | null): StoreIterator<KeyValue<Windowed<K>, V>>
  all(): StoreIterator<KeyValue<Windowed<K>, V>>
}

/** A session store of typed keys and values over one of bytes. Corresponds to Java's `MeteredSessionStore`. */
export class SerdeSessionStore<K, V> implements SessionStore<K, V> {
  readonly #bytes: SessionByteStore
  readonly #keys: Serde<K>
  readonly #values: ValueCodec<V>
  readonly #topic: string
  readonly #row: (row: SessionRow) => KeyValue<Windowed<K>, V>
  /** Bytes of the value that was put last. */
  putBytes = 0

  constructor(bytes: SessionByteStore, keys: Serde<K>, values: ValueCodec<V>, topic: string) {
    this.#bytes = bytes
    this.#keys = keys
    this.#values = values
    this.#topic = topic
    this.#row = (row) => {
      const key = keys.deserializer.deserialize(topic, null, row.key) as K
      return new KeyValue(new Windowed(key, new Window(row.start, row.end)), values.decode(row.value))
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

  put(session: Windowed<K>, value: V | null): void {
    const bytes = value === null || value === undefined ? null : this.#values.encode(value)
    this.putBytes = bytes === null ? 0 : bytes.length
    this.#bytes.put(this.keyBytes(session.key), session.window.start, session.window.end, bytes)
  }

  remove(session: Windowed<K>): void {
    this.putBytes = 0
    this.#bytes.remove(this.keyBytes(session.key), session.window.start, session.window.end)
  }

  fetchSession(key: K, start: number, end: number): V | null {
    const bytes = this.#bytes.fetchSession(this.keyBytes(key), start, end)
    return bytes === null ? null : this.#values.decode(bytes)
  }

  findSessions(
    first: K | number | null,
    second: K | number | null,
    third?: number,
    latestStart?: number,
  ): StoreIterator<KeyValue<Windowed<K>, V>> {
    const bytes = this.#bytes
    if (third === undefined) return this.#rows(bytes.findSessionsByEnd(first as number, second as number))
    if (latestStart === undefined)
      return this.#rows(bytes.findSessions(this.keyBytes(first as K), second as number, third))
    const [from, to] = [this.#bound(first as K | null), this.#bound(second as K | null)]
    return this.#rows(bytes.findSessionsInKeyRange(from, to, third, latestStart))
  }

  backwardFindSessions(
    first: K | null,
    second: K | number | null,
    third: number,
    latestStart?: number,
  ): StoreIterator<KeyValue<Windowed<K>, V>> {
    const bytes = this.#bytes
    if (latestStart === undefined)
      return this.#rows(bytes.backwardFindSessions(this.keyBytes(first as K), second as number, third))
    const [from, to] = [this.#bound(first), this.#bound(second as K | null)]
    return this.#rows(bytes.backwardFindSessionsInKeyRange(from, to, third, latestStart))
  }

  fetch(keyFrom: K | null, keyTo?: K | null): StoreIterator<KeyValue<Windowed<K>, V>> {
    if (keyTo === undefined) return this.#rows(this.#bytes.fetch(this.keyBytes(keyFrom as K)))
    const [from, to] = [this.#bound(keyFrom), this.#bound(keyTo)]
    return this.#rows(this.#bytes.findSessionsInKeyRange(from, to, 0, latestTime))
  }

  backwardFetch(keyFrom: K | null, keyTo?: K | null): StoreIterator<KeyValue<Windowed<K>, V>> {
    if (keyTo === undefined) return this.#rows(this.#bytes.backwardFetch(this.keyBytes(keyFrom as K)))
    const [from, to] = [this.#bound(keyFrom), this.#bound(keyTo)]
    return this.#rows(this.#bytes.backwardFindSessionsInKeyRange(from, to, 0, latestTime))
  }

  all(): StoreIterator<KeyValue<Windowed<K>, V>> {
    return this.#rows(this.#bytes.all())
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

  #rows(rows: StoreIterator<SessionRow>): StoreIterator<KeyValue<Windowed<K>, V>> {
    return new MappedIterator(rows, this.#row)
  }

  #bound(key: K | null): Uint8Array | null {
    return key === null ? null : this.keyBytes(key)
  }

  keyBytes(key: K): Uint8Array {
    return this.#keys.serializer.serialize(this.#topic, null, requireKey(key)) as Uint8Array
  }
}
