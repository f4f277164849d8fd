import type { NodeSupplier } from '../../context/node-processor.ts'
import type { VersionedSemantics } from '../../processors/table-view.ts'
import type { InternalTopologyBuilder } from '../../topology/internal-topology-builder.ts'

/** A processor of the graph by its name. */
interface NamedSupplier {
  readonly name: string
  readonly supplier: NodeSupplier
}

/**
 * One step of the logical plan: what the DSL's calls make, and what the optimizer moves before it is written to the topology.
 * Corresponds to Java's `GraphNode`.
 */
export abstract class GraphNode {
  readonly name: string
  readonly children = new Set<GraphNode>()
  readonly parents = new Set<GraphNode>()
  isKeyChanging = false
  isValueChanging = false
  isMerge = false
  /** Nodes below it treat records without key as results of their own, so that such records must get through. */
  relaxesNullKeys = false
  /** Null: as its parents. */
  isOutputVersioned: boolean | null = null
  buildPriority = 0
  isWritten = false

  constructor(name: string) {
    this.name = name
  }

  addChild(child: GraphNode): void {
    this.children.add(child)
    child.parents.add(this)
  }

  removeChild(child: GraphNode): void {
    this.children.delete(child)
    child.parents.delete(this)
  }

  clearChildren(): void {
    for (const child of this.children) child.parents.delete(this)
    this.children.clear()
  }

  get parentNames(): readonly string[] {
    return [...this.parents].map((parent) => parent.name)
  }

  get areParentsWritten(): boolean {
    return [...this.parents].every((parent) => parent.isWritten)
  }

  abstract write(topology: InternalTopologyBuilder): void
}

/** Adds a processor, and the stores it brings along. */
export function writeProcessor(
  topology: InternalTopologyBuilder,
  processor: NamedSupplier,
  predecessors: readonly string[],
): void {
  topology.addProcessor({ name: processor.name, predecessors, supplier: processor.supplier })
  for (const factory of processor.supplier.stores?.() ?? []) topology.addStateStore(factory, [processor.name])
}

/** The root all sources hang from. */
export class RootNode extends GraphNode {
  constructor() {
    super('root')
    this.isWritten = true
  }

  write(): void {
    // Nothing of the topology.
  }
}

/** A processor with the names of stores it reads, and what of it follows the past of versioned tables. */
export class ProcessorGraphNode extends GraphNode {
  readonly processor: NamedSupplier
  readonly storeNames: readonly string[]
  /** The operator's part that must know when the input is versioned. */
  readonly versioned: VersionedSemantics | null

  constructor(
    name: string,
    supplier: NodeSupplier,
    options: { readonly storeNames?: readonly string[]; readonly versioned?: VersionedSemantics } = {},
  ) {
    super(name)
    this.processor = { name, supplier }
    this.storeNames = options.storeNames ?? []
    this.versioned = options.versioned ?? null
  }

  write(topology: InternalTopologyBuilder): void {
    writeProcessor(topology, this.processor, this.parentNames)
    if (this.storeNames.length > 0) topology.connectProcessorAndStateStores(this.name, this.storeNames)
  }
}

/** A windowed aggregation, whose grace a suppression further down asks for. */
export class GracePeriodNode extends ProcessorGraphNode {
  readonly graceMs: number

  constructor(name: string, supplier: NodeSupplier, graceMs: number) {
    super(name, supplier)
    this.graceMs = graceMs
  }
}

/** A suppression: not for versioned tables, also not for tables that inherit versions from upstream. */
export class SuppressNode extends ProcessorGraphNode {}

/** A store added by itself. */
export class StateStoreNode extends GraphNode {
  readonly #write: (topology: InternalTopologyBuilder) => void

  constructor(name: string, write: (topology: InternalTopologyBuilder) => void) {
    super(name)
    this.#write = write
  }

  write(topology: InternalTopologyBuilder): void {
    this.#write(topology)
  }
}

/** The nearest node above (or itself) that satisfies the condition, depth first, as Java seeks. */
export function findAbove(node: GraphNode, condition: (node: GraphNode) => boolean): GraphNode | null {
  if (condition(node)) return node
  for (const parent of node.parents) {
    if (condition(parent)) return parent
    const found = findAbove(parent, condition)
    if (found !== null) return found
  }
  return null
}
