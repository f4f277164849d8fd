import { partitionForKey } from '@spillway/api'
import { FailedProcessingException, IllegalArgumentException, StreamsException } from '../core/errors.ts'
import type { StreamPartitioner, TopicNameExtractor } from '../core/functions.ts'
import { shown } from '../core/arguments.ts'
import { isWindowedSerializer, serializerOr } from '../core/serde.ts'
import type { Serde, Serializer } from '../core/serde.ts'
import { AsyncResultException, locatedAsync, settled } from '../core/synchronous.ts'
import type { Headers } from '../core/headers.ts'
import type { AnyRecord } from '../core/record.ts'
import type { SinkDefinition } from '../topology/node-definitions.ts'
import { RuntimeNode } from '../context/runtime-node.ts'
import { withOriginal } from '../context/original-position.ts'
import { RecordOrigins } from '../context/record-origin.ts'
import type { TaskContext } from '../context/task-context.ts'
import type { TopicTraffic } from '../context/task-metrics.ts'
import { countTraffic } from '../context/traffic.ts'

/** So many topics of one node have figures of their own. */
const mostTopics = 100
const uncounted = (): TopicTraffic => ({ records: 0, bytes: 0 })

/** Where records leave a task. Corresponds to Java's `SinkNode` and `RecordCollector`. */
export class SinkNode extends RuntimeNode {
  readonly #topic: string | TopicNameExtractor<unknown, unknown>
  readonly #keys: Serializer<unknown>
  readonly #values: Serializer<unknown>
  readonly #partitioner: StreamPartitioner<unknown, unknown> | null
  readonly #origins: RecordOrigins
  /** Whether records tell where they were read first: dead letters behind a repartition topic do. */
  readonly #tellsOriginal: boolean
  readonly #traffic = new Map<string, TopicTraffic>()
  #lastTopic = ''
  #lastTraffic: TopicTraffic | undefined

  /** @param topic the full name for a fixed topic */
  constructor(definition: SinkDefinition, topic: string | null, task: TaskContext) {
    super(definition.name, task)
    this.#topic = topic ?? definition.topic
    this.#keys = this.#serializer(definition.keySerializer, 'key')
    this.#values = this.#serializer(definition.valueSerializer, 'value')
    this.#origins = new RecordOrigins(task, definition.name)
    const deadLetters = task.services.config['errors.dead.letter.queue.topic.name'] ?? null
    this.#tellsOriginal = deadLetters !== null && topic !== null && topic !== definition.topic
    this.#partitioner = definition.partitioner ?? windowedPartitioner(this.#keys)
  }

  init(): void {
    // Serdes were settled by the constructor already.
  }

  close(): void {
    // Nothing is held.
  }

  process(record: AnyRecord): void {
    this.measure(record)
    try {
      this.#write(record)
    } catch (error) {
      if (!(error instanceof AsyncResultException)) throw error
      throw new FailedProcessingException(this.name, locatedAsync(error, this.name))
    }
  }

  #write(record: AnyRecord): void {
    const topic = typeof this.#topic === 'string' ? this.#topic : this.#extract(this.#topic, record)
    if (this.#partitioner === null) {
      this.#send(topic, null, record)
      return
    }
    const { sink } = this.task.services
    const count = sink.partitionsFor(topic)
    const partitioner = this.#partitioner
    if (count === undefined) sink.whenKnown(topic, () => this.#partition(topic, partitioner, record))
    else this.#partition(topic, partitioner, record, count)
  }

