import { existsSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** The table the quickstart's JDBC sink writes, in a SQLite file. */
export class OrdersTable {
  readonly file: string

  constructor(file: string) {
    this.file = file
  }

  /** Begins anew: the positions in it are of a topic that is gone. */
  clear(): void {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${this.file}${suffix}`, { force: true })
  }

  /** How many orders are there; none before the sink has made the table. */
  count(): number {
    if (!existsSync(this.file)) return 0
    const database = new DatabaseSync(this.file, { readOnly: true })
    try {
      const isThere =
        database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'orders'`).get() !== undefined
      return isThere ? Number(database.prepare('SELECT count(*) AS n FROM orders').get()?.['n']) : 0
    } finally {
      database.close()
    }
  }

  /** What the shop sells best, a line per country. */
  summary(): string[] {
    const database = new DatabaseSync(this.file, { readOnly: true })
    try {
      const rows = database
        .prepare(
          'SELECT country, count(*) AS orders, round(sum(total), 2) AS total FROM orders GROUP BY country ORDER BY country',
        )
        .all()
      return rows.map(
        ({ country, orders, total }) => `${String(country)}  ${String(orders)} orders  ${String(total)}`,
      )
    } finally {
      database.close()
    }
  }
}
