import type { StateStore } from '../../stores/key-value-store.ts'
import type { AssignedTask } from '../assigned-task.ts'
import type { StandbyCopy } from '../state-keeping/standby-set.ts'
import type { ThreadState } from '../thread-settings.ts'
import type { TaskSet } from '../task-set.ts'
import { Position } from './position.ts'

/** A task of this client whose stores are open, as queries see it. */
export interface LocalTask {
  readonly id: string
  readonly partition: number
  readonly isActive: boolean
  /** Its rows are all there: it processes. */
  readonly isRunning: boolean
  readonly stores: ReadonlyMap<string, StateStore>
  /** How far input has been applied to a store. Empty where that is not known, as of a copy of a changelog. */
  position(storeName: string): Position
}

/** A thread and its tasks at a moment. */
export interface LocalThread {
  readonly state: ThreadState
  readonly tasks: readonly LocalTask[]
  /** Whether all active tasks process. A record that is to be done again counts as well: its rows are half of it. */
  readonly isAllRunning: boolean
}

/** What a thread has, read anew for each query: tasks come and go between two. */
export function localThread(thread: {
  readonly state: ThreadState
  readonly tasks: TaskSet | undefined
}): LocalThread {
  const { tasks } = thread
  if (tasks === undefined) return { state: thread.state, tasks: [], isAllRunning: true }
  const restored: PositionOf = (topic, partition) => tasks.restoredPosition(topic, partition)
  return {
    state: thread.state,
    tasks: [
      ...tasks.tasks.flatMap((assigned) => activeTask(assigned, restored)),
      ...tasks.standbys.copies.map((copy) => standbyTask(copy, restored)),
    ],
    isAllRunning: tasks.isAllRunning,
  }
}

/** The offset after the last record of a changelog that a store's rows include, while it is restored or kept up. */
type PositionOf = (topic: string, partition: number) => bigint | undefined

function activeTask(assigned: AssignedTask, restored: PositionOf): readonly LocalTask[] {
  const { id, state, task, changelogs } = assigned
  // Rows of a record that is to be done again are half of it, and are given up.
  if (state === 'SUSPENDED' || state === 'CLOSED') return []
  const isRunning = state === 'RUNNING'
  const partition = task.context.taskPartition
  return [
    {
      id,
      partition,
      isActive: true,
      isRunning,
      stores: task.context.stores,
      position: (store) =>
        isRunning ? inputPosition(assigned) : sourcePosition(changelogs, store, partition, restored),
    },
  ]
}

function standbyTask({ id, partition, stores, changelogs }: StandbyCopy, restored: PositionOf): LocalTask {
  return {
    id,
    partition,
    isActive: false,
    isRunning: true,
    stores,
    position: (store) => sourcePosition(changelogs, store, partition, restored),
  }
}

/** All stores of a task are as far as the task: between two records of it. */
function inputPosition(assigned: AssignedTask): Position {
  const position = Position.emptyPosition()
  for (const { topic, partition } of assigned.partitions.values()) {
    const next = assigned.nextOffset(topic)
    if (next > 0n) position.withComponent(topic, partition, next - 1n)
  }
  return position
}

/** A topic that is read as its own changelog tells how far its store is; other changelogs do not tell. */
function sourcePosition(
  changelogs: StandbyCopy['changelogs'],
  storeName: string,
  partition: number,
  restored: PositionOf,
): Position {
  const position = Position.emptyPosition()
  const source = changelogs.find((each) => each.storeName === storeName && each.isSource)
  const next = source === undefined ? undefined : restored(source.topic, partition)
  if (source !== undefined && next !== undefined && next > 0n)
    position.withComponent(source.topic, partition, next - 1n)
  return position
}
