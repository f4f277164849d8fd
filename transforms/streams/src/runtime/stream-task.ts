import { FailedProcessingException, StreamsException } from '../core/errors.ts'
import { Headers } from '../core/headers.ts'
import { Record } from '../core/record.ts'
import type { Serde } from '../core/serde.ts'
import type { ChangelogPort, StoreContext, StoreEngine } from '../state/store.ts'
import type { StoreEnvironment } from '../stores/store-factory.ts'
import type { InternalTopologyBuilder } from '../topology/internal-topology-builder.ts'
import type { NodeDefinition } from '../topology/node-definitions.ts'
import { JavaPriorityQueue } from '../core/java-priority-queue.ts'
import { RecordQueue } from './record-queue.ts'
import type { RawRecord } from './record-queue.ts'
import type { RuntimeNode } from '../context/runtime-node.ts'
import { ProcessorNode } from './processor-node.ts'
import { SinkNode } from './sink-node.ts'
import { SourceNode } from './source-node.ts'
import { numberSetting } from '../config/streams-config.ts'
import { TaskContext } from '../context/task-context.ts'
import type { TaskServices } from '../context/task-context.ts'

/** Which store engines a runtime has. */
export interface StateEngines {
  readonly memory: StoreEngine
  /** Null: persistent stores are kept in memory too (in tests). */
  readonly persistent: StoreEngine | null
}

export interface StreamTaskSettings {
  readonly taskId: string
  readonly partition: number
  readonly nodes: readonly NodeDefinition[]
  readonly topology: InternalTopologyBuilder
  readonly services: TaskServices
  readonly engines: StateEngines
  /** Full names of the topics to read, by source name. */
  readonly sourceTopics: (source: string) => readonly string[]
  /** A global task only fills global stores: it logs no changes. */
  readonly isGlobal: boolean
}

/**
 * One partition of one sub-topology: takes records in order of time over its topics and passes each through all nodes before the
 * next one. Corresponds to Java's `StreamTask`.
 */
export class StreamTask {
  readonly id: string
  readonly context: TaskContext
  readonly #settings: StreamTaskSettings
  readonly #nodes: RuntimeNode[] = []
  readonly #queues = new Map<string, RecordQueue>()
  readonly #waiting = new JavaPriorityQueue<RecordQueue>((a, b) => a.headTimestamp - b.headTimestamp)
  readonly #idleSince = new Map<RecordQueue, number>()
  readonly #maxIdleMs: number

  constructor(settings: StreamTaskSettings) {
    this.id = settings.taskId
    this.#settings = settings
    this.context = new TaskContext(settings.services, settings.taskId, settings.partition)
    this.#maxIdleMs = numberSetting(settings.services.config, 'max.task.idle.ms', 0)
    this.#makeStores()
    this.#makeNodes()
    this.#initNodes()
  }

