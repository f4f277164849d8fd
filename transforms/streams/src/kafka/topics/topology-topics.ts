import { createHash } from 'node:crypto'
import { TopologyException } from '../../core/errors.ts'
import type { AutoOffsetReset } from '../../config/auto-offset-reset.ts'
import { numberSetting, type StreamsConfig } from '../../config/streams-config.ts'
import { planPartitions } from '../../runtime/partition-plan.ts'
import type { PlannedSubtopology } from '../../runtime/partition-plan.ts'
import { matchesWhole } from '../../topology/internal-topology-builder.ts'
import type { InternalTopologyBuilder } from '../../topology/internal-topology-builder.ts'
import type { InternalTopic, NodeDefinition, SourceDefinition } from '../../topology/node-definitions.ts'
import { changelogTopicName, generalTopicConfigs } from '../../topology/topic-configs.ts'
import { MissingSourceTopicException } from '../errors.ts'

/** A task of the plan: one partition of one sub-topology. */
export interface PlannedTask {
  /** `<sub-topology>_<partition>`. */
  readonly id: string
  readonly partition: number
  readonly nodes: readonly NodeDefinition[]
  /** Full names of the topics it reads this partition of. */
  readonly topics: readonly string[]
  /** Whether it has stores that a changelog brings back. */
  readonly isStateful: boolean
}

/** All tasks of the topology over the topics as they are. */
export interface TaskPlan {
  readonly tasks: ReadonlyMap<string, PlannedTask>
  /** Partitions that the application's own topics must have, by full name. */
  readonly internalPartitions: ReadonlyMap<string, number>
}

/** The topics of a topology under their full names. */
export class TopologyTopics {
  readonly applicationId: string
  readonly topology: InternalTopologyBuilder
  readonly #sources: readonly SourceDefinition[]
  readonly #config: StreamsConfig

