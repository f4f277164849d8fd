import type { InternalTopologyBuilder } from './internal-topology-builder.ts'
import type { SourceDefinition } from './node-definitions.ts'

/**
 * The sources that lead to the processor that a store was connected to first: a key's partition among those of their topics is its
 * partition in the store. Others that use the store are co-partitioned. Corresponds to Java's `sourceTopicsForStore`.
 */
export function sourcesOfStore(
  topology: InternalTopologyBuilder,
  storeName: string,
): readonly SourceDefinition[] {
  const [first] = topology.stores.get(storeName)?.connectedProcessors ?? []
  const sources = new Map<string, SourceDefinition>()
  const seen = new Set<string>()
  const left = first === undefined ? [] : [first]
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    const node = topology.nodes.get(name)
    if (node?.kind === 'source') sources.set(name, node)
    else if (node !== undefined) left.push(...node.predecessors)
  }
  return [...sources.values()]
}
