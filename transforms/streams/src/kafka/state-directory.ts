import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StreamsException } from '../core/errors.ts'

const processFile = 'kafka-streams-process-metadata'
const taskFolder = /^\d+_\d+$/
const stateFile = 'stores.sqlite'

/** The folder of an application's state, `<state.dir>/<application.id>`. Corresponds to Java's `StateDirectory`. */
export class StateDirectory {
  readonly path: string

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
   * Deletes the state of tasks that nobody has open and that was not written for a while.
   *
   * @param isOpen tasks of this process
   * @returns the tasks whose state is gone
   */
  cleanUp(isOpen: (taskId: string) => boolean, now: number, delayMs: number): readonly string[] {
    const removed: string[] = []
    for (const taskId of this.tasks()) {
      if (isOpen(taskId) || now - this.#lastWrite(taskId) < delayMs) continue
      rmSync(join(this.path, taskId), { recursive: true, force: true })
      removed.push(taskId)
    }
    return removed
  }

  /** Deletes everything that is kept of the application. */
  destroy(): void {
    rmSync(this.path, { recursive: true, force: true })
  }

  #lastWrite(taskId: string): number {
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
