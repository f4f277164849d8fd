import { Record } from '../core/record.ts'
import type { NodeContext } from '../context/node-context.ts'
import type { WindowVisitor } from '../state/store.ts'
import type { WaitingRecordStore } from '../stores/join-stores.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import type { SerdeWindowStore } from '../stores/window-store.ts'
import type { JoinWindows } from '../windows/event-windows.ts'
import type { NodeProcessor, NodeSupplier } from '../context/node-processor.ts'
import type { AnyRecord } from '../core/record.ts'

/** Joins (left, right, key). */
export type StreamJoiner = (left: unknown, right: unknown, key: unknown) => unknown

/** The clock that both sides of a join share. Corresponds to Java's `KStreamImplJoin.TimeTracker`. */
class JoinClock {
  streamTime = -1
  /** Lower bound of the times of records that wait for a partner. */
  minTime = Number.POSITIVE_INFINITY
  nextTimeToEmit = 0
}

class JoinWindowProcessor implements NodeProcessor {
  readonly #storeName: string
  #context!: NodeContext
  #store!: SerdeWindowStore<unknown, unknown>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#store = context.getStateStore(this.#storeName)
  }

  process(record: AnyRecord): void {
    // First the join, then the store: a record does not meet itself.
    this.#context.emit(record)
    if (record.key !== null && record.key !== undefined)
      this.#store.put(record.key, record.value, record.timestamp)
  }
}

/** Keeps one side's records for the other side. Corresponds to Java's `KStreamJoinWindow`. */
export function joinWindowSupplier(factory: StoreFactory): NodeSupplier {
  return { get: () => new JoinWindowProcessor(factory.name), stores: () => [factory] }
}

/** Settings of one side of a join. */
interface StreamJoinSettings {
  readonly isLeft: boolean
  /** Whether records of this side without partner give a result. */
  readonly isOuter: boolean
  readonly windows: JoinWindows
  readonly joiner: StreamJoiner
  readonly otherStore: StoreFactory
  readonly waitingStore: StoreFactory | null
  /** Identifies the join, for what its two sides share within a task. */
  readonly join: object
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined
}

class StreamJoinProcessor implements NodeProcessor, WindowVisitor {
  readonly #settings: StreamJoinSettings
  readonly #beforeMs: number
  readonly #afterMs: number
  #context!: NodeContext
  #other!: SerdeWindowStore<unknown, unknown>
  #waiting: WaitingRecordStore | null = null
  #clock!: JoinClock
  #emitIntervalMs = 0
  #current: AnyRecord | null = null
  #matches = 0

  constructor(settings: StreamJoinSettings) {
    this.#settings = settings
    const { beforeMs, afterMs } = settings.windows
    this.#beforeMs = settings.isLeft ? beforeMs : afterMs
    this.#afterMs = settings.isLeft ? afterMs : beforeMs
  }

  init(context: NodeContext): void {
    const { otherStore, waitingStore, join } = this.#settings
    this.#context = context
    this.#other = context.getStateStore(otherStore.name)
    this.#waiting =
      waitingStore === null ? null : context.getStateStore<WaitingRecordStore>(waitingStore.name)
    this.#clock = context.task.shared(join, () => new JoinClock())
    this.#goOn(this.#clock)
    this.#emitIntervalMs = context.task.services.emitIntervalMs
  }

