import type { JobTopology } from '@spillway/api'
import type { TopologyDescription } from '../topology/describe.ts'

/** A described topology as plain values. */
export function jobTopology(description: TopologyDescription): JobTopology {
  return {
    text: description.toString(),
    subtopologies: description.subtopologies.map(({ id, global, nodes }) => ({
      id,
      global,
      nodes: nodes.map(({ name, kind, topics, pattern, stores, successors }) => ({
        name,
        kind,
        topics,
        pattern: pattern === null ? null : pattern.source,
        stores,
        successors,
      })),
    })),
  }
}