  /** @param config for what internal topics are made with */
  constructor(applicationId: string, topology: InternalTopologyBuilder, config: StreamsConfig = {}) {
    this.applicationId = applicationId
    this.topology = topology
    this.#config = config
    this.#sources = [...topology.nodes.values()].filter(
      (node): node is SourceDefinition =>
        node.kind === 'source' && !topology.globalTopics.has(node.topics[0] ?? ''),
    )
  }

  /** Tells topologies apart whose members cannot share a group: sub-topologies, stores and topics count. */
  fingerprint(): string {
    const internal = this.internalTopics().map(({ name, kind, partitions }) => [name, kind, partitions])
    const text = `${this.topology.describe().toString()}${JSON.stringify(internal)}`
    return createHash('sha256').update(text).digest('hex').slice(0, 16)
  }

  /** The application's own topics, with the configs they are made with. */
  internalTopics(): readonly InternalTopic[] {
    return this.topology.internalTopics(
      this.applicationId,
      generalTopicConfigs(this.#config),
      numberSetting(this.#config, 'windowstore.changelog.additional.retention.ms', 86_400_000),
    )
  }

  /** Topics that bring back the stores of a task. */
  changelogsOf({
    nodes,
  }: Pick<PlannedTask, 'nodes'>): readonly { readonly storeName: string; readonly topic: string }[] {
    return [...storesOf(nodes)].flatMap((storeName) => {
      const found = this.topology.restoreTopic(this.applicationId, storeName)
      return found === null ? [] : [{ storeName, topic: found.topic }]
    })
  }

  fullName(topic: string): string {
    return this.topology.internalTopicPartitions.has(topic) ? `${this.applicationId}-${topic}` : topic
  }

  /** Topics of others that sources name. */
  sourceTopics(): readonly string[] {
    return this.#sources.flatMap(({ topics }) =>
      topics.filter((topic) => !this.topology.internalTopicPartitions.has(topic)),
    )
  }

  /** Whether a source reads the topic, by name or pattern. */
  reads(topic: string): boolean {
    return this.#sources.some((source) => this.#readBy(source, topic))
  }

  /** Whether any source reads by a pattern. */
  get hasPatterns(): boolean {
    return this.#sources.some(({ pattern }) => pattern !== null)
  }

  /** Full names of all topics that sources name. */
  namedTopics(): readonly string[] {
    return this.#sources.flatMap(({ topics }) => topics.map((topic) => this.fullName(topic)))
  }

  /** Where a topic without a committed offset begins, null: as configured. Internal topics are read from their start. */
  offsetReset(topic: string): AutoOffsetReset | null {
    const source = this.#sources.find((each) => this.#readBy(each, topic))
    if (source === undefined) return null
    return this.isRepartition(topic) ? 'earliest' : source.offsetReset
  }

  isRepartition(topic: string): boolean {
    return this.topology.isRepartition(this.applicationId, topic)
  }

  /** Full names of a source's topics among those that exist. */
  topicsOf(sourceName: string, existing: Iterable<string>): readonly string[] {
    const source = this.#sources.find(({ name }) => name === sourceName)
    if (source === undefined) return []
    if (source.pattern === null) return source.topics.map((topic) => this.fullName(topic))
    return [...existing].filter((topic) => this.#readBy(source, topic)).sort()
  }

  /**
   * The tasks over topics as they are now.
   *
   * @param counts partitions of the topics of others, by name: of all that a source reads
   * @throws MissingSourceTopicException when a topic that a source names is not there
   * @throws TopologyException when topics that are joined have different counts
   */
  plan(counts: ReadonlyMap<string, number>): TaskPlan {
    const missing = this.sourceTopics().filter((topic) => !counts.has(topic))
    if (missing.length > 0) {
      throw new MissingSourceTopicException(
        `Source topics that do not exist: ${missing.sort().join(', ')}. Create them before the application ` +
          `${this.applicationId} starts.`,
      )
    }
    const widestOfPatterns = Math.max(
      0,
      ...[...counts].filter(([topic]) => this.#isMatched(topic)).map(([, count]) => count),
    )
    const plan = planPartitions(this.topology, this.applicationId, (topic) =>
      topic === '' ? widestOfPatterns : (counts.get(topic) ?? 0),
    )
    const all = new Map([...counts, ...plan.partitions])
    const tasks = new Map<string, PlannedTask>()
    for (const subtopology of plan.subtopologies)
      for (const task of this.#tasksOf(subtopology, all)) tasks.set(task.id, task)
    return { tasks, internalPartitions: this.#internalPartitions(plan.partitions, tasks) }
  }

  *#tasksOf({ id, nodes }: PlannedSubtopology, counts: ReadonlyMap<string, number>): Iterable<PlannedTask> {
    const sources = nodes.filter((node) => node.kind === 'source')
    const topics = [...new Set(sources.flatMap(({ name }) => this.topicsOf(name, counts.keys())))]
    const width = Math.max(0, ...topics.map((topic) => counts.get(topic) ?? 0))
    const isStateful = this.changelogsOf({ nodes }).length > 0
    for (let partition = 0; partition < width; partition++) {
      const read = topics.filter((topic) => partition < (counts.get(topic) ?? 0))
      yield { id: `${id}_${partition}`, partition, nodes, topics: read, isStateful }
    }
  }

  #internalPartitions(
    planned: ReadonlyMap<string, number>,
    tasks: ReadonlyMap<string, PlannedTask>,
  ): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    /** By name of the changelog. */
    const widths = new Map<string, number>()
    for (const { nodes, partition } of tasks.values()) {
      for (const store of storesOf(nodes)) {
        const changelog = changelogTopicName(this.applicationId, store)
        widths.set(changelog, Math.max(widths.get(changelog) ?? 0, partition + 1))
      }
    }
    for (const { name, kind } of this.internalTopics()) {
      const count = (kind === 'repartition' ? planned : widths).get(name)
      if (count === undefined || count < 1)
        throw new TopologyException(`No partition count can be found for the internal topic ${name}`)
      counts.set(name, count)
    }
    return counts
  }

  #isMatched(topic: string): boolean {
    return this.#sources.some((source) => source.pattern !== null && this.#readBy(source, topic))
  }

  #readBy(source: SourceDefinition, topic: string): boolean {
    if (source.pattern === null) return source.topics.some((each) => this.fullName(each) === topic)
    return !this.#isInternalName(topic) && matchesWhole(source.pattern, topic)
  }

  /** A pattern does not match the application's own topics by chance. */
  #isInternalName(topic: string): boolean {
    return (
      topic.startsWith(`${this.applicationId}-`) &&
      (topic.endsWith('-changelog') || topic.endsWith('-repartition'))
    )
  }
}

/** Names of the stores that nodes use. */
function storesOf(nodes: readonly NodeDefinition[]): ReadonlySet<string> {
  return new Set(nodes.flatMap((node) => (node.kind === 'processor' ? [...node.stores] : [])))
}
