import type { TableJoinSide } from '../../processors/table-join.ts'
import type { TableJoinMerger } from '../../processors/table-join-merger.ts'
import type { InternalTopologyBuilder } from '../../topology/internal-topology-builder.ts'
import { GraphNode, writeProcessor } from './graph-node.ts'

/** The names and processors of a join of two tables. */
interface TableJoinNodeSettings {
  readonly mergeName: string
  readonly thisName: string
  readonly otherName: string
  readonly thisParent: string
  readonly otherParent: string
  readonly thisSide: TableJoinSide
  readonly otherSide: TableJoinSide
  readonly merger: TableJoinMerger
  readonly thisStores: readonly string[]
  readonly otherStores: readonly string[]
}

/** Both sides of a table-table join and where they come together. Corresponds to Java's `KTableKTableJoinNode`. */
export class TableJoinNode extends GraphNode {
  readonly #settings: TableJoinNodeSettings

  constructor(settings: TableJoinNodeSettings) {
    super(settings.mergeName)
    this.#settings = settings
  }

  useVersionedSemantics(parentNode: string): void {
    this.#settings.thisSide.useVersionedSemantics(parentNode)
    this.#settings.otherSide.useVersionedSemantics(parentNode)
  }

  write(topology: InternalTopologyBuilder): void {
    const { mergeName, thisName, otherName, thisParent, otherParent } = this.#settings
    const { thisSide, otherSide, merger, thisStores, otherStores } = this.#settings
    writeProcessor(topology, { name: thisName, supplier: thisSide }, [thisParent])
    writeProcessor(topology, { name: otherName, supplier: otherSide }, [otherParent])
    writeProcessor(topology, { name: mergeName, supplier: merger }, [thisName, otherName])
    topology.connectProcessorAndStateStores(thisName, otherStores)
    topology.connectProcessorAndStateStores(otherName, thisStores)
  }
}
