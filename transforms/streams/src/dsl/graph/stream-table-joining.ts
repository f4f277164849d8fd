import { IllegalArgumentException } from '../../core/errors.ts'
import type { Serde } from '../../core/serde.ts'
import { streamTableJoinSupplier } from '../../processors/stream-table-join.ts'
import type { NodeSupplier } from '../../context/node-processor.ts'
import { joinBufferFactory } from '../../stores/join-buffer.ts'
import type { InternalTopologyBuilder } from '../../topology/internal-topology-builder.ts'
import type { GlobalKTable } from '../global-ktable.ts'
import { ProcessorGraphNode } from './graph-node.ts'
import type { KStream } from '../kstream.ts'
import type { KTable } from '../ktable.ts'
import type { Joined } from '../join-options.ts'
import { repartitionForJoin } from './stream-joining.ts'

type Joiner = (value: unknown, tableValue: unknown, key: unknown) => unknown

/** A lookup in a table, which checks that a grace period suits the table's history. */
class StreamTableJoinNode extends ProcessorGraphNode {
  readonly #graceMs: number | null

  constructor(name: string, supplier: NodeSupplier, storeNames: readonly string[], graceMs: number | null) {
    super(name, supplier, { storeNames })
    this.#graceMs = graceMs
  }

  override write(topology: InternalTopologyBuilder): void {
    super.write(topology)
    if (this.#graceMs === null) return
    for (const storeName of this.storeNames) {
      const changelog = topology.stores.get(storeName)?.changelog
      if (changelog?.kind !== 'versioned') {
        throw new IllegalArgumentException(
          'KTable must be versioned to use a grace period in a stream table join.',
        )
      }
      if (this.#graceMs > changelog.historyRetentionMs) {
        throw new IllegalArgumentException('History retention must be at least grace period.')
      }
    }
  }
}

/** Joins a stream with a table's current rows, or with those of the record's time where the table is versioned. */
export function joinTable(
  isLeft: boolean,
  stream: KStream<unknown, unknown>,
  table: KTable<unknown, unknown>,
  joiner: Joiner,
  joined: Joined<unknown, unknown, unknown>,
): KStream<unknown, unknown> {
  const self = stream.core.repartitionRequired
    ? repartitionForJoin(
        stream,
        joined.name ?? stream.core.name,
        joined.name !== null,
        joined.keySerde as Serde<unknown> | null,
        joined.leftValueSerde as Serde<unknown> | null,
      )
    : stream
  const { builder, node } = self.core
  const sources = builder.copartition(self.core, table.core)
  const name = builder.nodeName(joined.name, isLeft ? 'KSTREAM-LEFTJOIN-' : 'KSTREAM-JOIN-')
  const keySerde = (joined.keySerde as Serde<unknown> | null) ?? self.core.keySerde
  const graceMs = joined.gracePeriodMs
  if (graceMs !== null && table.core.node.isOutputVersioned === false) {
    throw new IllegalArgumentException(
      'KTable must be versioned to use a grace period in a stream table join.',
    )
  }
  const valueSerde = (joined.leftValueSerde as Serde<unknown> | null) ?? self.core.valueSerde
  const buffer = graceMs === null ? null : joinBufferFactory(`${name}-Buffer`, keySerde, valueSerde)
  if (buffer !== null && joined.name === null) {
    builder.topology.noteGeneratedName('stores', buffer.name)
    builder.topology.noteGeneratedName('changelogs', `${buffer.name}-changelog`)
  }
  const view = table.view()
  const supplier = streamTableJoinSupplier({
    table: view,
    joiner,
    mapper: (key) => key,
    isLeft,
    graceMs,
    buffer,
  })
  const join = new StreamTableJoinNode(name, supplier, view.storeNames, graceMs)
  join.relaxesNullKeys = isLeft
  builder.add(node, join)
  return builder.create.stream({
    builder,
    name,
    node: join,
    keySerde,
    valueSerde: null,
    sources,
    repartitionRequired: false,
  })
}

/** Joins a stream with a global table by a key computed from each record. */
export function joinGlobalTable(
  isLeft: boolean,
  stream: KStream<unknown, unknown>,
  table: GlobalKTable<unknown, unknown>,
  mapper: (key: unknown, value: unknown) => unknown,
  joiner: Joiner,
  named: string | null,
): KStream<unknown, unknown> {
  const { builder, node } = stream.core
  const name = builder.nodeName(named, 'KSTREAM-LEFTJOIN-')
  const supplier = streamTableJoinSupplier({
    table: table.view,
    joiner,
    mapper,
    isLeft,
    graceMs: null,
    buffer: null,
  })
  const join = new ProcessorGraphNode(name, supplier)
  join.relaxesNullKeys = isLeft
  builder.add(node, join)
  return stream.core.builder.create.stream({ ...stream.core, name, node: join, valueSerde: null })
}
