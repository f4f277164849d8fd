import { type Clock, topicPartitionName } from '@spillway/api'
import { StreamsException } from '../core/errors.ts'
import type { StartOffset } from './topics/start-offsets.ts'

/** Since when a task has come no further, and from where it begins each time. */
interface Standstill {
  readonly since: number
  readonly starts: string
}

/** Tasks that begin anew again and again from the same offsets: for `task.timeout.ms`, then that is an error. */
export class TaskRevivals {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #byTask = new Map<string, Standstill>()

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /**
   * A task begins anew.
   *
   * @param error why
   * @throws StreamsException when it has come no further for too long
   */
  note(taskId: string, partition: number, starts: ReadonlyMap<string, StartOffset>, error: Error): void {
    const now = this.#clock.monotonic()
    const from = [...starts].map(
      ([topic, { offset }]) => `${topicPartitionName({ topic, partition })}@${offset}`,
    )
    const text = from.join(', ')
    const before = this.#byTask.get(taskId)
    if (before?.starts !== text) this.#byTask.set(taskId, { since: now, starts: text })
    else if (now - before.since >= this.#timeoutMs) {
      throw new StreamsException(
        `Task ${taskId} has come no further than ${text} for ${this.#timeoutMs} ms (task.timeout.ms): ${error.message}`,
        error,
      )
    }
  }
}
