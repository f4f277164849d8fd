import type { MaybePromise } from '@spillway/api'
import type { TableKind } from '../../config/sink-settings.ts'
import type { SinkField } from '../../values/column.ts'
import type { ValueKind } from '../../values/value-kind.ts'
import type { FailureClass, QueryResult, TableId } from '../dialect.ts'
import type { DialectOptions } from '../dialect-plugin.ts'

/** One connection to a database, through whatever driver it has. Calls never overlap. */
export interface SimpleConnection {
  /** Runs one statement; null and what {@link SimpleDatabase.values} makes are its parameters. */
  query(sql: string, parameters: readonly unknown[]): MaybePromise<QueryResult>
  /** May be called more than once, also with a statement under way, which then fails. */
  close(): MaybePromise<void>
}

/** A column as the catalog describes it. */
export interface SimpleColumn {
  readonly name: string
  /** The database's own name of the type, in whatever case. */
  readonly type: string
  /** True where it is absent. */
  readonly isNullable?: boolean
  /** True where texts that differ may be equal (collations); such a column cannot be a key. */
  readonly isLoose?: boolean
}

/** A table as the catalog describes it. */
export interface SimpleTable {
  /** `TABLE` where it is absent. */
  readonly kind?: TableKind
  readonly columns: readonly SimpleColumn[]
  readonly primaryKey: readonly string[]
  /** Columns of unique indexes beside the primary key, that an upsert may go by. */
  readonly uniqueIndexes?: readonly (readonly string[])[]
}

/** What a database differs in from others that speak plain SQL: see `simpleDialect`. */
export interface SimpleDatabase {
  readonly className: string
  readonly aliases?: readonly string[]
  readonly version?: string
  readonly doc: string
  /** What follows `jdbc:` in its URLs. */
  readonly subprotocols: readonly string[]
  /** Driver properties that act, in lower case; others are warned about. */
  readonly properties?: readonly string[]
  /** Opens a connection. @throws what keeps it from that: the task tries again. */
  connect(options: DialectOptions): MaybePromise<SimpleConnection>
  /** Reads a table from the catalog; null where there is none. Names are as they are created. */
  describeTable(connection: SimpleConnection, id: TableId): MaybePromise<SimpleTable | null>
  /**
   * The types of new columns. Arrays, maps and structs become JSON texts; a kind without a type is refused. `float32`
   * goes by `float64` where it has none of its own, and nested values by `text`.
   */
  readonly types: Readonly<Partial<Record<ValueKind, string>>>
  /** In place of {@link types} for columns of keys, where a key needs another, such as a text of limited length. */
  readonly keyTypes?: Readonly<Partial<Record<ValueKind, string>>>
  /**
   * What the driver is given, where that is not what goes without saying: bigint, number, decimals as text, boolean,
   * string, Uint8Array, dates and times as text.
   *
   * @throws {DataError} for what the column would hold as something else.
   */
  readonly values?: Readonly<
    Partial<Record<ValueKind, (value: unknown, column: SimpleColumn, field: SinkField) => unknown>>
  >
  /** Around names; `"` where it is absent. */
  readonly quote?: string
  /** The n-th parameter, from 1; `?` where it is absent. */
  parameter?(n: number): string
  /** What an INSERT ends in to be an upsert, names quoted; `ON CONFLICT(…) DO UPDATE SET x=excluded.x` where it is absent. */
  upsert?(keys: readonly string[], others: readonly string[]): string
  /** True where CREATE and ALTER TABLE belong to the transaction around them. */
  readonly hasTransactionalDdl?: boolean
  /** Statements for the parts of a transaction; absent, those of standard SQL. `%` is the savepoint's name. */
  readonly transaction?: Partial<TransactionWords>
  /** How an error is to be met; absent or undefined, by its SQLSTATE (`code`), or that of a lost connection. */
  classOf?(error: unknown): FailureClass | undefined
}

export interface TransactionWords {
  readonly begin: string
  readonly commit: string
  readonly rollback: string
  readonly savepoint: string
  readonly rollbackTo: string
  readonly release: string
}
