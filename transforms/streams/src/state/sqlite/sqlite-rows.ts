import { join } from 'node:path'

import { CachedRowTable } from '../cached-rows.ts'
import type { RowSpace, RowSpaces, RowTable, SpaceFacts } from '../row-space.ts'
import { SqliteTaskDatabase } from './sqlite-task-database.ts'
import type { MemoryReliever, StateMemory } from '../state-memory.ts'

/** One in so many bytes of the bound goes to SQLite's own page caches. */
const pageCacheShare = 8
/** Fewer rows at a time are not worth the trouble. */
const leastSpilled = 500

/** The files of all tasks of a process, behind one memory bound. */
export class SqliteRowSpaces implements RowSpaces, MemoryReliever {
  readonly persistent = true
  readonly #stateDir: string
  readonly #memory: StateMemory
  readonly #pageCacheBytes: number
  readonly #tasks = new Map<string, OpenTask>()

  constructor(stateDir: string, memory: StateMemory) {
    this.#stateDir = stateDir
    this.#memory = memory
    this.#pageCacheBytes = memory.limitBytes / pageCacheShare
    memory.charge(this.#pageCacheBytes)
    memory.attach(this)
  }

  open(applicationId: string, taskId: string, storeName: string, layout: string): RowSpace {
    const path = this.pathOf(applicationId, taskId)
    let task = this.#tasks.get(path)
    if (task === undefined) {
      task = { database: new SqliteTaskDatabase(path), spaces: new Set() }
      this.#tasks.set(path, task)
      this.#sharePageCache()
    }
    const opened = task
    try {
      const space: SqliteRowSpace = new SqliteRowSpace(opened.database, this.#memory, storeName, layout, {
        // Rows and dropped segments of other stores may be in the open transaction already: all become durable, or none.
        commit: () => {
          for (const each of opened.spaces) each.spill()
          opened.database.commit()
        },
        close: () => {
          opened.spaces.delete(space)
          this.#closeUnused(path, opened)
        },
      })
      opened.spaces.add(space)
      return space
    } catch (error) {
      this.#closeUnused(path, opened)
      throw error
    }
  }

  /** Where the state of a task lies. */
  pathOf(applicationId: string, taskId: string): string {
    return join(this.#stateDir, applicationId, taskId, 'stores.sqlite')
  }

  /** The open file of a task, undefined when none of its stores is open. */
  database(applicationId: string, taskId: string): SqliteTaskDatabase | undefined {
    return this.#tasks.get(this.pathOf(applicationId, taskId))?.database
  }

  /** Some rows of a task go into the open transaction, where more than `keepRows` wait: half of them at least. */
  spillSome(applicationId: string, taskId: string, keepRows: number): void {
    const spaces = this.#tasks.get(this.pathOf(applicationId, taskId))?.spaces
    if (spaces === undefined) return
    let waiting = 0
    for (const space of spaces) for (const table of space.tables()) waiting += table.dirtyRows
    if (waiting <= keepRows) return
    const share = Math.min(1, Math.max(leastSpilled, (waiting - keepRows) / 2) / waiting)
    for (const space of spaces)
      for (const table of space.tables()) table.spillSome(Math.ceil(table.dirtyRows * share))
  }

  /** Rows of all open stores of a task go into the open transaction. */
  spill(applicationId: string, taskId: string): void {
    for (const space of this.#tasks.get(this.pathOf(applicationId, taskId))?.spaces ?? []) space.spill()
  }

  relieve(bytes: number): void {
    const tables = [...this.#tasks.values()].flatMap((task) =>
      [...task.spaces].flatMap((space) => space.tables()),
    )
    tables.sort((a, b) => b.bytes - a.bytes)
    let wanted = bytes
    for (const table of tables) {
      if (wanted <= 0) return
      wanted -= table.shrink(wanted)
    }
  }

  close(): void {
    if (!this.#memory.detach(this)) return
    this.#memory.charge(-this.#pageCacheBytes)
    for (const task of this.#tasks.values()) for (const space of task.spaces) space.close()
  }

  #closeUnused(path: string, task: OpenTask): void {
    if (task.spaces.size > 0) return
    this.#tasks.delete(path)
    task.database.close()
    this.#sharePageCache()
  }

  #sharePageCache(): void {
    for (const { database } of this.#tasks.values())
      database.setPageCache(this.#pageCacheBytes / this.#tasks.size)
  }
}

/** What a space does through its task. */
interface TaskHooks {
  /** Makes the rows of all stores of the task durable. */
  commit(): void
  close(): void
}

interface OpenTask {
  readonly database: SqliteTaskDatabase
  readonly spaces: Set<SqliteRowSpace>
}

class SqliteRowSpace implements RowSpace {
  readonly persistent = true
  readonly facts: SpaceFacts
  readonly #database: SqliteTaskDatabase
  readonly #memory: StateMemory
  readonly #id: number
  readonly #task: TaskHooks
  readonly #what: string
  readonly #tables = new Map<number, CachedRowTable>()
  #saved: SpaceFacts
  #ids: readonly number[]
  #open = true

  constructor(
    database: SqliteTaskDatabase,
    memory: StateMemory,
    storeName: string,
    layout: string,
    task: TaskHooks,
  ) {
    this.#database = database
    this.#memory = memory
    this.#task = task
    this.#what = `store ${storeName}`
    const stored = database.openSpace(storeName, layout)
    this.#id = stored.id
    this.facts = stored.facts
    this.#saved = { ...stored.facts }
    this.#ids = stored.tables
    for (const id of stored.tables) this.#tables.set(id, this.#make(id, false))
  }

  table(id: number): RowTable {
    let table = this.#tables.get(id)
    if (table === undefined) {
      table = this.#make(id, true)
      this.#tables.set(id, table)
      this.#ids = [...this.#tables.keys()].sort((a, b) => a - b)
    }
    return table
  }

  existing(id: number): RowTable | null {
    return this.#tables.get(id) ?? null
  }

  ids(): readonly number[] {
    return this.#ids
  }

  tables(): readonly CachedRowTable[] {
    return [...this.#tables.values()]
  }

  drop(id: number): void {
    this.#tables.get(id)?.release()
    this.#tables.delete(id)
    this.#ids = this.#ids.filter((each) => each !== id)
    this.#database.drop(this.#id, id)
  }

  /** Rows and facts go into the open transaction. */
  spill(): void {
    for (const table of this.#tables.values()) table.spill()
    const { streamTime, sequence } = this.facts
    if (streamTime === this.#saved.streamTime && sequence === this.#saved.sequence) return
    this.#database.saveFacts(this.#id, this.facts)
    this.#saved = { streamTime, sequence }
  }

  flush(): void {
    this.spill()
  }

  commit(): void {
    this.#task.commit()
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    for (const table of this.#tables.values()) table.release()
    this.#tables.clear()
    this.#task.close()
  }

  #make(id: number, complete: boolean): CachedRowTable {
    let disk: ReturnType<SqliteTaskDatabase['table']> | null = null
    const table = () => (disk ??= this.#database.table(this.#id, id))
    return new CachedRowTable(this.#memory, complete, table, this.#what)
  }
}
