import { IllegalArgumentException } from '../core/errors.ts'
import { Record } from '../core/record.ts'
import { settled } from '../core/synchronous.ts'
import type { NodeContext } from '../context/node-context.ts'
import type { JoinBuffer } from '../stores/join-buffer.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import { captureContext, withBufferedContext } from './buffered-context.ts'
import type { NodeProcessor, NodeSupplier } from '../context/node-processor.ts'
import type { AnyRecord } from '../core/record.ts'
import type { TableGetter, TableView } from './table-view.ts'

/** Settings of a join of a stream with a table or global table. */
interface StreamTableJoinSettings {
  readonly table: TableView
  readonly joiner: (value: unknown, tableValue: unknown, key: unknown) => unknown
  /** The key to look up. */
  readonly mapper: (key: unknown, value: unknown) => unknown
  readonly isLeft: boolean
  readonly graceMs: number | null
  readonly buffer: StoreFactory | null
}

class StreamTableJoinProcessor implements NodeProcessor {
  readonly #settings: StreamTableJoinSettings
  readonly #table: TableGetter
  #context!: NodeContext
  #buffer: JoinBuffer | null = null
  /** Highest timestamp of the records that were buffered: what is dropped before does not move it. */
  #bufferTime = -1

  constructor(settings: StreamTableJoinSettings) {
    this.#settings = settings
    this.#table = settings.table.get()
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#table.init(context)
    const { buffer } = this.#settings
    if (buffer === null) return
    if (!this.#table.isVersioned) {
      throw new IllegalArgumentException(
        'KTable must be versioned to use a grace period in a stream table join.',
      )
    }
    this.#buffer = context.getStateStore(buffer.name)
    this.#bufferTime = context.keepClock(() => this.#bufferTime)
  }

  process(record: AnyRecord): void {
    const { timestamp, value, key } = record
    const mapped = settled(this.#settings.mapper(key, value), 'the key mapper') ?? null
    if (value === null || value === undefined || (mapped === null && !this.#settings.isLeft)) {
      this.#context.drop(mapped === null ? 'null-key' : 'null-value')
      return
    }
    if (this.#buffer === null) {
      this.#join(record, mapped)
      return
    }
    const graceMs = this.#settings.graceMs ?? 0
    if (this.#bufferTime - graceMs > timestamp || key === null || key === undefined) {
      this.#join(record, mapped)
      return
    }
    this.#bufferTime = Math.max(this.#bufferTime, timestamp)
    const until = this.#bufferTime - graceMs
    this.#buffer.put(key, value, captureContext(this.#context))
    for (let next = this.#buffer.evictUpTo(until); next !== null; next = this.#buffer.evictUpTo(until)) {
      const { context } = next
      const buffered = new Record(next.key, next.value, context.timestamp, context.headers)
      withBufferedContext(this.#context, context, () =>
        this.#join(buffered, this.#settings.mapper(buffered.key, buffered.value) ?? null),
      )
    }
  }

  close(): void {
    this.#table.close?.()
  }

  #join(record: AnyRecord, mapped: unknown): void {
    const row = mapped === null ? null : this.#row(mapped, record.timestamp)
    const tableValue = row?.value ?? null
    if (tableValue === null && !this.#settings.isLeft) return
    const joined = settled(this.#settings.joiner(record.value, tableValue, record.key), 'the joiner')
    this.#context.emit(new Record(record.key, joined, record.timestamp, record.headers))
  }

  #row(key: unknown, timestamp: number) {
    return this.#table.isVersioned ? this.#table.getAsOf(key, timestamp) : this.#table.get(key)
  }
}

/** A stream that looks rows of a table up. Corresponds to Java's `KStreamKTableJoin` and `KStreamGlobalKTableJoin`. */
export function streamTableJoinSupplier(settings: StreamTableJoinSettings): NodeSupplier {
  const { buffer } = settings
  return {
    get: () => new StreamTableJoinProcessor(settings),
    stores: () => (buffer === null ? [] : [buffer]),
  }
}
