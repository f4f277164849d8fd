import { TopologyException } from '../../core/errors.ts'
import { Suppress } from '../../processors/suppress.ts'
import { changeBufferFactory } from '../../stores/change-buffer.ts'
import { GracePeriodNode, SuppressNode } from './graph-node.ts'
import type { GraphNode } from './graph-node.ts'
import type { KTable } from '../ktable.ts'
import type { Suppressed } from '../suppressed.ts'

/** How long after a window's end its result is final: the largest of all windowed aggregations above. */
function closeDelay(node: GraphNode, chain: string): number {
  if (node instanceof GracePeriodNode) return node.graceMs
  const newChain = chain === '' ? node.name : `${node.name}->${chain}`
  const parents = [...node.parents].filter((parent) => parent.parents.size > 0 || parent.name !== 'root')
  if (parents.length === 0) {
    const start = node.parents.size === 0 ? newChain : `root->${newChain}`
    throw new TopologyException(
      `Window close time is only defined for windowed computations. Got [${start}].`,
    )
  }
  return Math.max(...parents.map((parent) => closeDelay(parent, newChain)))
}

/** Puts a buffer behind a table. Corresponds to Java's `KTableImpl.suppress`. */
export function suppressTable(
  table: KTable<unknown, unknown>,
  suppressed: Suppressed<never>,
): KTable<unknown, unknown> {
  const { builder, node: parent, keySerde, valueSerde } = table.core
  if (parent.isOutputVersioned === true) {
    throw new TopologyException('suppress() is only supported for non-versioned KTables')
  }
  const name = suppressed.name ?? builder.names.processorName('KTABLE-SUPPRESS-')
  const isFinal = suppressed.timeLimitMs === null
  const waitMs = suppressed.timeLimitMs ?? closeDelay(parent, '')
  const { buffer } = suppressed
  const storeName =
    suppressed.name === null ? builder.names.storeName('KTABLE-SUPPRESS-') : `${suppressed.name}-store`
  if (suppressed.name === null && buffer.loggingEnabled) {
    builder.topology.noteGeneratedName('changelogs', `${storeName}-changelog`)
  }
  const logging = { enabled: buffer.loggingEnabled, config: buffer.logConfig }
  const factory = changeBufferFactory(storeName, keySerde, valueSerde, logging)
  const supplier = new Suppress({ waitMs, isFinal, buffer, factory }, table)
  const node = new SuppressNode(name, supplier)
  node.isOutputVersioned = false
  builder.add(parent, node)
  return table.core.builder.create.table(
    { ...table.core, name, node, sources: new Set([table.core.name]) },
    supplier,
    null,
  )
}
