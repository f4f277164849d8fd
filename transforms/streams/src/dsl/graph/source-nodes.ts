import { isDeepStrictEqual } from 'node:util'
import { TopologyException } from '../../core/errors.ts'
import type { TableSource } from '../../processors/table-source.ts'
import type { TimestampExtractor } from '../../config/timestamp-extractors.ts'
import type { InternalTopologyBuilder } from '../../topology/internal-topology-builder.ts'
import type { SourceDefinition } from '../../topology/node-definitions.ts'
import { GraphNode, writeProcessor } from './graph-node.ts'
import type { Consumed } from '../options.ts'

/** The topology's source for a way of consuming topics. */
export function sourceDefinition(
  name: string,
  topics: readonly string[] | RegExp,
  consumed: Consumed<unknown, unknown>,
): SourceDefinition {
  return {
    kind: 'source',
    name,
    predecessors: [],
    topics: topics instanceof RegExp ? [] : topics,
    pattern: topics instanceof RegExp ? topics : null,
    keyDeserializer: consumed.keySerde?.deserializer ?? null,
    valueDeserializer: consumed.valueSerde?.deserializer ?? null,
    timestampExtractor: consumed.timestampExtractor as TimestampExtractor | null,
    offsetReset: consumed.offsetReset,
  }
}

/** A stream's source. Several of the same topics are one. Corresponds to Java's `StreamSourceNode`. */
export class StreamSourceNode extends GraphNode {
  readonly topics: readonly string[] | RegExp
  readonly #consumed: Consumed<unknown, unknown>

  constructor(name: string, topics: readonly string[] | RegExp, consumed: Consumed<unknown, unknown>) {
    super(name)
    this.topics = topics instanceof RegExp ? topics : [...new Set(topics)]
    this.#consumed = consumed
  }

  /** Takes over the children of another source of the same topics. */
  merge(other: StreamSourceNode): void {
    if (!isDeepStrictEqual(this.#consumed.offsetReset, other.#consumed.offsetReset)) {
      throw new TopologyException(
        "Can't configure different offset reset policies on the same input topic(s)",
      )
    }
    for (const child of other.children) {
      other.removeChild(child)
      this.addChild(child)
    }
  }

  write(topology: InternalTopologyBuilder): void {
    topology.addSource(sourceDefinition(this.name, this.topics, this.#consumed))
  }
}

/** A table's source and its first processor. Corresponds to Java's `TableSourceNode`. */
export class TableSourceNode extends GraphNode {
  readonly #topic: string
  readonly #sourceName: string
  readonly #consumed: Consumed<unknown, unknown>
  readonly #table: TableSource
  readonly #isGlobal: boolean
  /** The topic itself serves as the store's changelog. */
  reusesSourceTopic = false

  constructor(settings: {
    readonly name: string
    readonly sourceName: string
    readonly topic: string
    readonly consumed: Consumed<unknown, unknown>
    readonly table: TableSource
    readonly isGlobal: boolean
  }) {
    super(settings.name)
    this.#topic = settings.topic
    this.#sourceName = settings.sourceName
    this.#consumed = settings.consumed
    this.#table = settings.table
    this.#isGlobal = settings.isGlobal
  }

  write(topology: InternalTopologyBuilder): void {
    const source = sourceDefinition(this.#sourceName, [this.#topic], this.#consumed)
    if (this.#isGlobal) {
      topology.addGlobalStore(source, this.name, this.#table)
      return
    }
    topology.addSource(source)
    writeProcessor(topology, { name: this.name, supplier: this.#table }, [this.#sourceName])
    if (!this.reusesSourceTopic) return
    for (const factory of this.#table.stores()) {
      factory.disableLogging()
      topology.connectSourceStoreAndTopic(factory.name, this.#topic)
    }
  }
}
