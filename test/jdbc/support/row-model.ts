/** What one record asks for: a write of some columns of a key, or its deletion. */
export interface Operation {
  readonly id: number
  /** Absent for a deletion. */
  readonly values?: Readonly<Partial<Record<ColumnName, number | null>>>
}

export const COLUMNS = ['a', 'b', 'c', 'd'] as const
export type ColumnName = (typeof COLUMNS)[number]
export type Mode = 'insert' | 'upsert' | 'update'

/** The default that column d is created with. */
export const DEFAULT_D = 7
/** The one value that column a of the tables made by the test refuses. */
export const REFUSED_A = 13

type ModelRow = Record<ColumnName, number | null>

/** A table as it is after records are applied to it one by one: what the connector must match. */
export class RowModel {
  readonly #rows = new Map<number, ModelRow>()
  readonly #mode: Mode
  readonly #columns: Set<ColumnName>
  readonly #checks: boolean
  /** Records a database refuses. */
  refused = 0

  constructor(mode: Mode, initialColumns: readonly ColumnName[], checks: boolean) {
    this.#mode = mode
    this.#columns = new Set(initialColumns)
    this.#checks = checks
  }

  apply({ id, values }: Operation): void {
    if (values === undefined) {
      this.#rows.delete(id)
      return
    }
    for (const column of Object.keys(values) as ColumnName[]) this.#add(column)
    // A null in a field with a default is the default.
    const written = { ...values, ...('d' in values && { d: values.d ?? DEFAULT_D }) }
    const before = this.#rows.get(id)
    const isRefused =
      (this.#checks && written.a === REFUSED_A) || (this.#mode === 'insert' && before !== undefined)
    if (isRefused && (this.#mode !== 'update' || before !== undefined)) {
      this.refused++
      return
    }
    if (before === undefined && this.#mode === 'update') return
    this.#rows.set(id, { ...(before ?? this.#emptyRow()), ...written })
  }

  /** Rows by key, with the columns the table has. */
  rows(): Record<string, number | null>[] {
    return [...this.#rows]
      .sort(([x], [y]) => x - y)
      .map(([id, row]) => ({
        id,
        ...Object.fromEntries(this.columns().map((column) => [column, row[column]])),
      }))
  }

  columns(): ColumnName[] {
    return COLUMNS.filter((column) => this.#columns.has(column))
  }

  #add(column: ColumnName): void {
    if (this.#columns.has(column)) return
    this.#columns.add(column)
    if (column === 'd') for (const row of this.#rows.values()) row.d = DEFAULT_D
  }

  #emptyRow(): ModelRow {
    return { a: null, b: null, c: null, d: this.#columns.has('d') ? DEFAULT_D : null }
  }
}
