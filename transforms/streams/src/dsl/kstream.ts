import type {
  ForeachAction,
  KeyValueMapper,
  PairMapper,
  Predicate,
  TopicNameExtractor,
  ValueJoiner,
  ValueMapper,
} from '../core/functions.ts'
import type { KeyValueLike } from '../core/record.ts'
import type { Serde } from '../core/serde.ts'
import { settled } from '../core/synchronous.ts'
import type { NodeSupplier } from '../context/node-processor.ts'
import type { FixedKeyProcessorSupplier, ProcessorSupplier } from '../context/processor.ts'
import { stateless } from '../processors/stateless.ts'
import { TableSource } from '../processors/table-source.ts'
import { userFixedKeySupplier, userSupplier } from '../context/user-processors.ts'
import type { JoinWindows } from '../windows/event-windows.ts'
import { BranchedKStream } from './branched.ts'
import { joinGlobalTable, joinTable } from './graph/stream-table-joining.ts'
import type { GlobalKTable } from './global-ktable.ts'
import type { GraphNode } from './graph/graph-node.ts'
import { ProcessorGraphNode } from './graph/graph-node.ts'
import type { StreamCore } from './graph/internal-streams-builder.ts'
import { KGroupedStream } from './kgrouped-stream.ts'
import { KTable } from './ktable.ts'
import type { Grouped } from './options.ts'
import { Joined } from './join-options.ts'
import { StreamJoined } from '../stores/stream-joined.ts'
import { Named, Produced, Repartitioned } from './options.ts'
import { Materialized } from '../stores/materialized.ts'
import { RepartitionNode, repartitionSettings } from './graph/repartition-nodes.ts'
import { SinkGraphNode } from './graph/sink-graph-node.ts'
import { joinStreams } from './graph/stream-joining.ts'
import type { Printed } from './suppressed.ts'

/** What the DSL keeps of a stream. */
export interface KStreamCore extends StreamCore {
  /** The key may have changed since the records were last partitioned by it. */
  readonly repartitionRequired: boolean
}

type AnyMapper = (first: unknown, second: unknown) => never

/**
 * A stream of records: each stands for itself. Mappers get (key, value); mappers of values get (value, key).
 * Corresponds to Java's `KStream`.
 */
export class KStream<K, V> {
  /** @internal */
  readonly core: KStreamCore
  /** @internal The repartition that joins of this stream share. */
  joinRepartition: RepartitionNode | null = null

  /** @internal */
  constructor(core: KStreamCore) {
    this.core = core
  }

  /** Keeps the records for which the predicate holds. */
  filter(predicate: Predicate<K, V>, named?: Named): KStream<K, V> {
    return this.#same('KSTREAM-FILTER-', named, stateless.filter(predicate as AnyMapper, true))
  }

  /** Keeps the records for which the predicate does not hold. */
  filterNot(predicate: Predicate<K, V>, named?: Named): KStream<K, V> {
    return this.#same('KSTREAM-FILTER-', named, stateless.filter(predicate as AnyMapper, false))
  }

  /** Gives each record a new key; later joins and aggregations repartition the stream first. */
  selectKey<KR>(mapper: KeyValueMapper<K, V, KR>, named?: Named): KStream<KR, V> {
    const name = this.core.builder.nodeName(named?.name ?? null, 'KSTREAM-KEY-SELECT-')
    const node = new ProcessorGraphNode(name, stateless.selectKey(mapper as AnyMapper))
    node.isKeyChanging = true
    return this.#next<KR, V>(node, { keySerde: null, repartitionRequired: true })
  }

  /** Gives each record a new key and value. */
  map<KR, VR>(mapper: PairMapper<K, V, KR, VR>, named?: Named): KStream<KR, VR> {
    return this.#newKeys<KR, VR>('KSTREAM-MAP-', named, stateless.map(mapper as AnyMapper))
  }

  /** Gives each record a new value. The key is only to be read. */
  mapValues<VR>(mapper: ValueMapper<K, V, VR>, named?: Named): KStream<K, VR> {
    return this.#newValues<VR>('KSTREAM-MAPVALUES-', named, stateless.mapValues(mapper as AnyMapper))
  }

  /** Turns each record into any number of records. */
  flatMap<KR, VR>(
    mapper: (key: K, value: V) => Iterable<KeyValueLike<KR, VR>>,
    named?: Named,
  ): KStream<KR, VR> {
    return this.#newKeys<KR, VR>('KSTREAM-FLATMAP-', named, stateless.flatMap(mapper as AnyMapper))
  }

