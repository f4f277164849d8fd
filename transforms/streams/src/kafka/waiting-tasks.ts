import type { Clock } from '@spillway/api'
import { mayHaveToWait } from '../core/converter-serde.ts'
import { messageOf } from '../core/errors.ts'
import { type PendingException, pendingOf } from '../core/synchronous.ts'
import type { TaskProgress } from '../runtime/stream-task.ts'
import type { AssignedTask } from './assigned-task.ts'
import type { RecordCollector } from './record-collector.ts'
import type { StreamsLogger } from './streams-logger.ts'

export interface WaitingTasksSettings {
  readonly collector: RecordCollector
  readonly clock: Clock
  readonly logger: StreamsLogger
  /** Ends waits. */
  readonly signal: AbortSignal
}

/** What could not be done to its end, because a serde has to ask somebody first. */
export interface Undone {
  readonly assigned: AssignedTask
  readonly pending: PendingException
  /** How far the task had come before. */
  readonly progress: ReadonlyMap<string, TaskProgress>
}

/**
 * Tasks whose serdes must ask a registry. Before a record is begun its task just waits. In the middle of one, what the record has
 * sent is taken back, and the task begins anew from before it: nothing is done twice, and nothing half.
 */
export class WaitingTasks {
  readonly #settings: WaitingTasksSettings
  #undone: Undone[] = []

  constructor(settings: WaitingTasksSettings) {
    this.#settings = settings
  }

  get hasUndone(): boolean {
    return this.#undone.length > 0
  }

  /** What {@link undoable} has given up since the last call. */
  takeUndone(): readonly Undone[] {
    return this.#undone.splice(0)
  }

  /** False where a serde had to ask somebody: what was sent is taken back, and {@link takeUndone} tells. */
  undoable(assigned: AssignedTask, what: 'record' | 'punctuation', run: () => void): boolean {
    if (!mayHaveToWait()) {
      run()
      return true
    }
    const { collector } = this.#settings
    const times = assigned.task.context.keptTimes()
    collector.hold()
    try {
      run()
    } catch (error) {
      const pending = pendingOf(error)
      if (pending !== undefined) collector.discard()
      collector.release()
      if (pending === undefined) throw error
      assigned.state = 'SUSPENDED'
      this.#undone.push({ assigned, pending, progress: assigned.task.progressBefore(times, what) })
      return false
    }
    collector.release()
    return true
  }

  /** True while a task waits for an answer that a serde needs. */
  isWaiting(assigned: AssignedTask): boolean {
    const { task, waiting, state } = assigned
    if (waiting !== undefined) {
      if (!waiting.isOver) return true
      assigned.waiting = undefined
      if (state === 'RUNNING') task.resume()
    }
    if (state !== 'RUNNING' || task.pending === null) return false
    this.wait(assigned, task.pending)
    return true
  }

  wait(assigned: AssignedTask, pending: PendingException): void {
    const { clock, logger, signal } = this.#settings
    const waiting = { isOver: false }
    assigned.waiting = waiting
    let failures = 0
    pending
      .settle({
        sleep: async (ms) => await clock.sleep(ms, signal),
        failed: (error) => {
          if (failures++ === 0)
            logger.warn(`task ${assigned.id} waits for ${pending.what}: ${messageOf(error)}`)
        },
      })
      .then(
        () => {
          waiting.isOver = true
          if (failures > 0) logger.info(`task ${assigned.id} goes on after ${failures} tries that failed`)
        },
        (error: unknown) => logger.debug(`task ${assigned.id} waits no longer: ${messageOf(error)}`),
      )
  }
}
