import { isTime } from '../core/arguments.ts'
import { Headers } from '../core/headers.ts'
import type { RecordMetadata } from '../core/record.ts'
import type { StateStore } from '../stores/key-value-store.ts'
import type {
  ErrorHandlerContext,
  ExceptionHandlers,
  HandlerResponse,
  ProducerRecord,
} from '../config/exception-handlers.ts'
import { mayHaveToWait } from '../core/converter-serde.ts'
import type { CachedUpdates } from './cached-updates.ts'
import type { MetricsRegistry } from './metrics.ts'
import { PunctuationQueue } from './punctuations.ts'
import type { RecordPosition } from './original-position.ts'
import { type RecordOrigin, RecordOrigins } from './record-origin.ts'
import type { RecordCache } from './record-cache.ts'
import { TaskMetrics } from './task-metrics.ts'
import type { StreamsConfig } from '../config/streams-config.ts'

/** Why an operator did not use a record. */
export type DropReason =
  | 'null-key'
  | 'null-value'
  | 'null-foreign-key'
  | 'late'
  | 'expired-row'
  | 'out-of-order-version'
  | 'stale-response'
  | 'negative-timestamp'
  | 'invalid-timestamp'
  | 'deserialization-error'
  | 'processing-error'
  | 'production-error'
  | 'no-partition'

/** Takes the records a task produces. */
export interface RecordSink {
  /**
   * @param origin who sends it, for a record that cannot be sent
   * @param originOffset of the record in process
   */
  send(record: ProducerRecord, origin?: RecordOrigin, originOffset?: bigint): void
  /** How many partitions a topic has, for partitioners; undefined while that is not known. */
  partitionsFor(topic: string): number | undefined
  /** Runs it once {@link partitionsFor} knows the topic, in order of the calls, before the next record is processed. */
  whenKnown(topic: string, run: () => void): void
}

/** The parts of the surroundings that all tasks of a runtime share. */
export interface TaskServices {
  readonly applicationId: string
  readonly config: StreamsConfig
  readonly metrics: MetricsRegistry
  /** Of the thread, in metrics. */
  readonly threadId?: string
  readonly handlers: ExceptionHandlers
  readonly sink: RecordSink
  /** True where the runtime waits for a serde that must ask somebody first. */
  readonly canWait?: boolean
  /** Of the thread; undefined: each update is forwarded, and logged, at once. */
  readonly cache?: RecordCache | undefined
  /** Wall clock, ms. */
  now(): number
  readonly globalStores: ReadonlyMap<string, StateStore>
  /** At most how often (wall clock, ms) final results and unmatched join records are looked for; 0: at each record. */
  readonly emitIntervalMs: number
}

/** What the record being processed is, for all nodes of one task. Corresponds to Java's `ProcessorRecordContext` and task state. */
export class TaskContext {
  readonly services: TaskServices
  readonly taskId: string
  readonly taskPartition: number
  readonly stores = new Map<string, StateStore>()
  /** Names of the stores whose updates wait for the next commit. */
  readonly cachedStores = new Set<string>()
  /** What waits, by store, in the order of the nodes. */
  readonly cachedUpdates = new Map<string, CachedUpdates>()
  readonly streamPunctuations = new PunctuationQueue('STREAM_TIME')
  readonly wallClockPunctuations = new PunctuationQueue('WALL_CLOCK_TIME')
  readonly metrics: TaskMetrics
  readonly #droppedTopic: string | null
  readonly #shared = new Map<object, unknown>()
  readonly #deadLetters: RecordOrigins

  topic: string | null = null
  partition = -1
  offset = -1n
  timestamp = 0
  headers: Headers = new Headers()
  /** Where the record was read first, where it has crossed repartition topics and dead letters are written. */
  original: RecordPosition | null = null
  rawKey: Uint8Array | null = null
  rawValue: Uint8Array | null = null
  streamTime = -1
  /** False between the start and the first record or punctuation. */
  hasRecordContext = true
  systemTimeMs = 0
  isCommitRequested = false
  /** Times of operators as an earlier life of the task has committed them. */
  readonly #committedTimes = new Map<string, number>()
  readonly #keptTimes = new Map<string, () => number>()

