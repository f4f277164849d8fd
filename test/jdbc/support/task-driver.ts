import {
  type ErrantRecordReporter,
  isRetriable,
  type OffsetAndMetadata,
  type Offsets,
  type RawConfig,
  type SinkRecord,
  type SinkTask,
  type SinkTaskContext,
  systemClock,
  type TopicPartition,
  TopicPartitionMap,
} from '@spillway/framework'
import { jdbcSinkConnector } from '@spillway/jdbc-sink'
import { freeModules } from '@spillway/worker'
import { pino } from 'pino'
import { registry } from 'spillway'

/** Longest time one `flush` waits out an outage. */
const PATIENCE_MS = 60_000

/** Drives a task of the JDBC sink as a worker does, without a broker. */
export class TaskDriver {
  readonly reported: { readonly record: SinkRecord; readonly error: Error }[] = []
  readonly notices: (string | null)[] = []
  readonly logLines: string[] = []
  /** What the group has committed. */
  readonly committed = new TopicPartitionMap<OffsetAndMetadata>()
  /** Positions the task asked to read on from. */
  readonly seeks = new TopicPartitionMap<bigint>()
  readonly #task: SinkTask
  readonly #positions = new TopicPartitionMap<OffsetAndMetadata>()
  readonly #abort = new AbortController()
  readonly #config: RawConfig
  #assignment: readonly TopicPartition[] = []
  #isCommitRequested = false

  private constructor(task: SinkTask, config: RawConfig, reports: boolean) {
    this.#task = task
    this.#config = config
    this.#task.initialize(this.#context(reports))
  }

  static async start(config: RawConfig, options: { readonly reports?: boolean } = {}): Promise<TaskDriver> {
    const task = await jdbcSinkConnector.createTask()
    const driver = new TaskDriver(task, config, options.reports === true)
    await driver.#task.start(config)
    return driver
  }

  async open(...partitions: readonly TopicPartition[]): Promise<void> {
    this.#assignment = [...this.#assignment, ...partitions]
    await this.#task.open(partitions)
  }

  /** Hands records over; they may not be written yet. Retried as the worker does, until it succeeds. */
  async put(...records: readonly SinkRecord[]): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      try {
        await this.#task.put(records)
        break
      } catch (error) {
        if (!isRetriable(error) || performance.now() > deadline) throw error
        if (this.#isCommitRequested) await this.commit()
        else await systemClock.sleep(20)
      }
    }
    for (const record of records) {
      const { originalTopic: topic, originalKafkaPartition: partition } = record
      this.#positions.set({ topic, partition }, { offset: record.originalKafkaOffset + 1n })
    }
  }

  /** Puts records and waits until they are in the database. @throws what makes the task fail. */
  async write(...records: readonly SinkRecord[]): Promise<void> {
    await this.put(...records)
    await this.flush()
  }

  /** Waits until everything is written. @throws what makes the task fail. */
  async flush(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const durable = await this.#task.preCommit(this.#consumed(), true)
      // Shows the error of a write in the background.
      await this.put()
      const isDone = [...this.#consumed()].every(([p, { offset }]) => durable.get(p)?.offset === offset)
      if (isDone) return
      if (performance.now() > deadline) throw new Error('Not written in time')
    }
  }

  /** One call of `put` as it is. */
  async putOnce(...records: readonly SinkRecord[]): Promise<void> {
    await this.#task.put(records)
  }

  /** What may be committed now, as `topic-partition` to offset. */
  async durable(closing = false): Promise<Record<string, bigint>> {
    const durable = await this.#task.preCommit(this.#consumed(), closing)
    return Object.fromEntries(
      [...durable].map(([{ topic, partition }, { offset }]) => [`${topic}-${partition}`, offset]),
    )
  }

  /** Commits to the group what the task says. */
  async commit(): Promise<void> {
    this.#isCommitRequested = false
    const all = new TopicPartitionMap<OffsetAndMetadata>(
      this.#assignment.map((p) => [p, { offset: 0n }] as const),
    )
    for (const [partition, position] of this.committed) if (all.has(partition)) all.set(partition, position)
    for (const [partition, position] of this.#positions) all.set(partition, position)
    for (const [partition, position] of await this.#task.preCommit(all, false)) {
      this.committed.set(partition, position)
    }
  }

  async close(): Promise<void> {
    await this.#task.preCommit(this.#consumed(), true)
    await this.#task.close(this.#assignment)
    await this.stop()
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'))
    await this.#task.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #consumed(): Offsets {
    return new TopicPartitionMap([...this.#positions])
  }

  #context(reports: boolean): SinkTaskContext {
    const reporter: ErrantRecordReporter = {
      report: async (record, error) => {
        this.reported.push({ record, error: error as Error })
      },
    }
    return {
      modules: freeModules(registry),
      connectorName: this.#config['name'] ?? 'jdbc-test',
      taskId: 0,
      configs: () => this.#config,
      offset: (partition, offset) => {
        this.seeks.set(partition, offset)
      },
      timeout: () => undefined,
      assignment: () => this.#assignment,
      committed: async (partitions) => partitions.map((p) => this.committed.get(p) ?? null),
      pause: () => undefined,
      resume: () => undefined,
      requestCommit: () => {
        this.#isCommitRequested = true
      },
      wakeup: () => undefined,
      errantRecordReporter: () => (reports ? reporter : null),
      logger: pino({ level: 'debug' }, { write: (line: string) => void this.logLines.push(line) }),
      clock: systemClock,
      signal: this.#abort.signal,
      buffers: {
        memory: new SharedArrayBuffer(64),
        disk: new SharedArrayBuffer(64),
        directory: '',
      },
      notice: (text) => {
        this.notices.push(text)
      },
    }
  }
}
