import { FailedProcessingException, StreamsException } from '../core/errors.ts'
import { Record } from '../core/record.ts'
import type { ChangelogRecord } from '../state/store.ts'
import type { InternalTopologyBuilder } from '../topology/internal-topology-builder.ts'
import type { NodeDefinition } from '../topology/node-definitions.ts'
import type { PendingException } from '../core/synchronous.ts'
import { JavaPriorityQueue } from '../core/java-priority-queue.ts'
import { decodePartitionMetadata, encodePartitionMetadata } from './partition-metadata.ts'
import { RecordQueue } from './record-queue.ts'
import type { RawRecord } from './record-queue.ts'
import type { RuntimeNode } from '../context/runtime-node.ts'
import { ProcessorNode } from './processor-node.ts'
import { SinkNode } from './sink-node.ts'
import { SourceNode } from './source-node.ts'
import { TaskStores } from './task-stores.ts'
import type { StateEngines, TaskChangelog } from './task-stores.ts'
import { numberSetting } from '../config/streams-config.ts'
import { TaskContext } from '../context/task-context.ts'
import type { TaskServices } from '../context/task-context.ts'

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
  /**
   * Records of a topic's partition that the broker has and nobody has read yet; undefined while that is not known. Left out: none,
   * ever (Java: `currentLag`, KIP-695).
   */
  readonly lag?: (topic: string) => bigint | undefined
}

const none: ReadonlyMap<string, number> = new Map()
const noOffsets: ReadonlyMap<string, bigint> = new Map()

/** How far a task has come in one of its topics. */
export interface TaskProgress {
  /** Next offset to read. */
  readonly offset: bigint
  /** What is to be committed with it: {@link StreamTask.start} takes it back. */
  readonly metadata: string
}

/**
 * One partition of one sub-topology: takes records in order of time over its topics and passes each through all nodes before the
 * next one. Corresponds to Java's `StreamTask`.
 *
 * Its life: `openStores`, `restore` as often as needed, `start`; then records and punctuations, and commits. A commit is
 * `prepareCommit`, then whatever makes offsets and changelog records last, then `committed`: rows are never durable before the
 * offsets they stand for. It ends by `close`, or by `abandon` where what it did must not last.
 */
export class StreamTask {
  readonly id: string
  readonly context: TaskContext
  readonly #settings: StreamTaskSettings
  readonly #stores: TaskStores
  readonly #nodes: RuntimeNode[] = []
  readonly #queues = new Map<string, RecordQueue>()
  readonly #waiting = new JavaPriorityQueue<RecordQueue>((a, b) => a.headTimestamp - b.headTimestamp)
  readonly #idleDeadlines = new Map<RecordQueue, number>()
  readonly #maxIdleMs: number
  #isCommitNeeded = false
  #pending: RecordQueue | null = null

  constructor(settings: StreamTaskSettings) {
    this.id = settings.taskId
    this.#settings = settings
    const { services, taskId, partition, nodes, topology, engines, isGlobal } = settings
    this.context = new TaskContext(services, taskId, partition)
    this.#maxIdleMs = numberSetting(services.config, 'max.task.idle.ms', 0)
    this.#stores = new TaskStores({ context: this.context, nodes, topology, engines, isGlobal })
  }

  /** Makes the stores, as they were left. */
  openStores(): void {
    this.#stores.open()
  }

  /** Topics that bring the stores' rows back, with where they stand. */
  changelogs(): readonly TaskChangelog[] {
    return this.#stores.changelogs()
  }

  /** Deletes the rows that are kept: what brings them back does not fit them any more. */
  wipeStores(): void {
    this.#stores.wipe()
  }

