import type { TableView } from '../processors/table-view.ts'

/** A table of which every instance holds all rows. Only to be joined with. Corresponds to Java's `GlobalKTable`. */
export class GlobalKTable<K, V> {
  /** @internal */
  readonly view: TableView
  readonly queryableStoreName: string | null
  /** Only there for the compiler. */
  declare readonly types: { readonly key: K; readonly value: V }

  /** @internal */
  constructor(view: TableView, queryableStoreName: string | null) {
    this.view = view
    this.queryableStoreName = queryableStoreName
  }
}
