import { Record } from '../core/record.ts'
import type { ValueAndTimestamp } from '../core/record.ts'
import type { NodeContext } from '../context/node-context.ts'
import { Change } from '../core/change.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import type { AnyRecord } from '../core/record.ts'
import type { ParentTable } from './table-map.ts'
import type { TableGetter, TableSupplier, TableView, VersionedSemantics } from './table-view.ts'

/** Joins this side's value with the other side's. */
type SideJoiner = (key: unknown, thisValue: unknown, otherValue: unknown) => unknown

/** Which rows a side's change gives a result for. */
type TableJoinKind = 'inner' | 'left' | 'right' | 'outer'

const unknownTime = -1

class TableJoinProcessor implements NodeProcessor {
  readonly #supplier: TableJoinSide
  readonly #other: TableGetter
  #context!: NodeContext

  constructor(supplier: TableJoinSide, other: TableGetter) {
    this.#supplier = supplier
    this.#other = other
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#other.init(context)
  }

  process(record: AnyRecord): void {
    const { key } = record
    const change = record.value as Change<unknown>
    const { kind, joiner } = this.#supplier
    if (key === null || key === undefined) {
      this.#context.drop('null-key')
      return
    }
    if (this.#supplier.isVersioned && !change.isLatest) {
      this.#context.drop('out-of-order-version')
      return
    }
    const other = this.#other.get(key)
    const otherValue = other?.value ?? null
    if (otherValue === null) {
      if (kind === 'inner' || kind === 'right') return
      if (change.newValue === null && change.oldValue === null) return
    }
    const timestamp =
      otherValue === null ? record.timestamp : Math.max(record.timestamp, other?.timestamp ?? unknownTime)
    const newValue = this.#joins(change.newValue, otherValue)
      ? joiner(key, change.newValue, otherValue)
      : null
    const oldValue =
      this.#supplier.sendsOldValues && this.#joins(change.oldValue, otherValue)
        ? joiner(key, change.oldValue, otherValue)
        : null
    const joined = new Change(newValue ?? null, oldValue ?? null, change.isLatest)
    this.#context.emit(new Record(key, joined, timestamp, record.headers))
  }

  close(): void {
    this.#other.close?.()
  }

  /** Whether there is a joined row for these two values. */
  #joins(thisValue: unknown, otherValue: unknown): boolean {
    switch (this.#supplier.kind) {
      case 'inner':
      case 'left':
        return thisValue !== null
      case 'right':
        return true
      case 'outer':
        return thisValue !== null || otherValue !== null
    }
  }
}

/** One side of a join of two tables: its changes look up the other's rows. Corresponds to Java's `KTableKTable*Join`. */
export class TableJoinSide implements TableSupplier, VersionedSemantics {
  readonly kind: TableJoinKind
  readonly joiner: SideJoiner
  readonly #self: ParentTable
  readonly #other: ParentTable
  readonly #parentNode: string
  isVersioned = false
  sendsOldValues = false

  constructor(
    kind: TableJoinKind,
    self: ParentTable,
    other: ParentTable,
    joiner: SideJoiner,
    parentNode: string,
  ) {
    this.kind = kind
    this.#self = self
    this.#other = other
    this.joiner = joiner
    this.#parentNode = parentNode
  }

  useVersionedSemantics(parentNode: string): void {
    if (parentNode === this.#parentNode) this.isVersioned = true
  }

  enableSendingOldValues(): boolean {
    this.#self.enableSendingOldValues(true)
    this.#other.enableSendingOldValues(true)
    this.sendsOldValues = true
    return true
  }

  get(): NodeProcessor {
    return new TableJoinProcessor(this, this.#other.view().get())
  }

  view(): TableView {
    const left = this.#self.view()
    const right = this.#other.view()
    return {
      storeNames: [...new Set([...left.storeNames, ...right.storeNames])],
      get: () => new JoinedGetter(this.kind, left.get(), right.get(), this.joiner),
    }
  }
}

class JoinedGetter implements TableGetter {
  readonly isVersioned = false
  readonly #kind: TableJoinKind
  readonly #left: TableGetter
  readonly #right: TableGetter
  readonly #joiner: SideJoiner

  constructor(kind: TableJoinKind, left: TableGetter, right: TableGetter, joiner: SideJoiner) {
    this.#kind = kind
    this.#left = left
    this.#right = right
    this.#joiner = joiner
  }

  init(context: NodeContext): void {
    this.#left.init(context)
    this.#right.init(context)
  }

  get(key: unknown): ValueAndTimestamp<unknown> | null {
    const left = this.#left.get(key)
    const right = this.#right.get(key)
    const needsLeft = this.#kind === 'inner' || this.#kind === 'left'
    const needsRight = this.#kind === 'inner' || this.#kind === 'right'
    if ((needsLeft && left === null) || (needsRight && right === null)) return null
    if (left === null && right === null) return null
    const value = this.#joiner(key, left?.value ?? null, right?.value ?? null) ?? null
    if (value === null) return null
    return { value, timestamp: Math.max(left?.timestamp ?? unknownTime, right?.timestamp ?? unknownTime) }
  }

  getAsOf(): ValueAndTimestamp<unknown> | null {
    throw new Error('a joined table keeps no history')
  }

  close(): void {
    this.#left.close?.()
    this.#right.close?.()
  }
}
