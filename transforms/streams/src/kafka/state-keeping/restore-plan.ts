import type { Admin, Consumer, TopicPartition } from '@spillway/api'
import type { StreamTask } from '../../runtime/stream-task.ts'
import type { TaskChangelog } from '../../runtime/task-stores.ts'
import type { Restore } from '../changelog-reader.ts'
import type { StreamsLogger } from '../streams-logger.ts'

/** A store that has just been opened, and how far its changelog counts for it. */
export interface StoreToRestore {
  readonly task: StreamTask
  readonly changelog: TaskChangelog
  /** Where its rows stand: the first offset that they do not include; undefined: no rows. */
  readonly checkpoint: bigint | undefined
  /** Where the restore ends, given the end of the log. */
  end(logEnd: bigint): bigint
  /** Kept up for ever, by a standby task. */
  readonly isStandby: boolean
}

export interface RestorePlanSettings {
  /** Without a group: asked for the beginnings of changelogs. */
  readonly restoreConsumer: Consumer
  readonly admin: Pick<Admin, 'listOffsets'>
  readonly logger: StreamsLogger
}

/**
 * What is to be read for stores that have just been opened. Rows that end before the log begins, or after its end, say nothing about
 * what is in it: then all stores of the task begin with none.
 *
 * @throws RetriableError where the brokers cannot be asked at present; nothing has changed then
 */
export async function planRestores(
  { restoreConsumer, admin, logger }: RestorePlanSettings,
  stores: readonly StoreToRestore[],
): Promise<readonly Restore[]> {
  if (stores.length === 0) return []
  const partitions = stores.map(partitionOf)
  const begins = await restoreConsumer.beginningOffsets(partitions)
  // The end of all, committed or not: a transaction that is as good as committed may be open in the changelog yet, while the offsets
  // it belongs to can be read already. The reader waits there until the transaction is over.
  const logEnds = await admin.listOffsets(partitions, 'latest')
  const facts = stores.map((store, index) => {
    const [begin, logEnd] = [begins[index] as bigint, logEnds[index] as bigint]
    const end = store.end(logEnd)
    return { ...store, begin, end, newest: store.isStandby || end > logEnd ? logEnd : end }
  })
  const unfit = new Set(
    facts
      .filter(
        ({ checkpoint, begin, newest }) =>
          checkpoint !== undefined && (checkpoint < begin || checkpoint > newest),
      )
      .map(({ task }) => task),
  )
  for (const task of unfit) {
    logger.warn(
      `the state of task ${task.id} does not fit its changelog (deleted, or shorter than what is kept): it is restored from the start`,
    )
    task.wipeStores()
  }
  return facts.map(({ task, changelog: { storeName, topic }, checkpoint, begin, end, isStandby }) => ({
    topic,
    partition: task.context.taskPartition,
    taskId: task.id,
    storeName,
    from: (unfit.has(task) ? undefined : checkpoint) ?? begin,
    end,
    isStandby,
    apply: (records) => {
      task.restore(storeName, records)
      // Rows leave memory slice by slice, or the commit at the end would stand still for seconds.
      task.prepareCommit()
    },
  }))
}

function partitionOf({ task, changelog }: StoreToRestore): TopicPartition {
  return { topic: changelog.topic, partition: task.context.taskPartition }
}
