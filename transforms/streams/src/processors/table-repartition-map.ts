import { isDeepStrictEqual } from 'node:util'
import { StreamsException } from '../core/errors.ts'
import { Record } from '../core/record.ts'
import type { KeyValueLike } from '../core/record.ts'
import { settled } from '../core/synchronous.ts'
import type { NodeContext } from '../context/node-context.ts'
import { Change } from '../core/change.ts'
import type { NodeProcessor, NodeSupplier } from '../context/node-processor.ts'
import type { AnyRecord } from '../core/record.ts'
import { keyOf, valueOf } from './stateless.ts'
import type { VersionedSemantics } from './table-view.ts'

type Mapper = (key: unknown, value: unknown) => KeyValueLike<unknown, unknown>

class RepartitionMapProcessor implements NodeProcessor {
  readonly #supplier: TableRepartitionMap
  #context!: NodeContext

  constructor(supplier: TableRepartitionMap) {
    this.#supplier = supplier
  }

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    const { key } = record
    if (key === null || key === undefined) {
      throw new StreamsException('Record key for the grouping KTable should not be null.')
    }
    const { newValue, oldValue, isLatest } = record.value as Change<unknown>
    if (this.#supplier.isVersioned && !isLatest) return
    const added = this.#mapped(key, newValue)
    const removed = this.#mapped(key, oldValue)
    if (removed !== null && added !== null && isDeepStrictEqual(removed.key, added.key)) {
      // One change that subtracts and adds: the group is never seen without the row (KIP-904).
      this.#emit(record, removed.key, new Change(added.value, removed.value, isLatest))
      return
    }
    if (removed !== null) this.#emit(record, removed.key, new Change(null, removed.value, isLatest))
    if (added !== null) this.#emit(record, added.key, new Change(added.value, null, isLatest))
  }

  #emit(record: AnyRecord, key: unknown, change: Change<unknown>): void {
    this.#context.emit(new Record(key, change, record.timestamp, record.headers))
  }

  /** The group and value of a row; null when the row is in no group. */
  #mapped(key: unknown, value: unknown): { readonly key: unknown; readonly value: unknown } | null {
    if (value === null) return null
    const pair = settled(this.#supplier.mapper(key, value), 'the mapper')
    if (pair === null || pair === undefined) return null
    const group = keyOf(pair) ?? null
    const grouped = valueOf(pair) ?? null
    return group === null || grouped === null ? null : { key: group, value: grouped }
  }
}

/** Sends each change of a table's row to the groups it leaves and enters. Corresponds to Java's `KTableRepartitionMap`. */
export class TableRepartitionMap implements NodeSupplier, VersionedSemantics {
  readonly mapper: Mapper
  isVersioned = false

  constructor(mapper: Mapper) {
    this.mapper = mapper
  }

  useVersionedSemantics(): void {
    this.isVersioned = true
  }

  get(): NodeProcessor {
    return new RepartitionMapProcessor(this)
  }
}
