import { Buffer } from 'node:buffer'
import type { Serde } from '../core/serde.ts'
import { Change } from '../core/change.ts'
import { JavaPriorityQueue } from '../core/java-priority-queue.ts'
import type { ChangelogRecord, StoreContext } from '../state/store.ts'
import { javaBucketOrder, javaBytesHash } from '../core/java-order.ts'
import type { StateStore } from './key-value-store.ts'
import {
  contextSize,
  decodeBuffered,
  encodeBuffered,
  noTimestamp,
  sameBytes,
} from './record-context-format.ts'
import type { BufferedContext, BufferedValue } from './record-context-format.ts'
import { StoreFactory, serdesOr } from './store-factory.ts'

interface Entry {
  readonly time: number
  readonly key: Uint8Array
  readonly id: string
  value: BufferedValue
  /** A later part of the changelog took it out: the queue passes over it. */
  isGone: boolean
}

/** So many entries that are gone stay in the queue at least, before it is made anew. */
const leastGone = 1000

/** A change that leaves the buffer. */
interface BufferedChange {
  readonly key: unknown
  readonly change: Change<unknown>
  readonly context: BufferedContext
}

/** Keys as map keys: one character per byte. */
const idOf = (key: Uint8Array): string =>
  Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')

function entrySize(key: Uint8Array, value: BufferedValue): number {
  const prior = value.priorValue?.length ?? 0
  const old =
    value.oldValue === null || sameBytes(value.priorValue, value.oldValue) ? 0 : value.oldValue.length
  return 8 + key.length + prior + old + (value.newValue?.length ?? 0) + contextSize(value.context)
}

/**
 * Holds the newest change of each key until its time, by time and then key bytes. It lives in memory and is restored from its
 * changelog. Corresponds to Java's `InMemoryTimeOrderedKeyValueChangeBuffer`.
 */
export class ChangeBuffer implements StateStore {
  readonly name: string
  readonly persistent = false
  isOpen = true
  readonly #keys: Serde<unknown>
  readonly #values: Serde<unknown>
  readonly #topic: string
  readonly #context: StoreContext
  readonly #index = new Map<string, Entry>()
  readonly #dirty = new Map<string, Uint8Array>()
  /** A key keeps its time until it leaves, so entries never move in the queue. */
  #queue = newQueue()
  #gone = 0
  #bytes = 0

  constructor(
    name: string,
    keys: Serde<unknown>,
    values: Serde<unknown>,
    topic: string,
    context: StoreContext,
  ) {
    this.name = name
    this.#keys = keys
    this.#values = values
    this.#topic = topic
    this.#context = context
  }

  get numRecords(): number {
    return this.#index.size
  }

  /** Java's estimate of the memory held. */
  get sizeInBytes(): number {
    return this.#bytes
  }

  /** Time of the first entry; Infinity when there is none. */
  get minTime(): number {
    return this.#head()?.time ?? Number.POSITIVE_INFINITY
  }

  put(time: number, key: unknown, change: Change<unknown>, context: BufferedContext): void {
    const keyBytes = this.#keys.serializer.serialize(this.#topic, context.headers, key) as Uint8Array
    const oldValue = this.#write(change.oldValue)
    const newValue = this.#write(change.newValue)
    const known = this.#index.get(idOf(keyBytes))
    const priorValue = known === undefined ? oldValue : known.value.priorValue
    this.#put(time, keyBytes, { priorValue, oldValue, newValue, context })
    this.#dirty.set(idOf(keyBytes), keyBytes)
  }

