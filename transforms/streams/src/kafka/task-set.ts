import {
  type ConsumerRecord,
  type OffsetAndMetadata,
  type TopicPartition,
  topicPartitionName,
} from '@spillway/api'
import { LockException, StreamsException, messageOf } from '../core/errors.ts'
import { mayHaveToWait } from '../core/converter-serde.ts'
import type { TaskProgress } from '../runtime/stream-task.ts'
import { AssignedTask, type InputLag, sumOfLags } from './assigned-task.ts'
import type { Restore, RestoreProgress } from './changelog-reader.ts'
import type { Delivery } from './delivery.ts'
import { TaskCorruptedException } from './errors.ts'
import type { RecordCollector } from './record-collector.ts'
import type { StartOffset } from './topics/start-offsets.ts'
import { planRestores } from './state-keeping/restore-plan.ts'
import { StandbySet, type StandbySetSettings, lockRetryMs } from './state-keeping/standby-set.ts'
import { TaskInputs, makeTask } from './task-maker.ts'
import type { PlannedTask } from './topics/topology-topics.ts'
import { TaskRevivals } from './task-revivals.ts'
import type { ThreadMetrics } from './watching/thread-metrics.ts'
import { WaitingTasks } from './waiting-tasks.ts'

/** How long the thread works on records before it looks after everything else, ms. */
const turnMs = 20
/** So many records at least are processed between two looks at the clock. */
const recordsPerLook = 32
/** So many rows of a task may wait for its commit: more are written turn by turn, or a commit would stand still for seconds. */
const rowsToCommit = 10_000

/** A task, and how far it has come in each topic. */
type Progress = readonly [AssignedTask, ReadonlyMap<string, TaskProgress>]

export interface TaskSetSettings extends StandbySetSettings {
  readonly collector: RecordCollector
  readonly delivery: Delivery
  /** Records that may wait in a task per partition. */
  readonly bufferedRecords: number
  /** How long a task may begin anew from the same offsets (`task.timeout.ms`). */
  readonly taskTimeoutMs: number
  /** Ends waits. */
  readonly signal: AbortSignal
  readonly metrics: ThreadMetrics
  readonly startOffsets: (
    partitions: readonly TopicPartition[],
  ) => Promise<ReadonlyMap<TopicPartition, StartOffset>>
}

/** The tasks of one thread, from assignment to revocation. Corresponds to Java's `TaskManager`. */
export class TaskSet {
  readonly #settings: TaskSetSettings
  readonly #waits: WaitingTasks
  /** Copies of tasks that others have. */
  readonly standbys: StandbySet
  readonly #tasks = new Map<string, AssignedTask>()
  #byPartition = new Map<string, AssignedTask>()
  #next = 0
  readonly #revivals: TaskRevivals

  constructor(settings: TaskSetSettings) {
    this.#settings = settings
    this.#waits = new WaitingTasks(settings)
    this.standbys = new StandbySet(settings, this)
    this.#revivals = new TaskRevivals(settings.clock, settings.taskTimeoutMs)
  }

