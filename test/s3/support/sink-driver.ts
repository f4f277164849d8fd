import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ByteBudget,
  type ErrantRecordReporter,
  type OffsetAndMetadata,
  type RawConfig,
  type SinkRecord,
  type SinkTask,
  type SinkTaskContext,
  type TopicPartition,
  TopicPartitionMap,
} from '@spillway/framework'
import { freeModules } from '@spillway/worker'
import { registry } from 'spillway'
import { s3SinkConnector } from '@spillway/s3-sink'
import { pino } from 'pino'

import { ManualClock } from './manual-clock.ts'

/** Long enough for any request of a test; a task that waits longer hangs. */
const TIMEOUT_MS = 20_000
const LOG_LEVEL = process.env['TEST_LOG_LEVEL']
const WARN = 40

export interface SinkDriverOptions {
  /** Where the clock stands, ms since the epoch. */
  readonly now?: number
  /** Whether there is someone to report bad records to. */
  readonly reports?: boolean
  readonly memoryBytes?: number
  readonly diskBytes?: number
  /** `offset.flush.interval.ms` of the worker; absent where it does not tell. */
  readonly flushIntervalMs?: number
  /** In place of the S3 sink's own. */
  readonly task?: SinkTask
}

/** Drives a task as a worker does, without a broker: the test says what is read and when. */
export class SinkDriver {
  readonly clock: ManualClock
  readonly #givenTask: SinkTask | undefined
  #task: SinkTask | undefined
  readonly #reports: boolean
  readonly #flushIntervalMs: number | undefined
  readonly notices: (string | null)[] = []
  /** What the task's log warns of. */
  readonly warnings: string[] = []
  readonly reported: { readonly record: SinkRecord; readonly error: unknown }[] = []
  readonly paused = new Set<string>()
  /** True where the group takes no commit of this task: it has let it go. */
  isFenced = false
  /** What the group knows of this task; absent where the worker cannot tell. */
  membership: { readonly memberId: string; readonly generation: number } | undefined
  /** Counts how often topics were deleted and made again. */
  topicGeneration = 1
  /** What the group has committed, as a test sets it. */
  readonly committed = new TopicPartitionMap<OffsetAndMetadata>()
  readonly #directory = mkdtempSync(join(tmpdir(), 'spillway-test-'))
  readonly #memoryBytes: number
  readonly #diskBytes: number
  readonly #abort = new AbortController()
  readonly #positions = new TopicPartitionMap<bigint>()
  #assignment: readonly TopicPartition[] = []
  #wakeups: (() => void)[] = []
  #woken = false
  #isCommitAsked = false

  constructor(options: SinkDriverOptions = {}) {
    this.#memoryBytes = options.memoryBytes ?? 64 * 1024 * 1024
    this.#diskBytes = options.diskBytes ?? 1024 * 1024 * 1024
    this.clock = new ManualClock(options.now ?? Date.UTC(2024, 0, 1))
    this.#givenTask = options.task
    this.#reports = options.reports === true
    this.#flushIntervalMs = options.flushIntervalMs
  }

  get task(): SinkTask {
    assert.ok(this.#task, 'the driver was not started')
    return this.#task
  }

  #logged(line: string): void {
    const { level, msg } = JSON.parse(line) as { level: number; msg: string }
    if (level === WARN) this.warnings.push(msg)
    if (LOG_LEVEL !== undefined) process.stdout.write(line)
  }

