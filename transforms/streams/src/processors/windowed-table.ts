import { Record } from '../core/record.ts'
import type { ValueAndTimestamp } from '../core/record.ts'
import { settled } from '../core/synchronous.ts'
import type { CachedUpdates } from '../context/cached-updates.ts'
import type { NodeContext } from '../context/node-context.ts'
import type { SerdeSessionStore } from '../stores/session-store.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import type { TimestampedWindowStore } from '../stores/timestamped-stores.ts'
import type { EmitStrategy } from '../windows/event-windows.ts'
import { keyText } from '../stores/key-text.ts'
import { Window, Windowed } from '../windows/window.ts'
import { Change } from '../core/change.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import type { AnyRecord } from '../core/record.ts'
import type { AggregateFunctions } from './stream-aggregate.ts'
import type { TableGetter, TableSupplier, TableView } from './table-view.ts'

/** Settings of any windowed aggregation. */
export interface WindowedAggregateSettings {
  readonly factory: StoreFactory
  readonly emit: EmitStrategy
  readonly initializer: () => unknown
  readonly aggregator: AggregateFunctions['next']
}

/** A table of windowed keys, kept in one window or session store. */
export abstract class WindowedAggregate implements TableSupplier {
  readonly emit: EmitStrategy
  readonly initializer: () => unknown
  readonly aggregator: AggregateFunctions['next']
  readonly #factory: StoreFactory
  sendsOldValues = false

  constructor(settings: WindowedAggregateSettings) {
    this.#factory = settings.factory
    this.emit = settings.emit
    const { initializer, aggregator } = settings
    this.initializer = () => settled(initializer(), 'the initializer')
    this.aggregator = (key, value, aggregate) => settled(aggregator(key, value, aggregate), 'the aggregator')
  }

  get storeName(): string {
    return this.#factory.name
  }

  enableSendingOldValues(): boolean {
    this.sendsOldValues = true
    return true
  }

  stores(): readonly StoreFactory[] {
    return [this.#factory]
  }

  view(): TableView {
    return { storeNames: [this.storeName], get: () => this.getter() }
  }

  abstract get(): NodeProcessor
  protected abstract getter(): TableGetter
}

/** Reads windowed rows by their windowed key. */
export class WindowGetter implements TableGetter {
  readonly isVersioned = false
  readonly #storeName: string
  #store!: TimestampedWindowStore<unknown, unknown>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: NodeContext): void {
    this.#store = context.getStateStore(this.#storeName)
  }

  get(key: unknown): ValueAndTimestamp<unknown> | null {
    const windowed = key as Windowed<unknown>
    return this.#store.get(windowed.key, windowed.window.start)
  }

  getAsOf(): ValueAndTimestamp<unknown> | null {
    throw new Error('a windowed table keeps no history')
  }
}

/** Reads sessions by their windowed key; a session's time is its end. */
export class SessionGetter implements TableGetter {
  readonly isVersioned = false
  readonly #storeName: string
  #store!: SerdeSessionStore<unknown, unknown>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: NodeContext): void {
    this.#store = context.getStateStore(this.#storeName)
  }

  get(key: unknown): ValueAndTimestamp<unknown> | null {
    const { key: inner, window } = key as Windowed<unknown>
    const value = this.#store.fetchSession(inner, window.start, window.end)
    return value === null ? null : { value, timestamp: window.end }
  }

  getAsOf(): ValueAndTimestamp<unknown> | null {
    throw new Error('a windowed table keeps no history')
  }
}

/**
 * Limits how often, by wall clock, closed windows are looked for; never so that the store would hide one of them meanwhile.
 * Corresponds to Java's `TimeTracker`.
 */
