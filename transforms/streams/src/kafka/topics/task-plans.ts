import type { Admin } from '@spillway/api'
import type { InternalTopics } from './internal-topics.ts'
import type { KnownTopics } from './topic-widths.ts'
import type { TaskPlan, TopologyTopics } from './topology-topics.ts'

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
