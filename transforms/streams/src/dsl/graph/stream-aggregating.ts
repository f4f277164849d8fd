import type { NamedStore } from '../../stores/materialized-stores.ts'
import type { TableSupplier } from '../../processors/table-view.ts'
import type { GraphNode } from './graph-node.ts'
import { GracePeriodNode, ProcessorGraphNode } from './graph-node.ts'
import type { StreamCore } from './internal-streams-builder.ts'
import type { KTable } from '../ktable.ts'
import { RepartitionNode, repartitionSettings } from './repartition-nodes.ts'
import type { Serde } from '../../core/serde.ts'

/** The repartition in front of the aggregations of one grouped stream. Corresponds to `GroupedStreamAggregateBuilder`. */
export class StreamAggregating {
  readonly core: StreamCore
  readonly repartitionRequired: boolean
  /** Name of the repartition topic as the user gave it. */
  readonly groupName: string | null
  #repartition: RepartitionNode | null = null

  constructor(core: StreamCore, groupName: string | null, repartitionRequired: boolean) {
    this.core = core
    this.groupName = groupName
    this.repartitionRequired = repartitionRequired
  }

  /**
   * Adds the aggregation, after a repartition where keys have changed.
   *
   * @param graceMs how long after its end a window is closed; null without windows
   */
  build<K, V>(
    name: string,
    store: NamedStore,
    supplier: TableSupplier,
    keySerde: Serde<unknown> | null,
    graceMs: number | null,
  ): KTable<K, V> {
    const { builder, sources } = this.core
    const node =
      graceMs === null ? new ProcessorGraphNode(name, supplier) : new GracePeriodNode(name, supplier, graceMs)
    node.isOutputVersioned = store.materialized.storeSupplier?.kind === 'versioned'
    const parent = this.#parent(store)
    builder.add(parent, node)
    const repartitioned = parent instanceof RepartitionNode ? new Set([parent.name]) : sources
    const core = { builder, name, node, keySerde, valueSerde: store.valueSerde, sources: repartitioned }
    return builder.create.table<K, V>(core, supplier, store.queryableName)
  }

  #parent(store: NamedStore): GraphNode {
    const { builder, node, keySerde, valueSerde } = this.core
    if (!this.repartitionRequired) return node
    const isNamed = this.groupName !== null || store.queryableName !== null
    const settings = repartitionSettings(builder, this.groupName ?? store.storeName, isNamed, {
      keySerde,
      valueSerde,
    })
    // A group with a name has one topic for all its aggregations; without, each has its own.
    if (this.#repartition === null || this.groupName === null)
      this.#repartition = new RepartitionNode(settings, true)
    builder.add(node, this.#repartition)
    return this.#repartition
  }
}

/** Repartitions that the groups of a cogroup need, made once. Corresponds to `CogroupedStreamAggregateBuilder`. */
export function cogroupParent(group: StreamAggregating, storeName: string, isStoreNamed: boolean): GraphNode {
  if (!group.repartitionRequired) return group.core.node
  const { builder, node, keySerde, valueSerde } = group.core
  const isNamed = group.groupName !== null || isStoreNamed
  const settings = repartitionSettings(builder, group.groupName ?? storeName, isNamed, {
    keySerde,
    valueSerde,
  })
  const repartition = new RepartitionNode(settings, true)
  builder.add(node, repartition)
  return repartition
}
