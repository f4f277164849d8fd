import { Change } from '../core/change.ts'
import type { Headers } from '../core/headers.ts'
import { Record } from '../core/record.ts'
import type { AnyRecord } from '../core/record.ts'
import type { RecordPosition } from './original-position.ts'
import type { RecordCache } from './record-cache.ts'

/** Objects of an update beside its key and values, an estimate in bytes. */
const fixedBytes = 300

/** What a task says of the record it is at. */
interface RecordContext {
  readonly topic: string | null
  readonly partition: number
  readonly offset: bigint
  readonly timestamp: number
  readonly headers: Headers
  readonly rawKey: Uint8Array | null
  readonly rawValue: Uint8Array | null
  readonly original: RecordPosition | null
}

/** The node that forwards. */
interface Forwarder {
  readonly task: RecordContext & { hasRecordContext: boolean; setRecord(record: RecordContext): void }
  emit(record: AnyRecord): void
}

/** A row that has changed since the last commit. */
export interface CachedUpdate {
  readonly key: unknown
  /** The row as of the last commit; null: none, or nobody wants to know. */
  readonly oldValue: unknown
  /** Whether there was a row at the last commit. */
  readonly wasThere: boolean
  /** For who writes behind: the newest row, null where it is deleted; undefined: the store has it. */
  row: Uint8Array | null | undefined
  /** Whether the store has a row, older than {@link row} perhaps. */
  isStored: boolean
  newValue: unknown
  /** Of the row; of the record that deleted it; a session's is its end. */
  timestamp: number
  headers: Headers
  topic: string | null
  partition: number
  offset: bigint
  original: RecordPosition | null
  /** Grows with each update. */
  order: number
  bytes: number
}

/**
 * Updates of one store that wait to be forwarded: the next commit passes on the newest of each key, in the order of their last change,
 * with the value of the last commit as the old one. Corresponds to Java's `NamedCache` with the flush listener of a
 * `CachingKeyValueStore`.
 */
export class CachedUpdates {
  readonly #memory: RecordCache
  readonly #sendsOldValues: () => boolean
  readonly #hits: (ratio: number) => void
  #orderBefore = 0
  #context: Forwarder
  /** By window, or whatever else belongs to the key; then by key. */
  #byScope = new Map<number | string, Map<string, CachedUpdate>>()
  #lastScope: number | string = 0
  #lastKeys: Map<string, CachedUpdate> | undefined
  #bytes = 0
  #order = 0
  /** Before updates are forwarded their rows are written. */
  #settle: () => void = () => undefined

  /** @param hits told of the share of updates that met another one of their key */
  constructor(
    context: Forwarder,
    memory: RecordCache,
    sendsOldValues: () => boolean,
    hits: (ratio: number) => void,
  ) {
    this.#context = context
    this.#memory = memory
    this.#sendsOldValues = sendsOldValues
    this.#hits = hits
  }

  get sendsOldValues(): boolean {
    return this.#sendsOldValues()
  }

  /** What waits, an estimate. */
  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#byScope.size === 0
  }

  /** Of several nodes that write to one store the last one forwards, as in Java. */
  forwardBy(context: Forwarder): void {
    this.#context = context
  }

  /** Rows of updates wait, too: `settle` writes them. */
  writeBehind(settle: () => void): void {
    this.#settle = settle
  }

  find(scope: number | string, keyText: string): CachedUpdate | undefined {
    return this.#keysOf(scope)?.get(keyText)
  }

  /** To be called for a key that is not {@link find found}. */
  begin(
    scope: number | string,
    keyText: string,
    key: unknown,
    before: { readonly wasThere: boolean; readonly oldValue: unknown },
  ): CachedUpdate {
    const { task } = this.#context
    const update: CachedUpdate = {
      key,
      wasThere: before.wasThere,
      oldValue: this.#sendsOldValues() ? before.oldValue : null,
      row: undefined,
      isStored: before.wasThere,
      newValue: null,
      timestamp: 0,
      headers: task.headers,
      topic: null,
      partition: -1,
      offset: -1n,
      original: null,
      order: 0,
      bytes: 0,
    }
    let keys = this.#keysOf(scope)
    if (keys === undefined) {
      keys = new Map()
      this.#byScope.set(scope, keys)
      this.#lastKeys = keys
    }
    keys.set(keyText, update)
    return update
  }

  /**
   * Notes what a row has become. Where more waits than may, all updates of this store are forwarded.
   *
   * @param valueBytes of the row as it is stored, for the bound
   */
  note(update: CachedUpdate, newValue: unknown, timestamp: number, valueBytes: number): void {
    const { task } = this.#context
    update.newValue = newValue
    update.timestamp = timestamp
    update.headers = task.headers
    update.topic = task.topic
    update.partition = task.partition
    update.offset = task.offset
    update.original = task.original
    update.order = ++this.#order
    const bytes = fixedBytes + (update.oldValue === null ? 2 : 4) * valueBytes
    const grown = bytes - update.bytes
    if (grown === 0) return
    update.bytes = bytes
    this.#bytes += grown
    if (!this.#memory.charge(grown)) this.forward()
  }

  /** Passes on all updates that wait. A row that came and went since the last commit never was. */
  forward(): void {
    if (this.#byScope.size === 0) return
    this.#settle()
    const updates = this.#take()
    const noted = this.#order - this.#orderBefore
    this.#orderBefore = this.#order
    this.#hits((noted - updates.length) / noted)
    const { task } = this.#context
    const before = {
      topic: task.topic,
      partition: task.partition,
      offset: task.offset,
      timestamp: task.timestamp,
      headers: task.headers,
      rawKey: task.rawKey,
      rawValue: task.rawValue,
      original: task.original,
    }
    const { hasRecordContext } = task
    task.hasRecordContext = true
    try {
      for (const update of updates) {
        const { key, newValue, oldValue, wasThere, timestamp, headers } = update
        if (newValue === null && !wasThere) continue
        const { topic, partition, offset, original } = update
        task.setRecord({
          topic,
          partition,
          offset,
          original,
          timestamp,
          headers,
          rawKey: null,
          rawValue: null,
        })
        this.#context.emit(new Record(key, new Change(newValue, oldValue, true), timestamp, headers))
      }
    } finally {
      task.setRecord(before)
      task.hasRecordContext = hasRecordContext
    }
  }

  /** Forgets all of them: what they tell of is given up. */
  clear(): void {
    this.#take()
  }

  #take(): readonly CachedUpdate[] {
    const updates: CachedUpdate[] = []
    for (const keys of this.#byScope.values()) for (const update of keys.values()) updates.push(update)
    updates.sort((a, b) => a.order - b.order)
    this.#byScope = new Map()
    this.#lastKeys = undefined
    this.#memory.charge(-this.#bytes)
    this.#bytes = 0
    return updates
  }

  #keysOf(scope: number | string): Map<string, CachedUpdate> | undefined {
    if (this.#lastKeys !== undefined && scope === this.#lastScope) return this.#lastKeys
    this.#lastScope = scope
    this.#lastKeys = this.#byScope.get(scope)
    return this.#lastKeys
  }
}