  #partition(
    topic: string,
    partitioner: StreamPartitioner<unknown, unknown>,
    record: AnyRecord,
    count = this.task.services.sink.partitionsFor(topic) ?? 0,
  ): void {
    const partitions = settled(partitioner(topic, record.key, record.value, count), 'the partitioner')
    if (partitions === null || typeof partitions === 'number') {
      this.#send(topic, partitions === null ? null : checkedPartition(partitions, topic), record)
      return
    }
    if (!Array.isArray(partitions)) checkedPartition(partitions, topic)
    if (partitions.length === 0) this.task.drop('no-partition', this.name)
    for (const partition of partitions) this.#send(topic, checkedPartition(partition, topic), record)
  }

  #extract(extractor: TopicNameExtractor<unknown, unknown>, record: AnyRecord): string {
    const { topic, partition, offset } = this.task.knownMetadata()
    const { timestamp, headers } = record
    const context = { topic, partition, offset, timestamp, headers }
    const extracted: unknown = settled(
      extractor(record.key, record.value, context),
      'the topic name extractor',
    )
    if (extracted === null || extracted === undefined)
      throw new IllegalArgumentException('Topic cannot be null.')
    if (typeof extracted !== 'string' || extracted === '')
      throw new IllegalArgumentException(`Topic must be a name, got ${shown(extracted)}`)
    return extracted
  }

  #send(topic: string, partition: number | null, record: AnyRecord): void {
    const { headers, timestamp } = record
    let key: Uint8Array | null
    let value: Uint8Array | null
    try {
      key = this.#keys.serialize(topic, headers, record.key)
    } catch (error) {
      if (error instanceof AsyncResultException) throw error
      this.#refuse(topic, partition, record, error, 'KEY')
      return
    }
    try {
      value = this.#values.serialize(topic, headers, record.value)
    } catch (error) {
      if (error instanceof AsyncResultException) throw error
      this.#refuse(topic, partition, record, error, 'VALUE')
      return
    }
    const { task } = this
    countTraffic(this.#trafficOf(topic), topic, key, value, headers)
    task.services.sink.send(
      { topic, partition, timestamp, key, value, headers: this.#sentHeaders(headers) },
      this.#origins.current(),
      task.offset,
    )
  }

  #trafficOf(topic: string): TopicTraffic {
    if (this.#lastTraffic !== undefined && topic === this.#lastTopic) return this.#lastTraffic
    let traffic = this.#traffic.get(topic)
    if (traffic === undefined) {
      // Of a node that chooses among very many topics, only the first ones are told apart.
      traffic = this.#traffic.size < mostTopics ? this.task.metrics.produced(this.name, topic) : uncounted()
      if (this.#traffic.size < mostTopics) this.#traffic.set(topic, traffic)
    }
    this.#lastTopic = topic
    this.#lastTraffic = traffic
    return traffic
  }

  #sentHeaders(headers: Headers): Headers {
    const { topic, partition, offset, original } = this.task
    if (!this.#tellsOriginal || topic === null) return headers.copy()
    return withOriginal(headers, original ?? { topic, partition, offset })
  }

  #refuse(
    topic: string,
    partition: number | null,
    record: AnyRecord,
    error: unknown,
    origin: 'KEY' | 'VALUE',
  ): void {
    const { task } = this
    const handler = task.services.handlers.production
    let response
    try {
      response = handler.handleSerializationError(task.errorContext(this.name), record, error, origin)
    } catch (fatal) {
      throw new FailedProcessingException(this.name, fatal)
    }
    task.sendDeadLetters(response)
    if (response.result !== 'RESUME') {
      throw new StreamsException(
        `Unable to serialize record. ProducerRecord(topic=[${topic}], partition=[${partition}], ` +
          `timestamp=[${record.timestamp}]`,
        error,
      )
    }
    task.drop('production-error', this.name)
  }

  #serializer(given: Serializer<unknown> | null, what: 'key' | 'value'): Serializer<unknown> {
    const fallback = this.task.services.config[`default.${what}.serde`] as Serde<unknown> | undefined
    const found = serializerOr(given, fallback ?? null)
    if (found === null) {
      throw new StreamsException(
        `Failed to initialize ${what} serdes for sink node ${this.name}`,
        new StreamsException(
          `Please specify a ${what} serde or set one through the config "default.${what}.serde"`,
        ),
      )
    }
    return found
  }
}

/** @throws IllegalArgumentException as Java's producer refuses it */
function checkedPartition(partition: unknown, topic: string): number {
  if (Number.isSafeInteger(partition) && (partition as number) >= 0) return partition as number
  throw new IllegalArgumentException(
    `Invalid partition: ${shown(partition)}. The partitioner of topic ${topic} must give a whole number from 0, ` +
      'a list of them, or null.',
  )
}

/** Windowed results go where their inner key belongs, so that all windows of a key are on one partition. */
function windowedPartitioner(keys: Serializer<unknown>): StreamPartitioner<unknown, unknown> | null {
  if (!isWindowedSerializer(keys)) return null
  return (topic, key, _value, partitions) => {
    const base = key === null ? null : keys.serializeBaseKey(topic, null, key)
    return base === null ? null : partitionForKey(base, partitions)
  }
}
