import type { KeyValueMapper, PairMapper, Predicate, ValueJoiner, ValueMapper } from '../core/functions.ts'
import type { Serde } from '../core/serde.ts'
import type { ProcessingContext } from '../context/processor.ts'
import { stateless } from '../processors/stateless.ts'
import { TableFilter, TableMapValues, TableTransformValues } from '../processors/table-map.ts'
import { TableRepartitionMap } from '../processors/table-repartition-map.ts'
import type { TableSupplier, TableView, VersionedSemantics } from '../processors/table-view.ts'
import type { NamedStore } from '../stores/materialized-stores.ts'
import { ProcessorGraphNode } from './graph/graph-node.ts'
import type { StreamCore } from './graph/internal-streams-builder.ts'
import { KGroupedTable } from './kgrouped-table.ts'
import type { KStream } from './kstream.ts'
import type { Grouped } from './options.ts'
import { TableJoined } from './join-options.ts'
import { Named } from './options.ts'
import { Materialized } from '../stores/materialized.ts'
import { suppressTable } from './graph/suppressing.ts'
import type { Suppressed } from './suppressed.ts'
import { joinOnForeignKey } from './graph/foreign-key-joining.ts'
import { joinTables } from './graph/table-joining.ts'

/** User code of {@link KTable.transformValues}. Corresponds to Java's `ValueTransformerWithKey`. */
export interface ValueTransformerWithKey<K, V, VR> {
  init?(context: ProcessingContext): void
  /** The value is null for a deleted row. */
  transform(key: K, value: V | null): VR | null
  close?(): void
}

type AnyMapper = (first: unknown, second: unknown) => never

/**
 * A table of the newest value of each key, and the stream of its changes. Corresponds to Java's `KTable`.
 */
export class KTable<K, V> {
  /** @internal */
  readonly core: StreamCore
  /** @internal */
  readonly supplier: TableSupplier
  /** Name by which the rows can be read; null when the table has no named store. */
  readonly queryableStoreName: string | null
  #sendsOldValues = false

  /** @internal */
  constructor(core: StreamCore, supplier: TableSupplier, queryableStoreName: string | null) {
    this.core = core
    this.supplier = supplier
    this.queryableStoreName = queryableStoreName
  }

  /** Rows for which the predicate does not hold are deleted. */
  filter(predicate: Predicate<K, V>, materialized?: Materialized<K, V>): KTable<K, V>
  filter(predicate: Predicate<K, V>, named: Named, materialized?: Materialized<K, V>): KTable<K, V>
  filter(
    predicate: Predicate<K, V>,
    first?: Named | Materialized<K, V>,
    second?: Materialized<K, V>,
  ): KTable<K, V> {
    return this.#filter(predicate, true, first, second)
  }

  /** Rows for which the predicate holds are deleted. */
  filterNot(predicate: Predicate<K, V>, materialized?: Materialized<K, V>): KTable<K, V>
  filterNot(predicate: Predicate<K, V>, named: Named, materialized?: Materialized<K, V>): KTable<K, V>
  filterNot(
    predicate: Predicate<K, V>,
    first?: Named | Materialized<K, V>,
    second?: Materialized<K, V>,
  ): KTable<K, V> {
    return this.#filter(predicate, false, first, second)
  }

  /** Gives each row a new value; deleted rows stay deleted. */
  mapValues<VR>(mapper: ValueMapper<K, V, VR>, materialized?: Materialized<K, VR>): KTable<K, VR>
  mapValues<VR>(
    mapper: ValueMapper<K, V, VR>,
    named: Named,
    materialized?: Materialized<K, VR>,
  ): KTable<K, VR>
  mapValues<VR>(
    mapper: ValueMapper<K, V, VR>,
    first?: Named | Materialized<K, VR>,
    second?: Materialized<K, VR>,
  ): KTable<K, VR> {
    const [named, materialized] = split(first, second)
    const store = this.#rowStore(materialized, 'KTABLE-MAPVALUES-', null)
    const name = this.core.builder.nodeName(named, 'KTABLE-MAPVALUES-')
    const supplier = new TableMapValues(this, mapper as AnyMapper, store)
    return this.#rowWise<VR>(name, supplier, store, materialized, store?.valueSerde ?? null)
  }

