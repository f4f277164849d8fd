import { JavaTreeSet, javaHashOrder } from '../core/java-order.ts'
import type { NodeDefinition } from './node-definitions.ts'

/** One node of a described topology. Corresponds to Java's `TopologyDescription.Node`. */
export interface DescribedNode {
  readonly name: string
  readonly kind: 'source' | 'processor' | 'sink'
  readonly predecessors: readonly string[]
  readonly successors: readonly string[]
  /** What a source reads by name, or the topic a sink writes; as the topology names them, without the application's id. */
  readonly topics: readonly string[]
  /** By which a source reads, null: by names. */
  readonly pattern: RegExp | null
  /** Names of the stores a processor uses. */
  readonly stores: readonly string[]
  toString(): string
}

/** Corresponds to Java's `TopologyDescription.Subtopology`. */
export interface DescribedSubtopology {
  readonly id: number
  /** Set when the sub-topology only fills a global store. */
  readonly global: boolean
  readonly nodes: readonly DescribedNode[]
  toString(): string
}

/** What `Topology.describe()` gives; its text is the same, byte by byte, as Java's. */
export interface TopologyDescription {
  readonly subtopologies: readonly DescribedSubtopology[]
  toString(): string
}

interface Working {
  readonly definition: NodeDefinition
  size: number
  readonly predecessors: JavaTreeSet<Working>
  readonly successors: JavaTreeSet<Working>
}

function compare(a: Working, b: Working): number {
  if (a === b) return 0
  if (a.size !== b.size) return b.size - a.size
  return a.definition.name < b.definition.name ? -1 : 1
}

function grow(node: Working, delta: number): void {
  node.size += delta
  for (const predecessor of node.predecessors) grow(predecessor, delta)
}

function names(nodes: Iterable<Working>): string[] {
  return [...nodes].map((node) => node.definition.name)
}

const list = (items: readonly string[]): string => (items.length === 0 ? 'none' : items.join(', '))

function nodeText(
  definition: NodeDefinition,
  predecessors: readonly string[],
  successors: readonly string[],
): string {
  const to = `\n      --> ${list(successors)}`
  const from = `\n      <-- ${list(predecessors)}`
  switch (definition.kind) {
    case 'source': {
      const topics =
        definition.pattern === null
          ? `[${javaHashOrder(definition.topics, true).join(', ')}]`
          : definition.pattern.source
      return `Source: ${definition.name} (topics: ${topics})${to}`
    }
    case 'processor': {
      const stores = javaHashOrder(javaHashOrder(definition.stores), true)
      return `Processor: ${definition.name} (stores: [${stores.join(', ')}])${to}${from}`
    }
    case 'sink': {
      const target =
        typeof definition.topic === 'string' ? `topic: ${definition.topic}` : 'extractor class: <extractor>'
      return `Sink: ${definition.name} (${target})${from}`
    }
  }
}

function topicsOf(definition: NodeDefinition): readonly string[] {
  if (definition.kind === 'source') return definition.topics
  return definition.kind === 'sink' && typeof definition.topic === 'string' ? [definition.topic] : []
}

function described(node: Working): DescribedNode {
  const predecessors = names(node.predecessors)
  const successors = names(node.successors)
  const text = nodeText(node.definition, predecessors, successors)
  const { definition } = node
  return {
    name: definition.name,
    kind: definition.kind,
    predecessors,
    successors,
    topics: topicsOf(definition),
    pattern: definition.kind === 'source' ? definition.pattern : null,
    stores: definition.kind === 'processor' ? [...definition.stores] : [],
    toString: () => text,
  }
}

/** Describes one group of connected nodes. */
export function describeSubtopology(
  id: number,
  group: readonly NodeDefinition[],
  global: boolean,
): DescribedSubtopology {
  const byName = new Map(group.map((definition) => [definition.name, definition]))
  const working = new Map<string, Working>()
  for (const name of javaHashOrder(byName.keys())) {
    working.set(name, {
      definition: byName.get(name) as NodeDefinition,
      size: 1,
      predecessors: new JavaTreeSet(compare),
      successors: new JavaTreeSet(compare),
    })
  }
  for (const node of working.values()) {
    for (const name of node.definition.predecessors) {
      const predecessor = working.get(name) as Working
      node.predecessors.add(predecessor)
      predecessor.successors.add(node)
      grow(predecessor, node.size)
    }
  }
  const nodes = [...working.values()].sort(compare).map(described)
  const title = global
    ? `Sub-topology: ${id} for global store (will not generate tasks)\n`
    : `Sub-topology: ${id}\n`
  const body = nodes.map((node) => `    ${node.toString()}\n`).join('')
  return { id, global, nodes, toString: () => (global ? `${title}${body}` : `${title}${body}\n`) }
}

/** Puts the described groups together, in order of their ids. */
export function describeTopology(subtopologies: readonly DescribedSubtopology[]): TopologyDescription {
  const text = `Topologies:\n ${subtopologies.map((subtopology) => `  ${subtopology.toString()}`).join('')}`
  return { subtopologies, toString: () => text }
}
