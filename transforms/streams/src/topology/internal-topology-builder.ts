import { IllegalArgumentException, TopologyException } from '../core/errors.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import { describeSubtopology, describeTopology } from './describe.ts'
import type { TopologyDescription } from './describe.ts'
import type {
  InternalTopic,
  NodeDefinition,
  ProcessorDefinition,
  SinkDefinition,
  SourceDefinition,
} from './node-definitions.ts'
import { NodeGroups } from './node-groups.ts'
import {
  changelogTopicConfig,
  changelogTopicName,
  repartitionTopicConfig,
  type TopicConfigs,
} from './topic-configs.ts'

/**
 * Holds the nodes, stores and topics of a topology and refuses what cannot work.
 * Corresponds to Java's `InternalTopologyBuilder`.
 */
export class InternalTopologyBuilder {
  readonly nodes = new Map<string, NodeDefinition>()
  readonly stores = new Map<string, StoreFactory>()
  readonly globalStores = new Map<string, StoreFactory>()
  /** Topics that fill global stores. */
  readonly globalTopics = new Set<string>()
  /** Repartition topics, without the application's id, with the partition count the user gave. */
  readonly internalTopicPartitions = new Map<string, number | null>()
  /** A store whose changelog is the topic it is filled from. */
  readonly storeSourceTopics = new Map<string, string>()
  readonly #copartitionGroups: Set<string>[] = []
  readonly #groups = new NodeGroups()
  readonly #unnamed: { stores: string[]; changelogs: string[]; repartitions: string[] } = {
    stores: [],
    changelogs: [],
    repartitions: [],
  }

  addSource(source: SourceDefinition): void {
    this.#refuseKnownNode(source.name)
    if (source.pattern === null && source.topics.length === 0)
      throw new TopologyException('topics cannot be empty')
    if (source.pattern === null) {
      for (const topic of source.topics) this.#refuseKnownTopic(topic)
    } else {
      this.#refusePatternOfKnownTopic(source.pattern)
    }
    this.nodes.set(source.name, source)
    this.#groups.add(source.name)
  }

  addProcessor(processor: Omit<ProcessorDefinition, 'kind' | 'stores'>): void {
    this.#refuseKnownNode(processor.name)
    this.#checkParents(processor.name, processor.predecessors)
    this.nodes.set(processor.name, { kind: 'processor', stores: new Set(), ...processor })
    this.#groups.add(processor.name)
    this.#groups.unite(processor.name, processor.predecessors)
  }

  addSink(sink: Omit<SinkDefinition, 'kind'>): void {
    this.#refuseKnownNode(sink.name)
    this.#checkParents(sink.name, sink.predecessors)
    this.nodes.set(sink.name, { kind: 'sink', ...sink })
    this.#groups.add(sink.name)
    this.#groups.unite(sink.name, sink.predecessors)
  }

  addStateStore(factory: StoreFactory, processorNames: readonly string[] = []): void {
    const known = this.stores.get(factory.name)
    if (known !== undefined && !known.isCompatibleWith(factory)) {
      throw new TopologyException(
        `A different StateStore has already been added with the name ${factory.name}`,
      )
    }
    if (this.globalStores.has(factory.name)) {
      throw new TopologyException(
        `A different GlobalStateStore has already been added with the name ${factory.name}`,
      )
    }
    // The first description stays: processors were connected to it already.
    if (known === undefined) this.stores.set(factory.name, factory)
    for (const processor of processorNames) this.connectProcessorAndStateStore(processor, factory.name)
  }

  addGlobalStore(
    source: SourceDefinition,
    processorName: string,
    supplier: ProcessorDefinition['supplier'],
  ): void {
    this.#refuseKnownNode(source.name)
    const [topic] = source.topics as [string]
    this.#refuseKnownTopic(topic)
    this.#refuseKnownNode(processorName)
    if (source.name === processorName)
      throw new TopologyException('sourceName and processorName must be different.')
    const factories = supplier.stores?.() ?? []
    const factory = factories[0]
    if (factory === undefined || factories.length !== 1) {
      throw new IllegalArgumentException(
        `Global stores must pass in suppliers with exactly one store but got ${factories.length}`,
      )
    }
    if (this.stores.has(factory.name)) {
      throw new TopologyException(
        `A different StateStore has already been added with the name ${factory.name}`,
      )
    }
    if (this.globalStores.has(factory.name)) {
      throw new TopologyException(
        `A different GlobalStateStore has already been added with the name ${factory.name}`,
      )
    }
    factory.disableLogging()
    this.globalTopics.add(topic)
    this.nodes.set(source.name, source)
    this.#groups.add(source.name)
    this.nodes.set(processorName, {
      kind: 'processor',
      name: processorName,
      predecessors: [source.name],
      supplier,
      stores: new Set([factory.name]),
    })
    this.#groups.add(processorName)
    this.#groups.unite(processorName, [source.name])
    this.globalStores.set(factory.name, factory)
    this.connectSourceStoreAndTopic(factory.name, topic)
  }

  connectProcessorAndStateStores(processorName: string, storeNames: readonly string[]): void {
    if (storeNames.length === 0) throw new TopologyException('stateStoreNames cannot be empty')
    const node = this.nodes.get(processorName)
    if (node !== undefined && node.kind !== 'processor') {
      throw new TopologyException('State stores cannot be connect to sources or sinks.')
    }
    for (const name of storeNames) this.connectProcessorAndStateStore(processorName, name)
  }

  connectProcessorAndStateStore(processorName: string, storeName: string): void {
    if (this.globalStores.has(storeName)) {
      throw new TopologyException(
        `Global StateStore ${storeName} can be used by a Processor without being specified; ` +
          'it should not be explicitly passed.',
      )
    }
    const factory = this.stores.get(storeName)
    if (factory === undefined) throw new TopologyException(`StateStore ${storeName} is not added yet.`)
    const node = this.nodes.get(processorName)
    if (node === undefined) throw new TopologyException(`Processor ${processorName} is not added yet.`)
    if (node.kind !== 'processor') {
      throw new TopologyException(
        `cannot connect a state store ${storeName} to a source node or a sink node.`,
      )
    }
    const [user] = factory.connectedProcessors
    if (user !== undefined) this.#groups.unite(user, [processorName])
    factory.connectedProcessors.add(processorName)
    node.stores.add(storeName)
  }

  connectSourceStoreAndTopic(storeName: string, topic: string): void {
    if (this.storeSourceTopics.has(storeName)) {
      throw new TopologyException(`Source store ${storeName} is already added.`)
    }
    this.storeSourceTopics.set(storeName, topic)
  }

  addInternalTopic(name: string, partitions: number | null): void {
    this.internalTopicPartitions.set(name, partitions)
  }

  /** @param topic under its full name */
  isRepartition(applicationId: string, topic: string): boolean {
    return (
      topic.startsWith(`${applicationId}-`) &&
      this.internalTopicPartitions.has(topic.slice(applicationId.length + 1))
    )
  }

  copartitionSources(sourceNodes: Iterable<string>): void {
    this.#copartitionGroups.push(new Set(sourceNodes))
  }

  /** Follows a source that another one replaces in all co-partition groups. */
  replaceCopartitionSource(replaced: string, by: string): void {
    for (const group of this.#copartitionGroups) if (group.delete(replaced)) group.add(by)
  }

  /** Checks what can be checked without knowing any topic of others: repartition topics with counts given by the user. */
  validateCopartition(): void {
    for (const group of this.#copartitionGroups) {
      const topics = this.#topicsOf(group)
      const counts = topics.map((topic) => this.internalTopicPartitions.get(topic) ?? null)
      if (topics.length === 0 || counts.includes(null) || new Set(counts).size === 1) continue
      const text = topics
        .map((topic, index) => `${topic}=${counts[index]}`)
        .sort()
        .join(', ')
      throw new TopologyException(`Following topics do not have the same number of partitions: [{${text}}]`)
    }
  }

  /** Groups of topics that must have equal partition counts; sets that share a topic are one. */
  copartitionTopicGroups(): readonly ReadonlySet<string>[] {
    const byTopic = new Map<string, Set<string>>()
    for (const group of this.#copartitionGroups) {
      const topics = this.#topicsOf(group)
      const known =
        topics.map((topic) => byTopic.get(topic)).find((set) => set !== undefined) ?? new Set<string>()
      for (const topic of topics) {
        known.add(topic)
        byTopic.set(topic, known)
      }
    }
    return [...new Set(byTopic.values())]
  }

  noteGeneratedName(kind: 'stores' | 'changelogs' | 'repartitions', name: string): void {
    this.#unnamed[kind].push(name)
  }

  /** @throws TopologyException when names of topics or stores were generated, which an edit of the topology would change */
  refuseGeneratedNames(): void {
    const { stores, changelogs, repartitions } = this.#unnamed
    const lines = [
      ['changelog topic(s)', changelogs],
      ['state store(s)', stores],
      ['repartition topic(s)', repartitions],
    ] as const
    const text = lines
      .filter(([, names]) => names.length > 0)
      .map(([what, names]) => `Following ${what} has not been named: ${names.join(', ')}\n`)
      .join('')
    if (text !== '') throw new TopologyException(text)
  }

  /** Nodes of each sub-topology, in order of their ids. */
  nodeGroups(): readonly (readonly NodeDefinition[])[] {
    return this.#groups.groups([...this.nodes.keys()]).map((names) => names.map((name) => this.node(name)))
  }

  /** True for the group that fills a global store. */
  isGlobalGroup(group: readonly NodeDefinition[]): boolean {
    return group.some((node) => node.kind === 'source' && this.globalTopics.has(node.topics[0] ?? ''))
  }

  describe(): TopologyDescription {
    return describeTopology(
      this.nodeGroups().map((group, id) => describeSubtopology(id, group, this.isGlobalGroup(group))),
    )
  }

  node(name: string): NodeDefinition {
    return this.nodes.get(name) as NodeDefinition
  }

  /** The topic that brings a store's rows back: its changelog, or the topic it is filled from; null: none does. */
  restoreTopic(
    applicationId: string,
    storeName: string,
  ): { readonly topic: string; readonly isSource: boolean } | null {
    const source = this.storeSourceTopics.get(storeName)
    if (source !== undefined) return { topic: source, isSource: true }
    if (this.stores.get(storeName)?.loggingEnabled !== true) return null
    return { topic: changelogTopicName(applicationId, storeName), isSource: false }
  }

  /** Repartition and changelog topics with the configs they are created with, by name. */
  internalTopics(
    applicationId: string,
    general: TopicConfigs = {},
    additionalRetentionMs?: number,
  ): readonly InternalTopic[] {
    const topics: InternalTopic[] = []
    for (const group of this.nodeGroups()) {
      if (this.isGlobalGroup(group)) continue
      topics.push(...this.#repartitionTopics(group, applicationId, general))
      for (const factory of this.#storesOf(group)) {
        if (!factory.loggingEnabled || this.storeSourceTopics.has(factory.name)) continue
        topics.push({
          name: changelogTopicName(applicationId, factory.name),
          kind: 'changelog',
          config: changelogTopicConfig(factory, general, additionalRetentionMs),
          partitions: null,
        })
      }
    }
    return topics.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #repartitionTopics(
    group: readonly NodeDefinition[],
    applicationId: string,
    general: TopicConfigs,
  ): readonly InternalTopic[] {
    return group.flatMap((node) =>
      node.kind !== 'source'
        ? []
        : node.topics
            .filter((topic) => this.internalTopicPartitions.has(topic))
            .map((topic) => ({
              name: `${applicationId}-${topic}`,
              kind: 'repartition' as const,
              config: repartitionTopicConfig(general),
              partitions: this.internalTopicPartitions.get(topic) ?? null,
            })),
    )
  }

  #storesOf(group: readonly NodeDefinition[]): readonly StoreFactory[] {
    const names = new Set(group.flatMap((node) => (node.kind === 'processor' ? [...node.stores] : [])))
    return [...names].flatMap((name) => this.stores.get(name) ?? [])
  }

  #topicsOf(sourceNodes: Iterable<string>): readonly string[] {
    const topics = new Set<string>()
    for (const name of sourceNodes) {
      const node = this.nodes.get(name)
      if (node?.kind === 'source') for (const topic of node.topics) topics.add(topic)
    }
    return [...topics]
  }

  #refuseKnownNode(name: string): void {
    if (this.nodes.has(name)) throw new TopologyException(`Processor ${name} is already added.`)
  }

  #refuseKnownTopic(topic: string): void {
    for (const node of this.nodes.values()) {
      if (node.kind !== 'source') continue
      if (node.topics.includes(topic)) {
        throw new TopologyException(`Topic ${topic} has already been registered by another source.`)
      }
      if (node.pattern !== null && matchesWhole(node.pattern, topic)) {
        throw new TopologyException(`Topic ${topic} matches a Pattern already registered by another source.`)
      }
    }
  }

  #refusePatternOfKnownTopic(pattern: RegExp): void {
    for (const node of this.nodes.values()) {
      if (node.kind === 'source' && node.topics.some((topic) => matchesWhole(pattern, topic))) {
        throw new TopologyException(
          `Pattern ${pattern.source} will match a topic that has already been registered by another source.`,
        )
      }
    }
  }

  #checkParents(name: string, parents: readonly string[]): void {
    if (parents.length === 0) throw new TopologyException('predecessorNames cannot be empty')
    for (const parent of parents) {
      const node = this.nodes.get(parent)
      if (node === undefined) {
        throw new TopologyException(
          parent === name
            ? `Parent node ${parent} is unknown (self-reference).`
            : `Parent node ${parent} is unknown.`,
        )
      }
      if (node.kind === 'sink') throw new TopologyException(`Sink ${parent} cannot be used a parent.`)
    }
  }
}

/** Java's `matches()`: the whole topic, not a part of it. */
export function matchesWhole(pattern: RegExp, topic: string): boolean {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace('g', '')).test(topic)
}
