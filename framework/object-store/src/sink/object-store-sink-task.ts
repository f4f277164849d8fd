import { setImmediate } from 'node:timers/promises'
import {
  type Offsets,
  type RawConfig,
  type SinkRecord,
  type SinkTask,
  type SinkTaskContext,
  type TopicPartition,
  TopicPartitionMap,
} from '@spillway/api'

import { decideChaining } from '../commits/decide-chaining.ts'
import { ByteBudget, openSpillBuffer, type SpillBuffer } from '../spill/index.ts'
import { AssignedPartition, type PartitionResources } from './assigned-partition.ts'
import { BackgroundUploads } from '../commits/background-uploads.ts'
import { isNullValue, nullValueFailure } from '../settings/null-values.ts'
import { ProjectionNotices } from './projection-notices.ts'
import { isRecordFault, isSpillFull, recordFailure } from './record-failure.ts'
import { sweepUploads } from './sweep-uploads.ts'
import type { MakeSinkSetup, SinkSetup } from '../settings/sink-setup.ts'

/** How long `preCommit` before `close` waits for uploads in flight, in ms. */
const SETTLE_TIMEOUT_MS = 30_000

/**
 * The task of every object-store sink (Java: `S3SinkTask`): records go to open files in the spill buffer, files to the
 * store in the background, offsets behind what is durable.
 */
export class ObjectStoreSinkTask implements SinkTask {
  readonly #makeSetup: MakeSinkSetup
  readonly #partitions = new TopicPartitionMap<AssignedPartition>()
  readonly #stopped = new AbortController()
  readonly #paused = new TopicPartitionMap<true>()
  #context!: SinkTaskContext
  #setup!: SinkSetup
  #uploads!: BackgroundUploads
  #spill: SpillBuffer | undefined
  #resources!: PartitionResources
  /** Records that `put` took but nothing had room for; in order. While there are any, every partition is paused. */
  #backlog: readonly SinkRecord[] = []
  #awaitsSpace = false
  /** True while the status says that the buffer is full. */
  #isShort = false
  #writesNulls = false

  constructor(makeSetup: MakeSinkSetup) {
    this.#makeSetup = makeSetup
  }

  initialize(context: SinkTaskContext): void {
    this.#context = context
  }

