import { TopologyException } from '../../core/errors.ts'
import type { Serde } from '../../core/serde.ts'
import { enabledOptimizations } from '../../config/streams-config.ts'
import type { StreamsConfig } from '../../config/streams-config.ts'
import type { NamedStore } from '../../stores/materialized-stores.ts'
import { InternalTopologyBuilder } from '../../topology/internal-topology-builder.ts'
import { NameCounter, validateName } from '../../core/names.ts'
import type { DslClasses } from '../dsl-classes.ts'
import { GraphNode, ProcessorGraphNode, RootNode, SuppressNode, findAbove } from './graph-node.ts'
import { optimizeGraph } from './optimizer.ts'
import type { Materialized } from '../../stores/materialized.ts'
import { RepartitionNode } from './repartition-nodes.ts'
import { StreamSourceNode } from './source-nodes.ts'
import { TableJoinNode } from './table-join-node.ts'

/** What every stream and table of the DSL knows of its place in the graph. Corresponds to Java's `AbstractStream`. */
export interface StreamCore {
  readonly name: string
  readonly keySerde: Serde<unknown> | null
  readonly valueSerde: Serde<unknown> | null
  /** Names of the sources that feed it: what must be co-partitioned when it is joined. */
  readonly sources: ReadonlySet<string>
  readonly node: GraphNode
  readonly builder: InternalStreamsBuilder
}

/** Collects the graph of the DSL's calls and writes it to a topology. Corresponds to Java's `InternalStreamsBuilder`. */
export class InternalStreamsBuilder {
  readonly topology = new InternalTopologyBuilder()
  readonly names = new NameCounter()
  readonly root = new RootNode()
  /** Operators that change keys, with the repartitions below them that could be one. */
  readonly keyChangers = new Map<GraphNode, Set<RepartitionNode>>()
  readonly mergeNodes = new Set<GraphNode>()
  readonly nodes: GraphNode[] = []
  /** Makes streams and tables. */
  readonly create: DslClasses
  #isBuilt = false

  constructor(create: DslClasses) {
    this.create = create
  }

  add(parents: GraphNode | readonly GraphNode[], node: GraphNode): void {
    for (const parent of parents instanceof GraphNode ? [parents] : parents) {
      parent.addChild(node)
      // As in Java the last parent decides: a node is written when all its parents are, in order of calls.
      node.buildPriority = this.nodes.length
      this.nodes.push(node)
      this.#noteForOptimization(node)
    }
  }

  /** Settles the name of a store; a generated one may not be relied upon by users. */
  named(
    materialized: Materialized<unknown, unknown>,
    prefix: string,
    serdes: { readonly key?: Serde<unknown> | null; readonly value?: Serde<unknown> | null } = {},
  ): NamedStore {
    const given = materialized.storeName
    const storeName = given ?? this.names.storeName(prefix)
    if (given === null) {
      this.topology.noteGeneratedName('stores', storeName)
      if (materialized.loggingEnabled) this.topology.noteGeneratedName('changelogs', `${storeName}-changelog`)
    }
    return {
      materialized,
      storeName,
      queryableName: given,
      keySerde: materialized.keySerde ?? serdes.key ?? null,
      valueSerde: materialized.valueSerde ?? serdes.value ?? null,
    }
  }

  /** The given name, checked, or a generated one. */
  nodeName(given: string | null, prefix: string): string {
    if (given !== null) validateName(given)
    return this.names.nameOr(given, prefix)
  }

  /** Names of streams that must have equal partition counts. */
  copartition(...streams: readonly StreamCore[]): Set<string> {
    const sources = new Set(streams.flatMap((stream) => [...stream.sources]))
    this.topology.copartitionSources(sources)
    return sources
  }

  /** Optimizes and writes the graph. The second call returns what the first one built. */
  build(config: StreamsConfig): InternalTopologyBuilder {
    if (this.#isBuilt) return this.topology
    this.#isBuilt = true
    this.#mergeDuplicateSources()
    optimizeGraph(this, enabledOptimizations(config))
    this.#enableVersionedSemantics()
    this.#write()
    this.topology.validateCopartition()
    const ensure = config['ensure.explicit.internal.resource.naming']
    if (ensure === true || ensure === 'true') this.topology.refuseGeneratedNames()
    return this.topology
  }

  #noteForOptimization(node: GraphNode): void {
    if (node.isKeyChanging) {
      if (!this.keyChangers.has(node)) this.keyChangers.set(node, new Set())
    } else if (node instanceof RepartitionNode && node.isOptimizable) {
      const changer = keyChangerAbove(node)
      if (changer !== null) this.keyChangers.get(changer)?.add(node)
    } else if (node.isMerge) {
      this.mergeNodes.add(node)
    }
  }

  #mergeDuplicateSources(): void {
    const byTopic = new Map<string, StreamSourceNode>()
    for (const node of this.root.children) {
      if (!(node instanceof StreamSourceNode)) continue
      const { topics } = node
      const keys = topics instanceof RegExp ? [`/${topics.source}/${topics.flags}`] : topics
      for (const key of keys) {
        const main = byTopic.get(key)
        if (main === undefined) {
          byTopic.set(key, node)
          continue
        }
        if (!sameTopics(main.topics, topics)) {
          throw new TopologyException(
            'Two source nodes are subscribed to overlapping but not equal input topics',
          )
        }
        if (main === node) continue
        main.merge(node)
        this.root.removeChild(node)
      }
    }
  }

  #enableVersionedSemantics(): void {
    for (const node of new Set(this.nodes)) {
      for (const parent of node.parents) {
        if (!isVersionedOrAbove(parent)) continue
        if (node instanceof TableJoinNode) node.useVersionedSemantics(parent.name)
        else if (node instanceof ProcessorGraphNode) node.versioned?.useVersionedSemantics(parent.name)
      }
      if (node instanceof SuppressNode && isVersionedAbove(node)) {
        throw new TopologyException(
          'suppress() is only supported for non-versioned KTables (note that version semantics might be inherited from ' +
            'upstream)',
        )
      }
    }
  }

  /** Writes each node after all its parents, else in the order of the DSL's calls. */
  #write(): void {
    const waiting: GraphNode[] = [...this.root.children]
    while (waiting.length > 0) {
      let first = 0
      for (let index = 1; index < waiting.length; index++) {
        if ((waiting[index] as GraphNode).buildPriority < (waiting[first] as GraphNode).buildPriority)
          first = index
      }
      const [node] = waiting.splice(first, 1) as [GraphNode]
      if (node.areParentsWritten && !node.isWritten) {
        node.write(this.topology)
        node.isWritten = true
      }
      waiting.push(...node.children)
    }
  }
}

function sameTopics(a: readonly string[] | RegExp, b: readonly string[] | RegExp): boolean {
  if (a instanceof RegExp || b instanceof RegExp) return a instanceof RegExp && b instanceof RegExp
  return a.length === b.length && a.every((topic) => b.includes(topic))
}

/** True when all parents' outputs are versioned. */
function isVersionedAbove(node: GraphNode): boolean {
  return !(node instanceof RootNode) && [...node.parents].every(isVersionedOrAbove)
}

function isVersionedOrAbove(node: GraphNode): boolean {
  return node.isOutputVersioned ?? isVersionedAbove(node)
}

/** The operator whose new key makes this repartition necessary, if nothing in between changes values. */
function keyChangerAbove(node: GraphNode): GraphNode | null {
  const changer = findAbove(node, (above) => above.isKeyChanging)
  const first = findAbove(node, (above) => above.isKeyChanging || above.isValueChanging)
  return first !== null && first === changer ? changer : null
}