  /** Applies records of a store's changelog, oldest first. */
  restore(storeName: string, records: Iterable<ChangelogRecord>): void {
    this.#stores.restore(storeName, records)
    if (Array.isArray(records)) this.context.metrics.restored(records.length, this.#settings.services.now())
  }

  /**
   * Makes the nodes and calls their `init`.
   *
   * @param metadata by topic: what was committed beside the offset that the task goes on from
   */
  start(metadata: ReadonlyMap<string, string> = new Map()): void {
    for (const text of metadata.values()) this.context.goOnFrom(decodePartitionMetadata(text))
    this.#makeNodes()
    for (const [topic, text] of metadata)
      this.#queues.get(topic)?.goOnFrom(decodePartitionMetadata(text).partitionTime)
    this.#initNodes()
  }

  /** True when something was done that the next commit should hold. */
  get isCommitNeeded(): boolean {
    return this.#isCommitNeeded
  }

  /** Full names of the topics this task reads. */
  get topics(): readonly string[] {
    return [...this.#queues.keys()]
  }

  /** What its next record has to wait for: until then it processes none. */
  get pending(): PendingException | null {
    return this.#pending?.pending ?? null
  }

  /** Once what was {@link pending} is there. */
  resume(): void {
    this.#pending = null
    for (const queue of this.#queues.values()) {
      if (queue.pending === null) continue
      const hadHead = queue.hasHead
      queue.resume()
      this.#noteQueue(queue, hadHead)
    }
  }

  /**
   * How far the task had come before what it was doing, which another life of it is to do again.
   *
   * @param times of operators at that moment
   * @param what a record, or a punctuation after one
   */
  progressBefore(
    times: ReadonlyMap<string, number>,
    what: 'record' | 'punctuation',
  ): ReadonlyMap<string, TaskProgress> {
    const { topic, offset } = this.context
    if (what === 'record' && topic !== null) this.#queues.get(topic)?.undo(offset)
    return this.#progress(times)
  }

  get hasRecords(): boolean {
    return this.#waiting.size > 0
  }

  add(topic: string, record: RawRecord): void {
    const queue = this.#queues.get(topic)
    if (queue === undefined) throw new StreamsException(`Task ${this.id} does not read topic ${topic}`)
    const hadHead = queue.hasHead
    queue.add(record)
    if (!hadHead) this.#noteQueue(queue, false)
  }

  #noteQueue(queue: RecordQueue, hadHead: boolean): void {
    if (queue.pending !== null) this.#pending = queue
    if (!hadHead && queue.hasHead) this.#waiting.add(queue)
  }

  /** Begins to read a topic that a source's pattern matches. */
  addTopic(topic: string, pattern: RegExp): void {
    for (const definition of this.#settings.nodes) {
      if (definition.kind !== 'source' || definition.pattern !== pattern) continue
      const source = this.#nodes.find((node) => node.name === definition.name) as SourceNode
      this.#queues.set(topic, new RecordQueue(topic, this.#settings.partition, source, this.context))
    }
  }

  /** How many records of a topic wait to be processed. */
  waiting(topic: string): number {
    return this.#queues.get(topic)?.size ?? 0
  }

  /**
   * False while records should wait for other topics of the task: always for those that the broker has already, and for
   * `max.task.idle.ms` for those that may still come. With -1 it waits for nothing (KIP-695).
   */
  isProcessable(now: number): boolean {
    if (this.#pending !== null) return false
    if (this.#maxIdleMs < 0) return true
    const { lag } = this.#settings
    // What runs for each record: there is nothing to wait for.
    if (this.#maxIdleMs === 0 && (lag === undefined || this.#queues.size === 1)) return true
    for (const queue of this.#queues.values()) {
      if (queue.size > 0) {
        if (this.#maxIdleMs > 0) this.#idleDeadlines.delete(queue)
        continue
      }
      if (lag !== undefined && lag(queue.topic) !== 0n) return false
      if (this.#maxIdleMs === 0) continue
      const deadline = this.#idleDeadlines.get(queue) ?? now + this.#maxIdleMs
      this.#idleDeadlines.set(queue, deadline)
      if (now < deadline) return false
    }
    return true
  }

  /** Processes the next record; false when there is none. */
  process(): boolean {
    const queue = this.#waiting.poll()
    if (queue === null) return false
    const head = queue.poll()
    this.#noteQueue(queue, false)
    this.#isCommitNeeded = true
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
    context.original = raw.original ?? null
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
    if (streamTime === -1 || streamPunctuations.isEmpty || !streamPunctuations.punctuate(streamTime))
      return false
    this.#isCommitNeeded = true
    return true
  }

  punctuateSystemTime(): boolean {
    const { now } = this.#settings.services
    const began = now()
    if (!this.context.wallClockPunctuations.punctuate(began)) return false
    this.context.metrics.punctuated(now() - began, began)
    this.#isCommitNeeded = true
    return true
  }

  /** The offset after the last record of the topic that was processed; undefined before the first. */
  consumedOffset(topic: string): bigint | undefined {
    return this.#queues.get(topic)?.consumedOffset
  }

  /** How far each topic has been processed; those nothing was read of are left out. */
  progress(): ReadonlyMap<string, TaskProgress> {
    return this.#progress(this.context.keptTimes())
  }

  #progress(times: ReadonlyMap<string, number>): ReadonlyMap<string, TaskProgress> {
    const progress = new Map<string, TaskProgress>()
    // With one topic is enough: what is read back of all topics is the highest.
    let processorTimes = times
    for (const [topic, { consumedOffset, partitionTime }] of this.#queues) {
      if (consumedOffset === undefined) continue
      const metadata = encodePartitionMetadata({ partitionTime, processorTimes })
      progress.set(topic, { offset: consumedOffset, metadata })
      processorTimes = none
    }
    return progress
  }

  /** Between two commits: leaves the next one no more than about so many rows to write. */
  writeAhead(keepRows: number): void {
    this.#stores.writeAhead(keepRows)
  }

  /** First half of a commit: updates that wait are forwarded, what waits for the changelogs is sent, and rows leave memory for the open transaction. */
  prepareCommit(): void {
    this.context.forwardCached()
    this.#stores.flush()
    this.context.isCommitRequested = false
  }

  /**
   * Second half of a commit, once offsets and changelog records last: makes rows durable.
   *
   * @param changelogOffsets by store name: the offset after the last changelog record of the store
   */
  committed(changelogOffsets: ReadonlyMap<string, bigint> = noOffsets): void {
    this.#stores.commit(changelogOffsets)
    this.#isCommitNeeded = false
  }

  /** Closes nodes, then releases the stores; rows since the last commit last only where they have no changelog. */
  close(): void {
    try {
      this.#closeNodes()
    } finally {
      this.context.metrics.remove()
      this.#stores.close()
    }
  }

  /**
   * Closes nodes and gives up what was not committed.
   *
   * @param report told of errors of nodes, which change nothing any more
   */
  abandon(report: (error: unknown) => void = () => undefined): void {
    try {
      this.#closeNodes()
    } catch (error) {
      report(error)
    } finally {
      this.context.metrics.remove()
      this.#stores.abandon()
    }
  }

  #closeNodes(): void {
    for (const updates of this.context.cachedUpdates.values()) updates.clear()
    const errors: unknown[] = []
    for (const node of this.#nodes.splice(0)) {
      try {
        node.close()
      } catch (error) {
        errors.push(error)
      }
    }
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

  #makeNodes(): void {
    const byName = new Map<string, RuntimeNode>()
    for (const definition of this.#settings.nodes) {
      const node = this.#makeNode(definition)
      byName.set(node.name, node)
      this.#nodes.push(node)
      for (const predecessor of definition.predecessors) byName.get(predecessor)?.addChild(node)
    }
    const { metrics } = this.context
    for (const node of this.#nodes)
      if (node instanceof SourceNode || node.children.length === 0)
        node.latency = metrics.endToEndLatency(node.name)
    metrics.gauge('active-buffer-count', () =>
      [...this.#queues.values()].reduce((sum, { size }) => sum + size, 0),
    )
  }

  #makeNode(definition: NodeDefinition): RuntimeNode {
    const { context } = this
    switch (definition.kind) {
      case 'source': {
        const source = new SourceNode(definition, context)
        for (const topic of this.#settings.sourceTopics(definition.name)) {
          const { partition, topology, services } = this.#settings
          const isRepartition = topology.isRepartition(services.applicationId, topic)
          this.#queues.set(topic, new RecordQueue(topic, partition, source, context, isRepartition))
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
