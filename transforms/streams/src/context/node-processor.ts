import type { AnyRecord } from '../core/record.ts'
import type { NodeContext } from './node-context.ts'
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
