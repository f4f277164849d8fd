import { type Admin, type TopicPartition, topicPartitionName } from '@spillway/api'
import { StreamsException } from '../../core/errors.ts'
import type { AssignedTask } from '../assigned-task.ts'
import type { TaskSet } from '../task-set.ts'
import type { TaskPlans } from '../topics/task-plans.ts'
import type { LagInfo } from './streams-metadata.ts'

interface StorePosition {
  readonly storeName: string
  readonly at: TopicPartition
  /** Undefined: the end of the changelog, which the task writes itself. */
  readonly position: bigint | undefined
}

/**
 * How far the stores of all tasks that are here are behind the ends of their changelogs. Corresponds to Java's
 * `allLocalStorePartitionLags`.
 *
 * @throws StreamsException when Kafka does not tell the ends
 */
export async function storeLags(
  taskSets: readonly TaskSet[],
  plans: TaskPlans,
  admin: Admin,
): Promise<ReadonlyMap<string, ReadonlyMap<number, LagInfo>>> {
  const positions = taskSets.flatMap((tasks) => [
    ...tasks.tasks.flatMap((task) => activePositions(task, tasks, plans)),
    ...tasks.standbys.copies.flatMap(({ changelogs, partition }) =>
      changelogs.map(({ storeName, topic }) => ({
        storeName,
        at: { topic, partition },
        position: tasks.restoredPosition(topic, partition) ?? 0n,
      })),
    ),
  ])
  if (positions.length === 0) return new Map()
  const ends = await endsOf(
    admin,
    positions.map(({ at }) => at),
  )
  const lags = new Map<string, Map<number, LagInfo>>()
  for (const [index, { storeName, at, position }] of positions.entries()) {
    const end = ends[index] as bigint
    const current = position ?? end
    const lag = end > current ? end - current : 0n
    const ofStore = lags.get(storeName) ?? new Map<number, LagInfo>()
    lags.set(storeName, ofStore)
    ofStore.set(at.partition, { currentOffsetPosition: current, endOffsetPosition: end, offsetLag: lag })
  }
  return lags
}

/** A task that has not begun to restore counts from the beginning, as in Java. */
function activePositions(assigned: AssignedTask, tasks: TaskSet, plans: TaskPlans): readonly StorePosition[] {
  const planned = plans.current?.tasks.get(assigned.id)
  if (planned === undefined) return []
  const { partition } = planned
  return plans.topics.changelogsOf(planned).map(({ storeName, topic }) => ({
    storeName,
    at: { topic, partition },
    position:
      assigned.state === 'RUNNING'
        ? undefined
        : (tasks.restoredPosition(topic, partition) ?? assigned.restoredTo.get(storeName) ?? 0n),
  }))
}

async function endsOf(admin: Admin, partitions: readonly TopicPartition[]): Promise<readonly bigint[]> {
  try {
    return await admin.listOffsets(partitions, 'latest')
  } catch (error) {
    throw new StreamsException(
      `Unable to obtain end offsets of ${partitions.map(topicPartitionName).join(', ')} from Kafka`,
      error,
    )
  }
}