  constructor(services: TaskServices, taskId: string, taskPartition: number) {
    this.services = services
    this.taskId = taskId
    this.taskPartition = taskPartition
    this.#deadLetters = new RecordOrigins(this, '', true)
    this.metrics = new TaskMetrics(services.metrics, services.threadId, taskId)
    this.metrics.gauge('cache-size-bytes-total', () =>
      [...this.cachedUpdates.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    )
    this.#droppedTopic = services.config['dropped.records.topic.name'] ?? null
  }

  /**
   * Undefined where each update goes on at once. So it is where a serde may have to wait, too: a record can be done again then, but not
   * the updates that others have left.
   */
  get cache(): RecordCache | undefined {
    const { cache, canWait } = this.services
    return canWait === true && mayHaveToWait() ? undefined : cache
  }

  /** Passes on the updates that wait: a node's may make others wait below it. */
  forwardCached(): void {
    if (this.cachedUpdates.size === 0) return
    for (let isDone = false; !isDone;) {
      isDone = true
      for (const updates of this.cachedUpdates.values()) {
        if (updates.isEmpty) continue
        isDone = false
        updates.forward()
      }
    }
  }

  /** Goes on from what an earlier life of the task has committed. */
  goOnFrom(committed: {
    readonly partitionTime: number
    readonly processorTimes: ReadonlyMap<string, number>
  }): void {
    this.streamTime = Math.max(this.streamTime, committed.partitionTime)
    for (const [name, time] of committed.processorTimes)
      this.#committedTimes.set(name, Math.max(this.#committedTimes.get(name) ?? -1, time))
  }

  /**
   * A time of an operator, ms, that only grows and must outlive a restart: it is committed with the offsets of the task.
   *
   * @param read gives the time at present; -1: none
   * @returns what an earlier life of the task has committed; -1: nothing
   */
  keepTime(name: string, read: () => number): number {
    this.#keptTimes.set(name, read)
    return this.#committedTimes.get(name) ?? -1
  }

  /** The times that operators keep, where they have any. */
  keptTimes(): ReadonlyMap<string, number> {
    const times = new Map<string, number>()
    for (const [name, read] of this.#keptTimes) {
      const time = read()
      if (time >= 0 && Number.isSafeInteger(time)) times.set(name, time)
    }
    return times
  }

  /** Counts a record that is not used, and writes it aside where that is configured. */
  drop(reason: DropReason, processor: string): void {
    this.countDropped(reason)
    if (this.#droppedTopic !== null && this.topic !== null)
      this.#writeAside(this.#droppedTopic, reason, processor)
  }

  /** Counts a record that is not used, and that is not in process any more. */
  countDropped(reason: DropReason): void {
    this.metrics.dropped(reason, this.systemTimeMs)
  }

  #writeAside(topic: string, reason: DropReason, processor: string): void {
    const headers = this.headers
      .copy()
      .add('__streams.dropped.reason', reason)
      .add('__streams.dropped.processor', processor)
      .add('__streams.dropped.topic', this.topic)
      .add('__streams.dropped.partition', String(this.partition))
      .add('__streams.dropped.offset', String(this.offset))
    const { timestamp, rawKey: key, rawValue: value } = this
    this.services.sink.send({
      topic,
      partition: null,
      timestamp: isTime(timestamp) ? timestamp : 0,
      key,
      value,
      headers,
    })
  }

  /** Null before the first record, as in Java. */
  recordMetadata(): RecordMetadata | null {
    return this.hasRecordContext ? this.knownMetadata() : null
  }

  knownMetadata(): RecordMetadata {
    return { topic: this.topic, partition: this.partition, offset: this.offset }
  }

  errorContext(processorNodeId: string): ErrorHandlerContext {
    return {
      topic: this.topic,
      partition: this.partition,
      offset: this.offset,
      headers: this.headers,
      processorNodeId,
      taskId: this.taskId,
      timestamp: this.timestamp,
      sourceRawKey: this.rawKey,
      sourceRawValue: this.rawValue,
      original: this.original,
    }
  }

  sendDeadLetters(response: HandlerResponse): void {
    for (const record of response.deadLetterQueueRecords)
      this.services.sink.send(record, this.#deadLetters.current(), this.offset)
  }

  /** Something that several processors of one task share, such as the clock of a join's two sides. */
  shared<T>(owner: object, make: () => T): T {
    let value = this.#shared.get(owner) as T | undefined
    if (value === undefined) {
      value = make()
      this.#shared.set(owner, value)
    }
    return value
  }

  setRecord(record: {
    readonly topic: string | null
    readonly partition: number
    readonly offset: bigint
    readonly timestamp: number
    readonly headers: Headers
    readonly rawKey: Uint8Array | null
    readonly rawValue: Uint8Array | null
    readonly original?: RecordPosition | null
  }): void {
    this.topic = record.topic
    this.partition = record.partition
    this.offset = record.offset
    this.timestamp = record.timestamp
    this.headers = record.headers
    this.rawKey = record.rawKey
    this.rawValue = record.rawValue
    this.original = record.original ?? null
  }

  /** No record: in punctuations and while the topology starts. */
  clearRecord(timestamp: number): void {
    const none = { topic: null, partition: -1, offset: -1n, rawKey: null, rawValue: null }
    this.setRecord({ ...none, timestamp, headers: new Headers() })
  }
}
