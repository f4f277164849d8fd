import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StreamsException } from '../core/errors.ts'
import { SqliteTaskDatabase } from '../state/index.ts'

const processFile = 'kafka-streams-process-metadata'
const taskFolder = /^\d+_\d+$/
const stateFile = 'stores.sqlite'

/** The folder of an application's state, `<state.dir>/<application.id>`. Corresponds to Java's `StateDirectory`. */
export class StateDirectory {
  readonly path: string
  /** Who of this process has a task's state, by task. */
  readonly #owners = new Map<string, object>()

  constructor(stateDir: string, applicationId: string) {
    this.path = join(stateDir, applicationId)
  }

  /**
   * The id that the state here is known by in the group: the same after a restart, so that tasks come back to it.
   *
   * @throws StreamsException when the folder cannot be written
   */
  processId(): string {
    const file = join(this.path, processFile)
    try {
      const found = JSON.parse(readFileSync(file, 'utf8')) as { processId?: unknown }
      if (typeof found.processId === 'string' && found.processId !== '') return found.processId
    } catch {
      // None yet, or one that was cut off: a new one is as good.
    }
    const processId = randomUUID()
    try {
      mkdirSync(this.path, { recursive: true })
      writeFileSync(file, JSON.stringify({ processId }))
    } catch (error) {
      throw new StreamsException(
        `state.dir ${this.path} cannot be written: ${String(error)}. Set state.dir to a folder of the process's own.`,
        error,
      )
    }
    return processId
  }

  /** Tasks whose state is kept here. */
  tasks(): readonly string[] {
    try {
      return readdirSync(this.path)
        .filter((name) => taskFolder.test(name))
        .sort()
    } catch {
      return []
    }
  }

  /**
   * Takes the state of a task for a thread of this process. Files have locks of their own against other processes.
   *
   * @returns false while another thread has it
   */
  lock(taskId: string, owner: object): boolean {
    const found = this.#owners.get(taskId)
    if (found !== undefined && found !== owner) return false
    this.#owners.set(taskId, owner)
    return true
  }

  /** Does nothing for who does not have it. */
  unlock(taskId: string, owner: object): void {
    if (this.#owners.get(taskId) === owner) this.#owners.delete(taskId)
  }

  /** Whether a thread of this process has the task's state. */
  isLocked(taskId: string): boolean {
    return this.#owners.has(taskId)
  }

  /**
   * Changelog offsets that the rows of a task stand for, by store name.
   *
   * @returns undefined for a task that somebody has open, or that has no rows
   */
  offsets(taskId: string): ReadonlyMap<string, bigint> | undefined {
    return this.isLocked(taskId)
      ? undefined
      : SqliteTaskDatabase.offsetsOf(join(this.path, taskId, stateFile))
  }

  /**
   * Deletes the state of tasks that nobody has open and that was not written for a while.
   *
   * @returns the tasks whose state is gone
   */
  cleanUp(now: number, delayMs: number): readonly string[] {
    const removed: string[] = []
    for (const taskId of this.tasks()) {
      if (this.isLocked(taskId) || now - this.lastWrite(taskId) < delayMs) continue
      if (SqliteTaskDatabase.destroyFolder(join(this.path, taskId, stateFile))) removed.push(taskId)
    }
    return removed
  }

  /** Deletes everything that is kept of the application. */
  destroy(): void {
    rmSync(this.path, { recursive: true, force: true })
  }

  /** When the state of a task was written last, ms since the epoch; 0: there is none. */
  lastWrite(taskId: string): number {
    const folder = join(this.path, taskId)
    const times = [stateFile, `${stateFile}-wal`].map((name) => {
      try {
        return statSync(join(folder, name)).mtimeMs
      } catch {
        return 0
      }
    })
    return Math.max(...times)
  }
}