  process(record: AnyRecord): void {
    const { key, value, timestamp } = record
    const clock = this.#clock
    if (timestamp > clock.streamTime) clock.streamTime = timestamp
    if (isMissing(key) && !isMissing(value) && this.#settings.isOuter) {
      this.#emitAlone(record)
      return
    }
    if (isMissing(key) || isMissing(value)) {
      this.#context.drop(isMissing(key) ? 'null-key' : 'null-value')
      return
    }
    if (this.#waiting !== null && timestamp === clock.streamTime) this.#emitUnmatched(this.#waiting, record)
    const timeTo = Math.max(0, timestamp + this.#afterMs)
    this.#current = record
    this.#matches = 0
    this.#other.visit(key, Math.max(0, timestamp - this.#beforeMs), timeTo, this)
    this.#current = null
    if (this.#matches > 0 || !this.#settings.isOuter) return
    if (this.#waiting === null || timeTo < clock.streamTime) {
      this.#emitAlone(record)
      return
    }
    clock.minTime = Math.min(clock.minTime, timestamp)
    this.#waiting.add(key, timestamp, this.#settings.isLeft, value)
  }

  /** Both sides keep the clock they share: whichever comes first has it back. */
  #goOn(clock: JoinClock): void {
    clock.streamTime = Math.max(
      clock.streamTime,
      this.#context.keepClock(() => clock.streamTime),
    )
    if (this.#waiting === null) return
    for (const { timestamp } of this.#waiting.all()) {
      clock.minTime = Math.min(clock.minTime, timestamp)
      break
    }
  }

  visitRow(otherTime: number, bytes: Uint8Array): boolean {
    this.#matches++
    const record = this.#current as AnyRecord
    const { key, value, timestamp, headers } = record
    const { isLeft, joiner } = this.#settings
    this.#waiting?.matched(key, otherTime, !isLeft)
    const other = this.#other.decode(bytes)
    const joined = isLeft ? joiner(value, other, key) : joiner(other, value, key)
    this.#context.emit(new Record(key, joined, Math.max(timestamp, otherTime), headers))
    return true
  }

  #emitAlone(record: AnyRecord): void {
    const { key, value, timestamp, headers } = record
    const { isLeft, joiner } = this.#settings
    const joined = isLeft ? joiner(value, null, key) : joiner(null, value, key)
    this.#context.emit(new Record(key, joined, timestamp, headers))
  }

  /** Emits records whose window closed without a partner, in order of time. */
  #emitUnmatched(waiting: WaitingRecordStore, record: AnyRecord): void {
    const clock = this.#clock
    const { beforeMs, afterMs, gracePeriodMs } = this.#settings.windows
    if (clock.minTime + this.#afterMs + gracePeriodMs >= clock.streamTime) return
    const now = this.#context.currentSystemTimeMs()
    if (now < clock.nextTimeToEmit) return
    clock.nextTimeToEmit = now + this.#emitIntervalMs
    clock.minTime = Number.POSITIVE_INFINITY
    let isLeftOpen = false
    let isRightOpen = false
    let previous: Uint8Array | null = null
    for (const found of waiting.all()) {
      clock.minTime = found.timestamp
      if (isLeftOpen && isRightOpen) break
      const lookBackMs = found.isLeft ? afterMs : beforeMs
      if (clock.minTime + lookBackMs + gracePeriodMs >= clock.streamTime) {
        if (found.isLeft) isLeftOpen = true
        else isRightOpen = true
        continue
      }
      const { joiner } = this.#settings
      const joined = found.isLeft
        ? joiner(found.value, null, found.key)
        : joiner(null, found.value, found.key)
      this.#context.emit(new Record(found.key, joined, found.timestamp, record.headers))
      if (previous !== null && previous !== found.rowKey) waiting.remove(previous)
      previous = found.rowKey
    }
    if (previous !== null) waiting.remove(previous)
  }
}

/** One side of a stream-stream join. Corresponds to Java's `KStreamKStreamJoin`. */
export function streamJoinSupplier(settings: StreamJoinSettings): NodeSupplier {
  const stores =
    settings.waitingStore === null ? [settings.otherStore] : [settings.otherStore, settings.waitingStore]
  return { get: () => new StreamJoinProcessor(settings), stores: () => stores }
}

class SelfJoinProcessor implements NodeProcessor {
  readonly #windows: JoinWindows
  readonly #joiner: StreamJoiner
  readonly #storeName: string
  #context!: NodeContext
  #store!: SerdeWindowStore<unknown, unknown>
  #streamTime = -1

  constructor(storeName: string, windows: JoinWindows, joiner: StreamJoiner) {
    this.#storeName = storeName
    this.#windows = windows
    this.#joiner = joiner
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#store = context.getStateStore(this.#storeName)
    this.#streamTime = context.keepClock(() => this.#streamTime)
  }

  process(record: AnyRecord): void {
    const { key, value, timestamp } = record
    if (isMissing(key) || isMissing(value)) {
      this.#context.drop(isMissing(key) ? 'null-key' : 'null-value')
      return
    }
    const { beforeMs, afterMs, sizeMs, gracePeriodMs } = this.#windows
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    let mustMeetItself = timestamp > this.#streamTime - (sizeMs + gracePeriodMs) + 1
    // As the left side of the join, then as its right side.
    for (const row of this.#rows(key, timestamp - beforeMs, timestamp + afterMs)) {
      this.#emit(record, this.#joiner(value, row.value, key), Math.max(timestamp, row.key))
    }
    for (const row of this.#rows(key, timestamp - afterMs, timestamp + beforeMs)) {
      if (mustMeetItself && row.key > timestamp) {
        mustMeetItself = false
        this.#emit(record, this.#joiner(value, value, key), timestamp)
      }
      this.#emit(record, this.#joiner(row.value, value, key), Math.max(timestamp, row.key))
    }
    if (mustMeetItself) this.#emit(record, this.#joiner(value, value, key), timestamp)
  }

  #rows(key: unknown, from: number, to: number) {
    return [...this.#store.fetch(key, Math.max(0, from), Math.max(0, to))]
  }

  #emit(record: AnyRecord, value: unknown, timestamp: number): void {
    this.#context.emit(new Record(record.key, value, timestamp, record.headers))
  }
}

/** A stream joined with itself over one store. Corresponds to Java's `KStreamKStreamSelfJoin`. */
export function selfJoinSupplier(
  factory: StoreFactory,
  windows: JoinWindows,
  joiner: StreamJoiner,
): NodeSupplier {
  return { get: () => new SelfJoinProcessor(factory.name, windows, joiner), stores: () => [factory] }
}