  /** The first entry, which stays: until it is removed, readers of the table see what was before it. */
  first(): BufferedChange | null {
    const entry = this.#head()
    if (entry === null) return null
    const { newValue, oldValue, context } = entry.value
    const key = this.#keys.deserializer.deserialize(this.#topic, context.headers, entry.key)
    return { key, change: new Change(this.#read(newValue), this.#read(oldValue), true), context }
  }

  removeFirst(): void {
    const entry = this.#head()
    if (entry === null) return
    this.#queue.poll()
    this.#index.delete(entry.id)
    this.#bytes -= entrySize(entry.key, entry.value)
    this.#dirty.set(entry.id, entry.key)
  }

  /** What readers of the table must see for a buffered key: the value before the buffer took it in. Undefined: not buffered. */
  priorValue(key: unknown): unknown {
    const keyBytes = this.#keys.serializer.serialize(this.#topic, null, key) as Uint8Array
    const entry = this.#index.get(idOf(keyBytes))
    return entry === undefined ? undefined : this.#read(entry.value.priorValue)
  }

  /** Logs what changed since the last commit. */
  flush(): void {
    const { changelog } = this.#context
    if (changelog !== undefined) {
      // In the order of Java's set of changed keys, so that changelogs of both can be compared.
      for (const key of javaBucketOrder([...this.#dirty.values()], javaBytesHash)) {
        const entry = this.#index.get(idOf(key))
        const value = entry === undefined ? null : encodeBuffered(entry.value, entry.time)
        changelog.append(key, value, noTimestamp)
      }
    }
    this.#dirty.clear()
  }

  close(): void {
    this.isOpen = false
    this.#index.clear()
    this.#queue = newQueue()
    this.#gone = 0
    this.#bytes = 0
  }

  restore(records: Iterable<ChangelogRecord>): void {
    const newest = new Map<string, ChangelogRecord>()
    for (const record of records) newest.set(idOf(record.key), record)
    // They come in several turns: what a turn before brought in, this one may take out, or move to another time.
    for (const id of newest.keys()) this.#takeOut(id)
    for (const { key, value } of newest.values()) {
      if (value === null) continue
      const decoded = decodeBuffered(value)
      this.#put(decoded.bufferTime, key, decoded.value)
    }
  }

  #head(): Entry | null {
    let head = this.#queue.peek()
    while (head?.isGone === true) {
      this.#gone--
      this.#queue.poll()
      head = this.#queue.peek()
    }
    return head
  }

  #takeOut(id: string): void {
    const entry = this.#index.get(id)
    if (entry === undefined) return
    entry.isGone = true
    this.#index.delete(id)
    this.#bytes -= entrySize(entry.key, entry.value)
    if (++this.#gone < Math.max(leastGone, this.#index.size)) return
    this.#queue = newQueue()
    this.#gone = 0
    for (const kept of this.#index.values()) this.#queue.add(kept)
  }

  #put(time: number, key: Uint8Array, value: BufferedValue): void {
    const id = idOf(key)
    const known = this.#index.get(id)
    if (known !== undefined) {
      this.#bytes += entrySize(key, value) - entrySize(key, known.value)
      known.value = value
      return
    }
    const entry = { time, key, id, value, isGone: false }
    this.#index.set(id, entry)
    this.#queue.add(entry)
    this.#bytes += entrySize(key, value)
  }

  #write(value: unknown): Uint8Array | null {
    return value === null ? null : this.#values.serializer.serialize(this.#topic, null, value)
  }

  #read(bytes: Uint8Array | null): unknown {
    return bytes === null ? null : this.#values.deserializer.deserialize(this.#topic, null, bytes)
  }
}

function newQueue(): JavaPriorityQueue<Entry> {
  return new JavaPriorityQueue((a, b) => (a.time !== b.time ? a.time - b.time : Buffer.compare(a.key, b.key)))
}

/** The buffer of a suppression. */
export function changeBufferFactory(
  name: string,
  keySerde: Serde<unknown> | null,
  valueSerde: Serde<unknown> | null,
  logging: { readonly enabled: boolean; readonly config: Readonly<Record<string, string>> },
): StoreFactory {
  return new StoreFactory({
    name,
    loggingEnabled: logging.enabled,
    logConfig: logging.config,
    changelog: { kind: 'compacted' },
    description: { kind: 'change-buffer', unique: Symbol(name) },
    make: (environment, factory) =>
      new ChangeBuffer(
        factory.name,
        ...serdesOr(environment, keySerde, valueSerde),
        environment.changelogTopic(factory.name),
        environment.context(factory.name, factory.loggingEnabled),
      ),
  })
}
