import {
  type Clock,
  type Consumer,
  type ConsumerRecord,
  type ModuleDoor,
  type RawConfig,
  type SharedBuffers,
  type SinkRecord,
  type SinkTask,
  type Subscription,
  type TopicPartition,
  TopicPartitionMap,
} from '@spillway/api'
import type { Logger } from 'pino'
import type { ErrorHandler } from '../failures/error-handler.ts'
import type { TaskMetrics, TaskMetricsSnapshot } from '../observe/task-metrics.ts'
import { type CommitOutcome, OffsetCommitter } from './offset-committer.ts'
import { PutDelivery } from './put-delivery.ts'
import type { RecordPipeline } from './record-pipeline.ts'
import { RunnerTaskContext } from './runner-task-context.ts'
import { WorkerErrantRecordReporter } from './errant-record-reporter.ts'
import type { TaskNews } from './task-event.ts'
import type { TaskRunner } from './task-runner.ts'
import { TopicNotices } from './topic-notices.ts'

/** Longest wait of one poll in ms: `put` is called at least this often, with or without records. */
const MAX_POLL_MS = 1_000
const DEFAULT_RETRY_BACKOFF_MS = 1_000
/** A problem that lasts longer than this is shown in the status. */
const LASTING_PROBLEM_MS = 3_000

export interface SinkTaskRunnerParts {
  readonly connectorName: string
  readonly taskId: number
  readonly taskClassName: string
  readonly config: RawConfig
  readonly buffers: SharedBuffers
  readonly modules: ModuleDoor
  readonly task: SinkTask
  readonly consumer: Consumer
  /** KIP-516 id of a topic. */
  readonly topicId: (topic: string) => Promise<string | undefined>
  readonly subscription: Subscription
  /** Which topics the subscription leaves out, and why; null where there is nothing to tell. */
  readonly subscriptionNotice?: () => string | null
  readonly pipeline: RecordPipeline
  readonly errors: ErrorHandler
  readonly metrics: TaskMetrics
  readonly flushIntervalMs: number
  readonly clock: Clock
  readonly logger: Logger
  readonly tell: (event: TaskNews) => void
  /** Called before each stretch of work that may keep the thread busy. */
  readonly atWork: () => void
  readonly signal: AbortSignal
}

/**
 * Runs one sink task: poll, convert, put, commit, with the rebalances between (Java: `WorkerSinkTask`).
 *
 * Rebalance callbacks come inside `poll` and `close` only (see the Kafka port), so nothing here runs twice at a time.
 */
export class SinkTaskRunner implements TaskRunner {
  readonly #parts: SinkTaskRunnerParts
  readonly #context: RunnerTaskContext
  readonly #committer: OffsetCommitter
  readonly #delivery: PutDelivery
  readonly #topics: TopicNotices
  #started = false
  /** Records that `put` has refused with a RetriableError, to be put again; and what they were made from. */
  #batch: SinkRecord[] = []
  #rawBatch: readonly ConsumerRecord[] = []
  #pausedForRetry = false
  #isStopping = false
  #shouldPause: boolean
  #isPaused = false