export class EmitThrottle {
  readonly #intervalMs: number
  #next = 0

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  /**
   * @param behindMs how far the stream's time has come since the last time
   * @param leewayMs how far it may come before the store hides what has closed
   */
  isDue(now: number, behindMs: number, leewayMs: number): boolean {
    if (now < this.#next && behindMs < leewayMs) return false
    this.#next = now + this.#intervalMs
    return true
  }
}

/** What the processors of tumbling, hopping and sliding windows have in common. Java's AbstractKStreamTimeWindowAggregateProcessor. */
export abstract class WindowAggregateProcessor implements NodeProcessor {
  protected readonly supplier: WindowedAggregate
  protected context!: NodeContext
  protected store!: TimestampedWindowStore<unknown, unknown>
  #cached: CachedUpdates | null = null
  /** Highest timestamp this operator has seen; each operator has its own. */
  protected observedStreamTime = -1
  /** Up to where windows were emitted as final already; -1: none yet. */
  protected lastEmitCloseTime = -1
  #throttle!: EmitThrottle

  constructor(supplier: WindowedAggregate) {
    this.supplier = supplier
  }

  init(context: NodeContext): void {
    this.context = context
    this.store = context.getStateStore(this.supplier.storeName)
    this.#cached = context.cachedUpdates(this.supplier.storeName, () => this.supplier.sendsOldValues)
    this.#throttle = new EmitThrottle(context.task.services.emitIntervalMs)
    this.observedStreamTime = context.keepClock(() => this.observedStreamTime)
    if (this.supplier.emit !== 'on-window-close') return
    // Java's name for it, so that each can go on where the other stopped (KAFKA-13785).
    this.lastEmitCloseTime = context.task.keepTime(this.supplier.storeName, () => this.lastEmitCloseTime)
  }

  abstract process(record: AnyRecord): void

  /**
   * Writes a window's row, and passes on what changed.
   *
   * @param stored the row that is written over
   * @param oldValue what the nodes below are told it was
   */
  protected write(
    record: AnyRecord,
    start: number,
    end: number,
    stored: ValueAndTimestamp<unknown> | null,
    oldValue: unknown,
    newValue: unknown,
    timestamp: number,
  ): void {
    const { store } = this
    const { key } = record
    store.put(key, newValue === null ? null : { value: newValue, timestamp }, start)
    if (this.supplier.emit === 'on-window-close') return
    const cached = this.#cached
    if (cached !== null) {
      const text = keyText(store, key)
      const update =
        cached.find(start, text) ??
        cached.begin(start, text, new Windowed(key, new Window(start, end)), {
          wasThere: stored !== null,
          oldValue: stored?.value ?? null,
        })
      cached.note(
        update,
        newValue,
        newValue === null ? this.context.task.timestamp : timestamp,
        store.putBytes,
      )
      return
    }
    const change = new Change(
      newValue ?? null,
      this.supplier.sendsOldValues ? (oldValue ?? null) : null,
      true,
    )
    const windowed = new Windowed(key, new Window(start, end))
    this.context.emit(new Record(windowed, change, timestamp, record.headers))
  }

  /**
   * Emits windows that closed. Called before the record's own windows are written: a put far ahead in time makes the store
   * forget old windows, whose final results would be lost.
   */
  protected forwardFinals(record: AnyRecord, closeTime: number): void {
    if (this.supplier.emit !== 'on-window-close') return
    const upper = this.finalUpperBound(closeTime)
    const behindMs = closeTime - Math.max(0, this.lastEmitCloseTime)
    const leewayMs = this.store.retentionMs - (this.observedStreamTime - upper) - 1
    if (!this.#throttle.isDue(this.context.currentSystemTimeMs(), behindMs, leewayMs)) return
    if (this.lastEmitCloseTime !== -1 && this.lastEmitCloseTime >= closeTime) return
    if (upper < 0) return
    const rows = this.store.fetchAll(this.finalLowerBound(), upper)
    try {
      for (const { key, value } of rows) {
        const change = new Change(value.value, null, true)
        this.context.emit(new Record(key, change, value.timestamp, record.headers))
      }
    } finally {
      rows.close()
    }
    this.lastEmitCloseTime = closeTime
  }

  /** First and last window start to look at for closed windows. */
  protected abstract finalLowerBound(): number
  protected abstract finalUpperBound(closeTime: number): number
}