  /** Gives each row a new value by code that may use stores and context; name the stores it uses. */
  transformValues<VR>(
    supplier: () => ValueTransformerWithKey<K, V, VR>,
    ...rest: readonly (Materialized<K, VR> | Named | string)[]
  ): KTable<K, VR> {
    const materialized = rest.find((item): item is Materialized<K, VR> => item instanceof Materialized)
    const named = rest.find((item) => item instanceof Named)
    const storeNames = rest.filter((item) => typeof item === 'string')
    const given = materialized as Materialized<unknown, unknown> | undefined
    const store = given === undefined || given.storeName === null ? null : this.#named(given, null)
    const name = this.core.builder.nodeName(named?.name ?? null, 'KTABLE-TRANSFORMVALUES-')
    const table = new TableTransformValues(this, supplier as never, store)
    return this.#rowWise<VR>(name, table, store, given ?? null, given?.valueSerde ?? null, storeNames)
  }

  /** The stream of changes: new values, and null for each deleted row. */
  toStream(named?: Named): KStream<K, V>
  /** The same with new keys. */
  toStream<KR>(mapper: KeyValueMapper<K, V, KR>, named?: Named): KStream<KR, V>
  toStream<KR>(first?: Named | KeyValueMapper<K, V, KR>, second?: Named): unknown {
    const mapper = typeof first === 'function' ? (first as KeyValueMapper<K, V, KR>) : null
    const named = first instanceof Named ? first : second
    const { builder } = this.core
    const name = builder.nodeName(named?.name ?? null, 'KTABLE-TOSTREAM-')
    const node = new ProcessorGraphNode(name, stateless.tableToStream())
    builder.add(this.core.node, node)
    const stream = this.core.builder.create.stream<K, V>({
      ...this.core,
      name,
      node,
      repartitionRequired: false,
    })
    return mapper === null ? stream : stream.selectKey(mapper)
  }

  /** Holds changes back: until windows close, or for a time. */
  suppress(suppressed: Suppressed<K>): KTable<K, V> {
    return suppressTable(this as KTable<unknown, unknown>, suppressed as Suppressed<never>) as KTable<K, V>
  }

  /** Groups the rows by another key, for an aggregation that follows every change. */
  groupBy<KR, VR>(selector: PairMapper<K, V, KR, VR>, grouped?: Grouped<KR, VR>): KGroupedTable<KR, VR> {
    const { builder } = this.core
    const name = builder.nodeName(grouped?.name ?? null, 'KTABLE-SELECT-')
    const supplier = new TableRepartitionMap(selector as AnyMapper)
    const node = new ProcessorGraphNode(name, supplier, { versioned: supplier })
    builder.add(this.core.node, node)
    this.enableSendingOldValues(true)
    const keySerde = (grouped?.keySerde ?? null) as Serde<unknown> | null
    const valueSerde = (grouped?.valueSerde ?? null) as Serde<unknown> | null
    return new KGroupedTable<KR, VR>(
      { ...this.core, name, node, keySerde, valueSerde },
      grouped?.name ?? null,
    )
  }

  /** Rows of both tables with equal keys, or (with a foreign key) rows of the other table that rows of this one point to. */
  join<VO, VR>(
    other: KTable<K, VO>,
    joiner: ValueJoiner<K, V, VO, VR>,
    ...options: readonly (Named | Materialized<K, VR>)[]
  ): KTable<K, VR>
  join<KO, VO, VR>(
    other: KTable<KO, VO>,
    foreignKey: (value: V, key: K) => KO | null,
    joiner: ValueJoiner<K, V, VO, VR>,
    ...options: readonly (TableJoined<K, KO> | Materialized<K, VR>)[]
  ): KTable<K, VR>
  join(other: unknown, ...rest: readonly unknown[]): unknown {
    return this.#join('inner', other, rest)
  }

  /** As {@link join}, with null where the other table has no row. */
  leftJoin<VO, VR>(
    other: KTable<K, VO>,
    joiner: ValueJoiner<K, V, VO | null, VR>,
    ...options: readonly (Named | Materialized<K, VR>)[]
  ): KTable<K, VR>
  leftJoin<KO, VO, VR>(
    other: KTable<KO, VO>,
    foreignKey: (value: V, key: K) => KO | null,
    joiner: ValueJoiner<K, V, VO | null, VR>,
    ...options: readonly (TableJoined<K, KO> | Materialized<K, VR>)[]
  ): KTable<K, VR>
  leftJoin(other: unknown, ...rest: readonly unknown[]): unknown {
    return this.#join('left', other, rest)
  }

