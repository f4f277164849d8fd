import { IllegalStateException } from '../../core/errors.ts'
import { RowStoreEngine, type StoreEngineOptions } from '../row-store-engine.ts'
import { SqliteRowSpaces } from './sqlite-rows.ts'
import { SqliteTaskDatabase } from './sqlite-task-database.ts'
import { StateMemory } from '../state-memory.ts'

/** Settings of persistent stores. */
export interface SqliteStoreOptions extends StoreEngineOptions {
  /** Folder of all state, one sub-folder per application and task. Corresponds to `state.dir`. */
  readonly stateDir: string
}

/**
 * Persistent stores in one SQLite file per task, `<stateDir>/<application>/<task>/stores.sqlite`, through Node's built-in
 * module: no native package to install.
 *
 * A store is only as durable as its last commit: rows written since then die with the process, flushed or not. The stores of a
 * task are one transaction. With {@link commit}, rows and the changelog offsets they stand for become durable together, so after
 * any crash a task restores from {@link committedOffset} on and nothing has to be wiped (KIP-1035 does the same in Java). The
 * `close` of a store commits, too, without offsets: for stores that have no changelog.
 */
export class SqliteStoreEngine extends RowStoreEngine {
  readonly #spaces: SqliteRowSpaces

  constructor(options: SqliteStoreOptions) {
    const spaces = new SqliteRowSpaces(options.stateDir, options.memory ?? new StateMemory())
    super(spaces, options.changelogTiming)
    this.#spaces = spaces
  }

  override commit(
    applicationId: string,
    taskId: string,
    changelogOffsets: ReadonlyMap<string, bigint>,
  ): void {
    const database = this.#spaces.database(applicationId, taskId)
    if (database === undefined) return
    this.prepareCommit(applicationId, taskId)
    this.#spaces.spill(applicationId, taskId)
    for (const [storeName, offset] of changelogOffsets) database.saveOffset(storeName, offset)
    database.commit()
  }

  override writeAhead(applicationId: string, taskId: string, keepRows: number): void {
    this.#spaces.spillSome(applicationId, taskId, keepRows)
  }

  /** @throws IllegalStateException when none of the task's stores is open */
  override committedOffset(applicationId: string, taskId: string, storeName: string): bigint | undefined {
    return this.#database(applicationId, taskId).committedOffset(storeName)
  }

  override destroy(applicationId: string, taskId: string): void {
    if (this.#spaces.database(applicationId, taskId) !== undefined) {
      throw new IllegalStateException(
        `The state of task ${taskId} cannot be deleted while its stores are open`,
      )
    }
    SqliteTaskDatabase.destroy(this.#spaces.pathOf(applicationId, taskId))
  }

  #database(applicationId: string, taskId: string): SqliteTaskDatabase {
    const database = this.#spaces.database(applicationId, taskId)
    if (database === undefined)
      throw new IllegalStateException(`No persistent store of task ${taskId} is open`)
    return database
  }
}
