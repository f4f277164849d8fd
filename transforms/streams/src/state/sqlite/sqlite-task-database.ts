import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

import { LockException, StreamsException } from '../../core/errors.ts'
import type { DiskTable } from './disk-rows.ts'
import type { SpaceFacts } from '../row-space.ts'
import type { ByteRow } from '../store.ts'

const formatVersion = 1

/** What the file knows of one store. */
interface StoredSpace {
  readonly id: number
  readonly facts: SpaceFacts
  /** Tables written to so far, ascending. */
  readonly tables: readonly number[]
}

/**
 * The file that holds all persistent stores of one task, and the changelog offsets its rows stand for. One file per task:
 * a commit is one transaction over the stores of that task and of no other, and a task that moves away takes its file.
 * The file is locked while open, as Java locks the task's directory.
 *
 * Durability: what is committed survives the death of the process. The write-ahead log is not synced at each commit
 * (`synchronous = NORMAL`), so a power failure may take the last commits, never the file's integrity; rows and offsets go
 * back together, and the changelog brings the rest.
 */
export class SqliteTaskDatabase {
  readonly path: string
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #inTransaction = false
  #open = true

  constructor(path: string) {
    this.path = path
    mkdirSync(dirname(path), { recursive: true })
    this.#database = new DatabaseSync(path, { timeout: 0 })
    try {
      // The lock is taken by the first write and kept until the close.
      this.#database.exec(
        'pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = normal',
      )
      this.#database.exec('begin immediate')
      this.#createSchema()
      this.#database.exec('commit')
    } catch (error) {
      this.#database.close()
      throw this.#failure('opening', error)
    }
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** Memory the file's pages may take, bytes. */
  setPageCache(bytes: number): void {
    this.#database.exec(`pragma cache_size = ${-Math.max(64, Math.floor(bytes / 1024))}`)
  }

