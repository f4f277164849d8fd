import type { FixedKeyRecord, Record, RecordLike, RecordMetadata } from '../core/record.ts'
import type { MetricsRegistry } from './metrics.ts'
import type { StoreBuilder } from '../stores/stores.ts'

/** The two clocks a punctuation can follow. Corresponds to Java's `PunctuationType`. */
export const PunctuationType = {
  /** The highest timestamp the task has seen: moves only with records. */
  STREAM_TIME: 'STREAM_TIME',
  WALL_CLOCK_TIME: 'WALL_CLOCK_TIME',
} as const
export type PunctuationType = (typeof PunctuationType)[keyof typeof PunctuationType]

/** Called at its time (ms). Corresponds to Java's `Punctuator`. */
export type Punctuator = (timestamp: number) => void

export interface Cancellable {
  /** Legal inside the punctuation itself. */
  cancel(): void
}

/** What processors know of their surroundings. Corresponds to Java's `ProcessingContext`. */
export interface ProcessingContext {
  readonly applicationId: string
  /** `<sub-topology>_<partition>` */
  readonly taskId: string
  readonly stateDir: string
  readonly metrics: MetricsRegistry
  /** The configuration the topology runs with. */
  readonly appConfigs: Readonly<{ [key: string]: unknown }>
  /**
   * A store that was connected to this processor, or a global one (read only).
   *
   * @throws StreamsException when the store is not connected
   */
  getStateStore<S>(name: string): S
  /** Where the current record came from; null before the first record. */
  recordMetadata(): RecordMetadata | null
  /** Calls back every `intervalMs`; by stream time first with the first record, by wall clock one interval from now. */
  schedule(intervalMs: number, type: PunctuationType, punctuator: Punctuator): Cancellable
  /** The same on a grid that begins at `startTime`. */
  schedule(
    startTime: number | Date,
    intervalMs: number,
    type: PunctuationType,
    punctuator: Punctuator,
  ): Cancellable
  /** Asks for a commit soon. */
  commit(): void
  /** Wall clock, ms, as of the begin of the current record or punctuation. */
  currentSystemTimeMs(): number
  /** The highest timestamp of all records of the task, including the current one; -1 before the first. */
  currentStreamTimeMs(): number
}

/** Corresponds to Java's `processor.api.ProcessorContext`. */
export interface ProcessorContext<KOut, VOut> extends ProcessingContext {
  /** Passes a record to all children, or to the named one. The children have finished when it returns. */
  forward(record: RecordLike<KOut, VOut>, childName?: string): void
}

/** Corresponds to Java's `FixedKeyProcessorContext`: the key cannot be changed. */
export interface FixedKeyProcessorContext<K, VOut> extends ProcessingContext {
  forward(record: RecordLike<K, VOut>, childName?: string): void
}

/** User code in a topology. Corresponds to Java's `processor.api.Processor`. */
export interface Processor<KIn, VIn, KOut, VOut> {
  init?(context: ProcessorContext<KOut, VOut>): void
  process(record: Record<KIn, VIn>): void
  close?(): void
}

/** Corresponds to Java's `FixedKeyProcessor`. */
export interface FixedKeyProcessor<K, VIn, VOut> {
  init?(context: FixedKeyProcessorContext<K, VOut>): void
  process(record: FixedKeyRecord<K, VIn>): void
  close?(): void
}

/**
 * Makes a new processor for each task. A plain function will do; an object may also name stores, which are then
 * added and connected. Corresponds to Java's `ProcessorSupplier`.
 */
export type ProcessorSupplier<KIn, VIn, KOut, VOut> =
  | (() => Processor<KIn, VIn, KOut, VOut>)
  | { get(): Processor<KIn, VIn, KOut, VOut>; stores?(): readonly StoreBuilder[] | null }

/** Corresponds to Java's `FixedKeyProcessorSupplier`. */
export type FixedKeyProcessorSupplier<K, VIn, VOut> =
  | (() => FixedKeyProcessor<K, VIn, VOut>)
  | { get(): FixedKeyProcessor<K, VIn, VOut>; stores?(): readonly StoreBuilder[] | null }

/** A base that keeps the context. Corresponds to Java's `ContextualProcessor`. */
export abstract class ContextualProcessor<KIn, VIn, KOut, VOut> implements Processor<KIn, VIn, KOut, VOut> {
  #context: ProcessorContext<KOut, VOut> | null = null

  init(context: ProcessorContext<KOut, VOut>): void {
    this.#context = context
  }

  get context(): ProcessorContext<KOut, VOut> {
    return this.#context as ProcessorContext<KOut, VOut>
  }

  abstract process(record: Record<KIn, VIn>): void

  close(): void {
    this.#context = null
  }
}
