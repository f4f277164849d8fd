import type { NodeSupplier } from '../../context/node-processor.ts'
import { stateless } from '../../processors/stateless.ts'
import type { InternalTopologyBuilder } from '../../topology/internal-topology-builder.ts'
import { GraphNode, writeProcessor } from './graph-node.ts'

/** The names and processors of a stream-stream join. */
interface StreamJoinNodeSettings {
  readonly mergeName: string
  readonly thisName: string
  readonly otherName: string
  readonly thisWindowedName: string
  readonly otherWindowedName: string
  readonly thisSide: NodeSupplier
  readonly otherSide: NodeSupplier
  readonly self: NodeSupplier
}

/** Both sides of a stream-stream join and where they come together. Corresponds to Java's `StreamStreamJoinNode`. */
export class StreamJoinNode extends GraphNode {
  readonly #settings: StreamJoinNodeSettings
  isSelfJoin = false

  constructor(settings: StreamJoinNodeSettings) {
    super(settings.mergeName)
    this.#settings = settings
  }

  get thisWindowedName(): string {
    return this.#settings.thisWindowedName
  }

  get otherWindowedName(): string {
    return this.#settings.otherWindowedName
  }

  write(topology: InternalTopologyBuilder): void {
    const { mergeName, thisName, otherName, thisWindowedName, otherWindowedName } = this.#settings
    const { thisSide, otherSide, self } = this.#settings
    if (this.isSelfJoin) {
      writeProcessor(topology, { name: mergeName, supplier: self }, [thisWindowedName])
      return
    }
    writeProcessor(topology, { name: thisName, supplier: thisSide }, [thisWindowedName])
    writeProcessor(topology, { name: otherName, supplier: otherSide }, [otherWindowedName])
    writeProcessor(topology, { name: mergeName, supplier: stateless.passThrough() }, [thisName, otherName])
  }
}
