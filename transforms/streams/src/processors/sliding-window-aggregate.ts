import type { ValueAndTimestamp } from '../core/record.ts'
import type { SlidingWindows } from '../windows/event-windows.ts'
import { endOfTime } from '../windows/window.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import type { AnyRecord } from '../core/record.ts'
import { WindowAggregateProcessor, WindowGetter, WindowedAggregate } from './windowed-table.ts'
import type { WindowedAggregateSettings } from './windowed-table.ts'
import type { TableGetter } from './table-view.ts'

type Row = ValueAndTimestamp<unknown>

/**
 * A record at t makes its left window [t - d, t] and, once there is a later record, its right window [t + 1, t + 1 + d];
 * a window's timestamp is that of its newest record, which tells whether records lie to the right of a given time.
 */
class SlidingWindowProcessor extends WindowAggregateProcessor {
  readonly #difference: number
  readonly #grace: number

  constructor(supplier: SlidingWindowAggregate) {
    super(supplier)
    this.#difference = supplier.windows.timeDifferenceMs
    this.#grace = supplier.windows.gracePeriodMs
  }

  process(record: AnyRecord): void {
    const { key, value, timestamp } = record
    if (key === null || key === undefined) {
      this.context.drop('null-key')
      return
    }
    if (value === null || value === undefined) {
      this.context.drop('null-value')
      return
    }
    if (timestamp > this.observedStreamTime) this.observedStreamTime = timestamp
    const closeTime = this.observedStreamTime - this.#grace
    if (timestamp + this.#difference < closeTime) {
      this.context.drop('late')
      return
    }
    if (timestamp < this.#difference) {
      // Finals wait for a record past the first windows of the epoch, as in Java.
      this.#processEarly(record, closeTime)
      return
    }
    this.forwardFinals(record, closeTime)
    this.#processReverse(record, closeTime)
  }

  #processReverse(record: AnyRecord, closeTime: number): void {
    const { key, timestamp } = record
    const starts = new Set<number>()
    let left: Row | null = null
    let right: Row | null = null
    let hasLeft = false
    let hasRight = false
    let previousTime: number | null = null
    // Read before the first write: the rows are changed while they are walked through.
    const from = Math.max(0, timestamp - 2 * this.#difference)
    const rows = [...this.store.backwardFetch(key, from, timestamp + 1)]
    for (const { key: start, value: row } of rows) {
      starts.add(start)
      const end = start + this.#difference
      if (start === timestamp + 1) {
        hasRight = true
      } else if (end > timestamp) {
        right ??= row
        this.#update(start, row, row, record, closeTime)
      } else if (end === timestamp) {
        hasLeft = true
        this.#update(start, row, row, record, closeTime)
        if (row.timestamp >= timestamp) return
        previousTime = row.timestamp
      } else {
        left = row
        previousTime = row.timestamp
        break
      }
    }
    if (previousTime !== null) {
      const start = previousTime + 1
      if (!starts.has(start) && start + this.#difference >= timestamp)
        this.#updateNew(start, record, closeTime)
    }
    if (!hasLeft) {
      const reaches = previousTime !== null && timestamp - this.#difference <= previousTime
      const begun = reaches ? (left as Row).value : this.supplier.initializer()
      this.#update(timestamp - this.#difference, null, { value: begun, timestamp }, record, closeTime)
    }
    if (!hasRight) this.#createRight(record, right)
  }

  /** Records before the first full window share the window [0, d]. */
  #processEarly(record: AnyRecord, closeTime: number): void {
    const { key, timestamp } = record
    const starts = new Set<number>()
    let combined: Row | null = null
    let right: Row | null = null
    let hasRight = false
    let previousTime: number | null = null
    const rows = [...this.store.fetch(key, 0, timestamp + 1)]
    for (const { key: start, value: row } of rows) {
      starts.add(start)
      if (start === 0) {
        combined = row
        if (row.timestamp < timestamp) previousTime = row.timestamp
      } else if (start <= timestamp) {
        right = row
        this.#update(start, row, row, record, closeTime)
      } else {
        hasRight = true
      }
    }
    if (right === null && combined !== null && combined.timestamp > timestamp) right = combined
    if (!hasRight) this.#createRight(record, right)
    if (previousTime !== null && !starts.has(previousTime + 1))
      this.#updateNew(previousTime + 1, record, closeTime)
    const row = combined ?? { value: this.supplier.initializer(), timestamp }
    this.#update(0, combined, row, record, closeTime)
  }

  #updateNew(start: number, record: AnyRecord, closeTime: number): void {
    const row = { value: this.supplier.initializer(), timestamp: record.timestamp }
    this.#update(start, row, row, record, closeTime)
  }

  /** The right window of this record holds what lies after it, which the window to its right already has. */
  #createRight(record: AnyRecord, right: Row | null): void {
    const { timestamp } = record
    if (right === null || right.timestamp <= timestamp) return
    const end = Math.min(timestamp + 1 + this.#difference, endOfTime)
    this.write(record, timestamp + 1, end, null, null, right.value, right.timestamp)
  }

  /**
   * @param stored the window's row; null: there is none
   * @param row what the record is added to
   */
  #update(start: number, stored: Row | null, row: Row, record: AnyRecord, closeTime: number): void {
    const end = Math.min(start + this.#difference, endOfTime)
    if (end < closeTime) {
      this.context.drop('late')
      return
    }
    const { key, value } = record
    const oldValue = row.value ?? null
    const newValue = this.supplier.aggregator(key, value, oldValue) ?? null
    const timestamp = oldValue === null ? record.timestamp : Math.max(record.timestamp, row.timestamp)
    this.write(record, start, end, stored, oldValue, newValue, timestamp)
  }

  protected finalLowerBound(): number {
    return this.lastEmitCloseTime === -1 ? 0 : Math.max(0, this.lastEmitCloseTime - this.#difference)
  }

  protected finalUpperBound(closeTime: number): number {
    return closeTime - this.#difference - 1
  }
}

/** Corresponds to Java's `KStreamSlidingWindowAggregate`. */
export class SlidingWindowAggregate extends WindowedAggregate {
  readonly windows: SlidingWindows

  constructor(windows: SlidingWindows, settings: WindowedAggregateSettings) {
    super(settings)
    this.windows = windows
  }

  get(): NodeProcessor {
    return new SlidingWindowProcessor(this)
  }

  protected getter(): TableGetter {
    return new WindowGetter(this.storeName)
  }
}
