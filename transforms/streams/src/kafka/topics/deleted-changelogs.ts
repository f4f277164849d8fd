import type { Admin, Clock } from '@spillway/api'
import { messageOf } from '../../core/errors.ts'
import type { AssignedTask } from '../assigned-task.ts'
import { TaskCorruptedException } from '../errors.ts'
import type { StreamsLogger } from '../streams-logger.ts'
import type { TaskSet } from '../task-set.ts'
import type { TaskPlans } from './task-plans.ts'

/** How often it looks, ms: writes to a topic that is gone would wait for delivery.timeout.ms. */
const lookMs = 2_000

export interface DeletedChangelogsParts {
  readonly admin: Admin
  readonly plans: TaskPlans
  readonly clock: Clock
  readonly logger: StreamsLogger
}

/**
 * Looks whether changelog topics are what they were: nobody reads them while all goes well, so nobody else would see. A topic that is
 * gone is made anew, by whichever client is first; the others know it by its id.
 */
export class DeletedChangelogs {
  readonly #parts: DeletedChangelogsParts
  readonly #lost: (topics: readonly string[]) => void
  readonly #ids = new Map<string, string>()

  /** @param lost told of changelog topics that were deleted, once they are made anew */
  constructor(parts: DeletedChangelogsParts, lost: (topics: readonly string[]) => void) {
    this.#parts = parts
    this.#lost = lost
  }

  /** Until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, plans, logger } = this.#parts
    if (this.#names().length === 0) return
    while (!signal.aborted) {
      try {
        await this.#look()
      } catch (error) {
        logger.debug(
          `changelog topics of ${plans.topics.applicationId} cannot be looked at: ${messageOf(error)}`,
        )
      }
      await clock.sleep(lookMs, signal).catch(() => undefined)
    }
  }

  async #look(): Promise<void> {
    const names = this.#names()
    let found = await this.#found(names)
    if (found.size < names.length) {
      // It asks the controller to make them, which knows better than any broker whether they are there.
      await this.#parts.plans.refresh()
      found = await this.#found(names)
    }
    const lost: string[] = []
    for (const [name, id] of found) {
      const before = this.#ids.get(name)
      this.#ids.set(name, id)
      if (before !== undefined && before !== id) lost.push(name)
    }
    if (lost.length > 0) this.#lost(lost)
  }

  #names(): readonly string[] {
    return this.#parts.plans.topics
      .internalTopics()
      .filter(({ kind }) => kind === 'changelog')
      .map(({ name }) => name)
  }

  async #found(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const topics = await this.#parts.admin.describeTopics(names)
    return new Map(topics.map(({ name, topicId }) => [name, topicId]))
  }
}

/**
 * Forgets the topics. Copies of stores that are kept in one of them begin anew.
 *
 * @throws TaskCorruptedException for tasks that have such stores
 */
export function refuseDeleted(topics: Set<string>, { tasks, standbys }: TaskSet): void {
  if (topics.size === 0) return
  const lost = [...topics].join(', ')
  const isLost = ({ changelogs }: Pick<AssignedTask, 'changelogs'>): boolean =>
    changelogs.some(({ topic }) => topics.has(topic))
  const ids = tasks.filter(isLost).map(({ id }) => id)
  for (const { id } of standbys.copies.filter(isLost)) standbys.wipe(id)
  topics.clear()
  if (ids.length === 0) return
  const message = `the changelog topic ${lost} was deleted: their stores are as what is written to it anew`
  throw new TaskCorruptedException(ids, true, message)
}