  /** As {@link join}, with null where either table has no row. */
  outerJoin<VO, VR>(
    other: KTable<K, VO>,
    joiner: ValueJoiner<K, V | null, VO | null, VR>,
    ...options: readonly (Named | Materialized<K, VR>)[]
  ): KTable<K, VR> {
    return this.#join('outer', other, [joiner, ...options]) as KTable<K, VR>
  }

  /** @internal The rows, for operators that look them up. */
  view(): TableView {
    return this.supplier.view()
  }

  /** @internal Asks for old values in this table's changes. */
  enableSendingOldValues(force: boolean): boolean {
    if (!this.#sendsOldValues) this.#sendsOldValues = this.supplier.enableSendingOldValues(force)
    return this.#sendsOldValues
  }

  #join(kind: 'inner' | 'left' | 'outer', other: unknown, rest: readonly unknown[]): unknown {
    const self = this as unknown as KTable<unknown, unknown>
    const functions = rest.filter((item) => typeof item === 'function')
    const named = rest.find((item) => item instanceof Named)?.name ?? null
    const materialized = (rest.find((item) => item instanceof Materialized) ?? null) as Materialized<
      unknown,
      unknown
    > | null
    if (functions.length === 2) {
      const joined = rest.find((item) => item instanceof TableJoined) ?? new TableJoined<unknown, unknown>()
      return joinOnForeignKey(self, other as never, {
        foreignKey: functions[0] as never,
        joiner: functions[1] as never,
        isLeftJoin: kind === 'left',
        joined,
        materialized: materialized ?? new Materialized(),
      })
    }
    return joinTables(kind, self, other as never, functions[0] as never, named, materialized)
  }

  #filter(
    predicate: Predicate<K, V>,
    expected: boolean,
    first: Named | Materialized<K, V> | undefined,
    second: Materialized<K, V> | undefined,
  ): KTable<K, V> {
    const [named, materialized] = split(first, second)
    const store = this.#rowStore(materialized, 'KTABLE-FILTER-', this.core.valueSerde)
    const name = this.core.builder.nodeName(named, 'KTABLE-FILTER-')
    const supplier = new TableFilter(this, predicate as AnyMapper, expected, store)
    return this.#rowWise<V>(name, supplier, store, materialized, store?.valueSerde ?? this.core.valueSerde)
  }

  /** Without a name there is no store, but a number is used up, as in Java. */
  #rowStore(
    materialized: Materialized<unknown, unknown> | null,
    prefix: string,
    valueSerde: Serde<unknown> | null,
  ): NamedStore | null {
    if (materialized === null) return null
    if (materialized.storeName === null) this.core.builder.names.storeName(prefix)
    return this.#named(materialized, valueSerde)
  }

  #named(materialized: Materialized<unknown, unknown>, valueSerde: Serde<unknown> | null): NamedStore {
    return {
      materialized,
      storeName: materialized.storeName ?? '',
      queryableName: materialized.storeName,
      keySerde: materialized.keySerde ?? this.core.keySerde,
      valueSerde: materialized.valueSerde ?? valueSerde,
    }
  }

  #rowWise<VR>(
    name: string,
    supplier: TableSupplier & Partial<VersionedSemantics>,
    store: NamedStore | null,
    materialized: Materialized<unknown, unknown> | null,
    valueSerde: Serde<unknown> | null,
    storeNames: readonly string[] = [],
  ): KTable<K, VR> {
    const versioned = supplier instanceof TableFilter ? { versioned: supplier } : {}
    const node = new ProcessorGraphNode(name, supplier, { storeNames, ...versioned })
    if (materialized !== null) node.isOutputVersioned = materialized.storeSupplier?.kind === 'versioned'
    this.core.builder.add(this.core.node, node)
    const keySerde = store?.keySerde ?? this.core.keySerde
    return new KTable<K, VR>(
      { ...this.core, name, node, keySerde, valueSerde },
      supplier,
      store?.queryableName ?? null,
    )
  }
}

function split<K, V>(
  first: Named | Materialized<K, V> | undefined,
  second: Materialized<K, V> | undefined,
): readonly [string | null, Materialized<unknown, unknown> | null] {
  const named = first instanceof Named ? first.name : null
  const materialized = (first instanceof Named ? second : first) ?? null
  return [named, materialized as Materialized<unknown, unknown> | null]
}
