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
 * A store is only as durable as its last commit: rows written since then die with the process. The stores of a task are one
 * transaction, so the `flush` or `close` of one of them makes the rows of all of them durable. With {@link commit}, rows and
 * the changelog offsets they stand for become durable in one transaction, so after any crash a task restores from
 * {@link committedOffset} on and nothing has to be wiped (KIP-1035 does the same in Java).
 */
export class SqliteStoreEngine extends RowStoreEngine {
  readonly #spaces: SqliteRowSpaces

  constructor(options: SqliteStoreOptions) {
    const spaces = new SqliteRowSpaces(options.stateDir, options.memory ?? new StateMemory())
    super(spaces, options.changelogTiming)
    this.#spaces = spaces
  }

  /**
   * Makes all rows of a task durable, together with the changelog offsets they stand for.
   *
   * @param changelogOffsets by store name: the offset after the last changelog record that the rows include
   * @throws IllegalStateException when none of the task's stores is open
   */
  commit(applicationId: string, taskId: string, changelogOffsets: ReadonlyMap<string, bigint>): void {
    const database = this.#database(applicationId, taskId)
    this.prepareCommit(applicationId, taskId)
    this.#spaces.spill(applicationId, taskId)
    for (const [storeName, offset] of changelogOffsets) database.saveOffset(storeName, offset)
    database.commit()
  }

  /** Where the restore of a store begins: the offset of its last {@link commit}, undefined when there is none. */
  committedOffset(applicationId: string, taskId: string, storeName: string): bigint | undefined {
    return this.#database(applicationId, taskId).committedOffset(storeName)
  }

  /**
   * Closes a task's stores and gives up what was not committed: for a task that failed or was fenced, whose changelog
   * records may have been aborted.
   */
  abandon(applicationId: string, taskId: string): void {
    for (const store of this.storesOf(applicationId, taskId)) store.abandon()
  }

  /**
   * Deletes the state of a task that moved away.
   *
   * @throws IllegalStateException while any of its stores is open
   */
  destroy(applicationId: string, taskId: string): void {
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