  /** Turns each value into any number of values of the same key. */
  flatMapValues<VR>(mapper: ValueMapper<K, V, Iterable<VR>>, named?: Named): KStream<K, VR> {
    return this.#newValues<VR>('KSTREAM-FLATMAPVALUES-', named, stateless.flatMapValues(mapper as AnyMapper))
  }

  /** Calls the action and passes the record on. */
  peek(action: ForeachAction<K, V>, named?: Named): KStream<K, V> {
    return this.#same('KSTREAM-PEEK-', named, stateless.peek(action as AnyMapper))
  }

  /** Calls the action: the end of this path. */
  foreach(action: ForeachAction<K, V>, named?: Named): void {
    this.#end('KSTREAM-FOREACH-', named?.name ?? null, stateless.foreach(action as AnyMapper))
  }

  /** Prints each record as `[label]: key, value`. */
  print(printed: Printed<K, V>): void {
    const label = printed.label ?? this.core.name
    const action = (key: unknown, value: unknown): void =>
      printed.write(`[${label}]: ${settled(printed.mapper(key as K, value as V), 'the mapper')}`)
    this.#end('KSTREAM-PRINTER-', printed.name, stateless.foreach(action))
  }

  /** Sends each record to the first branch whose predicate holds. */
  split(named?: Named): BranchedKStream<K, V> {
    return new BranchedKStream<K, V>(this.core, named?.name ?? null)
  }

  /** Both streams' records, in no defined order between them. */
  merge(other: KStream<K, V>, named?: Named): KStream<K, V> {
    const { builder, node, sources } = this.core
    const name = builder.nodeName(named?.name ?? null, 'KSTREAM-MERGE-')
    const merge = new ProcessorGraphNode(name, stateless.passThrough())
    merge.isMerge = true
    builder.add([node, other.core.node], merge)
    return new KStream<K, V>({
      builder,
      name,
      node: merge,
      keySerde: this.core.keySerde === other.core.keySerde ? this.core.keySerde : null,
      valueSerde: this.core.valueSerde === other.core.valueSerde ? this.core.valueSerde : null,
      sources: new Set([...sources, ...other.core.sources]),
      repartitionRequired: this.core.repartitionRequired || other.core.repartitionRequired,
    })
  }

  /** Writes the records to a topic of their own and goes on from there, partitioned by key. */
  repartition(options: Repartitioned<K, V> = new Repartitioned<K, V>()): KStream<K, V> {
    const { builder, node } = this.core
    const keySerde = (options.keySerde as Serde<unknown> | null) ?? this.core.keySerde
    const valueSerde = (options.valueSerde as Serde<unknown> | null) ?? this.core.valueSerde
    const name = options.name ?? builder.names.processorName('KSTREAM-REPARTITION-')
    const settings = repartitionSettings(builder, name, options.name !== null, {
      keySerde,
      valueSerde,
      partitioner: options.partitioner as never,
      partitions: options.partitions,
    })
    const repartition = new RepartitionNode(settings, false)
    builder.add(node, repartition)
    return new KStream<K, V>({
      builder,
      name: settings.sourceName,
      node: repartition,
      keySerde,
      valueSerde,
      sources: new Set([settings.sourceName]),
      repartitionRequired: false,
    })
  }

  /** Writes the records to a topic, or to the topic that a function picks for each. */
  to(topic: string | TopicNameExtractor<K, V>, produced: Produced<K, V> = new Produced<K, V>()): void {
    const { builder, node, keySerde, valueSerde } = this.core
    const name = builder.nodeName(produced.name, 'KSTREAM-SINK-')
    const sink = new SinkGraphNode({
      name,
      topic: topic as string | TopicNameExtractor<unknown, unknown>,
      keySerde: (produced.keySerde as Serde<unknown> | null) ?? keySerde,
      valueSerde: (produced.valueSerde as Serde<unknown> | null) ?? valueSerde,
      partitioner: produced.partitioner as never,
    })
    builder.add(node, sink)
  }

