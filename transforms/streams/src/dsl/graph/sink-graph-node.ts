import type { StreamPartitioner, TopicNameExtractor } from '../../core/functions.ts'
import type { Serde } from '../../core/serde.ts'
import type { InternalTopologyBuilder } from '../../topology/internal-topology-builder.ts'
import { GraphNode } from './graph-node.ts'

/** The end of a path. Corresponds to Java's `StreamSinkNode`. */
export class SinkGraphNode extends GraphNode {
  readonly #settings: {
    readonly name: string
    readonly topic: string | TopicNameExtractor<unknown, unknown>
    readonly keySerde: Serde<unknown> | null
    readonly valueSerde: Serde<unknown> | null
    readonly partitioner: StreamPartitioner<unknown, unknown> | null
  }

  constructor(settings: {
    readonly name: string
    readonly topic: string | TopicNameExtractor<unknown, unknown>
    readonly keySerde: Serde<unknown> | null
    readonly valueSerde: Serde<unknown> | null
    readonly partitioner: StreamPartitioner<unknown, unknown> | null
  }) {
    super(settings.name)
    this.#settings = settings
  }

  write(topology: InternalTopologyBuilder): void {
    const { name, topic, keySerde, valueSerde, partitioner } = this.#settings
    topology.addSink({
      name,
      predecessors: this.parentNames,
      topic,
      keySerializer: keySerde?.serializer ?? null,
      valueSerializer: valueSerde?.serializer ?? null,
      partitioner,
    })
  }
}
