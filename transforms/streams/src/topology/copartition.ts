import { IllegalStateException, TopologyException } from '../core/errors.ts'

/** Partition counts of the topics of one co-partition group. A count below 1 means that the topic does not exist. */
export interface CopartitionGroup {
  /** Topics of others, by name. */
  readonly sourceTopics: Readonly<Record<string, number>>
  /** Repartition topics whose count the engine may choose, with the count that follows from what is upstream. */
  readonly repartitionTopicsProposed: Readonly<Record<string, number>>
  /** Repartition topics whose count the user gave. */
  readonly repartitionTopicsEnforced: Readonly<Record<string, number>>
}

/** Java's text of a TreeMap. */
function mapText(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))
  return `[{${entries.map(([topic, count]) => `${topic}=${count}`).join(', ')}}]`
}

/** The one count of all source topics. */
function sourceCount(sources: Readonly<Record<string, number>>): number {
  const counts = Object.values(sources)
  const first = counts[0] as number
  if (counts.some((count) => count !== first)) {
    throw new TopologyException(`Topics not co-partitioned: ${mapText(sources)}`)
  }
  return first
}

/** The count of a group of repartition topics alone: what the user gave, or the largest. */
function repartitionCount(group: CopartitionGroup): number {
  const enforced = Object.values(group.repartitionTopicsEnforced)
  const first = enforced[0]
  if (first === undefined) return Math.max(0, ...Object.values(group.repartitionTopicsProposed))
  if (enforced.some((count) => count !== first)) {
    const all = { ...group.repartitionTopicsProposed, ...group.repartitionTopicsEnforced }
    throw new TopologyException(`Following topics do not have the same number of partitions: ${mapText(all)}`)
  }
  return first
}

/**
 * Checks that topics which are joined have equal partition counts and chooses those of the repartition topics among them.
 * Corresponds to Java's `CopartitionedTopicsEnforcer`.
 *
 * @returns the count of each repartition topic
 * @throws TopologyException when counts disagree
 * @throws IllegalStateException when a source topic does not exist
 */
export function enforceCopartitioning(group: CopartitionGroup): Record<string, number> {
  for (const [topic, count] of Object.entries(group.sourceTopics)) {
    if (count < 1) throw new IllegalStateException(`Topic not found: ${topic}`)
  }
  const hasSources = Object.keys(group.sourceTopics).length > 0
  const count = hasSources ? sourceCount(group.sourceTopics) : repartitionCount(group)
  const topics = [
    ...Object.keys(group.repartitionTopicsProposed),
    ...Object.keys(group.repartitionTopicsEnforced),
  ]
  if (topics.length > 0 && count <= 0) {
    throw new IllegalStateException(`Could not validate the copartitioning of topics: [${topics.join(', ')}]`)
  }
  for (const [topic, enforced] of Object.entries(group.repartitionTopicsEnforced)) {
    if (enforced !== count) {
      throw new TopologyException(
        `Number of partitions [${enforced}] of repartition topic [${topic}] doesn't match number of partitions ` +
          `[${count}] of the source topic.`,
      )
    }
  }
  return Object.fromEntries(topics.map((topic) => [topic, count]))
}
