import type {
  Binder,
  Bound,
  Dialect,
  RowOperation,
  RowSet,
  Session,
  SqlFailure,
  SqlText,
  TableId,
} from '../dialects/dialect.ts'
import type { Column, SinkField } from '../values/column.ts'

/** A column that a statement which was not run would have made. */
export type PlannedColumn = Column & { readonly cast: string }

/** A dialect that notes what CREATE and ALTER TABLE would make; all else is the real one's. */
export class PreviewDialect implements Dialect {
  readonly name: string
  readonly identifierQuote: string
  // What is not run needs no savepoint.
  readonly hasTransactionalDdl = false
  readonly appliesRowsInOrder: boolean
  readonly #real: Dialect
  readonly #onColumns: (id: TableId, columns: readonly PlannedColumn[], isNew: boolean) => void
  /** Columns whose types have been asked for since the last statement. */
  #asked: { readonly field: SinkField; readonly type: string }[] = []

  constructor(
    real: Dialect,
    onColumns: (id: TableId, columns: readonly PlannedColumn[], isNew: boolean) => void,
  ) {
    this.#real = real
    this.#onColumns = onColumns
    this.name = real.name
    this.identifierQuote = real.identifierQuote
    this.appliesRowsInOrder = real.appliesRowsInOrder
  }

  /** Forgets what a statement that was never made has asked for. */
  reset(): void {
    this.#asked = []
  }

  columnType(field: SinkField): string | undefined {
    const type = this.#real.columnType(field)
    if (type !== undefined) this.#asked.push({ field, type })
    return type
  }

  createTable(id: TableId, columns: readonly string[], key: readonly string[]): string {
    this.#onColumns(id, this.#takeColumns(), true)
    return this.#real.createTable(id, columns, key)
  }

  addColumns(id: TableId, columns: readonly string[]): readonly string[] {
    this.#onColumns(id, this.#takeColumns(), false)
    return this.#real.addColumns(id, columns)
  }

  #takeColumns(): PlannedColumn[] {
    const columns = this.#asked.map(({ field, type }) => ({
      name: field.name,
      type: type.toLowerCase().replace(/\(.*$/, ''),
      cast: type,
      isNullable: !field.isPrimaryKey && field.schema.optional,
      isLoose: false,
    }))
    this.reset()
    return columns
  }

  parameter(n: number): string {
    return this.#real.parameter(n)
  }

  async connect(): Promise<Session> {
    return await this.#real.connect()
  }

  adaptTableId(id: TableId): TableId {
    return this.#real.adaptTableId(id)
  }

  quoteName(name: string): string {
    return this.#real.quoteName(name)
  }

  columnKey(name: string): string {
    return this.#real.columnKey(name)
  }

  quoteTable(id: TableId): string {
    return this.#real.quoteTable(id)
  }

  defaultLiteral(field: SinkField, columnType: string): string | undefined {
    return this.#real.defaultLiteral(field, columnType)
  }

  createOffsetsTable(id: TableId): string {
    return this.#real.createOffsetsTable(id)
  }

  statements(operation: RowOperation, rows: RowSet): readonly SqlText[] {
    return this.#real.statements(operation, rows)
  }

  binder(field: SinkField, column: Column): Binder {
    return this.#real.binder(field, column)
  }

  keyText(field: SinkField, column: Column): ((bound: Bound) => string) | undefined {
    return this.#real.keyText(field, column)
  }

  failureOf(error: unknown): SqlFailure {
    return this.#real.failureOf(error)
  }
}
