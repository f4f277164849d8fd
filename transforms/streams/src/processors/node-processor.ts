import type { AnyRecord, Record } from '../core/record.ts'
import type { NodeContext } from '../runtime/node-context.ts'
import type { StoreFactory } from '../stores/store-factory.ts'

/** A processor of the engine itself, as it runs in one task. */
export interface NodeProcessor {
  init(context: NodeContext): void
  process(record: AnyRecord): void
  close?(): void
}

/** Makes the processor of a node, once per task, and names the stores it brings along. */
export interface NodeSupplier {
  get(): NodeProcessor
  stores?(): readonly StoreFactory[]
}

/** Old and new value of a table's row: what flows between the operators of tables. Corresponds to Java's `Change`. */
export class Change<V> {
  readonly newValue: V | null
  readonly oldValue: V | null
  /** False for a change of the past of a versioned table. */
  readonly isLatest: boolean

  constructor(newValue: V | null, oldValue: V | null, isLatest: boolean) {
    this.newValue = newValue
    this.oldValue = oldValue
    this.isLatest = isLatest
  }
}

export type ChangeRecord = Record<unknown, Change<unknown>>
