import { Buffer } from 'node:buffer'
import type { Serde } from '../core/serde.ts'
import { readInt32, readInt64, writeInt32, writeInt64 } from '../core/serde.ts'
import { JavaPriorityQueue } from '../core/java-priority-queue.ts'
import type { ChangelogRecord, StoreContext } from '../state/store.ts'
import type { StateStore } from './key-value-store.ts'
import { decodeBuffered, encodeBuffered, noTimestamp } from './record-context-format.ts'
import type { BufferedContext, BufferedValue } from './record-context-format.ts'
import { StoreFactory, serdesOr } from './store-factory.ts'

interface Entry {
  /** A zero byte, int64 time, key, int32 sequence: the order in which records leave. */
  readonly rowKey: Uint8Array
  readonly value: BufferedValue
  /** A later part of the changelog took it out: the queue passes over it. */
  isGone: boolean
}

const timeAt = 1
const keyAt = 9

/** A record that has waited long enough. */
interface BufferedRecord {
  readonly key: unknown
  readonly value: unknown
  readonly context: BufferedContext
}

/**
 * Stream records that wait for the versioned table they are joined with, by time, key bytes and arrival.
 * Corresponds to Java's `RocksDBTimeOrderedKeyValueBuffer`.
 */
export class JoinBuffer implements StateStore {
  readonly name: string
  readonly persistent = false
  isOpen = true
  readonly #keys: Serde<unknown>
  readonly #values: Serde<unknown>
  readonly #topic: string
  readonly #context: StoreContext
  readonly #queue = new JavaPriorityQueue<Entry>((a, b) => Buffer.compare(a.rowKey, b.rowKey))
  /** What the changelog has brought back so far, by row key: only while nothing else is done with the buffer. */
  readonly #restored = new Map<string, Entry>()
  #sequence = 0

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

  put(key: unknown, value: unknown, context: BufferedContext): void {
    this.#restored.clear()
    this.#sequence = (this.#sequence + 1) & 0x7fffffff
    const keyBytes = this.#keys.serializer.serialize(this.#topic, context.headers, key) as Uint8Array
    const rowKey = new Uint8Array(timeAt + 12 + keyBytes.length)
    writeInt64(rowKey, timeAt, context.timestamp)
    rowKey.set(keyBytes, keyAt)
    writeInt32(rowKey, rowKey.length - 4, this.#sequence)
    const newValue = this.#values.serializer.serialize(this.#topic, context.headers, value)
    const buffered = { priorValue: null, oldValue: null, newValue, context }
    this.#queue.add({ rowKey, value: buffered, isGone: false })
    this.#context.changelog?.append(rowKey, encodeBuffered(buffered, 0), noTimestamp)
  }

  /** Takes out the first record if it is not newer than that time. */
  evictUpTo(time: number): BufferedRecord | null {
    this.#restored.clear()
    let first = this.#queue.peek()
    while (first?.isGone === true) {
      this.#queue.poll()
      first = this.#queue.peek()
    }
    if (first === null || readInt64(first.rowKey, timeAt) > time) return null
    this.#queue.poll()
    this.#context.changelog?.append(first.rowKey, null, noTimestamp)
    const { context, newValue } = first.value
    const keyBytes = first.rowKey.subarray(keyAt, first.rowKey.length - 4)
    return {
      key: this.#keys.deserializer.deserialize(this.#topic, context.headers, keyBytes),
      value: this.#values.deserializer.deserialize(this.#topic, context.headers, newValue),
      context,
    }
  }

  flush(): void {
    // Changes are logged as they happen.
  }

  close(): void {
    this.isOpen = false
    while (this.#queue.poll() !== null);
    this.#restored.clear()
  }

  restore(records: Iterable<ChangelogRecord>): void {
    for (const { key, value } of records) {
      const id = Buffer.from(key).toString('latin1')
      const known = this.#restored.get(id)
      if (known !== undefined) known.isGone = true
      this.#restored.delete(id)
      if (value === null) continue
      // Records of one time and key are told apart by their number, which goes on.
      this.#sequence = Math.max(this.#sequence, readInt32(key, key.length - 4))
      const entry = { rowKey: key, value: decodeBuffered(value).value, isGone: false }
      this.#restored.set(id, entry)
      this.#queue.add(entry)
    }
  }
}

/** The buffer of a stream-table join with a grace period. */
export function joinBufferFactory(
  name: string,
  keySerde: Serde<unknown> | null,
  valueSerde: Serde<unknown> | null,
): StoreFactory {
  return new StoreFactory({
    name,
    loggingEnabled: true,
    changelog: { kind: 'compacted' },
    description: { kind: 'join-buffer', unique: Symbol(name) },
    make: (environment, factory) =>
      new JoinBuffer(
        factory.name,
        ...serdesOr(environment, keySerde, valueSerde),
        environment.changelogTopic(factory.name),
        environment.context(factory.name, factory.loggingEnabled),
      ),
  })
}
