import type { TableSupplier } from '../processors/table-view.ts'
import type { StreamCore } from './graph/internal-streams-builder.ts'
import type { KStream, KStreamCore } from './kstream.ts'
import type { KTable } from './ktable.ts'

/** Makes the streams and tables that operators give back: their classes need one another, their modules must not. */
export interface DslClasses {
  stream<K, V>(core: KStreamCore): KStream<K, V>
  table<K, V>(core: StreamCore, supplier: TableSupplier, queryableStoreName: string | null): KTable<K, V>
}
