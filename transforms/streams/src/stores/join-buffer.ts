import { Buffer } from 'node:buffer'
import type { Serde } from '../core/serde.ts'
import { readInt64, writeInt32, writeInt64 } from '../core/serde.ts'
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
    this.#sequence = (this.#sequence + 1) & 0x7fffffff
    const keyBytes = this.#keys.serializer.serialize(this.#topic, context.headers, key) as Uint8Array
    const rowKey = new Uint8Array(timeAt + 12 + keyBytes.length)
    writeInt64(rowKey, timeAt, context.timestamp)
    rowKey.set(keyBytes, keyAt)
    writeInt32(rowKey, rowKey.length - 4, this.#sequence)
    const newValue = this.#values.serializer.serialize(this.#topic, context.headers, value)
    const buffered = { priorValue: null, oldValue: null, newValue, context }
    this.#queue.add({ rowKey, value: buffered })
    this.#context.changelog?.append(rowKey, encodeBuffered(buffered, 0), noTimestamp)
  }

  /** Takes out the first record if it is not newer than that time. */
  evictUpTo(time: number): BufferedRecord | null {
    const first = this.#queue.peek()
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
  }

  restore(records: Iterable<ChangelogRecord>): void {
    const newest = new Map<string, ChangelogRecord>()
    for (const record of records) newest.set(Buffer.from(record.key).toString('latin1'), record)
    for (const { key, value } of newest.values()) {
      if (value !== null) this.#queue.add({ rowKey: key, value: decodeBuffered(value).value })
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