  async start(config: RawConfig): Promise<void> {
    const context = this.#context
    const setup = await this.#makeSetup(config, context)
    this.#setup = setup
    this.#writesNulls = setup.nullValues.behavior === 'write' || setup.nullValues.inline === true
    const { rotation, partitioner } = setup.writer
    if (rotation.rotateIntervalMs > 0 && partitioner.extractTimestamp === undefined) {
      context.logger.warn(
        'rotate.interval.ms has no effect: the partitioner does not work by time. For limits of time use ' +
          'rotate.schedule.interval.ms, rotate.file.age.ms or rotate.idle.ms.',
      )
    }
    const { directory, memory, disk } = context.buffers
    const budgets = { memory: ByteBudget.attach(memory), disk: ByteBudget.attach(disk) }
    const spill = openSpillBuffer({ directory, ...budgets })
    this.#spill = spill
    const uploads = new BackgroundUploads(setup, context, () => this.#onProgress())
    this.#uploads = uploads
    const signal = AbortSignal.any([this.#stopped.signal, context.signal])
    await uploads.retrier.run(() => setup.checkAccess(signal), signal)
    const isChained = await decideChaining(setup, uploads.retrier, context, signal)
    const { mode, isReplayable, goesByWallClock } = setup.exactlyOnce
    this.#resources = {
      settings: setup.writer,
      config,
      context,
      runner: uploads,
      spill,
      projections: new ProjectionNotices((line) => context.logger.warn(line)),
      isChained,
      agreesOnCuts:
        !isChained && mode !== 'off' && isReplayable && !goesByWallClock && context.committed !== undefined,
      onChange: () => context.wakeup(),
      onFailure: (error) => uploads.fail(error),
    }
  }

  async open(partitions: readonly TopicPartition[]): Promise<void> {
    const { isChained, agreesOnCuts } = this.#resources
    const asks = isChained || agreesOnCuts
    const committed = asks ? ((await this.#context.committed?.(partitions)) ?? []) : []
    for (const [i, partition] of partitions.entries()) {
      this.#partitions.get(partition)?.close()
      this.#partitions.set(partition, new AssignedPartition(partition, this.#resources, committed[i]))
    }
    this.#pauseOrResume()
    void this.#sweep(partitions)
  }

  /** Drops what earlier lives left unfinished of the partitions that are this task's to write. */
  async #sweep(partitions: readonly TopicPartition[]): Promise<void> {
    const claimed = await Promise.all(partitions.map((partition) => this.#partitions.get(partition)?.claimed))
    const own = partitions.filter((_, i) => claimed[i] === true)
    if (own.length === 0 || this.#stopped.signal.aborted) return
    const { naming } = this.#resources.settings
    await sweepUploads(own, naming, this.#uploads.resources, this.#context, this.#stopped.signal)
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    this.#uploads.throwFailure()
    this.#spill?.relieve()
    for (const partition of this.#partitions.values()) if (partition.isCutting) await partition.settleCut()
    const batch = this.#backlog.length === 0 ? records : [...this.#backlog, ...records]
    this.#backlog = []
    const now = this.#context.clock.now()
    for (const { writer } of this.#partitions.values()) writer?.beginWrite(now)
    await this.#write(batch, now)
    if (this.#backlog.length === 0) {
      for (const { writer } of this.#partitions.values()) writer?.endWrite()
      if (this.#isShort && !this.#uploads.retrier.inTrouble) this.#context.notice(null)
      this.#isShort = false
    }
    this.#pauseOrResume()
  }

  async preCommit(consumed: Offsets, closing: boolean): Promise<Offsets> {
    if (closing) await this.#settle(consumed.keys())
    const safe: Offsets = new TopicPartitionMap()
    await Promise.all(
      [...consumed].map(async ([partition, position]) => {
        const waiting = this.#backlogStart(partition)
        const written = waiting !== undefined && waiting < position.offset ? waiting : position.offset
        const offset = await this.#partitions.get(partition)?.safeOffset(written)
        if (offset !== undefined) safe.set(partition, offset)
      }),
    )
    return safe
  }

  async close(partitions: readonly TopicPartition[]): Promise<void> {
    for (const partition of partitions) {
      this.#partitions.get(partition)?.close()
      this.#partitions.delete(partition)
      this.#paused.delete(partition)
    }
    this.#backlog = this.#backlog.filter((record) => this.#partitionOf(record) !== undefined)
    if (this.#partitions.size === 0) await this.#uploads.ended()
  }

  async stop(): Promise<void> {
    if (this.#stopped.signal.aborted) return
    this.#stopped.abort(new Error('the task was stopped'))
    if (this.#spill === undefined) return
    await this.close(this.#partitions.keys())
    await this.#uploads.ended()
    this.#spill.close()
    this.#setup.store.close()
  }

  /** Writes what there is room for; the rest becomes the backlog. */
  async #write(batch: readonly SinkRecord[], now: number): Promise<void> {
    let next = 0
    while (next < batch.length) {
      const run = this.#writeRun(batch, next, now)
      next = run.next
      if (run.fault !== undefined) {
        await this.#report(batch[next] as SinkRecord, run.fault)
        next++
      } else if (next < batch.length) {
        this.#backlog = batch.slice(next)
        return
      }
    }
  }

  /** The hot loop: no promise, no closure, no allocation per record. Stops before a record at fault or without room. */
  #writeRun(batch: readonly SinkRecord[], from: number, now: number): { next: number; fault?: unknown } {
    let next = from
    let writer = undefined as AssignedPartition['writer']
    try {
      for (; next < batch.length; next++) {
        const record = batch[next] as SinkRecord
        if (
          writer === undefined ||
          record.originalKafkaPartition !== writer.partition.partition ||
          record.originalTopic !== writer.partition.topic
        ) {
          const partition = this.#partitionOf(record)
          // Given up while the record waited, or another task's by now: its owner reads it again.
          if (partition === undefined || partition.isLost) continue
          writer = partition.writer
          if (writer === undefined) return { next }
        }
        if (writer.wentBackTo(record)) writer = this.#reopen(record, now)
        if (writer === undefined) return { next }
        if (!this.#writesNulls && isNullValue(record)) {
          if (this.#skipsNulls) continue
          return { next, fault: nullValueFailure(record, this.#setup.nullValues.behavior) }
        }
        if (!writer.write(record)) return { next }
      }
      return { next }
    } catch (error) {
      if (!isSpillFull(error)) return { next, fault: error }
      this.#makeRoom()
      return { next }
    }
  }

  /** The worker reads a partition again from an earlier offset: what was open of it comes again too. */
  #reopen(record: SinkRecord, now: number): AssignedPartition['writer'] {
    const partition = { topic: record.originalTopic, partition: record.originalKafkaPartition }
    const before = this.#partitions.get(partition)
    before?.close()
    before?.cuts?.restart()
    const reopened = new AssignedPartition(
      partition,
      this.#resources,
      before?.committedUnlessAdvanced,
      before?.cuts,
    )
    this.#partitions.set(partition, reopened)
    reopened.writer?.beginWrite(now)
    return reopened.writer
  }

  async #report(record: SinkRecord, fault: unknown): Promise<void> {
    if (!isRecordFault(fault)) throw fault
    const reporter = this.#context.errantRecordReporter()
    if (reporter === null) throw recordFailure(record, fault)
    await reporter.report(record, fault)
  }

  /** True where null values are left out and nobody is told. */
  get #skipsNulls(): boolean {
    const { behavior, report } = this.#setup.nullValues
    return behavior === 'ignore' && !(report && this.#context.errantRecordReporter() !== null)
  }

  /** Something has to leave before more fits: uploads on their way will free space, else the largest files are committed. */
  #makeRoom(): void {
    const partitions = this.#partitions.values()
    if (this.#uploads.pending === 0 && !partitions.some(({ isCutting }) => isCutting)) {
      const bytes = ({ writer }: AssignedPartition): number => writer?.openBytes ?? 0
      const largest = partitions.sort((a, b) => bytes(b) - bytes(a)).find((one) => one.makeRoom())
      if (largest !== undefined) {
        const { topic, partition } = largest.partition
        const text =
          `The buffer is full: open files of ${topic}-${partition} are committed before their rotation is due. ` +
          'Give the worker more buffer.memory.bytes or buffer.disk.bytes, or commit smaller files.'
        this.#context.logger.warn(text)
        this.#tellShort(text)
      } else if (partitions.some(({ writer }) => writer?.isHeld === true)) {
        this.#tellShort(
          'The buffer is full of files that the task had begun to write before it was restarted. They must end at the same ' +
            'offsets as then. If this lasts, give the worker as much buffer.memory.bytes and buffer.disk.bytes as it had.',
        )
      }
    }
    void this.#wakeWhenThereIsSpace()
  }

  #tellShort(text: string): void {
    this.#context.notice(text)
    this.#isShort = true
  }

  async #wakeWhenThereIsSpace(): Promise<void> {
    if (this.#awaitsSpace) return
    this.#awaitsSpace = true
    try {
      await this.#spill?.waitForSpace(this.#stopped.signal)
      // Space that is found to be gone again each time must not keep sockets from being served.
      await setImmediate()
    } catch {
      // Only the end of the task ends the wait.
    } finally {
      this.#awaitsSpace = false
      this.#context.wakeup()
    }
  }

  /** Consumption waits while records have no room, the store is in trouble, or a partition is not claimed. */
  #pauseOrResume(): void {
    const all = this.#backlog.length > 0 || this.#uploads.retrier.inTrouble
    for (const [partition, { writer }] of this.#partitions) {
      const pause = all || writer === undefined
      if (pause === this.#paused.has(partition)) continue
      if (pause) {
        this.#paused.set(partition, true)
        this.#context.pause(partition)
      } else {
        this.#paused.delete(partition)
        this.#context.resume(partition)
      }
    }
  }

  #onProgress(): void {
    if (this.#paused.size > 0 || this.#uploads.hasFailed || this.#uploads.retrier.inTrouble)
      this.#context.wakeup()
  }

  /** Awaits the uploads of partitions about to be closed, but not an outage of the store. */
  async #settle(partitions: readonly TopicPartition[]): Promise<void> {
    const ended = new AbortController()
    const settled = Promise.all(
      partitions.map((partition) => this.#partitions.get(partition)?.writer?.settled()),
    )
    const givenUp = this.#context.clock
      .sleep(SETTLE_TIMEOUT_MS, AbortSignal.any([ended.signal, this.#context.signal]))
      .catch(() => undefined)
    await Promise.race([settled, givenUp, this.#uploads.stuck()])
    ended.abort()
  }

  #partitionOf(record: SinkRecord): AssignedPartition | undefined {
    return this.#partitions.get({ topic: record.originalTopic, partition: record.originalKafkaPartition })
  }

  #backlogStart(partition: TopicPartition): bigint | undefined {
    return this.#backlog.find(
      (r) => r.originalKafkaPartition === partition.partition && r.originalTopic === partition.topic,
    )?.originalKafkaOffset
  }
}
