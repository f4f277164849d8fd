import { isDeepStrictEqual } from 'node:util'
import { shown } from '../core/arguments.ts'
import { IllegalStateException, StreamsException } from '../core/errors.ts'
import { KeptKeyRecord } from '../core/record.ts'
import type { Record, RecordLike } from '../core/record.ts'
import { finished, settled } from '../core/synchronous.ts'
import type { Cancellable, PunctuationType, Punctuator } from './processor.ts'
import { readOnlyStore } from '../stores/read-only-store.ts'
import { NodeContext } from './node-context.ts'

/** Nobody's turn, or that of `init`, or that of a record, a punctuation or `close`. */
type Turn = 'none' | 'init' | 'work'

/**
 * The context of user code. It hands out global stores for reading only, and acts only in the turn of its processor: what comes after
 * an `await` would work on another record's time and headers. Java knows the turn by its current node.
 */
export class UserNodeContext extends NodeContext {
  #turn: Turn = 'none'

  constructor(context: NodeContext) {
    super(context.node, context.task, context.storeNames)
  }

  get isOpen(): boolean {
    return this.#turn !== 'none'
  }

  /** Begins the processor's turn. */
  open(turn: 'init' | 'work'): void {
    this.#turn = turn
  }

  /** Ends the processor's turn. */
  shut(): void {
    this.#turn = 'none'
  }

  /** Runs user code that is no record's, in the processor's turn. */
  during<T>(turn: 'init' | 'work', run: () => T): T {
    this.open(turn)
    try {
      return run()
    } finally {
      this.shut()
    }
  }

  override forward(record: RecordLike<unknown, unknown>, childName?: string): void {
    const turn = this.#turn
    if (turn === 'none') throw this.#outOfTurn()
    if (turn === 'init' && this.node.children.length > 0) {
      throw new IllegalStateException(
        `Processor ${this.nodeName} called forward() in init(), before the processors below it have begun. ` +
          'Forward from process(), from a punctuation or from close().',
      )
    }
    settled(record, 'forward() was given a record that')
    settled(record.key, 'forward() was given a key that')
    settled(record.value, 'forward() was given a value that')
    // The children's turns are not this processor's.
    this.#turn = 'none'
    try {
      super.forward(record, childName)
    } finally {
      this.#turn = turn
    }
  }

  override getStateStore<S>(name: string): S {
    if (this.#turn === 'none') {
      throw new StreamsException(
        `Accessing from an unknown node: processor ${this.nodeName} asked for store ${name} outside its turn. ` +
          'Get stores in init() or process().',
      )
    }
    const store = super.getStateStore<S>(name)
    if (!this.task.services.globalStores.has(name)) return store
    return readOnlyStore(store as object) as S
  }

  override schedule(
    first: number | Date,
    second: PunctuationType | number,
    third: Punctuator | PunctuationType,
    fourth?: Punctuator,
  ): Cancellable {
    if (this.#turn === 'none') {
      throw new IllegalStateException(
        `Current node is null: processor ${this.nodeName} called schedule() outside its turn. ` +
          'Schedule in init(), in process() or in a punctuation.',
      )
    }
    if (fourth !== undefined)
      return super.schedule(first, second as number, third as PunctuationType, this.#inTurn(fourth))
    const punctuator = typeof third === 'function' ? this.#inTurn(third) : third
    return super.schedule(first as number, second as PunctuationType, punctuator as Punctuator)
  }

  #inTurn(punctuator: Punctuator): Punctuator {
    if (typeof punctuator !== 'function') return punctuator
    return (timestamp) => this.during('work', () => finished(punctuator(timestamp), 'a punctuator'))
  }

  #outOfTurn(): StreamsException {
    return new StreamsException(
      `Current node is unknown: processor ${this.nodeName} called forward() outside its turn, for example after an await ` +
        'or from a callback. Operators are synchronous: look values up before the topology or await them outside of it. ' +
        'It also happens when a Processor instance is shared: suppliers must return a new one each time.',
    )
  }
}

/** A context whose `forward` keeps keys: it takes what was derived from a record that came in. */
export class FixedKeyNodeContext extends UserNodeContext {
  #current: Record<unknown, unknown> | null = null

  /** Begins the turn of a record. */
  openFor(record: Record<unknown, unknown>): void {
    this.#current = record
    this.open('work')
  }

  override shut(): void {
    this.#current = null
    super.shut()
  }

  override forward(record: RecordLike<unknown, unknown>, childName?: string): void {
    if (!(record instanceof KeptKeyRecord)) this.#requireKey(record)
    super.forward(record, childName)
  }

  #requireKey(record: RecordLike<unknown, unknown>): void {
    // Out of turn it is refused anyway, in other words.
    if (!this.isOpen) return
    const current = this.#current
    if (current === null) {
      throw new StreamsException(
        `Processor ${this.nodeName} keeps keys: outside process() it can only forward records that came in, or that were ` +
          'made from those by withValue(), withTimestamp() or withHeaders().',
      )
    }
    if (Object.is(record.key, current.key) || isDeepStrictEqual(record.key, current.key)) return
    throw new StreamsException(
      `Processor ${this.nodeName} keeps keys: it forwarded key ${shown(record.key)} for a record of key ` +
        `${shown(current.key)}. Use process() to change keys.`,
    )
  }
}

/** The context of a table's transformer, which gives its value by returning it. */
export class TransformerContext extends UserNodeContext {
  override forward(): never {
    throw new StreamsException(
      `ProcessorContext#forward() not supported: transformer of ${this.nodeName} must return its value.`,
    )
  }
}
