import type { StreamPartitioner } from '../../core/functions.ts'
import type { Serde } from '../../core/serde.ts'
import { stateless } from '../../processors/stateless.ts'
import { failOnInvalidTimestamp } from '../../config/timestamp-extractors.ts'
import type { InternalTopologyBuilder } from '../../topology/internal-topology-builder.ts'
import { changeSerde } from '../change-serde.ts'
import { GraphNode } from './graph-node.ts'
import type { InternalStreamsBuilder } from './internal-streams-builder.ts'

const suffix = '-repartition'

/** Names and serdes of a way through a repartition topic. */
interface RepartitionSettings {
  readonly topic: string
  readonly sinkName: string
  readonly filterName: string
  readonly sourceName: string
  readonly keySerde: Serde<unknown> | null
  readonly valueSerde: Serde<unknown> | null
  readonly partitioner: StreamPartitioner<unknown, unknown> | null
  readonly partitions: number | null
}

/** Names a repartition topic and its nodes; three numbers are used up even where names are given. */
export function repartitionSettings(
  builder: InternalStreamsBuilder,
  prefix: string,
  isNameGiven: boolean,
  options: Pick<RepartitionSettings, 'keySerde' | 'valueSerde'> & Partial<RepartitionSettings>,
): RepartitionSettings {
  const topic = prefix.endsWith(suffix) ? prefix : `${prefix}${suffix}`
  if (!isNameGiven) builder.topology.noteGeneratedName('repartitions', topic)
  const sink = builder.names.processorName('KSTREAM-SINK-')
  const filter = builder.names.processorName('KSTREAM-FILTER-')
  const source = builder.names.processorName('KSTREAM-SOURCE-')
  const isGenerated = /^KSTREAM.*-[0-9]{10}$/.test(prefix)
  return {
    partitioner: null,
    partitions: null,
    ...options,
    topic,
    sinkName: isGenerated ? sink : `${topic}-sink`,
    filterName: isGenerated ? filter : `${topic}-filter`,
    sourceName: isGenerated ? source : `${topic}-source`,
  }
}

/** Writes records to a topic and reads them back, so that equal keys meet. Corresponds to Java's `BaseRepartitionNode`. */
export class RepartitionNode extends GraphNode {
  readonly settings: RepartitionSettings
  /** Those that the engine put in may be merged into one. */
  readonly isOptimizable: boolean
  /** Records without key can join nothing; they are left out unless an outer join below wants them. */
  filtersNullKeys = false

  constructor(settings: RepartitionSettings, isOptimizable: boolean) {
    super(settings.sourceName)
    this.settings = settings
    this.isOptimizable = isOptimizable
  }

  write(topology: InternalTopologyBuilder): void {
    const { topic, sinkName, filterName, sourceName, keySerde, valueSerde, partitioner, partitions } =
      this.settings
    const hasKey = (key: unknown): boolean => key !== null && key !== undefined
    const predicate = this.filtersNullKeys ? hasKey : () => true
    topology.addInternalTopic(topic, partitions)
    topology.addProcessor({
      name: filterName,
      predecessors: this.parentNames,
      supplier: stateless.filter(predicate, true),
    })
    topology.addSink({
      name: sinkName,
      predecessors: [filterName],
      topic,
      keySerializer: keySerde?.serializer ?? null,
      valueSerializer: valueSerde?.serializer ?? null,
      partitioner,
    })
    addRepartitionSource(topology, sourceName, topic, keySerde, valueSerde)
  }
}

/** The repartition of a grouped table: carries old and new values. Corresponds to `GroupedTableOperationRepartitionNode`. */
export class TableRepartitionNode extends GraphNode {
  readonly #settings: Omit<RepartitionSettings, 'filterName' | 'partitioner' | 'partitions'>

  constructor(settings: Omit<RepartitionSettings, 'filterName' | 'partitioner' | 'partitions'>) {
    super(settings.sourceName)
    this.#settings = settings
  }

  write(topology: InternalTopologyBuilder): void {
    const { topic, sinkName, sourceName, keySerde, valueSerde } = this.#settings
    const changes = changeSerde(valueSerde)
    topology.addInternalTopic(topic, null)
    topology.addSink({
      name: sinkName,
      predecessors: this.parentNames,
      topic,
      keySerializer: keySerde?.serializer ?? null,
      valueSerializer: changes.serializer,
      partitioner: null,
    })
    addRepartitionSource(topology, sourceName, topic, keySerde, changes)
  }
}

function addRepartitionSource(
  topology: InternalTopologyBuilder,
  name: string,
  topic: string,
  keySerde: Serde<unknown> | null,
  valueSerde: Serde<unknown> | null,
): void {
  topology.addSource({
    kind: 'source',
    name,
    predecessors: [],
    topics: [topic],
    pattern: null,
    keyDeserializer: keySerde?.deserializer ?? null,
    valueDeserializer: valueSerde?.deserializer ?? null,
    timestampExtractor: failOnInvalidTimestamp,
    offsetReset: null,
  })
}