  /** Reads the stream as changes of a table: the newest record of a key is its row, null deletes it. */
  toTable(materialized?: Materialized<K, V>): KTable<K, V>
  toTable(named: Named, materialized?: Materialized<K, V>): KTable<K, V>
  toTable(first?: Named | Materialized<K, V>, second?: Materialized<K, V>): KTable<K, V> {
    const named = first instanceof Named ? first.name : null
    const given = (first instanceof Named ? second : first) ?? new Materialized<K, V>()
    const { builder } = this.core
    const name = builder.nodeName(named, 'KSTREAM-TOTABLE-')
    const store = builder.named(given as Materialized<unknown, unknown>, 'KSTREAM-TOTABLE-', {
      key: this.core.keySerde,
      value: this.core.valueSerde,
    })
    const { keySerde, valueSerde } = store
    let parent: GraphNode = this.core.node
    let sources = this.core.sources
    if (this.core.repartitionRequired) {
      const settings = repartitionSettings(builder, name, named !== null, { keySerde, valueSerde })
      const repartition = new RepartitionNode(settings, true)
      builder.add(parent, repartition)
      parent = repartition
      sources = new Set([settings.sourceName])
    }
    const table = new TableSource(store)
    const node = new ProcessorGraphNode(name, table)
    node.isOutputVersioned = given.storeSupplier?.kind === 'versioned'
    builder.add(parent, node)
    return new KTable<K, V>(
      { builder, name, node, keySerde, valueSerde, sources },
      table,
      store.queryableName,
    )
  }

  /** Groups by the key, for an aggregation. */
  groupByKey(grouped?: Grouped<K, V>): KGroupedStream<K, V> {
    const { keySerde, valueSerde, repartitionRequired } = this.core
    const keys = grouped === undefined ? keySerde : grouped.keySerde
    const values = grouped === undefined ? valueSerde : grouped.valueSerde
    const core = {
      ...this.core,
      keySerde: keys as Serde<unknown> | null,
      valueSerde: values as Serde<unknown> | null,
    }
    return new KGroupedStream<K, V>(core, grouped?.name ?? null, repartitionRequired)
  }

  /** Groups by a key computed from each record; the records are repartitioned by it. */
  groupBy<KR>(selector: KeyValueMapper<K, V, KR>, grouped?: Grouped<KR, V>): KGroupedStream<KR, V> {
    const { builder } = this.core
    const name = builder.nodeName(grouped?.name ?? null, 'KSTREAM-KEY-SELECT-')
    const node = new ProcessorGraphNode(name, stateless.selectKey(selector as AnyMapper))
    node.isKeyChanging = true
    builder.add(this.core.node, node)
    const keySerde = (grouped?.keySerde ?? null) as Serde<unknown> | null
    const valueSerde = (
      grouped === undefined ? this.core.valueSerde : grouped.valueSerde
    ) as Serde<unknown> | null
    return new KGroupedStream<KR, V>(
      { ...this.core, name, node, keySerde, valueSerde },
      grouped?.name ?? null,
      true,
    )
  }

  /** Pairs with the records of another stream near in time, or looks rows of a table up. */
  join<VO, VR>(
    other: KStream<K, VO>,
    joiner: ValueJoiner<K, V, VO, VR>,
    windows: JoinWindows,
    joined?: StreamJoined<K, V, VO>,
  ): KStream<K, VR>
  join<VO, VR>(
    other: KTable<K, VO>,
    joiner: ValueJoiner<K, V, VO, VR>,
    joined?: Joined<K, V, VO>,
  ): KStream<K, VR>
  join<GK, GV, VR>(
    other: GlobalKTable<GK, GV>,
    mapper: KeyValueMapper<K, V, GK>,
    joiner: ValueJoiner<K, V, GV, VR>,
    named?: Named,
  ): KStream<K, VR>
  join(other: unknown, second: unknown, third?: unknown, fourth?: unknown): unknown {
    return this.#join('inner', other, second, third, fourth)
  }

  /** As {@link join}; records of this stream without partner are joined with null. */
  leftJoin<VO, VR>(
    other: KStream<K, VO>,
    joiner: ValueJoiner<K, V, VO | null, VR>,
    windows: JoinWindows,
    joined?: StreamJoined<K, V, VO>,
  ): KStream<K, VR>
  leftJoin<VO, VR>(
    other: KTable<K, VO>,
    joiner: ValueJoiner<K, V, VO | null, VR>,
    joined?: Joined<K, V, VO>,
  ): KStream<K, VR>
  leftJoin<GK, GV, VR>(
    other: GlobalKTable<GK, GV>,
    mapper: KeyValueMapper<K, V, GK | null>,
    joiner: ValueJoiner<K, V, GV | null, VR>,
    named?: Named,
  ): KStream<K, VR>
  leftJoin(other: unknown, second: unknown, third?: unknown, fourth?: unknown): unknown {
    return this.#join('left', other, second, third, fourth)
  }

