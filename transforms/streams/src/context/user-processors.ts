import { shown } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'
import { KeptKeyRecord } from '../core/record.ts'
import { finished, settled } from '../core/synchronous.ts'
import type { NodeContext } from './node-context.ts'
import { FixedKeyNodeContext, UserNodeContext } from './user-node-context.ts'
import type { StoreBuilder } from '../stores/stores.ts'
import type { NodeProcessor, NodeSupplier } from './node-processor.ts'
import type { AnyRecord } from '../core/record.ts'
import type {
  FixedKeyProcessor,
  FixedKeyProcessorSupplier,
  Processor,
  ProcessorSupplier,
} from './processor.ts'

interface LifeCycle {
  init?(context: never): void
  process(record: never): void
  close?(): void
}

interface Maker<P> {
  readonly get: () => P
  readonly stores: readonly StoreBuilder[]
}

function checked<P extends LifeCycle>(processor: P): P {
  settled(processor, 'a processor supplier')
  const given = processor as P | null | undefined
  if (typeof given === 'object' && given !== null && typeof given.process === 'function') return processor
  throw new IllegalArgumentException(
    `A processor supplier must give an object with process(record), got ${shown(processor)}`,
  )
}

/**
 * Each task needs a processor of its own.
 *
 * @throws IllegalArgumentException when the supplier gives the same object twice, or no processor
 * @throws AsyncResultException when it gives a promise
 */
function makerOf<P extends LifeCycle>(
  supplier: (() => P) | { get(): P; stores?(): readonly StoreBuilder[] | null },
): Maker<P> {
  const get = typeof supplier === 'function' ? () => checked(supplier()) : () => checked(supplier.get())
  if (get() === get()) {
    throw new IllegalArgumentException(
      'Processor supplier generates single reference. Its get() must return a new object each time it is called.',
    )
  }
  const stores =
    typeof supplier === 'function'
      ? []
      : (settled(supplier.stores?.(), 'stores() of a processor supplier') ?? [])
  return { get, stores }
}

class UserProcessor implements NodeProcessor {
  readonly #processor: Processor<unknown, unknown, unknown, unknown>
  #context!: UserNodeContext

  constructor(processor: Processor<unknown, unknown, unknown, unknown>) {
    this.#processor = processor
  }

  init(context: NodeContext): void {
    const own = new UserNodeContext(context)
    this.#context = own
    own.during('init', () => finished(this.#processor.init?.(own), 'init()'))
  }

  process(record: AnyRecord): void {
    const context = this.#context
    context.open('work')
    try {
      finished(this.#processor.process(record), 'process()')
    } finally {
      context.shut()
    }
  }

  close(): void {
    this.#context.during('work', () => finished(this.#processor.close?.(), 'close()'))
  }
}

class UserFixedKeyProcessor implements NodeProcessor {
  readonly #processor: FixedKeyProcessor<unknown, unknown, unknown>
  #context!: FixedKeyNodeContext

  constructor(processor: FixedKeyProcessor<unknown, unknown, unknown>) {
    this.#processor = processor
  }

  init(context: NodeContext): void {
    const own = new FixedKeyNodeContext(context)
    this.#context = own
    own.during('init', () => finished(this.#processor.init?.(own), 'init()'))
  }

  process(record: AnyRecord): void {
    const context = this.#context
    const kept = KeptKeyRecord.of(record)
    context.openFor(kept)
    try {
      finished(this.#processor.process(kept), 'process()')
    } finally {
      context.shut()
    }
  }

  close(): void {
    this.#context.during('work', () => finished(this.#processor.close?.(), 'close()'))
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
