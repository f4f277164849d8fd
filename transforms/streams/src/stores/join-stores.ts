import { readInt32, readInt64, writeInt32, writeInt64 } from '../core/serde.ts'
import type { StreamJoined } from './stream-joined.ts'
import type { ByteRow, ChangelogRecord, KeyValueByteStore } from '../state/store.ts'
import type { JoinWindows } from '../windows/event-windows.ts'
import { endOfTime } from '../windows/window.ts'
import type { StateStore } from './key-value-store.ts'
import { StoreFactory, refusalOf, serdeOr, serdesOr } from './store-factory.ts'
import { plainCodec } from './value-codec.ts'
import { SerdeWindowStore } from './window-store.ts'

/** Why two joins may share a store of one name: their options are the same. */
function description(joined: StreamJoined<unknown, unknown, unknown>, kind: string): object {
  const { keySerde, valueSerde, otherValueSerde, storeName, loggingEnabled, logConfig } = joined
  const { thisStoreSupplier, otherStoreSupplier } = joined
  return {
    kind,
    keySerde,
    valueSerde,
    otherValueSerde,
    storeName,
    thisStoreSupplier,
    otherStoreSupplier,
    loggingEnabled,
    logConfig: { ...logConfig },
  }
}

/** The store of one side of a stream-stream join: every record for as long as it may be matched. */
export function joinWindowStoreFactory(
  name: string,
  windows: JoinWindows,
  joined: StreamJoined<unknown, unknown, unknown>,
  side: 'this' | 'other',
): StoreFactory {
  const retentionMs = Math.min(windows.sizeMs + windows.gracePeriodMs, endOfTime)
  const supplier = side === 'this' ? joined.thisStoreSupplier : joined.otherStoreSupplier
  const valueSerde = side === 'this' ? joined.valueSerde : joined.otherValueSerde
  return new StoreFactory({
    name,
    loggingEnabled: joined.loggingEnabled,
    // Rows of equal keys are all wanted: compaction would lose matches.
    logConfig: supplier === null ? { ...joined.logConfig, 'cleanup.policy': 'delete' } : joined.logConfig,
    changelog: { kind: 'windowed', retentionMs },
    description: description(joined, `join-window-${side}`),
    make: (environment, factory) => {
      const topic = environment.changelogTopic(factory.name)
      const [keys, values] = serdesOr(environment, joined.keySerde, valueSerde)
      const persistent = supplier?.persistent ?? null
      const bytes = environment.engine(persistent).window(
        {
          name: factory.name,
          timestamped: false,
          retentionMs,
          windowSizeMs: windows.sizeMs,
          retainDuplicates: true,
          timeOrdered: false,
          refuseExpired: refusalOf(environment, persistent),
        },
        environment.context(factory.name, factory.loggingEnabled),
      )
      return new SerdeWindowStore(bytes, keys, plainCodec(values, topic), topic, windows.sizeMs)
    },
  })
}

/** A record of a left or outer join that has found no partner yet. */
interface WaitingRecord {
  readonly rowKey: Uint8Array
  readonly timestamp: number
  readonly isLeft: boolean
  readonly key: unknown
  readonly value: unknown
}

const listHeader = 5
const variableSize = 1

/** Appends one element to Java's ListSerializer format (variable size elements). */
function appended(list: Uint8Array | null, element: Uint8Array): Uint8Array {
  const old = list ?? Uint8Array.of(variableSize, 0, 0, 0, 0)
  const out = new Uint8Array(old.length + 4 + element.length)
  out.set(old)
  writeInt32(out, 1, readInt32(old, 1) + 1)
  writeInt32(out, old.length, element.length)
  out.set(element, old.length + 4)
  return out
}

function* elements(list: Uint8Array): Iterable<Uint8Array> {
  let at = listHeader
  while (at < list.length) {
    const length = readInt32(list, at)
    yield list.subarray(at + 4, at + 4 + length)
    at += 4 + length
  }
}

