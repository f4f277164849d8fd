import { StreamsException } from '../core/errors.ts'
import { Record } from '../core/record.ts'
import type { BufferConfig } from '../stores/buffer-config.ts'
import type { NodeContext } from '../context/node-context.ts'
import type { ChangeBuffer } from '../stores/change-buffer.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import { longText } from '../windows/window.ts'
import type { Windowed } from '../windows/window.ts'
import { captureContext, withBufferedContext } from './buffered-context.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import type { Change } from '../core/change.ts'
import type { AnyRecord } from '../core/record.ts'
import type { ParentTable } from './table-map.ts'
import type { TableGetter, TableSupplier, TableView } from './table-view.ts'

/** What is held back and until when. */
interface SuppressSettings {
  readonly waitMs: number
  /** True: the time of an entry is its window's end, and it leaves for good; tombstones of windows never seen are not sent. */
  readonly isFinal: boolean
  readonly buffer: BufferConfig
  readonly factory: StoreFactory
}

class SuppressProcessor implements NodeProcessor {
  readonly #settings: SuppressSettings
  #context!: NodeContext
  #buffer!: ChangeBuffer
  #observedStreamTime = -1

  constructor(settings: SuppressSettings) {
    this.#settings = settings
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#buffer = context.getStateStore(this.#settings.factory.name)
    this.#observedStreamTime = context.keepClock(() => this.#observedStreamTime)
  }

  process(record: AnyRecord): void {
    if (record.timestamp > this.#observedStreamTime) this.#observedStreamTime = record.timestamp
    const time = this.#settings.isFinal
      ? (record.key as Windowed<unknown>).window.end
      : this.#context.task.timestamp
    this.#buffer.put(time, record.key, record.value as Change<unknown>, captureContext(this.#context))
    const expired = this.#observedStreamTime - this.#settings.waitMs
    while (this.#buffer.minTime <= expired) this.#emitFirst()
    if (!this.#isOverCapacity()) return
    const { buffer } = this.#settings
    if (buffer.whenFull === 'shut-down') {
      throw new StreamsException(
        `${this.#context.nodeName} buffer exceeded its max capacity. Currently ` +
          `[${this.#buffer.numRecords}/${longText(buffer.maxRecords)}] records and ` +
          `[${this.#buffer.sizeInBytes}/${longText(buffer.maxBytes)}] bytes.`,
      )
    }
    while (this.#isOverCapacity()) this.#emitFirst()
  }

  #isOverCapacity(): boolean {
    const { maxRecords, maxBytes } = this.#settings.buffer
    return this.#buffer.numRecords > maxRecords || this.#buffer.sizeInBytes > maxBytes
  }

  #emitFirst(): void {
    const entry = this.#buffer.first()
    if (entry === null) return
    const { key, change, context } = entry
    if (!this.#settings.isFinal || change.newValue !== null) {
      withBufferedContext(this.#context, context, () => {
        this.#context.emit(new Record(key, change, context.timestamp, context.headers))
      })
    }
    this.#buffer.removeFirst()
  }
}

/** Holds back changes of a table. Corresponds to Java's `KTableSuppressProcessorSupplier`. */
export class Suppress implements TableSupplier {
  readonly #settings: SuppressSettings
  readonly #parent: ParentTable

  constructor(settings: SuppressSettings, parent: ParentTable) {
    this.#settings = settings
    this.#parent = parent
    // The buffer must know what readers downstream saw last.
    parent.enableSendingOldValues(true)
  }

  enableSendingOldValues(force: boolean): boolean {
    return this.#parent.enableSendingOldValues(force)
  }

  get(): NodeProcessor {
    return new SuppressProcessor(this.#settings)
  }

  stores(): readonly StoreFactory[] {
    return [this.#settings.factory]
  }

  view(): TableView {
    const parent = this.#parent.view()
    const { name } = this.#settings.factory
    return { storeNames: [name, ...parent.storeNames], get: () => suppressedGetter(parent.get(), name) }
  }
}

/** Rows as they were before the buffer took their newest change in. */
function suppressedGetter(parent: TableGetter, storeName: string): TableGetter {
  let buffer: ChangeBuffer | null = null
  return {
    isVersioned: false,
    init: (context) => {
      parent.init(context)
      buffer = context.getStateStore<ChangeBuffer>(storeName)
    },
    get: (key) => {
      const prior = buffer?.priorValue(key)
      if (prior === undefined) return parent.get(key)
      return prior === null ? null : { value: prior, timestamp: -1 }
    },
    getAsOf: () => {
      throw new StreamsException('a suppressed table keeps no history')
    },
    close: () => parent.close?.(),
  }
}
