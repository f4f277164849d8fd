import type { Windows } from '../windows/time-windows.ts'
import { endOfTime } from '../windows/window.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import type { AnyRecord } from '../core/record.ts'
import { WindowAggregateProcessor, WindowGetter, WindowedAggregate } from './windowed-table.ts'
import type { WindowedAggregateSettings } from './windowed-table.ts'
import type { TableGetter } from './table-view.ts'

class TimeWindowProcessor extends WindowAggregateProcessor {
  readonly #windows: Windows

  constructor(supplier: TimeWindowAggregate) {
    super(supplier)
    this.#windows = supplier.windows
  }

  process(record: AnyRecord): void {
    const { key, timestamp } = record
    if (key === null || key === undefined) {
      this.context.drop('null-key')
      return
    }
    if (timestamp > this.observedStreamTime) this.observedStreamTime = timestamp
    const { sizeMs, advanceMs, gracePeriodMs } = this.#windows
    const closeTime = this.observedStreamTime - gracePeriodMs
    this.forwardFinals(record, closeTime)
    const first = this.#windows.firstStart(timestamp)
    // Not a number: the record is in no window.
    if (!(first >= 0)) return
    for (let start = first; start <= timestamp; start += advanceMs) {
      const end = Math.min(start + sizeMs, endOfTime)
      if (end > closeTime) this.#update(record, start, end)
      else this.context.drop('late')
    }
  }

  #update(record: AnyRecord, start: number, end: number): void {
    const { key, value } = record
    const old = this.store.get(key, start)
    const oldValue = old === null ? this.supplier.initializer() : old.value
    const timestamp = old === null ? record.timestamp : Math.max(record.timestamp, old.timestamp)
    const newValue = this.supplier.aggregator(key, value, oldValue) ?? null
    this.write(record, start, end, old, oldValue, newValue, timestamp)
  }

  protected finalLowerBound(): number {
    return this.lastEmitCloseTime === -1 ? 0 : Math.max(0, this.lastEmitCloseTime - this.#windows.sizeMs) + 1
  }

  protected finalUpperBound(closeTime: number): number {
    return closeTime - this.#windows.sizeMs
  }
}

/** Tumbling, hopping and unlimited windows. Corresponds to Java's `KStreamWindowAggregate`. */
export class TimeWindowAggregate extends WindowedAggregate {
  readonly windows: Windows

  constructor(windows: Windows, settings: WindowedAggregateSettings) {
    super(settings)
    this.windows = windows
  }

  get(): NodeProcessor {
    return new TimeWindowProcessor(this)
  }

  protected getter(): TableGetter {
    return new WindowGetter(this.storeName)
  }
}