  constructor(parts: SinkTaskRunnerParts, initiallyPaused: boolean) {
    this.#parts = parts
    this.#shouldPause = initiallyPaused
    this.#context = new RunnerTaskContext({
      connectorName: parts.connectorName,
      taskId: parts.taskId,
      config: parts.config,
      consumer: parts.consumer,
      topicId: parts.topicId,
      reporter: parts.errors.reports ? new WorkerErrantRecordReporter(parts.errors) : null,
      logger: parts.logger,
      clock: parts.clock,
      signal: parts.signal,
      buffers: parts.buffers,
      modules: parts.modules,
      offsetFlushIntervalMs: parts.flushIntervalMs,
      onNotice: (text) => parts.tell({ type: 'notice', text }),
    })
    this.#topics = new TopicNotices(parts.clock, (topic) => parts.tell({ type: 'topic', topic }))
    this.#delivery = new PutDelivery({
      task: parts.task,
      className: parts.taskClassName,
      errors: parts.errors,
    })
    this.#committer = new OffsetCommitter({
      task: parts.task,
      consumer: parts.consumer,
      clock: parts.clock,
      intervalMs: parts.flushIntervalMs,
      logger: parts.logger,
    })
  }

  /** Resolves when the task has ended as asked; rejects where it failed. Either way everything is closed. */
  async run(): Promise<void> {
    const { task, consumer, errors, logger } = this.#parts
    let failure: { error: unknown } | undefined
    try {
      await this.#start()
      while (!this.#isStopping && !this.#parts.signal.aborted) await this.#iterate()
    } catch (error) {
      failure = { error }
    }
    for (const step of [() => consumer.close(), () => task.stop(), () => errors.close()]) {
      try {
        await step()
      } catch (error) {
        if (failure === undefined && !this.#isStopping) failure = { error }
        else logger.warn({ err: error }, 'Closing the task: a part of it failed to close')
      }
    }
    if (failure !== undefined && !this.#parts.signal.aborted) throw failure.error
  }

  /** Ends the loop after what it is doing; the partitions are committed and closed on the way. */
  stop(): void {
    this.#isStopping = true
    this.#parts.consumer.wakeup()
  }

  pause(): void {
    this.#shouldPause = true
    this.#parts.consumer.wakeup()
  }

  resume(): void {
    this.#shouldPause = false
    this.#parts.consumer.wakeup()
  }

  /** What the task has counted so far. */
  metrics(): TaskMetricsSnapshot {
    const { consumer, metrics } = this.#parts
    const assigned = consumer.assignment()
    const lags = assigned.flatMap(({ topic, partition }) => {
      const lag = consumer.lag({ topic, partition })
      return lag === undefined ? [] : [{ topic, partition, lag: Number(lag) }]
    })
    return metrics.snapshot(assigned.length, this.#committer.uncommitted(), lags)
  }

  async #start(): Promise<void> {
    const { task, consumer, subscription, tell, atWork, config } = this.#parts
    task.initialize(this.#context)
    atWork()
    await task.start(config)
    this.#started = true
    consumer.subscribe(subscription, {
      onAssigned: (partitions) => this.#onAssigned(partitions),
      onRevoked: (partitions) => this.#onRevoked(partitions),
      onLost: (partitions) => this.#onLost(partitions),
    })
    tell({ type: 'state', state: this.#shouldPause ? 'PAUSED' : 'RUNNING' })
    this.#isPaused = this.#shouldPause
  }

  async #iterate(): Promise<void> {
    this.#applyPause()
    if (this.#committer.isDue() || this.#context.takeCommitRequest()) await this.#commitAll()
    this.#applyRewinds()
    const raw = await this.#parts.consumer.poll(this.#pollTimeout())
    if (this.#isStopping) return
    this.#noteKafkaProblem(raw.length > 0)
    this.#topics.seen(raw)
    if (raw.length > 0) {
      this.#parts.metrics.read(raw.length)
      this.#rawBatch = raw
      this.#batch = []
      this.#parts.atWork()
      await this.#parts.pipeline.convert(raw, this.#batch)
    }
    if (!this.#isPaused || this.#batch.length > 0) await this.#deliver()
  }

  /** A consumer retries by itself for as long as it takes. The notice shows why no records arrive. */
  #noteKafkaProblem(hasRecords: boolean): void {
    const problem = hasRecords ? undefined : this.#parts.consumer.lastProblem()
    const isLasting = problem !== undefined && this.#parts.clock.now() - problem.since > LASTING_PROBLEM_MS
    this.#context.kafkaNotice(
      isLasting
        ? `Waiting for Kafka: ${problem.error.message}.`
        : (this.#parts.subscriptionNotice?.() ?? null),
    )
  }

  /** Calls `put`; on a RetriableError holds everything back and puts the same records again later. */
  async #deliver(): Promise<void> {
    const { consumer, logger } = this.#parts
    this.#parts.atWork()
    const began = this.#parts.clock.monotonic()
    const { remaining, error } = await this.#delivery.deliver(this.#batch)
    const delivered = this.#batch.length - remaining.length
    if (delivered > 0) this.#parts.metrics.put(delivered, this.#parts.clock.monotonic() - began)
    if (error !== undefined) {
      this.#batch = remaining
      logger.warn({ err: error }, 'The task asks for the same records again (RetriableError)')
      if (!this.#pausedForRetry) {
        this.#pausedForRetry = true
        consumer.pause(consumer.assignment())
      }
      this.#context.timeoutAtLeast(DEFAULT_RETRY_BACKOFF_MS)
      return
    }
    this.#committer.consumedAll(this.#rawBatch)
    this.#rawBatch = []
    this.#batch = []
    if (this.#pausedForRetry) {
      this.#pausedForRetry = false
      this.#resumePartitions(consumer.assignment())
    }
  }

  #pollTimeout(): number {
    const asked = this.#context.takeTimeout()
    return Math.max(0, Math.min(asked ?? MAX_POLL_MS, this.#committer.msUntilDue(), MAX_POLL_MS))
  }

  #applyPause(): void {
    const { consumer, tell } = this.#parts
    if (this.#shouldPause === this.#isPaused) return
    this.#isPaused = this.#shouldPause
    if (this.#isPaused) {
      consumer.pause(consumer.assignment())
      this.#context.requestCommit()
    } else {
      this.#resumePartitions(consumer.assignment())
    }
    tell({ type: 'state', state: this.#isPaused ? 'PAUSED' : 'RUNNING' })
  }

  /** Resumes all that neither the user, the task, nor a retry holds back. */
  #resumePartitions(partitions: readonly TopicPartition[]): void {
    if (this.#isPaused || this.#pausedForRetry) return
    this.#parts.consumer.resume(partitions.filter((p) => !this.#context.isPausedByTask(p)))
  }

  #applyRewinds(): void {
    for (const [partition, offset] of this.#context.takeRewinds()) {
      this.#parts.consumer.seek(partition, offset)
      this.#committer.rewound(partition, offset)
      this.#dropPending([partition])
    }
  }

  async #commitAll(): Promise<void> {
    const partitions = this.#parts.consumer.assignment()
    await this.#notePositions(partitions)
    const outcome = await this.#commit(partitions, false)
    if (outcome !== 'rewind') return
    for (const [partition, offset] of this.#committer.lastCommitted()) {
      this.#context.offset(partition, offset)
    }
  }

  async #commit(partitions: readonly TopicPartition[], closing: boolean): Promise<CommitOutcome> {
    const began = this.#parts.clock.monotonic()
    const outcome = await this.#committer.commit(partitions, closing)
    if (partitions.length > 0)
      this.#parts.metrics.committed(outcome === 'done', this.#parts.clock.monotonic() - began)
    return outcome
  }

  /** Only where no record is between the consumer and the task: nothing polled waits for its next try. */
  async #notePositions(partitions: readonly TopicPartition[]): Promise<void> {
    if (this.#rawBatch.length > 0) return
    for (const partition of partitions) {
      this.#committer.passedTo(partition, await this.#parts.consumer.position(partition))
    }
  }

  async #onAssigned(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return
    const { consumer, task, signal } = this.#parts
    for (const partition of partitions)
      this.#committer.assigned(partition, await consumer.position(partition))
    if (signal.aborted) return
    await task.open(partitions)
    this.#applyRewinds()
    if (this.#isPaused || this.#pausedForRetry) consumer.pause(partitions)
  }

  async #onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0 || !this.#started) return
    if (!this.#parts.signal.aborted) {
      await this.#notePositions(partitions)
      await this.#commit(partitions, true)
    }
    await this.#closePartitions(partitions)
  }

  async #onLost(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0 || !this.#started) return
    await this.#closePartitions(partitions)
  }

  async #closePartitions(partitions: readonly TopicPartition[]): Promise<void> {
    this.#dropPending(partitions)
    this.#committer.unassigned(partitions)
    this.#context.forget(partitions)
    await this.#parts.task.close(partitions)
  }

  /** Partitions that leave take their records out of the batch that waits for its next try. */
  #dropPending(partitions: readonly TopicPartition[]): void {
    if (this.#batch.length === 0 && this.#rawBatch.length === 0) return
    const gone = new TopicPartitionMap(partitions.map((p) => [p, true] as const))
    const stays = (topic: string, partition: number): boolean => !gone.has({ topic, partition })
    this.#batch = this.#batch.filter((r) => stays(r.originalTopic, r.originalKafkaPartition))
    this.#rawBatch = this.#rawBatch.filter((r) => stays(r.topic, r.partition))
  }
}
