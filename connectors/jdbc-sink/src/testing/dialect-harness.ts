import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Schema } from '@spillway/api'
import type { Dialect, RowOperation, Session, TableStructure } from '../dialects/dialect.ts'

export type TableId = TableStructure['id']
export type Field = Parameters<Dialect['binder']>[0]
/** Values by the name of their field; null where there is none. */
export type Values = Readonly<Record<string, unknown>>

/** A field of a record; without a schema that may be null, its column may not be either. */
export function field(name: string, type: Schema['type'] | Schema, isPrimaryKey = false): Field {
  const schema = typeof type === 'string' ? new Schema({ type, optional: !isPrimaryKey }) : type
  return { name, schema, isPrimaryKey, isTimestamp: false }
}

/** A table of {@link ROW_FIELDS}: an integer as key, a text beside it. */
export const ROW_FIELDS = [field('id', 'INT32', true), field('text', 'STRING')] as const

/** One connection of the dialect, and what one test makes with it. */
export class DialectHarness implements AsyncDisposable {
  readonly dialect: Dialect
  readonly session: Session
  readonly #sessions: Session[]
  readonly #tables: TableId[] = []

  private constructor(dialect: Dialect, session: Session) {
    this.dialect = dialect
    this.session = session
    this.#sessions = [session]
  }

  static async open(dialect: Dialect): Promise<DialectHarness> {
    return new DialectHarness(dialect, await dialect.connect())
  }

  /** Another connection, closed after the test. */
  async another(): Promise<Session> {
    const session = await this.dialect.connect()
    this.#sessions.push(session)
    return session
  }

  /** A name that no table has; the table is dropped after the test. */
  tableId(what = 'conformance'): TableId {
    const name = `${what}_${randomUUID().slice(0, 8)}`
    const id = this.dialect.adaptTableId({ catalog: undefined, schema: undefined, name })
    this.#tables.push(id)
    return id
  }

  /** What stands in CREATE and ALTER TABLE for a field. */
  definition(of: Field): string {
    const type = this.dialect.columnType(of)
    assert.ok(type !== undefined, `${of.schema.name ?? of.schema.type} has no column type`)
    const { defaultValue, optional } = of.schema
    const start = `${this.dialect.quoteName(of.name)} ${type}`
    const literal = defaultValue === undefined ? undefined : this.dialect.defaultLiteral(of, type)
    if (literal !== undefined) return `${start} DEFAULT ${literal}`
    return optional ? `${start} NULL` : `${start} NOT NULL`
  }

  async create(fields: readonly Field[] = ROW_FIELDS, id = this.tableId()): Promise<TableStructure> {
    const keys = fields.filter(({ isPrimaryKey }) => isPrimaryKey)
    await this.session.query(
      this.dialect.createTable(
        id,
        fields.map((of) => this.definition(of)),
        keys.map(({ name }) => this.dialect.quoteName(name)),
      ),
    )
    return await this.describe(id)
  }

  async describe(id: TableId): Promise<TableStructure> {
    const table = await this.session.describeTable(id)
    assert.ok(table !== null, `the table ${id.name} is not found`)
    return table
  }

  /** Writes rows of these fields, keys first. */
  async write(
    operation: RowOperation,
    table: TableStructure,
    fields: readonly Field[],
    rows: readonly Values[],
    session = this.session,
  ): Promise<void> {
    await session.write(operation, this.rowSet(table, fields, rows))
  }

  rowSet(table: TableStructure, fields: readonly Field[], rows: readonly Values[]) {
    const columns = fields.map(({ name }) => {
      const column = table.columns.find((one) => one.name === name)
      assert.ok(column !== undefined, `the table has no column ${name}`)
      return column
    })
    const binders = fields.map((of, i) => this.dialect.binder(of, columns[i] as (typeof columns)[number]))
    const keyCount = fields.filter(({ isPrimaryKey }) => isPrimaryKey).length
    const bound = rows.map((values) =>
      fields.map(({ name }, i) => {
        const value = values[name] ?? null
        return value === null ? null : binders[i]?.bind(value)
      }),
    )
    return { table, columns, keyCount, binders, rows: bound }
  }

  /** The rows of {@link ROW_FIELDS} as `id=text`, by id. */
  async rows(table: TableStructure, session = this.session): Promise<string[]> {
    const [id, text] = ROW_FIELDS.map(({ name }) => this.dialect.quoteName(name))
    const { rows } = await session.query(
      `SELECT ${id}, ${text} FROM ${this.dialect.quoteTable(table.id)} ORDER BY ${id}`,
    )
    return rows.map((row) => `${String(row['id'])}=${String(row['text'])}`)
  }

  async count(table: TableStructure): Promise<number> {
    const { rows } = await this.session.query(
      `SELECT COUNT(*) AS n FROM ${this.dialect.quoteTable(table.id)}`,
    )
    return Number(Object.values(rows[0] ?? {})[0])
  }

  /** What the database says to something that it refuses. The transaction, if there is one, goes on. */
  async failure(action: () => Promise<unknown>): Promise<ReturnType<Dialect['failureOf']>> {
    await this.session.begin()
    await this.session.savepoint('attempt')
    try {
      await action()
    } catch (error) {
      await this.session.rollbackTo('attempt')
      return this.dialect.failureOf(error)
    } finally {
      await this.session.rollback()
    }
    throw new assert.AssertionError({ message: 'the database has taken it' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions.slice(1)) await session.close()
    for (const id of this.#tables) {
      if ((await this.session.describeTable(id)) !== null) {
        await this.session.query(`DROP TABLE ${this.dialect.quoteTable(id)}`)
      }
    }
    await this.session.close()
  }
}

/** One claim about every dialect. */
export interface DialectCase {
  readonly name: string
  readonly run: (harness: DialectHarness) => Promise<void>
}
