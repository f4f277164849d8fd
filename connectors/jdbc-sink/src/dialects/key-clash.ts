import type { Column } from '../values/column.ts'

/**
 * A key that the database takes as equal to that of another row, though its text is another: writing it would change
 * that other row. Met as a unique index would: SQLSTATE 23505, MySQL's 23000, SQLite's constraint.
 */
export class KeyClashError extends Error {
  readonly code = '23505'
  readonly sqlState = '23505'
  readonly errcode = 19
  readonly column: string

  constructor(columns: readonly Column[]) {
    const names = columns.map(({ name }) => name).join(', ')
    super(
      `The key equals that of another row by the collation or type of column ${names}, which passes over case, accents or ` +
        `trailing spaces; the row was left as it is. Give the column a collation that compares bytes, or write keys in one form`,
    )
    this.column = names
  }
}

/** The key columns whose equality is no equality of texts. */
export function looseKeys<C extends Column>(columns: readonly C[], keyCount: number): readonly C[] {
  return columns.slice(0, keyCount).filter((column) => column.isLoose)
}
