import { type Admin, type TopicPartition, topicPartitionName } from '@spillway/api'
import { StreamsException } from '../../core/errors.ts'
import { tasksByPartition } from '../task-assignor.ts'
import type { InternalTopics } from './internal-topics.ts'
import type { KnownTopics } from './topic-widths.ts'
import type { PlannedTask, TaskPlan, TopologyTopics } from './topology-topics.ts'

/** The tasks of an application over the topics as they are, one for all threads of a client. */
export class TaskPlans {
  readonly topics: TopologyTopics
  readonly #admin: Admin
  readonly #known: KnownTopics
  readonly #internal: InternalTopics
  #current: TaskPlan | undefined
  #running: Promise<TaskPlan> | undefined

  constructor(topics: TopologyTopics, admin: Admin, known: KnownTopics, internal: InternalTopics) {
    this.topics = topics
    this.#admin = admin
    this.#known = known
    this.#internal = internal
  }

  /** As last made, undefined before the first time. */
  get current(): TaskPlan | undefined {
    return this.#current
  }

  /** Reads the topics, makes the application's own, and plans tasks over them. Calls at the same time are one. */
  refresh(): Promise<TaskPlan> {
    this.#running ??= this.#refresh().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /**
   * The partitions by the task that reads them.
   *
   * @throws StreamsException where none does
   */
  async tasksOf(
    partitions: readonly TopicPartition[],
  ): Promise<ReadonlyMap<PlannedTask, readonly TopicPartition[]>> {
    let plan = this.#current ?? (await this.refresh())
    let taskOf = tasksByPartition(plan.tasks)
    if (partitions.some((at) => !taskOf.has(topicPartitionName(at)))) {
      plan = await this.refresh()
      taskOf = tasksByPartition(plan.tasks)
    }
    const byTask = new Map<PlannedTask, TopicPartition[]>()
    for (const partition of partitions) {
      const planned = plan.tasks.get(taskOf.get(topicPartitionName(partition)) ?? '')
      if (planned === undefined)
        throw new StreamsException(`No task reads ${topicPartitionName(partition)}, which was assigned`)
      byTask.set(planned, [...(byTask.get(planned) ?? []), partition])
    }
    return byTask
  }

  async #refresh(): Promise<TaskPlan> {
    const { topics } = this
    const matched = topics.hasPatterns
      ? (await this.#admin.listTopics()).filter(
          (topic) => topics.reads(topic) && !topics.isRepartition(topic),
        )
      : []
    const counts = await this.#known.refreshPatiently([...new Set([...topics.sourceTopics(), ...matched])])
    const plan = topics.plan(counts)
    await this.#internal.make(topics.internalTopics(), plan.internalPartitions)
    await this.#known.refresh([...plan.internalPartitions.keys(), ...sinkTopics(topics)])
    this.#current = plan
    return plan
  }
}

/** Full names of the topics that sinks name. */
function sinkTopics(topics: TopologyTopics): readonly string[] {
  return [...topics.topology.nodes.values()].flatMap((node) =>
    node.kind === 'sink' && typeof node.topic === 'string' ? [topics.fullName(node.topic)] : [],
  )
}
