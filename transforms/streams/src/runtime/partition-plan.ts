import { TopologyException } from '../core/errors.ts'
import { enforceCopartitioning } from '../topology/copartition.ts'
import type { InternalTopologyBuilder } from '../topology/internal-topology-builder.ts'
import type { NodeDefinition, SourceDefinition } from '../topology/node-definitions.ts'

/** A sub-topology with the full names of the topics it reads and writes. */
export interface PlannedSubtopology {
  readonly id: number
  readonly nodes: readonly NodeDefinition[]
  readonly tasks: number
}

/** Which tasks run, and how many partitions each topic has. */
export interface PartitionPlan {
  readonly subtopologies: readonly PlannedSubtopology[]
  readonly partitions: ReadonlyMap<string, number>
}

/**
 * Derives the partition counts of repartition topics from those of the topics upstream, checks co-partitioning, and gives each
 * sub-topology as many tasks as its widest topic has partitions.
 *
 * @param countOf partitions of a topic of others; below 1 when it does not exist; of the empty name: of the widest topic
 *   that a pattern matches
 * @throws TopologyException when topics that are joined have different counts
 */
export function planPartitions(
  topology: InternalTopologyBuilder,
  applicationId: string,
  countOf: (topic: string) => number,
): PartitionPlan {
  const groups = topology.nodeGroups()
  const counts = repartitionCounts(topology, groups, countOf)
  for (const group of topology.copartitionTopicGroups())
    enforceGroup(topology, applicationId, group, counts, countOf)
  const partitions = new Map<string, number>()
  const subtopologies: PlannedSubtopology[] = []
  for (const [id, nodes] of groups.entries()) {
    if (topology.isGlobalGroup(nodes)) continue
    let tasks = 0
    for (const topic of nodes.filter(isSource).flatMap((source) => source.topics)) {
      const isInternal = topology.internalTopicPartitions.has(topic)
      const count = isInternal ? (counts.get(topic) ?? 1) : countOf(topic)
      partitions.set(isInternal ? `${applicationId}-${topic}` : topic, count)
      tasks = Math.max(tasks, count)
    }
    if (nodes.some((node) => isSource(node) && node.pattern !== null)) tasks = Math.max(tasks, countOf(''))
    subtopologies.push({ id, nodes, tasks })
  }
  return { subtopologies, partitions }
}

function isSource(node: NodeDefinition): node is SourceDefinition {
  return node.kind === 'source'
}

/** Given by the user, or as many as the widest topic that the records come from. */
function repartitionCounts(
  topology: InternalTopologyBuilder,
  groups: readonly (readonly NodeDefinition[])[],
  countOf: (topic: string) => number,
): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [topic, given] of topology.internalTopicPartitions) if (given !== null) counts.set(topic, given)
  for (let isChanged = true; isChanged;) {
    isChanged = false
    for (const nodes of groups) {
      const sources = nodes.filter(isSource).flatMap((source) => source.topics)
      const known = sources
        .map((topic) => (topology.internalTopicPartitions.has(topic) ? counts.get(topic) : countOf(topic)))
        .filter((count) => count !== undefined)
      if (nodes.some((node) => isSource(node) && node.pattern !== null) && countOf('') > 0)
        known.push(countOf(''))
      if (known.length === 0) continue
      const widest = Math.max(0, ...known)
      for (const node of nodes) {
        if (node.kind !== 'sink' || typeof node.topic !== 'string') continue
        const { topic } = node
        const isDerived = topology.internalTopicPartitions.get(topic) === null
        if (!isDerived || (counts.get(topic) ?? 0) >= widest) continue
        counts.set(topic, widest)
        isChanged = true
      }
    }
  }
  for (const topic of topology.internalTopicPartitions.keys()) {
    if (!counts.has(topic))
      throw new TopologyException(
        'Failed to compute number of partitions for all repartition topics, make sure all user input topics ' +
          `are created and all Pattern subscriptions match at least one topic in the cluster: ${topic}`,
      )
  }
  return counts
}

function enforceGroup(
  topology: InternalTopologyBuilder,
  applicationId: string,
  group: ReadonlySet<string>,
  counts: Map<string, number>,
  countOf: (topic: string) => number,
): void {
  const sourceTopics: Record<string, number> = {}
  const repartitionTopicsProposed: Record<string, number> = {}
  const repartitionTopicsEnforced: Record<string, number> = {}
  for (const topic of group) {
    const given = topology.internalTopicPartitions.get(topic)
    if (given === undefined) sourceTopics[topic] = countOf(topic)
    else if (given === null) repartitionTopicsProposed[`${applicationId}-${topic}`] = counts.get(topic) ?? 0
    else repartitionTopicsEnforced[`${applicationId}-${topic}`] = given
  }
  const chosen = enforceCopartitioning({ sourceTopics, repartitionTopicsProposed, repartitionTopicsEnforced })
  for (const [topic, count] of Object.entries(chosen))
    counts.set(topic.slice(applicationId.length + 1), count)
}