/**
 * Records of left and outer joins that wait for a partner until their window closes, by time, side (right before left) and
 * key. Corresponds to the `ListValueStore` under Java's `...-shared-join-store`.
 */
export class WaitingRecordStore implements StateStore {
  readonly #bytes: KeyValueByteStore
  readonly #topic: string
  readonly #keys: ReturnType<typeof serdeOr>
  readonly #left: ReturnType<typeof serdeOr>
  readonly #right: ReturnType<typeof serdeOr>

  constructor(
    bytes: KeyValueByteStore,
    topic: string,
    keys: ReturnType<typeof serdeOr>,
    left: ReturnType<typeof serdeOr>,
    right: ReturnType<typeof serdeOr>,
  ) {
    this.#bytes = bytes
    this.#topic = topic
    this.#keys = keys
    this.#left = left
    this.#right = right
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

  add(key: unknown, timestamp: number, isLeft: boolean, value: unknown): void {
    const serde = isLeft ? this.#left : this.#right
    const plain = serde.serializer.serialize(this.#topic, null, value as never) as Uint8Array
    const element = new Uint8Array(1 + plain.length)
    element[0] = isLeft ? 1 : 0
    element.set(plain, 1)
    const rowKey = this.#rowKey(key, timestamp, isLeft)
    this.#bytes.put(rowKey, appended(this.#bytes.get(rowKey), element))
  }

  /** A partner was found for all records of that key, time and side. */
  matched(key: unknown, timestamp: number, isLeft: boolean): void {
    const rowKey = this.#rowKey(key, timestamp, isLeft)
    if (this.#bytes.get(rowKey) !== null) this.#bytes.put(rowKey, null)
  }

  remove(rowKey: Uint8Array): void {
    this.#bytes.put(rowKey, null)
  }

  *all(): Generator<WaitingRecord, undefined> {
    const rows = this.#bytes.all()
    try {
      for (const row of rows) yield* this.#records(row)
    } finally {
      rows.close()
    }
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

  *#records(row: ByteRow): Iterable<WaitingRecord> {
    const timestamp = readInt64(row.key, 0)
    const isLeft = row.key[8] === 1
    const key = this.#keys.deserializer.deserialize(this.#topic, null, row.key.subarray(9))
    const serde = isLeft ? this.#left : this.#right
    for (const element of elements(row.value)) {
      const value = serde.deserializer.deserialize(this.#topic, null, element.subarray(1))
      yield { rowKey: row.key, timestamp, isLeft, key, value }
    }
  }

  #rowKey(key: unknown, timestamp: number, isLeft: boolean): Uint8Array {
    const plain = this.#keys.serializer.serialize(this.#topic, null, key as never) as Uint8Array
    const rowKey = new Uint8Array(9 + plain.length)
    writeInt64(rowKey, 0, timestamp)
    rowKey[8] = isLeft ? 1 : 0
    rowKey.set(plain, 9)
    return rowKey
  }
}

/** The store of unmatched records of a left or outer join. Corresponds to Java's `OuterStreamJoinStoreFactory`. */
export function waitingRecordStoreFactory(
  name: string,
  joined: StreamJoined<unknown, unknown, unknown>,
): StoreFactory {
  return new StoreFactory({
    name,
    loggingEnabled: joined.loggingEnabled,
    logConfig: joined.logConfig,
    changelog: { kind: 'compacted' },
    description: description(joined, 'join-waiting'),
    make: (environment, factory) => {
      const keys = serdeOr(joined.keySerde, environment.defaultKeySerde, 'key')
      const left = serdeOr(joined.valueSerde, environment.defaultValueSerde, 'value')
      const right = serdeOr(joined.otherValueSerde, environment.defaultValueSerde, 'value')
      const engine = environment.engine(joined.thisStoreSupplier?.persistent ?? null)
      const context = environment.context(factory.name, factory.loggingEnabled)
      const bytes = engine.keyValue({ name: factory.name, timestamped: false }, context)
      return new WaitingRecordStore(bytes, environment.changelogTopic(factory.name), keys, left, right)
    },
  })
}
