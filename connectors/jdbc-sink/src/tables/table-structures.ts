import { ConnectError } from '@spillway/api'
import type { SinkSettings } from '../config/sink-settings.ts'
import type { Dialect, Session, TableId, TableStructure } from '../dialects/dialect.ts'
import type { SinkField } from '../values/column.ts'
import { type ColumnNames, columnNames, type ResolvedTable } from './column-names.ts'
import { TableAlterOrCreateError } from './table-errors.ts'
import { tableKey } from './table-id.ts'

/** Knows the tables, creates and extends them where that is allowed (Java: `DbStructure`). */
export class TableStructures {
  readonly #settings: SinkSettings
  readonly #dialect: Dialect
  readonly #onDdl: (statement: string) => void
  readonly #known = new Map<string, TableStructure>()

  constructor(settings: SinkSettings, dialect: Dialect, onDdl: (statement: string) => void) {
    this.#settings = settings
    this.#dialect = dialect
    this.#onDdl = onDdl
  }

  /** Everything is read again from the catalog: after an error that says the tables have changed, or a rollback. */
  forget(): void {
    this.#known.clear()
  }

  /** The table, where it exists. */
  async find(session: Session, id: TableId): Promise<TableStructure | null> {
    const known = this.#known.get(tableKey(id))
    if (known !== undefined) return known
    const table = await session.describeTable(id)
    if (table === null) return null
    this.#refuseKind(table)
    this.#known.set(tableKey(id), table)
    return table
  }

  /**
   * The table with a column for each field.
   *
   * @throws {TableAlterOrCreateError} where something is missing that may not, or cannot, be added.
   */
  async ensure(session: Session, id: TableId, fields: readonly SinkField[]): Promise<ResolvedTable> {
    const names = columnNames(fields, (name) => this.#dialect.columnKey(name))
    const table = (await this.find(session, id)) ?? (await this.#create(session, id, fields))
    if (names.missingFrom(table).length === 0) return names.resolve(table)
    return names.resolve(await this.#amend(session, table, names))
  }

  async #create(session: Session, id: TableId, fields: readonly SinkField[]): Promise<TableStructure> {
    if (!this.#settings.autoCreate) {
      throw new TableAlterOrCreateError(`Table ${display(id)} is missing and auto-creation is disabled`)
    }
    await session.lockForDdl()
    const raced = await session.describeTable(id)
    if (raced !== null) return this.#remember(raced)
    const keys = fields
      .filter((field) => field.isPrimaryKey)
      .map((field) => this.#dialect.quoteName(field.name))
    const statement = this.#dialect.createTable(
      id,
      fields.map((field) => this.#definition(field)),
      keys,
    )
    await this.#run(session, statement, `Cannot CREATE TABLE ${display(id)}`)
    return await this.#mustDescribe(session, id)
  }

  async #amend(session: Session, before: TableStructure, names: ColumnNames): Promise<TableStructure> {
    const { id } = before
    if (this.#settings.autoEvolve) await session.lockForDdl()
    // Another task may have added them since the table was read.
    const table = this.#remember((await session.describeTable(id)) ?? before)
    const missing = names.missingFrom(table)
    if (missing.length === 0) return table
    const described = missing.map(describeField).join(', ')
    if (table.kind === 'VIEW') {
      throw new TableAlterOrCreateError(
        `View ${display(id)} is missing fields (${described}) and ALTER VIEW is unsupported`,
      )
    }
    for (const field of missing) {
      if (isOptional(field) || hasDefault(field)) continue
      throw new TableAlterOrCreateError(
        `Cannot ALTER TABLE ${display(id)} to add missing field ${describeField(field)}, as the field is not optional ` +
          `and does not have a default value`,
      )
    }
    if (!this.#settings.autoEvolve) {
      throw new TableAlterOrCreateError(
        `Table ${display(id)} is missing fields ([${described}]) and auto-evolution is disabled`,
      )
    }
    const statements = this.#dialect.addColumns(
      id,
      missing.map((field) => this.#definition(field)),
    )
    for (const statement of statements) {
      await this.#run(
        session,
        statement,
        `Cannot ALTER TABLE ${display(id)} to add missing fields (${described})`,
      )
    }
    return await this.#mustDescribe(session, id)
  }

  /** One DDL statement; where it fails for what it says, the transaction goes on without it. */
  async #run(session: Session, statement: string, what: string): Promise<void> {
    const isTransactional = this.#dialect.hasTransactionalDdl
    if (isTransactional) await session.savepoint('ddl')
    try {
      await session.query(statement)
    } catch (error) {
      const { failureClass, message, code } = this.#dialect.failureOf(error)
      if (['systemic', 'contention', 'unknown', 'schema'].includes(failureClass)) throw error
      if (isTransactional) await session.rollbackTo('ddl')
      throw new TableAlterOrCreateError(
        `${what}: ${message} (SQLSTATE ${code}); the statement was ${statement}`,
        {
          cause: error,
        },
      )
    }
    if (isTransactional) await session.release('ddl')
    this.#onDdl(statement)
  }

  #definition(field: SinkField): string {
    const type = this.#dialect.columnType(field)
    if (type === undefined) {
      throw new TableAlterOrCreateError(
        `${field.schema.name ?? 'null'} (${field.schema.type}) type doesn't have a mapping to the SQL database column type ` +
          `(field ${field.name})`,
      )
    }
    const start = `${this.#dialect.quoteName(field.name)} ${type}`
    const literal = hasDefault(field) ? this.#dialect.defaultLiteral(field, type) : undefined
    if (literal !== undefined) return `${start} DEFAULT ${literal}`
    return isOptional(field) || hasDefault(field) ? `${start} NULL` : `${start} NOT NULL`
  }

  async #mustDescribe(session: Session, id: TableId): Promise<TableStructure> {
    const table = await session.describeTable(id)
    if (table === null) throw new ConnectError(`Table ${display(id)} was created, but is not found`)
    return this.#remember(table)
  }

  #remember(table: TableStructure): TableStructure {
    this.#refuseKind(table)
    this.#known.set(tableKey(table.id), table)
    return table
  }

  #refuseKind(table: TableStructure): void {
    const { tableKinds } = this.#settings
    const counts = table.kind === 'PARTITIONED TABLE' ? ['TABLE', 'PARTITIONED TABLE'] : [table.kind]
    if (tableKinds.some((kind) => counts.includes(kind))) return
    throw new ConnectError(
      `${display(table.id)} is a ${table.kind.toLowerCase()}, but table.types allows ${tableKinds.join(', ')} only: ` +
        `add ${table.kind} to table.types`,
    )
  }
}

/** Name of a table in messages. */
export function display(id: TableId): string {
  return [id.catalog, id.schema, id.name]
    .filter((part) => part !== undefined)
    .map((part) => `"${part}"`)
    .join('.')
}

function isOptional(field: SinkField): boolean {
  return !field.isPrimaryKey && field.schema.optional
}

function hasDefault(field: SinkField): boolean {
  return field.schema.defaultValue !== undefined && field.schema.defaultValue !== null
}

function describeField({ schema, name, isPrimaryKey }: SinkField): string {
  return `SinkRecordField{schema=${schema.toString()}, name='${name}', isPrimaryKey=${isPrimaryKey}}`
}