  async start(config: RawConfig, partitions: readonly TopicPartition[] = []): Promise<void> {
    this.#task = this.#givenTask ?? (await s3SinkConnector.createTask())
    this.task.initialize(this.#context(this.#reports))
    await this.task.start(config)
    if (partitions.length > 0) await this.open(partitions)
  }

  /** Assigns partitions and waits until records of them may come. */
  async open(partitions: readonly TopicPartition[]): Promise<void> {
    this.#assignment = [...this.#assignment, ...partitions]
    await this.task.open(partitions)
    await this.resumed()
  }

  async put(...records: readonly SinkRecord[]): Promise<void> {
    if (this.#isCommitAsked) await this.#commit()
    for (const record of records) {
      const { originalTopic: topic, originalKafkaPartition: partition } = record
      this.#positions.set({ topic, partition }, record.originalKafkaOffset + 1n)
    }
    await this.task.put(records)
  }

  /** Commits to the group what is safe, as a worker does that was asked to. */
  async #commit(): Promise<void> {
    this.#isCommitAsked = false
    const safe = await this.task.preCommit(this.#consumed(this.#assignment), false)
    if (this.isFenced) return
    for (const [partition, position] of safe) this.committed.set(partition, position)
  }

  #consumed(partitions: readonly TopicPartition[]): TopicPartitionMap<OffsetAndMetadata> {
    return new TopicPartitionMap(
      partitions.flatMap((partition) => {
        const offset = this.#positions.get(partition)
        return offset === undefined ? [] : [[partition, { offset }] as const]
      }),
    )
  }

  /** Safe offsets of all partitions, as `topic-partition` to offset. */
  async preCommit(closing = false, partitions = this.#assignment): Promise<Record<string, bigint>> {
    const consumed = this.#consumed(partitions)
    const safe = await this.task.preCommit(consumed, closing)
    return Object.fromEntries(
      [...safe].map(([{ topic, partition }, { offset }]) => [`${topic}-${partition}`, offset]),
    )
  }

  /** What a worker does before partitions leave: the last safe offsets, then close. */
  async close(partitions = this.#assignment): Promise<Record<string, bigint>> {
    const safe = await this.preCommit(true, partitions)
    await this.task.close(partitions)
    this.#assignment = this.#assignment.filter((partition) => !partitions.includes(partition))
    return safe
  }

  /** A worker's orderly end; returns the last safe offsets. */
  async stop(): Promise<Record<string, bigint>> {
    const safe = await this.close()
    await this.#end()
    return safe
  }

  /** Ends without a word to the task's partitions, as a process that was killed. */
  async kill(): Promise<void> {
    this.#abort.abort(new Error('killed'))
    await this.#end()
  }

  /** Waits for the task's background work until something holds; looks at each wake-up and a few times a second. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error('timed out: the condition never held')
      await this.#wakeup(50)
    }
  }

  /** Puts nothing until records of every partition may come. */
  async resumed(): Promise<void> {
    await this.until(async () => {
      await this.put()
      return this.paused.size === 0
    })
  }

  /** Puts nothing until the task fails. @returns the failure's message. */
  async failure(): Promise<string> {
    let message: string | undefined
    await this.until(async () => {
      try {
        await this.put()
      } catch (error) {
        message = (error as Error).message
      }
      return message !== undefined
    })
    return message ?? ''
  }

  /** Puts nothing until all that was rotated is durable. */
  async settle(): Promise<void> {
    await this.preCommit(true)
  }

  async #end(): Promise<void> {
    await this.task.stop()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** Resolves at the next wake-up or after that many ms of real time. */
  #wakeup(ms: number): Promise<void> {
    if (this.#woken) {
      this.#woken = false
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wakeups.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #context(reports: boolean): SinkTaskContext {
    const names = (partitions: readonly TopicPartition[]): string[] =>
      partitions.map(({ topic, partition }) => `${topic}-${partition}`)
    const reporter: ErrantRecordReporter = {
      report: async (record, error) => {
        this.reported.push({ record, error })
      },
    }
    return {
      connectorName: 'test',
      ...(this.#flushIntervalMs !== undefined && { offsetFlushIntervalMs: this.#flushIntervalMs }),
      taskId: 0,
      configs: () => ({}),
      offset: () => undefined,
      timeout: () => undefined,
      assignment: () => this.#assignment,
      topicId: async (topic) => `${topic}-${this.topicGeneration}`,
      membership: () => this.membership,
      committed: async (partitions) => partitions.map((partition) => this.committed.get(partition) ?? null),
      pause: (...partitions) => names(partitions).forEach((name) => this.paused.add(name)),
      resume: (...partitions) => names(partitions).forEach((name) => this.paused.delete(name)),
      requestCommit: () => {
        this.#isCommitAsked = true
      },
      wakeup: () => {
        this.#woken = this.#wakeups.length === 0
        for (const wake of this.#wakeups.splice(0)) wake()
      },
      errantRecordReporter: () => (reports ? reporter : null),
      logger: pino({ level: LOG_LEVEL ?? 'warn' }, { write: (line) => this.#logged(line) }),
      clock: this.clock,
      buffers: {
        memory: new ByteBudget(this.#memoryBytes).shared,
        disk: new ByteBudget(this.#diskBytes).shared,
        directory: this.#directory,
      },
      modules: freeModules(registry),
      signal: this.#abort.signal,
      notice: (text) => this.notices.push(text),
    }
  }
}