  /** Finds the store's rows, or makes room for them. Throws StreamsException when they were written with another layout. */
  openSpace(storeName: string, layout: string): StoredSpace {
    this.#begin()
    this.#run(
      'insert into stores(name, layout, stream_time, sequence) values(?, ?, -1, 0) on conflict(name) do nothing',
      [storeName, layout],
    )
    const [id, stored, streamTime, sequence] = this.#row(
      'select id, layout, stream_time, sequence from stores where name = ?',
      [storeName],
    ) as [number, string, number, number]
    if (stored !== layout) {
      throw new StreamsException(
        `Store ${storeName} in ${this.path} was written as "${stored}" and is now "${layout}". ` +
          `Delete the task's state directory; the store is then restored from its changelog.`,
      )
    }
    const tables = this.#statement('select segment from segments where store = ? order by segment').all(
      id,
    ) as unknown as [number][]
    return { id, facts: { streamTime, sequence }, tables: tables.map(([segment]) => segment) }
  }

  saveFacts(spaceId: number, facts: SpaceFacts): void {
    this.#begin()
    this.#run('update stores set stream_time = ?, sequence = ? where id = ?', [
      facts.streamTime,
      facts.sequence,
      spaceId,
    ])
  }

  /** Makes the table when it is absent. */
  table(spaceId: number, id: number): DiskTable {
    this.#begin()
    const name = tableName(spaceId, id)
    this.#run('insert into segments(store, segment) values(?, ?) on conflict do nothing', [spaceId, id])
    this.#database.exec(
      `create table if not exists ${name}(k blob primary key, v blob not null) without rowid`,
    )
    return new SqliteTable(
      name,
      (sql) => this.#statement(sql),
      () => this.#begin(),
    )
  }

  drop(spaceId: number, id: number): void {
    this.#begin()
    const name = tableName(spaceId, id)
    // Prepared statements on the table would only fail from now on.
    for (const sql of this.#statements.keys()) if (sql.includes(` ${name} `)) this.#statements.delete(sql)
    this.#database.exec(`drop table if exists ${name}`)
    this.#run('delete from segments where store = ? and segment = ?', [spaceId, id])
  }

  /** The changelog offset up to which the committed rows of a store stand, undefined when none was committed. */
  committedOffset(storeName: string): bigint | undefined {
    const row = this.#row('select offset from offsets where name = ?', [storeName])
    return row === undefined ? undefined : BigInt(row[0] as string)
  }

  saveOffset(storeName: string, offset: bigint): void {
    this.#begin()
    // As text: an int64 column would come back rounded from a statement that reads numbers.
    this.#run(
      'insert into offsets(name, offset) values(?, ?) on conflict(name) do update set offset = excluded.offset',
      [storeName, offset.toString()],
    )
  }

  commit(): void {
    if (!this.#inTransaction) return
    try {
      this.#database.exec('commit')
    } catch (error) {
      throw this.#failure('committing', error)
    }
    this.#inTransaction = false
  }

  /** Closes the file; what was not committed is given up. Idempotent. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#statements.clear()
    try {
      if (this.#inTransaction) this.#database.exec('rollback')
    } finally {
      this.#database.close()
    }
  }

  /**
   * The changelog offsets that the rows of a closed file stand for, by store name.
   *
   * @returns undefined while somebody has it open, or where there is none that can be read
   */
  static offsetsOf(path: string): ReadonlyMap<string, bigint> | undefined {
    let database: DatabaseSync | undefined
    try {
      database = new DatabaseSync(path, { timeout: 0, readOnly: true })
      const rows = database.prepare('select name, offset from offsets').all() as unknown as {
        readonly name: string
        readonly offset: string
      }[]
      return new Map(rows.map(({ name, offset }) => [name, BigInt(offset)]))
    } catch {
      return undefined
    } finally {
      database?.close()
    }
  }

  /**
   * Deletes the folder of a task, the file locked meanwhile.
   *
   * @returns false while somebody has it open
   */
  static destroyFolder(path: string): boolean {
    let database: SqliteTaskDatabase | undefined
    try {
      if (existsSync(path)) database = new SqliteTaskDatabase(path)
    } catch (error) {
      if (error instanceof LockException) return false
      // What cannot be read is of no use to anybody.
    }
    try {
      rmSync(dirname(path), { recursive: true, force: true })
    } finally {
      database?.close()
    }
    return true
  }

  /** Deletes the file of a task that is closed. */
  static destroy(path: string): void {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
  }

  #createSchema(): void {
    const [version] = this.#row('pragma user_version', []) as [number]
    if (version > formatVersion) {
      throw new StreamsException(
        `it has format ${version}, written by a newer version; this one reads ${formatVersion}`,
      )
    }
    this.#database.exec(`
      create table if not exists stores(
        id integer primary key, name text not null unique, layout text not null,
        stream_time integer not null, sequence integer not null);
      create table if not exists segments(store integer not null, segment integer not null, primary key(store, segment)) without rowid;
      create table if not exists offsets(name text primary key, offset text not null) without rowid;
      pragma user_version = ${formatVersion}`)
  }

  #begin(): void {
    if (this.#inTransaction) return
    this.#database.exec('begin immediate')
    this.#inTransaction = true
  }

  #run(sql: string, values: readonly (string | number)[]): void {
    this.#statement(sql).run(...values)
  }

  #row(sql: string, values: readonly (string | number)[]): unknown[] | undefined {
    return this.#statement(sql).get(...values) as unknown[] | undefined
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      statement.setReturnArrays(true)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #failure(what: string, error: unknown): StreamsException {
    const message = `${what} the state file ${this.path}: ${error instanceof Error ? error.message : String(error)}.`
    if (!isBusy(error)) return new StreamsException(message, error)
    return new LockException(
      `${message} Another process, or another engine of this one, has the task open.`,
      error,
    )
  }
}

/** SQLITE_BUSY: somebody else has the lock. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5
}

function tableName(spaceId: number, id: number): string {
  return `rows_${spaceId}_${id}`
}

type Bound = readonly [Uint8Array, Uint8Array] | readonly [Uint8Array] | readonly []

class SqliteTable implements DiskTable {
  readonly #name: string
  readonly #prepare: (sql: string) => StatementSync
  readonly #begin: () => void
  readonly #get: StatementSync
  readonly #put: StatementSync
  readonly #delete: StatementSync

  constructor(name: string, prepare: (sql: string) => StatementSync, begin: () => void) {
    this.#name = name
    this.#prepare = prepare
    this.#begin = begin
    this.#get = prepare(`select v from ${name} where k = ?`)
    this.#put = prepare(`insert into ${name} values(?, ?) on conflict(k) do update set v = excluded.v`)
    this.#delete = prepare(`delete from ${name} where k = ?`)
  }

  get(key: Uint8Array): Uint8Array | null {
    const row = this.#get.get(key) as unknown as [Uint8Array] | undefined
    return row === undefined ? null : row[0]
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#begin()
    this.#put.run(key, value)
  }

  delete(key: Uint8Array): void {
    this.#begin()
    this.#delete.run(key)
  }

  page(
    from: Uint8Array | null,
    to: Uint8Array | null,
    after: boolean,
    reverse: boolean,
    limit: number,
  ): ByteRow[] {
    const low = from === null ? '' : `k ${after && !reverse ? '>' : '>='} ?`
    const high = to === null ? '' : `k ${after && reverse ? '<' : '<='} ?`
    const where =
      low === '' && high === '' ? '' : `where ${low}${low !== '' && high !== '' ? ' and ' : ''}${high}`
    const sql = `select k, v from ${this.#name} ${where} order by k ${reverse ? 'desc' : 'asc'} limit ${limit}`
    const bounds = [from, to].filter((bound) => bound !== null) as unknown as Bound
    const rows = this.#prepare(sql).all(...bounds) as unknown as [Uint8Array, Uint8Array][]
    return rows.map(([key, value]) => ({ key, value }))
  }

  count(): number {
    const row = this.#prepare(`select count(*) from ${this.#name} `).get() as unknown as [number]
    return row[0]
  }
}
