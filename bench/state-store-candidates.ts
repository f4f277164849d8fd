/** The disk engines a persistent state store could stand on, behind the few calls it would make. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** A bare table. Calls that a candidate has only in an asynchronous form return a promise: such a candidate cannot serve the engine. */
export interface BareTable {
  /** Writes the keys in one transaction. */
  write(keys: readonly Uint8Array[], value: Uint8Array): void | Promise<void>
  get(key: Uint8Array): Uint8Array | undefined
  /** Reads all rows between two keys, inclusive, and returns their number. */
  range(from: Uint8Array, to: Uint8Array): number | Promise<number>
  close(): void | Promise<void>
}

export interface Candidate {
  readonly name: string
  /** Null when the package is not installed. */
  open(folder: string): Promise<BareTable | null>
}

interface Lmdb {
  open(options: object): {
    transactionSync(body: () => void): void
    putSync(key: Uint8Array, value: Uint8Array): void
    getBinary(key: Uint8Array): Uint8Array | undefined
    getRange(options: object): Iterable<{ value: Uint8Array }>
    close(): Promise<void>
  }
}

interface ClassicLevel {
  ClassicLevel: new (
    folder: string,
    options: object,
  ) => {
    open(): Promise<void>
    batch(operations: object[]): Promise<void>
    getSync(key: Uint8Array): Uint8Array | undefined
    iterator(options: object): { nextv(size: number): Promise<unknown[]>; close(): Promise<void> }
    close(): Promise<void>
  }
}

/** The module of that name, null when it is not installed. */
async function optional<T>(name: string): Promise<T | null> {
  try {
    return (await import(name)) as T
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND') return null
    throw error
  }
}

async function openLmdb(folder: string, options: object): Promise<BareTable | null> {
  const lmdb = await optional<Lmdb>('lmdb')
  if (lmdb === null) return null
  const table = lmdb.open({
    path: join(folder, 'lmdb'),
    keyEncoding: 'binary',
    encoding: 'binary',
    ...options,
  })
  return {
    write: (keys, value) =>
      table.transactionSync(() => {
        for (const key of keys) table.putSync(key, value)
      }),
    get: (key) => table.getBinary(key),
    range: (from, to) => {
      let rows = 0
      // Its end is exclusive.
      for (const row of table.getRange({ start: from, end: Buffer.concat([to, Buffer.of(0)]) })) {
        if (row.value.length > 0) rows++
      }
      return rows
    },
    close: () => table.close(),
  }
}

function openSqlite(folder: string): BareTable {
  const database = new DatabaseSync(join(folder, 'state.sqlite'))
  database.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = normal')
  database.exec(
    'pragma cache_size = -65536; create table rows(k blob primary key, v blob not null) without rowid',
  )
  const put = database.prepare('insert into rows values(?, ?) on conflict(k) do update set v = excluded.v')
  const get = database.prepare('select v from rows where k = ?')
  const range = database.prepare('select k, v from rows where k >= ? and k <= ? order by k')
  for (const statement of [get, range]) statement.setReturnArrays(true)
  return {
    write: (keys, value) => {
      database.exec('begin')
      for (const key of keys) put.run(key, value)
      database.exec('commit')
    },
    get: (key) => (get.get(key) as unknown as [Uint8Array] | undefined)?.[0],
    range: (from, to) => range.all(from, to).length,
    close: () => database.close(),
  }
}

async function openClassicLevel(folder: string): Promise<BareTable | null> {
  const level = await optional<ClassicLevel>('classic-level')
  if (level === null) return null
  const options = { keyEncoding: 'view', valueEncoding: 'view', cacheSize: 64 * 1024 * 1024 }
  const table = new level.ClassicLevel(join(folder, 'level'), options)
  await table.open()
  return {
    write: (keys, value) => table.batch(keys.map((key) => ({ type: 'put', key, value }))),
    get: (key) => table.getSync(key),
    range: async (from, to) => {
      const rows = table.iterator({ gte: from, lte: to })
      let found = 0
      for (;;) {
        const page = await rows.nextv(1_000)
        if (page.length === 0) break
        found += page.length
      }
      await rows.close()
      return found
    },
    close: () => table.close(),
  }
}

export const candidates: readonly Candidate[] = [
  { name: 'node:sqlite (WAL, synchronous normal)', open: (folder) => Promise.resolve(openSqlite(folder)) },
  { name: 'lmdb (fsync per transaction)', open: (folder) => openLmdb(folder, {}) },
  { name: 'lmdb (noSync)', open: (folder) => openLmdb(folder, { noSync: true }) },
  { name: 'classic-level (async ranges, batches)', open: openClassicLevel },
]