  get tasks(): readonly AssignedTask[] {
    return [...this.#tasks.values()]
  }

  get isAllRunning(): boolean {
    return this.tasks.every(({ state }) => state === 'RUNNING')
  }

  /** True while a task waits for what a serde asks. */
  get isWaiting(): boolean {
    return this.tasks.some(({ waiting }) => waiting !== undefined)
  }

  standbyProgress(): readonly RestoreProgress[] {
    return this.#settings.reader.standbyProgress()
  }

  /** What the rows of a store stand for that is restored or kept up: the offset after the last changelog record they include. */
  restoredPosition(topic: string, partition: number): bigint | undefined {
    return this.#settings.reader.position(topic, partition)
  }

  /** How many changelog records the stores lack, by task with state, those of standby tasks too. */
  lags(): ReadonlyMap<string, bigint> {
    const { reader } = this.#settings
    const lags = new Map<string, bigint>()
    for (const { id, state, changelogs } of this.#tasks.values())
      if (changelogs.length > 0 && state !== 'CLOSED') lags.set(id, 0n)
    for (const taskId of this.standbys.ids) lags.set(taskId, 0n)
    for (const { taskId, position, end } of [...reader.progress(), ...reader.standbyProgress()])
      if (end > position) lags.set(taskId, (lags.get(taskId) ?? 0n) + (end - position))
    return lags
  }

  /** Records that wait to be processed, in the inputs and here. */
  inputLags(): InputLag[] {
    return this.tasks.flatMap((assigned) => assigned.inputLags(this.#settings.consumer))
  }

  /** Begins the tasks of partitions that the group gave; positions are sought. */
  async assigned(partitions: readonly TopicPartition[]): Promise<void> {
    const starts = await this.#settings.startOffsets(partitions)
    const byTask = await this.#settings.plans.tasksOf(partitions)
    for (const [planned, given] of byTask) {
      const before = this.#tasks.get(planned.id)
      const all = new Map<string, StartOffset>()
      if (before !== undefined) {
        // A pattern matches one topic more: the task is made anew, over all of them.
        await this.#end([before], true).catch(unlessCorrupted)
        for (const [partition, start] of await this.#settings.startOffsets([...before.partitions.values()])) {
          all.set(partition.topic, start)
          this.#settings.consumer.seek(partition, start.offset)
        }
      }
      for (const partition of given) {
        const start = starts.get(partition) as StartOffset
        all.set(partition.topic, start)
        this.#settings.consumer.seek(partition, start.offset)
      }
      this.#create(planned, all)
    }
  }

  /** Commits and ends the tasks of partitions that the group takes. */
  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#end(this.#of(partitions), true)
  }

  /** Gives up the tasks of partitions that others have already. */
  lost(partitions: readonly TopicPartition[]): void {
    for (const task of this.#of(partitions)) this.#abandon(task)
  }

  /** Gives up everything since the last commit. */
  abandonAll(): void {
    this.standbys.closeAll()
    for (const task of this.tasks) this.#abandon(task)
  }

  /** Partitions whose tasks can take records. */
  wanted(): readonly TopicPartition[] {
    const wanted: TopicPartition[] = []
    for (const { state, task, partitions } of this.#tasks.values()) {
      if (state !== 'RUNNING') continue
      for (const partition of partitions.values())
        if (task.waiting(partition.topic) < this.#settings.bufferedRecords) wanted.push(partition)
    }
    return wanted
  }

  add(records: readonly ConsumerRecord[]): void {
    let task: AssignedTask | undefined
    let topic = ''
    let partition = -1
    for (const record of records) {
      if (task === undefined || record.partition !== partition || record.topic !== topic) {
        ;({ topic, partition } = record)
        task = this.#byPartition.get(topicPartitionName(record))
      }
      task?.add(record)
    }
  }

  /** Opens the stores of new tasks, and starts those that nothing is to be restored for. */
  async open(): Promise<void> {
    const now = this.#settings.clock.monotonic()
    const opened: AssignedTask[] = []
    for (const task of this.#tasks.values()) {
      if (this.#waits.isWaiting(task)) continue
      if (task.state !== 'CREATED' || now < task.retryAt || !this.#openStores(task)) continue
      opened.push(task)
    }
    await this.standbys.open()
    if (opened.length > 0) await this.#restore(opened)
    this.finishRestores()
  }

  /** Starts tasks whose stores are restored. */
  finishRestores(): void {
    const { reader, logger } = this.#settings
    for (const task of this.#tasks.values()) {
      if (task.state !== 'RESTORING' || reader.isRestoring(task.id)) continue
      task.start()
      logger.info(`task ${task.id} runs`)
    }
  }

  get canProcess(): boolean {
    const now = this.#settings.clock.now()
    return this.tasks.some(
      ({ state, task }) => state === 'RUNNING' && task.hasRecords && task.isProcessable(now),
    )
  }

  /**
   * Passes records through the tasks in turns, for a while or until there is none, or the producer has enough.
   *
   * @returns how many
   */
  process(): number {
    const { clock, collector } = this.#settings
    const running = this.tasks.filter(({ state }) => state === 'RUNNING')
    const until = clock.monotonic() + turnMs
    let processed = 0
    for (let idle = 0; idle < running.length;) {
      const done = this.#processSome(running[this.#next++ % running.length] as AssignedTask, clock.now())
      processed += done
      idle = done === 0 ? idle + 1 : 0
      if (collector.pressure() !== undefined || clock.monotonic() >= until) break
    }
    if (processed > 0) for (const { task } of running) task.writeAhead(rowsToCommit)
    return processed
  }

  /**
   * Fires what is due by the wall clock.
   *
   * @returns of how many tasks
   */
  punctuate(): number {
    let fired = 0
    const punctuate = ({ task }: AssignedTask): void => {
      if (task.punctuateSystemTime()) fired++
    }
    for (const assigned of this.#tasks.values()) {
      if (assigned.state === 'RUNNING')
        this.#waits.undoable(assigned, 'punctuation', () => punctuate(assigned))
    }
    return fired
  }

  /**
   * Does records again that could not be done to their end: commits what was done before them, and begins their tasks anew, once
   * what they wait for is there.
   *
   * @throws TaskMigratedException when the group has moved on
   */
  async redo(): Promise<void> {
    if (!this.#waits.hasUndone) return
    // First, since it may find that tasks are to begin anew for another reason.
    await this.#settings.collector.flush()
    const undone = this.#waits.takeUndone().filter(({ assigned }) => assigned.state === 'SUSPENDED')
    await this.#commit(
      [],
      undone.map(({ assigned, progress }) => [assigned, progress]),
    )
    for (const { assigned, pending, progress } of undone)
      this.#waits.wait(this.#anew(assigned, progress), pending)
  }

  /**
   * Begins tasks anew from what they have committed.
   *
   * @throws StreamsException when one of them comes no further
   */
  async revive(corrupted: TaskCorruptedException): Promise<void> {
    const { isStateLost } = corrupted
    let { taskIds } = corrupted
    const { consumer, plans, collector } = this.#settings
    // One of the topics may be gone: those of the application's own are made again.
    await plans.refresh()
    if (isStateLost) for (const taskId of taskIds) this.standbys.wipe(taskId)
    // Nothing of their earlier lives may come behind what is restored now.
    const error = await collector.flush().catch((failure: unknown) => failure)
    if (error instanceof TaskCorruptedException) taskIds = [...new Set([...taskIds, ...error.taskIds])]
    else if (error !== undefined) throw error
    for (const taskId of taskIds) {
      const assigned = this.#tasks.get(taskId)
      this.#settings.collector.revived(taskId)
      if (assigned === undefined) continue
      const partitions = [...assigned.partitions.values()]
      const committed = await consumer.committed(partitions)
      const progress = new Map(
        partitions.flatMap(({ topic }, index) => {
          const { offset, metadata = '' } = committed[index] ?? {}
          return offset === undefined ? [] : [[topic, { offset, metadata }] as const]
        }),
      )
      const starts = assigned.startsAfter(progress)
      if (isStateLost) assigned.task.wipeStores()
      else this.#revivals.note(taskId, assigned.task.context.taskPartition, starts, corrupted)
      if (assigned.task.isCommitNeeded) this.#settings.delivery.gaveUp()
      this.#anew(assigned, progress)
    }
  }

  get isCommitRequested(): boolean {
    return this.tasks.some(({ state, task }) => state === 'RUNNING' && task.context.isCommitRequested)
  }

  /**
   * Commits all tasks: what they sent, how far they have read, then their rows.
   *
   * @throws TaskMigratedException when the group has moved on
   */
  async commit(): Promise<void> {
    await this.#commit(this.tasks)
    await this.standbys.commit()
  }

  #processSome(assigned: AssignedTask, now: number): number {
    const { task } = assigned
    const process = (): void => void task.process()
    const punctuate = (): void => void task.punctuateStreamTime()
    const isUndoable = mayHaveToWait()
    const { clock } = this.#settings
    const began = clock.monotonic()
    let done = 0
    while (done < recordsPerLook && task.hasRecords && task.isProcessable(now)) {
      if (isUndoable) {
        if (
          !this.#waits.undoable(assigned, 'record', process) ||
          !this.#waits.undoable(assigned, 'punctuation', punctuate)
        )
          break
      } else {
        task.process()
        task.punctuateStreamTime()
      }
      done++
    }
    if (done > 0) task.context.metrics.processed(done, clock.monotonic() - began, now)
    return done
  }

  /** @param undone tasks that did something by half, with how far they had come before */
  async #commit(tasks: readonly AssignedTask[], undone: readonly Progress[] = []): Promise<void> {
    const { delivery } = this.#settings
    const { consumer } = this.#settings
    const due = (delivery.isOfAllTasks ? this.tasks : tasks).filter(
      (assigned) =>
        assigned.state === 'RUNNING' && (assigned.task.isCommitNeeded || assigned.hasPassedMarkers(consumer)),
    )
    for (const { task } of due) task.prepareCommit()
    const progresses = due.map((assigned): Progress => [assigned, assigned.progress(consumer)])
    await delivery.commit(offsetsOf([...progresses, ...undone]))
    for (const [assigned, progress] of progresses) {
      this.#commitRows(assigned)
      assigned.committed(progress)
    }
    for (const assigned of tasks) if (assigned.state === 'RESTORING') this.#commitRows(assigned)
  }

  #commitRows(assigned: AssignedTask): void {
    const { collector, reader } = this.#settings
    if (assigned.state === 'RESTORING') {
      assigned.task.prepareCommit()
      for (const { storeName, topic } of assigned.changelogs) {
        const position = reader.position(topic, assigned.task.context.taskPartition)
        if (position !== undefined) assigned.restoredTo.set(storeName, position)
      }
    }
    assigned.task.committed(
      assigned.changelogOffsets((topic, partition) => collector.acknowledged(topic, partition)),
    )
  }

  async #end(tasks: readonly AssignedTask[], commit: boolean): Promise<void> {
    try {
      if (commit) await this.#commit(tasks)
    } finally {
      // Committed rows are there for whoever has the task next; others must not become durable.
      for (const task of tasks) this.#abandon(task)
    }
  }

  /** Gives up what it has done since the last commit. */
  #abandon(assigned: AssignedTask): void {
    if (assigned.task.isCommitNeeded) this.#settings.delivery.gaveUp()
    this.#close(assigned)
  }

  #close(assigned: AssignedTask): void {
    const { reader, logger, directory, collector } = this.#settings
    reader.remove(assigned.id)
    collector.revived(assigned.id)
    assigned.state = 'CLOSED'
    this.#settings.metrics.taskClosed()
    this.#tasks.delete(assigned.id)
    this.#byPartition = new Map([...this.#byPartition].filter(([, each]) => each !== assigned))
    try {
      assigned.task.abandon((error) =>
        logger.warn(`closing a processor of task ${assigned.id} failed: ${messageOf(error)}`),
      )
    } finally {
      directory.unlock(assigned.id, this)
    }
  }

  /** Another life of the task, from where it had come: what it did since is given up. */
  #anew(assigned: AssignedTask, progress: ReadonlyMap<string, TaskProgress>): AssignedTask {
    const { plans, consumer } = this.#settings
    const planned = plans.current?.tasks.get(assigned.id)
    if (planned === undefined) throw new StreamsException(`Task ${assigned.id} is no longer planned`)
    const starts = assigned.startsAfter(progress)
    for (const [topic, { offset }] of starts) consumer.seek({ topic, partition: planned.partition }, offset)
    this.#close(assigned)
    return this.#create(planned, starts)
  }

