import type { QueryResult, Session, TableId, TableStructure } from '../dialects/dialect.ts'
import { tableKey } from '../tables/table-id.ts'
import type { PlannedColumn } from './preview-dialect.ts'

/** Looks at the tables of a database and runs nothing that would change it. */
export class PreviewSession implements Session {
  readonly isBroken = false
  /** Statements that were not run, since they were last taken. */
  #statements: string[] = []
  readonly #real: Session
  /** Tables as they would be after those statements. */
  readonly #planned = new Map<string, TableStructure>()
  readonly #seen = new Map<string, TableStructure>()

  constructor(real: Session) {
    this.#real = real
  }

  /** What would have been run since the last call. */
  takeStatements(): string[] {
    const taken = this.#statements
    this.#statements = []
    return taken
  }

  /** Notes what a statement makes of a table. */
  plan(id: TableId, columns: readonly PlannedColumn[], isNew: boolean): void {
    const before = isNew ? undefined : (this.#planned.get(tableKey(id)) ?? this.#seen.get(tableKey(id)))
    if (before !== undefined) {
      this.#planned.set(tableKey(id), { ...before, columns: [...before.columns, ...columns] })
      return
    }
    const primaryKey = columns.filter((column) => !column.isNullable).map((column) => column.name)
    const table: TableStructure & { readonly hasAlwaysIdentity: boolean; readonly takesCopy: boolean } = {
      id,
      kind: 'TABLE',
      columns,
      primaryKey,
      uniqueIndexes: [primaryKey],
      hasOtherConstraints: false,
      hasSideEffects: false,
      hasAlwaysIdentity: false,
      takesCopy: false,
    }
    this.#planned.set(tableKey(id), table)
  }

  async describeTable(id: TableId): Promise<TableStructure | null> {
    const planned = this.#planned.get(tableKey(id))
    if (planned !== undefined) return planned
    const table = await this.#real.describeTable(id)
    if (table !== null) this.#seen.set(tableKey(id), table)
    return table
  }

  async query(sql: string): Promise<QueryResult> {
    this.#statements.push(sql)
    return { rows: [], changed: 0 }
  }

  async lockForDdl(): Promise<void> {}
  async begin(): Promise<void> {}
  async commit(): Promise<void> {}
  async rollback(): Promise<void> {}
  async savepoint(): Promise<void> {}
  async rollbackTo(): Promise<void> {}
  async release(): Promise<void> {}
  async write(): Promise<void> {}

  async close(): Promise<void> {
    await this.#real.close()
  }

  destroy(): void {
    this.#real.destroy()
  }
}
