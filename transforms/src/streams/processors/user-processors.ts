import { IllegalArgumentException } from '../core/errors.ts'
import type { FixedKeyRecord } from '../core/record.ts'
import type { FixedKeyNodeContext, NodeContext } from '../runtime/node-context.ts'
import type { StoreBuilder } from '../stores/stores.ts'
import type { AnyRecord, NodeProcessor, NodeSupplier } from './node-processor.ts'
import type {
  FixedKeyProcessor,
  FixedKeyProcessorSupplier,
  Processor,
  ProcessorSupplier,
} from './processor.ts'

interface Maker<P> {
  readonly get: () => P
  readonly stores: readonly StoreBuilder[]
}

/**
 * Each task needs a processor of its own.
 *
 * @throws IllegalArgumentException when the supplier gives the same object twice
 */
function makerOf<P>(supplier: (() => P) | { get(): P; stores?(): readonly StoreBuilder[] | null }): Maker<P> {
  const get = typeof supplier === 'function' ? supplier : () => supplier.get()
  if (get() === get()) {
    throw new IllegalArgumentException(
      'Processor supplier generates single reference. Its get() must return a new object each time it is called.',
    )
  }
  const stores = typeof supplier === 'function' ? [] : (supplier.stores?.() ?? [])
  return { get, stores }
}

class UserProcessor implements NodeProcessor {
  readonly #processor: Processor<unknown, unknown, unknown, unknown>

  constructor(processor: Processor<unknown, unknown, unknown, unknown>) {
    this.#processor = processor
  }

  init(context: NodeContext): void {
    this.#processor.init?.(context.forUser())
  }

  process(record: AnyRecord): void {
    this.#processor.process(record)
  }

  close(): void {
    this.#processor.close?.()
  }
}

class UserFixedKeyProcessor implements NodeProcessor {
  readonly #processor: FixedKeyProcessor<unknown, unknown, unknown>
  #context: FixedKeyNodeContext | null = null

  constructor(processor: FixedKeyProcessor<unknown, unknown, unknown>) {
    this.#processor = processor
  }

  init(context: NodeContext): void {
    this.#context = context.withFixedKey()
    this.#processor.init?.(this.#context)
  }

  process(record: AnyRecord): void {
    ;(this.#context as FixedKeyNodeContext).key = record.key
    this.#processor.process(record as FixedKeyRecord<unknown, unknown>)
  }

  close(): void {
    this.#processor.close?.()
  }
}

/** User code of `process` and `addProcessor` as a node of the engine. */
export function userSupplier(supplier: ProcessorSupplier<never, never, never, never>): NodeSupplier {
  const maker = makerOf(supplier as ProcessorSupplier<unknown, unknown, unknown, unknown>)
  return {
    get: () => new UserProcessor(maker.get()),
    stores: () => maker.stores.map((builder) => builder.factory()),
  }
}

/** User code of `processValues` as a node of the engine. */
export function userFixedKeySupplier(supplier: FixedKeyProcessorSupplier<never, never, never>): NodeSupplier {
  const maker = makerOf(supplier as FixedKeyProcessorSupplier<unknown, unknown, unknown>)
  return {
    get: () => new UserFixedKeyProcessor(maker.get()),
    stores: () => maker.stores.map((builder) => builder.factory()),
  }
}
