import { settled } from '../../core/synchronous.ts'
import { TableJoinSide } from '../../processors/table-join.ts'
import { TableJoinMerger } from '../../processors/table-join-merger.ts'
import { tableStoreFactory } from '../../stores/materialized-stores.ts'
import { validateName } from '../../core/names.ts'
import type { KTable } from '../ktable.ts'
import type { Materialized } from '../../stores/materialized.ts'
import { TableJoinNode } from './table-join-node.ts'

type Joiner = (left: unknown, right: unknown, key: unknown) => unknown

/** Joins two tables by key. Corresponds to Java's `KTableImpl.doJoin`. */
export function joinTables(
  kind: 'inner' | 'left' | 'outer',
  left: KTable<unknown, unknown>,
  right: KTable<unknown, unknown>,
  joiner: Joiner,
  named: string | null,
  materialized: Materialized<unknown, unknown> | null,
): KTable<unknown, unknown> {
  const { builder } = left.core
  if (named !== null) validateName(named)
  const serdes = { key: left.core.keySerde }
  const store = materialized === null ? null : builder.named(materialized, 'KTABLE-MERGE-', serdes)
  const mergeName = builder.names.nameOr(named, 'KTABLE-MERGE-')
  const sources = builder.copartition(left.core, right.core)
  if (kind !== 'inner') left.enableSendingOldValues(true)
  if (kind === 'outer') right.enableSendingOldValues(true)

  const fromLeft = (key: unknown, mine: unknown, other: unknown) =>
    settled(joiner(mine, other, key), 'the joiner')
  const fromRight = (key: unknown, mine: unknown, other: unknown) =>
    settled(joiner(other, mine, key), 'the joiner')
  const rightKind = kind === 'left' ? 'right' : kind
  const thisSide = new TableJoinSide(kind, left, right, fromLeft, left.core.name)
  const otherSide = new TableJoinSide(rightKind, right, left, fromRight, right.core.name)
  const thisName = builder.names.suffixedOr(named, '-join-this', 'KTABLE-JOINTHIS-')
  const otherName = builder.names.suffixedOr(named, '-join-other', 'KTABLE-JOINOTHER-')
  const factory = store === null ? null : tableStoreFactory(store)
  const merger = new TableJoinMerger(thisSide, otherSide, store?.storeName ?? null, factory)
  const node = new TableJoinNode({
    mergeName,
    thisName,
    otherName,
    thisParent: left.core.name,
    otherParent: right.core.name,
    thisSide,
    otherSide,
    merger,
    thisStores: left.view().storeNames,
    otherStores: right.view().storeNames,
  })
  node.isOutputVersioned = materialized?.storeSupplier?.kind === 'versioned'
  builder.add(left.core.node, node)
  builder.add(right.core.node, node)
  const core = {
    builder,
    name: mergeName,
    node,
    keySerde: store?.keySerde ?? left.core.keySerde,
    valueSerde: store?.valueSerde ?? null,
    sources,
  }
  return core.builder.create.table(core, merger, store?.storeName ?? null)
}
