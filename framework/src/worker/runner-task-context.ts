import type { Logger } from 'pino'
import type { RawConfig } from '../config/config-def.ts'
import type { ModuleDoor } from '../config/module-door.ts'
import type { Clock } from '../connector/clock.ts'
import type { ErrantRecordReporter, SharedBuffers, SinkTaskContext } from '../connector/sink-task.ts'
import { TopicPartitionMap } from '../connector/topic-partition-map.ts'
import { IllegalWorkerStateError } from '../errors/connect-errors.ts'
import type { Consumer, OffsetAndMetadata, TopicPartition } from '../kafka/port.ts'

/** The context a running task sees, and what the runner takes from it between calls (Java: `WorkerSinkTaskContext`). */
export class RunnerTaskContext implements SinkTaskContext {
  readonly connectorName: string
  readonly taskId: number
  readonly logger: Logger
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly buffers: SharedBuffers
  readonly modules: ModuleDoor
  readonly offsetFlushIntervalMs: number
  readonly #config: RawConfig
  readonly #consumer: Consumer
  readonly #reporter: ErrantRecordReporter | null
  readonly #topicId: (topic: string) => Promise<string | undefined>
  readonly #onNotice: (text: string | null) => void
  readonly #pausedByTask = new TopicPartitionMap<true>()
  #rewinds = new TopicPartitionMap<bigint>()
  #timeoutMs: number | undefined
  #commitRequested = false
  #taskNotice: string | null = null
  #kafkaNotice: string | null = null
  #shownNotice: string | null = null

  constructor(parts: {
    connectorName: string
    taskId: number
    config: RawConfig
    consumer: Consumer
    reporter: ErrantRecordReporter | null
    topicId: (topic: string) => Promise<string | undefined>
    logger: Logger
    clock: Clock
    signal: AbortSignal
    buffers: SharedBuffers
    modules: ModuleDoor
    offsetFlushIntervalMs: number
    onNotice: (text: string | null) => void
  }) {
    this.connectorName = parts.connectorName
    this.taskId = parts.taskId
    this.logger = parts.logger
    this.clock = parts.clock
    this.signal = parts.signal
    this.buffers = parts.buffers
    this.modules = parts.modules
    this.offsetFlushIntervalMs = parts.offsetFlushIntervalMs
    this.#config = parts.config
    this.#consumer = parts.consumer
    this.#reporter = parts.reporter
    this.#topicId = parts.topicId
    this.#onNotice = parts.onNotice
  }

  configs(): RawConfig {
    return this.#config
  }

  offset(partition: TopicPartition, offset: bigint): void {
    this.#rewinds.set(partition, offset)
  }

  timeout(ms: number): void {
    this.#timeoutMs = ms
  }

  assignment(): readonly TopicPartition[] {
    return this.#consumer.assignment()
  }

  async committed(partitions: readonly TopicPartition[]): Promise<(OffsetAndMetadata | null)[]> {
    return await this.#consumer.committed(partitions)
  }

  async topicId(topic: string): Promise<string | undefined> {
    return await this.#topicId(topic)
  }

  membership(): { readonly memberId: string; readonly generation: number } | undefined {
    return this.#consumer.membership()
  }

  pause(...partitions: TopicPartition[]): void {
    this.#mustBeAssigned(partitions, 'pause')
    for (const partition of partitions) this.#pausedByTask.set(partition, true)
    this.#consumer.pause(partitions)
  }

  resume(...partitions: TopicPartition[]): void {
    this.#mustBeAssigned(partitions, 'resume')
    for (const partition of partitions) this.#pausedByTask.delete(partition)
    this.#consumer.resume(partitions)
  }

  requestCommit(): void {
    this.#commitRequested = true
    this.#consumer.wakeup()
  }

  wakeup(): void {
    this.#consumer.wakeup()
  }

  errantRecordReporter(): ErrantRecordReporter | null {
    return this.#reporter
  }

  notice(text: string | null): void {
    this.#taskNotice = text
    this.#showNotice()
  }

  /** For the runner: what keeps Kafka from serving the task, while it does. */
  kafkaNotice(text: string | null): void {
    this.#kafkaNotice = text
    this.#showNotice()
  }

  #showNotice(): void {
    const shown = [this.#kafkaNotice, this.#taskNotice].filter((text) => text !== null).join(' ') || null
    if (shown === this.#shownNotice) return
    this.#shownNotice = shown
    this.#onNotice(shown)
  }

  /** For the runner: the time-out the task asked for, once. */
  takeTimeout(): number | undefined {
    const timeout = this.#timeoutMs
    this.#timeoutMs = undefined
    return timeout
  }

  /** For the runner: a time-out where the task has asked for none. */
  timeoutAtLeast(ms: number): void {
    this.#timeoutMs ??= ms
  }

  takeCommitRequest(): boolean {
    const requested = this.#commitRequested
    this.#commitRequested = false
    return requested
  }

  takeRewinds(): TopicPartitionMap<bigint> {
    const rewinds = this.#rewinds
    if (rewinds.size > 0) this.#rewinds = new TopicPartitionMap()
    return rewinds
  }

  isPausedByTask(partition: TopicPartition): boolean {
    return this.#pausedByTask.has(partition)
  }

  /** For the runner: partitions that have left this task. */
  forget(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#pausedByTask.delete(partition)
      this.#rewinds.delete(partition)
    }
  }

  #mustBeAssigned(partitions: readonly TopicPartition[], verb: string): void {
    const assigned = new TopicPartitionMap(this.#consumer.assignment().map((p) => [p, true] as const))
    const foreign = partitions.find((p) => !assigned.has(p))
    if (foreign !== undefined) {
      throw new IllegalWorkerStateError(
        `SinkTasks may not ${verb} partitions that are not currently assigned to them: ${foreign.topic}-${foreign.partition}`,
      )
    }
  }
}