  /** Full names of the topics this task reads. */
  get topics(): readonly string[] {
    return [...this.#queues.keys()]
  }

  get hasRecords(): boolean {
    return this.#waiting.size > 0
  }

  add(topic: string, record: RawRecord): void {
    const queue = this.#queues.get(topic)
    if (queue === undefined) throw new StreamsException(`Task ${this.id} does not read topic ${topic}`)
    const wasEmpty = queue.size === 0
    queue.add(record)
    if (wasEmpty && queue.size > 0) this.#waiting.add(queue)
  }

  /** Begins to read a topic that a source's pattern matches. */
  addTopic(topic: string, pattern: RegExp): void {
    for (const definition of this.#settings.nodes) {
      if (definition.kind !== 'source' || definition.pattern !== pattern) continue
      const source = this.#nodes.find((node) => node.name === definition.name) as SourceNode
      this.#queues.set(topic, new RecordQueue(topic, this.#settings.partition, source, this.context))
    }
  }

  /** False while records should wait for other topics of the task (`max.task.idle.ms`). */
  isProcessable(now: number): boolean {
    if (this.#maxIdleMs <= 0) return true
    for (const queue of this.#queues.values()) {
      if (queue.size > 0) {
        this.#idleSince.delete(queue)
        continue
      }
      const since = this.#idleSince.get(queue) ?? now
      this.#idleSince.set(queue, since)
      if (now < since + this.#maxIdleMs) return false
    }
    return true
  }

  /** Processes the next record; false when there is none. */
  process(): boolean {
    const queue = this.#waiting.poll()
    if (queue === null) return false
    const head = queue.poll()
    if (queue.size > 0) this.#waiting.add(queue)
    const { context } = this
    if (head.timestamp > context.streamTime) context.streamTime = head.timestamp
    if (head.isCorrupted) return true
    const { raw, timestamp } = head
    context.hasRecordContext = true
    context.topic = queue.topic
    context.partition = queue.partition
    context.offset = raw.offset
    context.timestamp = timestamp
    context.headers = raw.headers
    context.rawKey = raw.key
    context.rawValue = raw.value
    context.systemTimeMs = this.#settings.services.now()
    try {
      queue.source.process(new Record(head.key, head.value, timestamp, raw.headers))
    } catch (error) {
      throw this.#described(error, queue, raw)
    }
    return true
  }

  /** Fires stream-time punctuations that are due after a record. */
  punctuateStreamTime(): boolean {
    const { streamPunctuations, streamTime } = this.context
    return streamTime !== -1 && !streamPunctuations.isEmpty && streamPunctuations.punctuate(streamTime)
  }

  punctuateSystemTime(): boolean {
    return this.context.wallClockPunctuations.punctuate(this.#settings.services.now())
  }

  /** Makes the state durable. */
  commit(): void {
    for (const store of this.context.stores.values()) store.flush()
    this.context.isCommitRequested = false
  }

  /** Closes nodes, then stores. */
  close(): void {
    const errors: unknown[] = []
    for (const node of this.#nodes) {
      try {
        node.close()
      } catch (error) {
        errors.push(error)
      }
    }
    this.commit()
    for (const store of this.context.stores.values()) store.close()
    if (errors.length > 0) throw errors[errors.length - 1]
  }

  #described(error: unknown, queue: RecordQueue, raw: RawRecord): unknown {
    const failed = error instanceof FailedProcessingException ? error : null
    if (failed === null && error instanceof StreamsException) return error
    const node = failed?.failedNode ?? queue.source.name
    return new StreamsException(
      `Exception caught in process. taskId=${this.id}, processor=${node}, topic=${queue.topic}, ` +
        `partition=${queue.partition}, offset=${raw.offset}`,
      failed === null ? error : failed.original,
    )
  }

  #makeStores(): void {
    const { nodes, topology } = this.#settings
    const environment = this.#environment()
    for (const node of nodes) {
      if (node.kind !== 'processor') continue
      for (const name of node.stores) {
        const factory = topology.stores.get(name) ?? topology.globalStores.get(name)
        if (factory !== undefined && !this.context.stores.has(name)) {
          this.context.stores.set(name, factory.make(environment))
        }
      }
    }
  }

  #environment(): StoreEnvironment {
    const { services, engines, topology, isGlobal } = this.#settings
    const { config, applicationId } = services
    const byDefault = config['default.dsl.store'] !== 'in_memory'
    return {
      engine: (persistent) =>
        (persistent ?? byDefault) ? (engines.persistent ?? engines.memory) : engines.memory,
      isInMemory: (persistent) => !(persistent ?? byDefault),
      context: (name, loggingEnabled) => this.#storeContext(name, loggingEnabled && !isGlobal),
      changelogTopic: (name) => topology.storeSourceTopics.get(name) ?? `${applicationId}-${name}-changelog`,
      defaultKeySerde: (config['default.key.serde'] as Serde<unknown> | undefined) ?? null,
      defaultValueSerde: (config['default.value.serde'] as Serde<unknown> | undefined) ?? null,
    }
  }

  #storeContext(name: string, loggingEnabled: boolean): StoreContext {
    const { services, partition } = this.#settings
    const { sink, applicationId } = services
    const task = this.context
    const base = {
      applicationId,
      taskId: this.id,
      currentTimestamp: () => task.timestamp,
      recordExpired: () => task.drop('expired-row', name),
    }
    if (!loggingEnabled) return base
    const topic = `${applicationId}-${name}-changelog`
    const changelog: ChangelogPort = {
      append: (key, value, timestamp) =>
        sink.send({ topic, partition, timestamp, key, value, headers: new Headers() }),
    }
    return { ...base, changelog }
  }

  #makeNodes(): void {
    const byName = new Map<string, RuntimeNode>()
    for (const definition of this.#settings.nodes) {
      const node = this.#makeNode(definition)
      byName.set(node.name, node)
      this.#nodes.push(node)
      for (const predecessor of definition.predecessors) byName.get(predecessor)?.addChild(node)
    }
  }

  #makeNode(definition: NodeDefinition): RuntimeNode {
    const { context } = this
    switch (definition.kind) {
      case 'source': {
        const source = new SourceNode(definition, context)
        for (const topic of this.#settings.sourceTopics(definition.name)) {
          this.#queues.set(topic, new RecordQueue(topic, this.#settings.partition, source, context))
        }
        return source
      }
      case 'processor':
        return new ProcessorNode(definition.name, context, definition.supplier.get(), definition.stores)
      case 'sink':
        return new SinkNode(definition, this.#sinkTopic(definition.topic), context)
    }
  }

  #sinkTopic(topic: unknown): string | null {
    if (typeof topic !== 'string') return null
    const { topology, services } = this.#settings
    return topology.internalTopicPartitions.has(topic) ? `${services.applicationId}-${topic}` : topic
  }

  #initNodes(): void {
    const { context } = this
    for (const node of this.#nodes) {
      context.systemTimeMs = this.#settings.services.now()
      context.clearRecord(context.systemTimeMs)
      node.init()
    }
    context.hasRecordContext = false
  }
}
