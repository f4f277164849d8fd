import { existsSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { type DialectPlugin, simpleDialect } from '@spillway/jdbc-sink'

const CLASSES = { 1: 'schema', 5: 'contention', 19: 'record' } as const

/** A dialect of somebody else's: SQLite by what `simpleDialect` makes of a few facts. */
const notes: DialectPlugin = simpleDialect({
  className: 'NotesDialect',
  doc: 'For tests.',
  subprotocols: ['notes'],
  connect({ connection: { address }, isTrial }) {
    const database = new DatabaseSync(isTrial && !existsSync(address) ? ':memory:' : address, {
      timeout: 1000,
    })
    return {
      query(sql, parameters) {
        const statement = database.prepare(sql)
        const values = parameters as readonly SQLInputValue[]
        if (statement.columns().length > 0) return { rows: statement.all(...values), changed: 0 }
        return { rows: [], changed: Number(statement.run(...values).changes) }
      },
      close() {
        if (database.isOpen) database.close()
      },
    }
  },
  async describeTable(connection, { name }) {
    const { rows } = await connection.query(
      'SELECT name, type, pk, "notnull" AS filled FROM pragma_table_info(?)',
      [name],
    )
    if (rows.length === 0) return null
    return {
      columns: rows.map((row) => ({
        name: String(row['name']),
        type: String(row['type']),
        isNullable: row['filled'] === 0,
        isLoose: String(row['name']).startsWith('loose'),
      })),
      primaryKey: rows.filter((row) => Number(row['pk']) > 0).map((row) => String(row['name'])),
    }
  },
  // Bytes have no type.
  types: {
    integer: 'INTEGER',
    float64: 'REAL',
    boolean: 'INTEGER',
    decimal: 'TEXT',
    text: 'TEXT',
    date: 'TEXT',
    time: 'TEXT',
    timestamp: 'TEXT',
  },
  values: { boolean: (value) => (value === true ? 1 : 0) },
  transaction: { begin: 'BEGIN IMMEDIATE' },
  hasTransactionalDdl: true,
  classOf: (error) => CLASSES[((error as { errcode?: number }).errcode ?? 0) as keyof typeof CLASSES],
})

export default notes
