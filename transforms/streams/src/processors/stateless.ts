import { Record } from '../core/record.ts'
import type { KeyValueLike } from '../core/record.ts'
import { finished, settled } from '../core/synchronous.ts'
import type { NodeContext } from '../context/node-context.ts'
import type { NodeProcessor, NodeSupplier } from '../context/node-processor.ts'
import type { ChangeRecord } from '../core/change.ts'
import type { AnyRecord } from '../core/record.ts'

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
  const given = settled(pair, 'the mapper') as unknown
  const key = Array.isArray(given)
    ? (given as readonly unknown[])[0]
    : (given as { readonly key: unknown }).key
  return settled(key, 'the key that the mapper gave')
}

/** The second element of a pair, or the value of an object. */
export function valueOf(pair: KeyValueLike<unknown, unknown>): unknown {
  const given = pair as unknown
  const value = Array.isArray(given)
    ? (given as readonly unknown[])[1]
    : (given as { readonly value: unknown }).value
  return settled(value, 'the value that the mapper gave')
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
    const passes = settled(this.#predicate(record.key, record.value), 'the predicate')
    if (Boolean(passes) === this.#expected) this.context.emit(record)
  }
}

class MapValues extends Stateless {
  readonly #mapper: (value: unknown, key: unknown) => unknown

  constructor(mapper: (value: unknown, key: unknown) => unknown) {
    super()
    this.#mapper = mapper
  }

  process(record: AnyRecord): void {
    const value = settled(this.#mapper(record.value, record.key), 'the mapper')
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
    const key = settled(this.#mapper(record.key, record.value), 'the mapper')
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
    for (const pair of finished(this.#mapper(record.key, record.value), 'the mapper')) {
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
    for (const item of finished(this.#mapper(record.value, record.key), 'the mapper')) {
      const value = settled(item, 'a value that the mapper gave')
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
    finished(this.#action(record.key, record.value), 'the action')
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
      if (settled(this.#predicates[index]?.(record.key, record.value), 'the predicate') === true) {
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