  /** As {@link join}; records of either stream without partner are joined with null. */
  outerJoin<VO, VR>(
    other: KStream<K, VO>,
    joiner: ValueJoiner<K, V | null, VO | null, VR>,
    windows: JoinWindows,
    joined?: StreamJoined<K, V, VO>,
  ): KStream<K, VR> {
    return this.#join('outer', other, joiner, windows, joined) as KStream<K, VR>
  }

  /** Runs a processor of yours; name the stores it uses. */
  process<KR, VR>(supplier: ProcessorSupplier<K, V, KR, VR>, ...stores: readonly string[]): KStream<KR, VR>
  process<KR, VR>(
    supplier: ProcessorSupplier<K, V, KR, VR>,
    named: Named,
    ...stores: readonly string[]
  ): KStream<KR, VR>
  process<KR, VR>(
    supplier: ProcessorSupplier<K, V, KR, VR>,
    ...rest: readonly (Named | string)[]
  ): KStream<KR, VR> {
    const node = this.#userNode('KSTREAM-PROCESSOR-', userSupplier(supplier as never), rest)
    return this.#next<KR, VR>(node, { keySerde: null, valueSerde: null, repartitionRequired: true })
  }

  /** Runs a processor of yours that keeps keys; name the stores it uses. */
  processValues<VR>(
    supplier: FixedKeyProcessorSupplier<K, V, VR>,
    ...stores: readonly string[]
  ): KStream<K, VR>
  processValues<VR>(
    supplier: FixedKeyProcessorSupplier<K, V, VR>,
    named: Named,
    ...stores: readonly string[]
  ): KStream<K, VR>
  processValues<VR>(
    supplier: FixedKeyProcessorSupplier<K, V, VR>,
    ...rest: readonly (Named | string)[]
  ): KStream<K, VR> {
    const node = this.#userNode('KSTREAM-PROCESSVALUES-', userFixedKeySupplier(supplier as never), rest)
    return this.#next<K, VR>(node, { valueSerde: null })
  }

  #join(
    kind: 'inner' | 'left' | 'outer',
    other: unknown,
    second: unknown,
    third: unknown,
    fourth: unknown,
  ): unknown {
    const self = this as unknown as KStream<unknown, unknown>
    if (other instanceof KStream) {
      const joined = (fourth as StreamJoined<unknown, unknown, unknown> | undefined) ?? new StreamJoined()
      return joinStreams(kind, self, other, second as never, third as JoinWindows, joined)
    }
    if (other instanceof KTable) {
      const joined = (third as Joined<unknown, unknown, unknown> | undefined) ?? new Joined()
      return joinTable(kind === 'left', self, other, second as never, joined)
    }
    const name = (fourth as Named | undefined)?.name ?? null
    return joinGlobalTable(kind === 'left', self, other as never, second as never, third as never, name)
  }

  #userNode(prefix: string, supplier: NodeSupplier, rest: readonly (Named | string)[]): ProcessorGraphNode {
    const [first] = rest
    const name = first instanceof Named ? first.name : this.core.builder.names.processorName(prefix)
    const storeNames = rest.filter((item) => typeof item === 'string')
    return new ProcessorGraphNode(name, supplier, { storeNames })
  }

  #same(prefix: string, named: Named | undefined, supplier: NodeSupplier): KStream<K, V> {
    const name = this.core.builder.nodeName(named?.name ?? null, prefix)
    return this.#next<K, V>(new ProcessorGraphNode(name, supplier), {})
  }

  #newKeys<KR, VR>(prefix: string, named: Named | undefined, supplier: NodeSupplier): KStream<KR, VR> {
    const node = new ProcessorGraphNode(this.core.builder.nodeName(named?.name ?? null, prefix), supplier)
    node.isKeyChanging = true
    return this.#next<KR, VR>(node, { keySerde: null, valueSerde: null, repartitionRequired: true })
  }

  #newValues<VR>(prefix: string, named: Named | undefined, supplier: NodeSupplier): KStream<K, VR> {
    const node = new ProcessorGraphNode(this.core.builder.nodeName(named?.name ?? null, prefix), supplier)
    node.isValueChanging = true
    return this.#next<K, VR>(node, { valueSerde: null })
  }

  #next<KR, VR>(node: GraphNode, changes: Partial<KStreamCore>): KStream<KR, VR> {
    this.core.builder.add(this.core.node, node)
    return new KStream<KR, VR>({ ...this.core, name: node.name, node, ...changes })
  }

  #end(prefix: string, named: string | null, supplier: NodeSupplier): void {
    const { builder, node } = this.core
    builder.add(node, new ProcessorGraphNode(builder.nodeName(named, prefix), supplier))
  }
}
