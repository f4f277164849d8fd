import { Record } from '../core/record.ts'
import type { KeyValueLike } from '../core/record.ts'
import type { NodeContext } from '../runtime/node-context.ts'
import type { AnyRecord, ChangeRecord, NodeProcessor, NodeSupplier } from './node-processor.ts'

/** A stateless operator: one function on the record, which is bound once per task and not per record. */
abstract class Stateless implements NodeProcessor {
  protected context!: NodeContext

  init(context: NodeContext): void {
    this.context = context
  }

  abstract process(record: AnyRecord): void
}

/** The first element of a pair, or the key of an object. */
export function keyOf(pair: KeyValueLike<unknown, unknown>): unknown {
  return Array.isArray(pair) ? (pair as readonly unknown[])[0] : (pair as { readonly key: unknown }).key
}

/** The second element of a pair, or the value of an object. */
export function valueOf(pair: KeyValueLike<unknown, unknown>): unknown {
  return Array.isArray(pair) ? (pair as readonly unknown[])[1] : (pair as { readonly value: unknown }).value
}

class Filter extends Stateless {
  readonly #predicate: (key: unknown, value: unknown) => boolean
  readonly #expected: boolean

  constructor(predicate: (key: unknown, value: unknown) => boolean, expected: boolean) {
    super()
    this.#predicate = predicate
    this.#expected = expected
  }

  process(record: AnyRecord): void {
    if (Boolean(this.#predicate(record.key, record.value)) === this.#expected) this.context.emit(record)
  }
}

class MapValues extends Stateless {
  readonly #mapper: (value: unknown, key: unknown) => unknown

  constructor(mapper: (value: unknown, key: unknown) => unknown) {
    super()
    this.#mapper = mapper
  }

  process(record: AnyRecord): void {
    const value = this.#mapper(record.value, record.key)
    this.context.emit(new Record(record.key, value, record.timestamp, record.headers))
  }
}

class SelectKey extends Stateless {
  readonly #mapper: (key: unknown, value: unknown) => unknown

  constructor(mapper: (key: unknown, value: unknown) => unknown) {
    super()
    this.#mapper = mapper
  }

  process(record: AnyRecord): void {
    const key = this.#mapper(record.key, record.value)
    this.context.emit(new Record(key, record.value, record.timestamp, record.headers))
  }
}

class MapPairs extends Stateless {
  readonly #mapper: (key: unknown, value: unknown) => KeyValueLike<unknown, unknown>

  constructor(mapper: (key: unknown, value: unknown) => KeyValueLike<unknown, unknown>) {
    super()
    this.#mapper = mapper
  }

  process(record: AnyRecord): void {
    const pair = this.#mapper(record.key, record.value)
    this.context.emit(new Record(keyOf(pair), valueOf(pair), record.timestamp, record.headers))
  }
}

class FlatMap extends Stateless {
  readonly #mapper: (key: unknown, value: unknown) => Iterable<KeyValueLike<unknown, unknown>>

  constructor(mapper: (key: unknown, value: unknown) => Iterable<KeyValueLike<unknown, unknown>>) {
    super()
    this.#mapper = mapper
  }

  process(record: AnyRecord): void {
    for (const pair of this.#mapper(record.key, record.value)) {
      this.context.emit(new Record(keyOf(pair), valueOf(pair), record.timestamp, record.headers))
    }
  }
}

class FlatMapValues extends Stateless {
  readonly #mapper: (value: unknown, key: unknown) => Iterable<unknown>

  constructor(mapper: (value: unknown, key: unknown) => Iterable<unknown>) {
    super()
    this.#mapper = mapper
  }

  process(record: AnyRecord): void {
    for (const value of this.#mapper(record.value, record.key)) {
      this.context.emit(new Record(record.key, value, record.timestamp, record.headers))
    }
  }
}

class Peek extends Stateless {
  readonly #action: (key: unknown, value: unknown) => void
  readonly #passesOn: boolean

  constructor(action: (key: unknown, value: unknown) => void, passesOn: boolean) {
    super()
    this.#action = action
    this.#passesOn = passesOn
  }

  process(record: AnyRecord): void {
    this.#action(record.key, record.value)
    if (this.#passesOn) this.context.emit(record)
  }
}

class PassThrough extends Stateless {
  process(record: AnyRecord): void {
    this.context.emit(record)
  }
}

class Branch extends Stateless {
  readonly #predicates: readonly ((key: unknown, value: unknown) => boolean)[]
  readonly #children: readonly string[]

  constructor(
    predicates: readonly ((key: unknown, value: unknown) => boolean)[],
    children: readonly string[],
  ) {
    super()
    this.#predicates = predicates
    this.#children = children
  }

  process(record: AnyRecord): void {
    const count = this.#predicates.length
    for (let index = 0; index < count; index++) {
      if (this.#predicates[index]?.(record.key, record.value) === true) {
        this.context.emitTo(record, this.#children[index] as string)
        return
      }
    }
    // The child of the default branch comes after those of the predicates.
    const fallback = this.#children[count]
    if (fallback !== undefined) this.context.emitTo(record, fallback)
  }
}

class TableToStream extends Stateless {
  process(record: AnyRecord): void {
    const change = (record as ChangeRecord).value
    this.context.emit(new Record(record.key, change.newValue, record.timestamp, record.headers))
  }
}

/** Suppliers of the stateless operators. */
export const stateless = {
  filter: (predicate: (key: unknown, value: unknown) => boolean, expected: boolean): NodeSupplier => ({
    get: () => new Filter(predicate, expected),
  }),
  mapValues: (mapper: (value: unknown, key: unknown) => unknown): NodeSupplier => ({
    get: () => new MapValues(mapper),
  }),
  selectKey: (mapper: (key: unknown, value: unknown) => unknown): NodeSupplier => ({
    get: () => new SelectKey(mapper),
  }),
  map: (mapper: (key: unknown, value: unknown) => KeyValueLike<unknown, unknown>): NodeSupplier => ({
    get: () => new MapPairs(mapper),
  }),
  flatMap: (
    mapper: (key: unknown, value: unknown) => Iterable<KeyValueLike<unknown, unknown>>,
  ): NodeSupplier => ({
    get: () => new FlatMap(mapper),
  }),
  flatMapValues: (mapper: (value: unknown, key: unknown) => Iterable<unknown>): NodeSupplier => ({
    get: () => new FlatMapValues(mapper),
  }),
  peek: (action: (key: unknown, value: unknown) => void): NodeSupplier => ({
    get: () => new Peek(action, true),
  }),
  foreach: (action: (key: unknown, value: unknown) => void): NodeSupplier => ({
    get: () => new Peek(action, false),
  }),
  passThrough: (): NodeSupplier => ({ get: () => new PassThrough() }),
  branch: (
    predicates: readonly ((key: unknown, value: unknown) => boolean)[],
    children: readonly string[],
  ): NodeSupplier => ({ get: () => new Branch(predicates, children) }),
  tableToStream: (): NodeSupplier => ({ get: () => new TableToStream() }),
} as const
