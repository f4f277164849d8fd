import type { Column, SinkField } from '../values/column.ts'
import type { InsertMode, TableKind } from '../config/sink-settings.ts'

/** A table's name in up to three parts (Java: `TableId`). */
export interface TableId {
  readonly catalog: string | undefined
  readonly schema: string | undefined
  readonly name: string
}

/** What a writer must know of a table. Read once, dropped when a statement shows that it has changed. */
export interface TableStructure {
  readonly id: TableId
  readonly kind: TableKind
  readonly columns: readonly Column[]
  readonly primaryKey: readonly string[]
  /** Column lists of all unique indexes that a key may be matched by, the primary key included. */
  readonly uniqueIndexes: readonly (readonly string[])[]
  /** Unique or exclusion constraints that name no plain columns (expressions, partial indexes). */
  readonly hasOtherConstraints: boolean
  /** True where writes may touch other tables (triggers, cascading keys): then no record may overtake another. */
  readonly hasSideEffects: boolean
}

/** One value ready for the driver; what it is only its dialect knows. */
export type Bound = unknown

/** Turns a value of one field into what its column takes. */
export interface Binder {
  /** @throws {DataError} for a value the column cannot take. Never called with null. */
  bind(value: unknown): Bound
}

/** Rows of one statement: their columns, keys first, and the values in that order. */
export interface RowSet {
  readonly table: TableStructure
  readonly columns: readonly Column[]
  /** How many of the columns, from the first, are the key. */
  readonly keyCount: number
  readonly binders: readonly Binder[]
  readonly rows: readonly (readonly Bound[])[]
}

/** A statement with its parameters, where it has any. */
export interface SqlText {
  readonly sql: string
  readonly parameters?: readonly unknown[]
}

export type RowOperation = InsertMode | 'delete'

/** How an error of the database is to be met: see docs/guides/jdbc.md. */
export type FailureClass =
  'record' | 'reference' | 'contention' | 'systemic' | 'schema' | 'config' | 'unknown'

/** An error of the database in terms every dialect shares. */
export interface SqlFailure {
  readonly failureClass: FailureClass
  /** SQLSTATE, or the driver's own code where it has none. */
  readonly code: string
  readonly message: string
  readonly column: string | undefined
}

/** One connection. Calls never overlap. */
export interface Session {
  begin(): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  savepoint(name: string): Promise<void>
  rollbackTo(name: string): Promise<void>
  release(name: string): Promise<void>
  /** Null where there is no such table. */
  describeTable(id: TableId): Promise<TableStructure | null>
  /** Runs one statement with parameters written as {@link Dialect.parameter}. */
  query(sql: string, parameters?: readonly unknown[]): Promise<QueryResult>
  write(operation: RowOperation, rows: RowSet): Promise<void>
  /** Which column of a single row the database refuses, where its error has not said so. */
  columnAtFault?(rows: RowSet): Promise<string | undefined>
  /** Serializes the creation of tables with other tasks and workers where the database can; until the transaction ends. */
  lockForDdl(): Promise<void>
  close(): Promise<void>
  /** Ends the connection at once; a statement under way fails. */
  destroy(): void
  /** True once the connection has ended by itself. */
  readonly isBroken: boolean
}

export interface QueryResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** Rows changed, where the statement changes rows. */
  readonly changed: number
}

/** What differs between databases. One file family each; see `dialects/index.ts` for the list. */
export interface Dialect {
  readonly name: string
  readonly identifierQuote: string
  /** True where CREATE and ALTER TABLE belong to the transaction around them. */
  readonly hasTransactionalDdl: boolean
  /** True where rows of one statement are applied one after the other, so that a key may occur twice. */
  readonly appliesRowsInOrder: boolean
  /** The placeholder of the n-th parameter, from 1. */
  parameter(n: number): string
  connect(): Promise<Session>
  /** What the database makes of a name: cut to its limit, folded where names are not quoted. */
  adaptTableId(id: TableId): TableId
  quoteName(name: string): string
  /** One text for all names of columns that the database takes for the same. */
  columnKey(name: string): string
  quoteTable(id: TableId): string
  /** SQL type of a new column; undefined where the schema has none. */
  columnType(field: SinkField): string | undefined
  /** A default as SQL literal; undefined where the column's type takes none. */
  defaultLiteral(field: SinkField, columnType: string): string | undefined
  createTable(id: TableId, columns: readonly string[], key: readonly string[]): string
  addColumns(id: TableId, columns: readonly string[]): readonly string[]
  /** DDL of the table positions are kept in. */
  createOffsetsTable(id: TableId): string
  /** The statements that {@link Session.write} makes of rows, for a preview. */
  statements(operation: RowOperation, rows: RowSet): readonly SqlText[]
  binder(field: SinkField, column: Column): Binder
  /**
   * A text per bound value of a key column that is the same exactly where the database takes the values as equal;
   * undefined where that cannot be told, and records must keep their order.
   */
  keyText(field: SinkField, column: Column): ((bound: Bound) => string) | undefined
  failureOf(error: unknown): SqlFailure
}