  #create(planned: PlannedTask, starts: ReadonlyMap<string, StartOffset>): AssignedTask {
    const partitions = new Map(
      [...starts.keys()].map((topic) => [topic, { topic, partition: planned.partition }]),
    )
    const former = this.standbys.take(planned.id)
    const inputs = former?.inputs ?? new TaskInputs()
    inputs.partitions = partitions
    const task = former?.task ?? makeTask(this.#settings, planned, inputs)
    const assigned = new AssignedTask(task, partitions, starts, former?.positions)
    const { consumer, metrics } = this.#settings
    metrics.taskCreated()
    task.context.metrics.gauge('restore-remaining-records-total', () =>
      Number(this.lags().get(planned.id) ?? 0n),
    )
    task.context.metrics.gauge('records-lag', () => sumOfLags(assigned.inputLags(consumer)) ?? NaN)
    this.#tasks.set(planned.id, assigned)
    for (const at of partitions.values()) this.#byPartition.set(topicPartitionName(at), assigned)
    return assigned
  }

  /** False while somebody else has them. */
  #openStores(assigned: AssignedTask): boolean {
    const { clock, logger, directory } = this.#settings
    if (assigned.kept !== undefined) return true
    try {
      if (!directory.lock(assigned.id, this))
        throw new LockException(`another thread has the state of task ${assigned.id} open`)
      assigned.task.openStores()
      return true
    } catch (error) {
      directory.unlock(assigned.id, this)
      if (!(error instanceof LockException)) throw error
      if (assigned.retryAt === -Infinity)
        logger.info(`task ${assigned.id} waits for its state: ${messageOf(error)}`)
      assigned.retryAt = clock.monotonic() + lockRetryMs
      return false
    }
  }

  /** Begins to restore tasks whose stores have just been opened. */
  async #restore(opened: readonly AssignedTask[]): Promise<void> {
    const stores = opened.flatMap((assigned) =>
      assigned.task.changelogs().map((changelog) => ({ assigned, changelog })),
    )
    const restores = await planRestores(
      this.#settings,
      stores.map(({ assigned, changelog }) => ({
        task: assigned.task,
        changelog,
        checkpoint:
          assigned.kept === undefined ? changelog.checkpoint : assigned.kept.get(changelog.storeName),
        // A topic that the task reads is the store's changelog up to where the task begins.
        end: (logEnd) => {
          const start = assigned.startOffset(changelog.topic)
          return changelog.isSource && start < logEnd ? start : logEnd
        },
        isStandby: false,
      })),
    )
    // Not before: who cannot ask at present tries again.
    for (const assigned of opened) assigned.state = 'RESTORING'
    for (const [index, { assigned, changelog }] of stores.entries()) {
      assigned.changelogs = [...assigned.changelogs, changelog]
      assigned.restoredTo.set(changelog.storeName, (restores[index] as Restore).end)
    }
    this.#settings.reader.add(restores)
  }

  #of(partitions: readonly TopicPartition[]): readonly AssignedTask[] {
    const found = partitions.flatMap((at) => this.#byPartition.get(topicPartitionName(at)) ?? [])
    return [...new Set(found)]
  }
}

function offsetsOf(progresses: readonly Progress[]): ReadonlyMap<TopicPartition, OffsetAndMetadata> {
  const offsets = new Map<TopicPartition, OffsetAndMetadata>()
  for (const [{ partitions }, progress] of progresses) {
    for (const [topic, { offset, metadata }] of progress)
      offsets.set(partitions.get(topic) as TopicPartition, { offset, metadata })
  }
  return offsets
}

/** What was not committed is done again, by whoever has the task next. */
function unlessCorrupted(error: unknown): void {
  if (!(error instanceof TaskCorruptedException)) throw error
}
