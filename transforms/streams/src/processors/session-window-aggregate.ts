import { Record } from '../core/record.ts'
import type { KeyValue } from '../core/record.ts'
import { settled } from '../core/synchronous.ts'
import type { CachedUpdates } from '../context/cached-updates.ts'
import type { NodeContext } from '../context/node-context.ts'
import { keyText } from '../stores/key-text.ts'
import type { SerdeSessionStore } from '../stores/session-store.ts'
import type { SessionWindows } from '../windows/event-windows.ts'
import { Window, Windowed } from '../windows/window.ts'
import { Change } from '../core/change.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import type { AnyRecord } from '../core/record.ts'
import type { TableGetter } from './table-view.ts'
import { EmitThrottle, SessionGetter, WindowedAggregate } from './windowed-table.ts'
import type { WindowedAggregateSettings } from './windowed-table.ts'

class SessionProcessor implements NodeProcessor {
  readonly #supplier: SessionWindowAggregate
  readonly #gap: number
  readonly #grace: number
  #context!: NodeContext
  #store!: SerdeSessionStore<unknown, unknown>
  #cached: CachedUpdates | null = null
  #throttle!: EmitThrottle
  #observedStreamTime = -1
  #lastEmitCloseTime = -1

  constructor(supplier: SessionWindowAggregate) {
    this.#supplier = supplier
    this.#gap = supplier.windows.inactivityGapMs
    this.#grace = supplier.windows.gracePeriodMs
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#store = context.getStateStore(this.#supplier.storeName)
    this.#cached = context.cachedUpdates(this.#supplier.storeName, () => this.#supplier.sendsOldValues)
    this.#throttle = new EmitThrottle(context.task.services.emitIntervalMs)
    this.#observedStreamTime = context.keepClock(() => this.#observedStreamTime)
    if (this.#supplier.emit !== 'on-window-close') return
    this.#lastEmitCloseTime = context.task.keepTime(this.#supplier.storeName, () => this.#lastEmitCloseTime)
  }

  process(record: AnyRecord): void {
    const { key, value, timestamp } = record
    if (key === null || key === undefined) {
      this.#context.drop('null-key')
      return
    }
    if (timestamp > this.#observedStreamTime) this.#observedStreamTime = timestamp
    const closeTime = this.#observedStreamTime - this.#grace - this.#gap
    // Before the put, which may make the store forget sessions whose final results are due.
    this.#forwardFinals(record, closeTime)
    const merged = this.#sessionsNear(key, timestamp)
    let start = timestamp
    let end = timestamp
    let aggregate = this.#supplier.initializer()
    for (const session of merged) {
      aggregate = this.#supplier.merger(key, aggregate, session.value)
      start = Math.min(start, session.key.window.start)
      end = Math.max(end, session.key.window.end)
    }
    if (end < closeTime) {
      this.#context.drop('late')
      return
    }
    // A session that is already exactly this record's moment is written over, without a tombstone for it.
    if (start !== timestamp || end !== timestamp) {
      for (const session of merged) {
        this.#store.remove(session.key)
        this.#forwardUpdate(session.key, session.value, session.value, null)
      }
    }
    const newValue = this.#supplier.aggregator(key, value, aggregate) ?? null
    const windowed = new Windowed(key, new Window(start, end))
    // Only that one is still there; what nodes below are told of it is as in Java.
    const same = merged.find(({ key: { window } }) => window.start === start && window.end === end)
    this.#store.put(windowed, newValue)
    this.#forwardUpdate(windowed, same?.value ?? null, null, newValue)
  }

  #sessionsNear(key: unknown, timestamp: number): readonly KeyValue<Windowed<unknown>, unknown>[] {
    return [...this.#store.findSessions(key, timestamp - this.#gap, timestamp + this.#gap)]
  }

  /**
   * @param stored what was written over; null: nothing
   * @param oldValue what the nodes below are told it was
   */
  #forwardUpdate(windowed: Windowed<unknown>, stored: unknown, oldValue: unknown, newValue: unknown): void {
    if (this.#supplier.emit === 'on-window-close') return
    const cached = this.#cached
    if (cached !== null) {
      const { start, end } = windowed.window
      const [scope, text] = [`${start}/${end}`, keyText(this.#store, windowed.key)]
      const before = { wasThere: stored !== null, oldValue: stored }
      const update = cached.find(scope, text) ?? cached.begin(scope, text, windowed, before)
      cached.note(update, newValue, end, this.#store.putBytes)
      return
    }
    const change = new Change(newValue, this.#supplier.sendsOldValues ? oldValue : null, true)
    this.#context.emit(new Record(windowed, change, windowed.window.end))
  }

  #forwardFinals(record: AnyRecord, closeTime: number): void {
    if (this.#supplier.emit !== 'on-window-close') return
    const behindMs = closeTime - Math.max(0, this.#lastEmitCloseTime)
    const leewayMs = this.#store.retentionMs - this.#gap - this.#grace - 2
    if (!this.#throttle.isDue(this.#context.currentSystemTimeMs(), behindMs, leewayMs)) return
    if (this.#lastEmitCloseTime !== -1 && this.#lastEmitCloseTime >= closeTime) return
    const from = Math.max(0, this.#lastEmitCloseTime)
    const to = closeTime - 1
    if (to < 0 || to < from) return
    const rows = this.#store.findSessions(from, to)
    try {
      for (const { key, value } of rows) {
        this.#context.emit(new Record(key, new Change(value, null, true), key.window.end, record.headers))
      }
    } finally {
      rows.close()
    }
    this.#lastEmitCloseTime = closeTime
  }
}

/** Corresponds to Java's `KStreamSessionWindowAggregate`. */
export class SessionWindowAggregate extends WindowedAggregate {
  readonly windows: SessionWindows
  readonly merger: (key: unknown, left: unknown, right: unknown) => unknown

  constructor(
    windows: SessionWindows,
    merger: (key: unknown, left: unknown, right: unknown) => unknown,
    settings: WindowedAggregateSettings,
  ) {
    super(settings)
    this.windows = windows
    this.merger = (key, left, right) => settled(merger(key, left, right), 'the merger')
  }

  get(): NodeProcessor {
    return new SessionProcessor(this)
  }

  protected getter(): TableGetter {
    return new SessionGetter(this.storeName)
  }
}
