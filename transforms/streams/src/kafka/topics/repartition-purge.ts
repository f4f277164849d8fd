import type { Admin, Clock } from '@spillway/api'
import { messageOf } from '../../core/errors.ts'
import type { AssignedTask } from '../assigned-task.ts'
import type { StreamsLogger } from '../streams-logger.ts'
import type { TopologyTopics } from './topology-topics.ts'

export interface RepartitionPurgeSettings {
  readonly admin: Admin
  readonly topics: TopologyTopics
  readonly clock: Clock
  /** `repartition.purge.interval.ms` */
  readonly intervalMs: number
  readonly logger: StreamsLogger
}

/** Deletes what was processed and committed from the application's repartition topics, which nobody else reads. */
export class RepartitionPurge {
  readonly #settings: RepartitionPurgeSettings
  #last: number

  constructor(settings: RepartitionPurgeSettings) {
    this.#settings = settings
    this.#last = settings.clock.now()
  }

  /** Right after a commit: the tasks' progress is what was committed (KAFKA-17635). A failure is told and tried again later. */
  async run(tasks: readonly AssignedTask[]): Promise<void> {
    const { admin, topics, clock, intervalMs, logger } = this.#settings
    if (clock.now() - this.#last < intervalMs) return
    this.#last = clock.now()
    const before = new Map(
      tasks
        .filter(({ state }) => state === 'RUNNING')
        .flatMap(({ task, partitions }) =>
          [...task.progress()]
            .filter(([topic]) => topics.isRepartition(topic))
            .flatMap(([topic, { offset }]) => {
              const partition = partitions.get(topic)
              return partition === undefined ? [] : [[partition, offset] as const]
            }),
        ),
    )
    if (before.size === 0) return
    try {
      await admin.deleteRecords(before)
    } catch (error) {
      logger.debug(`repartition topics could not be purged: ${messageOf(error)}`)
    }
  }
}
