import { randomUUID } from 'node:crypto'
import {
  type ConnectionProblem,
  type Consumer,
  FencedInstanceIdError,
  type RebalanceListener,
  OffsetOutOfRangeError,
  RetriableError,
  type TopicPartition,
  topicPartitionName,
} from '@spillway/api'
import { StreamsException, messageOf } from '../core/errors.ts'
import { exceptionHandlers } from '../config/exception-handlers.ts'
import { RecordCache } from '../context/record-cache.ts'
import { ChangelogReader, type RestoreProgress } from './changelog-reader.ts'
import { TaskCorruptedException, TaskMigratedException } from './errors.ts'
import { type Delivery } from './delivery.ts'
import { AtLeastOnce } from './at-least-once.ts'
import { ExactlyOnce } from './exactly-once.ts'
import { RecordCollector } from './record-collector.ts'
import { RepartitionPurge } from './topics/repartition-purge.ts'
import { refuseDeleted } from './topics/deleted-changelogs.ts'
import { resetOutOfRange } from './topics/out-of-range.ts'
import { type StartOffsetsSettings, startOffsets } from './topics/start-offsets.ts'
import { Patience } from './patience.ts'
import { prefixed, type StreamsLogger } from './streams-logger.ts'
import { TaskAssignor } from './task-assignor.ts'
import { TaskSet } from './task-set.ts'
import type { ThreadParts, ThreadState } from './thread-settings.ts'
import { ThreadMetrics } from './watching/thread-metrics.ts'

/** The clients and tasks of one membership in the group. */
interface Life {
  readonly consumer: Consumer
  readonly reader: ChangelogReader
  readonly restoreConsumer: Consumer
  readonly collector: RecordCollector
  readonly delivery: Delivery
  readonly tasks: TaskSet
  readonly purge: RepartitionPurge
  /** Where sources begin without an offset. */
  readonly starts: StartOffsetsSettings
}

/**
 * Reads, processes and commits in one loop, for the tasks that the group gives it. Corresponds to Java's `StreamThread`. Nothing
 * is awaited between two records of a turn; heartbeats and fetches go on beside it.
 */
export class StreamThread {
  readonly name: string
  readonly #parts: ThreadParts
  readonly #logger: StreamsLogger
  readonly #stop = new AbortController()
  readonly #patience: Patience
  readonly #metrics: ThreadMetrics
  #state: ThreadState = 'CREATED'
  #life: Life | undefined
  #lastCommit = 0
  #lastProgressLog = 0
  #refusal: string | null = null
  /** Whether the group has given it anything in this membership, be it nothing. */
  #isAssigned = false
  /** How often it has begun anew. */
  #migrations = 0
  /** Since when commits have failed for reasons that may pass. */
  #commitFailedAt: number | undefined
  #leavesGroup = false
  readonly #deletedChangelogs = new Set<string>()
  /** Whether the last look at standby tasks brought records. */
  #isCatchingUp = false

  constructor(name: string, parts: ThreadParts) {
    this.name = name
    this.#parts = parts
    this.#logger = prefixed(parts.logger, `${name}: `)
    const { clock, settings } = parts
    this.#patience = new Patience(clock, this.#logger, settings.taskTimeoutMs, this.#stop.signal)
    this.#metrics = new ThreadMetrics(parts.metrics, this.threadId, clock, () => ({
      state: this.#state,
      restoringTasks: this.tasks?.tasks.filter(({ state }) => state === 'RESTORING').length ?? 0,
      standbyTasks: this.tasks?.standbys.ids.length ?? 0,
    }))
  }

  /** What it is called in metrics. */
  get threadId(): string {
    return `${this.#parts.settings.clientId}-${this.name}`
  }

  get #number(): string {
    return this.name.replace(/^StreamThread-/, '')
  }

  get metrics(): ThreadMetrics {
    return this.#metrics
  }

  get state(): ThreadState {
    return this.#state
  }

  get tasks(): TaskSet | undefined {
    return this.#life?.tasks
  }

  restoreProgress(): readonly RestoreProgress[] {
    return this.#life?.reader.progress() ?? []
  }

  /** Joins the group anew, so that it hears what has changed here. */
  requestRebalance(reason: string): void {
    this.#life?.consumer.enforceRebalance(reason)
    this.#life?.consumer.wakeup()
  }

  /** Changelog topics were deleted, and made anew. */
  changelogsDeleted(topics: readonly string[]): void {
    for (const topic of topics) this.#deletedChangelogs.add(topic)
    this.#life?.consumer.wakeup()
  }

  /** What keeps its consumer from the brokers; undefined when all is well. */
  get lastProblem(): ConnectionProblem | undefined {
    return this.#life?.consumer.lastProblem()
  }

  get isStopping(): boolean {
    return this.#stop.signal.aborted
  }

  /**
   * Begins to stop: {@link run} commits, gives its tasks back and resolves.
   *
   * @param leaveGroup whether a static member leaves the group, too: its tasks need not wait for its return
   */
  shutdown(leaveGroup = false): void {
    this.#leavesGroup ||= leaveGroup
    this.#stop.abort()
    this.#life?.consumer.wakeup()
  }

  /**
   * Runs until {@link shutdown}.
   *
   * @throws what stopped it: of the processors, the stores or Kafka
   */
  async run(): Promise<void> {
    this.#setState('STARTING')
    try {
      while (!this.#stop.signal.aborted) await this.#live()
    } finally {
      this.#metrics.remove()
      this.#setState('DEAD')
    }
  }

  /** One membership: ends with the thread, or when the group has moved on without it. */
  async #live(): Promise<void> {
    this.#isAssigned = false
    const life = this.#begin()
    this.#life = life
    let failure: unknown
    try {
      await this.#patience.with('beginning transactions', () => life.delivery.begin())
      while (!this.#stop.signal.aborted) await this.#turn(life)
      this.#setState('PENDING_SHUTDOWN')
    } catch (error) {
      failure = life.delivery.migration(error) ?? error
      life.tasks.abandonAll()
      if (failure instanceof TaskMigratedException || failure instanceof FencedInstanceIdError)
        life.collector.dropUnsent()
    }
    await this.#end(life, failure)
    if (failure === undefined) return
    if (!(failure instanceof TaskMigratedException)) throw failure
    this.#migrations++
    this.#setState('PARTITIONS_REVOKED')
    this.#logger.warn(`${failure.message}. Its tasks were given up; it joins the group again.`)
  }

  async #turn(life: Life): Promise<void> {
    try {
      await this.#step(life)
    } catch (error) {
      if (error instanceof OffsetOutOfRangeError)
        await this.#patience.with('looking for offsets', () =>
          resetOutOfRange(life.starts, error, this.#logger),
        )
      else if (error instanceof TaskCorruptedException && life.delivery.migration(error) === undefined) {
        this.#logger.warn(
          `tasks ${error.taskIds.join(', ')} begin anew from their last commit: ${error.message}`,
        )
        await this.#patience.with('beginning tasks anew', () => life.tasks.revive(error))
      } else throw error
    }
  }

  async #step(life: Life): Promise<void> {
    const { settings, clock } = this.#parts
    const { consumer, reader, tasks, collector } = life
    // An application that is to shut down does nothing but tell its group.
    const isPaused = this.#parts.isPaused() || this.#parts.isShutdownRequested()
    const isBusy = !isPaused && tasks.canProcess
    const waitMs = isBusy || this.#isCatchingUp || !reader.isIdle ? 0 : this.#waitMs(tasks)
    const wanted = isPaused ? [] : tasks.wanted()
    tasks.add(await this.#metrics.polling(() => consumer.poll(waitMs, wanted)))
    refuseDeleted(this.#deletedChangelogs, tasks)
    if (this.#refusal !== null) throw new StreamsException(this.#refusal)
    if (this.#stop.signal.aborted) return
    await this.#patience.with('opening stores', () => tasks.open())
    if (!reader.isIdle) {
      this.#metrics.restored(await reader.step(isBusy ? 0 : settings.pollMs))
      tasks.finishRestores()
      this.#logProgress(reader)
    } else if (reader.hasStandbys) this.#isCatchingUp = (await reader.step(0)) > 0
    else this.#isCatchingUp = false
    // Not before the group has said which tasks there are, even if there are none.
    if (this.#isAssigned) this.#setState(tasks.isAllRunning ? 'RUNNING' : 'PARTITIONS_ASSIGNED')
    collector.check()
    if (!isPaused) {
      this.#metrics.working('process', () => tasks.process())
      this.#metrics.working('punctuate', () => tasks.punctuate())
      await tasks.redo()
    }
    const pressure = collector.pressure()
    if (pressure !== undefined) {
      const began = clock.monotonic()
      await pressure
      this.#metrics.blocked(clock.monotonic() - began)
    }
    if (tasks.isCommitRequested || clock.monotonic() - this.#lastCommit >= settings.commitIntervalMs)
      await this.#commit(life)
  }

  async #commit({ tasks, purge }: Life): Promise<void> {
    this.#lastCommit = this.#parts.clock.monotonic()
    try {
      await this.#metrics.committing(() => tasks.commit())
      this.#commitFailedAt = undefined
    } catch (error) {
      // The thread goes on: a broker that is away comes back, and the next commit holds this one's work.
      if (!this.#patience.mayPass(error, (this.#commitFailedAt ??= this.#lastCommit))) throw error
      this.#patience.tell('committing', error)
      return
    }
    await purge.run(tasks.tasks)
  }

  /** Until a commit is due, and no longer than `poll.ms`; at once where the state of a task must be asked for again. */
  #waitMs(tasks: TaskSet): number {
    const { settings, clock } = this.#parts
    const untilCommit = Math.max(0, this.#lastCommit + settings.commitIntervalMs - clock.monotonic())
    const wait = Math.min(settings.pollMs, untilCommit)
    return tasks.isAllRunning && !tasks.isWaiting ? wait : Math.min(wait, 20)
  }

  #begin(): Life {
    const { client, admin, clients, settings, config, clock, known, plans, engines, metrics } = this.#parts
    const { topics } = plans
    const clientId = this.threadId
    const consumer = client.consumer({
      ...clients.mainConsumer(),
      // Each source has a rule of its own: what is out of range is told, and sought by it.
      autoOffsetReset: 'none',
      groupId: topics.applicationId,
      clientId: `${clientId}-consumer`,
      partitionAssignmentStrategy: [this.#assignor(() => tasks)],
      ...(settings.groupInstanceId === undefined
        ? {}
        : { groupInstanceId: `${settings.groupInstanceId}-${this.#number}` }),
    })
    const restoreConsumer = client.consumer({
      ...clients.plainConsumer('restore.consumer'),
      autoOffsetReset: 'none',
      clientId: `${clientId}-restore-consumer`,
    })
    const handlers = exceptionHandlers(config)
    const starts: StartOffsetsSettings = {
      consumer,
      admin,
      clock,
      resetOf: (topic) => topics.offsetReset(topic),
      defaultReset: settings.defaultReset,
    }
    const producerOptions = {
      ...clients.producer(this.#transactionalId()),
      clientId: `${clientId}-producer`,
      standing: () => consumer.standing(),
    }
    const collector = new RecordCollector((lost) => client.producer({ ...producerOptions, lost }), known, {
      handler: handlers.production,
      clock,
      logger: this.#logger,
    })
    const { producer } = collector
    const delivery = clients.isExactlyOnce
      ? new ExactlyOnce({ consumer, producer, collector, clock, logger: this.#logger })
      : new AtLeastOnce(consumer, collector)
    const reader = new ChangelogReader(restoreConsumer, this.#parts.restoreListener)
    const tasks: TaskSet = new TaskSet({
      plans,
      engines,
      consumer,
      restoreConsumer,
      admin,
      reader,
      collector,
      delivery,
      directory: this.#parts.directory,
      clock,
      logger: this.#logger,
      signal: this.#stop.signal,
      metrics: this.#metrics,
      bufferedRecords: settings.bufferedRecords,
      taskTimeoutMs: settings.taskTimeoutMs,
      services: {
        applicationId: topics.applicationId,
        config,
        metrics,
        threadId: this.threadId,
        handlers,
        sink: collector,
        canWait: true,
        cache: this.#parts.cacheShares.isOn ? new RecordCache(this.#parts.cacheShares) : undefined,
        now: () => clock.now(),
        globalStores: this.#parts.globalStores,
        emitIntervalMs: settings.emitIntervalMs,
      },
      startOffsets: (partitions) => startOffsets(starts, partitions),
    })
    consumer.subscribe(
      topics.hasPatterns
        ? { pattern: { matches: (topic) => topics.reads(topic) } }
        : { topics: [...new Set(topics.namedTopics())] },
      this.#listener(tasks, collector),
    )
    this.#lastCommit = clock.monotonic()
    const purge = new RepartitionPurge({
      admin,
      topics,
      clock,
      intervalMs: settings.purgeIntervalMs,
      logger: this.#logger,
    })
    return { consumer, reader, restoreConsumer, collector, delivery, tasks, purge, starts }
  }

  async #end({ consumer, reader, collector, delivery, tasks }: Life, failure: unknown): Promise<void> {
    const errors: unknown[] = []
    if (failure !== undefined) await delivery.abort()
    const member = consumer.membership()
    // Their rows are as far as the reader has come, which ends with it.
    tasks.standbys.closeAll()
    // The consumer gives its partitions back by the listener, which commits; after a failure there are no tasks any more.
    for (const close of [
      () => consumer.close(),
      async () => {
        // The consumer of a static member has not: its session's end would do the same, later.
        if (this.#leavesGroup && member !== undefined && member.groupInstanceId !== null)
          await this.#parts.admin.removeMembers(member.groupId, [member.memberId])
      },
      () => reader.close(),
      () => delivery.abort(),
      () => collector.close(),
    ]) {
      try {
        await close()
      } catch (error) {
        errors.push(error)
      }
    }
    tasks.abandonAll()
    this.#life = undefined
    if (errors.length === 0) return
    for (const error of errors) this.#logger.warn(`closing failed: ${messageOf(error)}`)
    if (failure === undefined && !(errors[0] instanceof TaskMigratedException)) throw errors[0]
  }

  /**
   * The same after a restart, so that a transaction that a crash has left open ends at once. Another one where somebody has fenced this
   * thread: processes that share a `state.dir` would take it from each other for ever.
   */
  #transactionalId(): string {
    const { plans, processId } = this.#parts
    const id = `${plans.topics.applicationId}-${processId}-${this.#number}`
    return this.#migrations === 0 ? id : `${id}-${randomUUID()}`
  }

  #assignor(tasks: () => TaskSet): TaskAssignor {
    const { plans, settings, processId, fingerprint, lags, cluster } = this.#parts
    return new TaskAssignor({
      applicationId: plans.topics.applicationId,
      processId,
      host: settings.applicationServer,
      fingerprint,
      standbyReplicas: settings.standbyReplicas,
      acceptableLag: BigInt(settings.acceptableLag),
      lags: () => lags.current(),
      plan: () => this.#patience.with('planning tasks', () => plans.refresh()),
      isShutdownRequested: this.#parts.isShutdownRequested,
      assigned: ({ standby, refusal, isShutdown, hosts, planDigest }) => {
        // A static member that begins anew is given what it had: what was asked for then is over, or is asked for again.
        const isOver = isShutdown && settings.groupInstanceId !== undefined && !this.#isAssigned
        this.#isAssigned = true
        if (isOver) return false
        this.#refusal = refusal
        cluster.assigned(hosts, planDigest)
        tasks().standbys.want(standby)
        if (isShutdown) this.#parts.shutdownReceived()
        return true
      },
    })
  }

  #listener(tasks: TaskSet, collector: RecordCollector): RebalanceListener {
    return {
      onAssigned: async (partitions) => {
        this.#logger.info(`assigned ${namesOf(partitions)}`)
        this.#setState('PARTITIONS_ASSIGNED')
        await this.#patience.with('beginning tasks', () => tasks.assigned(partitions))
      },
      onRevoked: async (partitions) => {
        this.#logger.info(`revoked ${namesOf(partitions)}`)
        this.#setState('PARTITIONS_REVOKED')
        try {
          await tasks.revoked(partitions)
        } catch (error) {
          if (!(error instanceof RetriableError || error instanceof TaskCorruptedException)) throw error
          this.#logger.warn(
            `what was not committed is processed again by others: committing failed: ${messageOf(error)}`,
          )
        }
      },
      onLost: async (partitions) => {
        const reason = this.lastProblem?.error.message ?? 'the group has gone on without this thread'
        this.#logger.warn(
          `lost ${namesOf(partitions)}: what was not committed is processed again by others: ${reason}`,
        )
        tasks.lost(partitions)
        collector.dropUnsent()
      },
    }
  }

  #logProgress(reader: ChangelogReader): void {
    const now = this.#parts.clock.now()
    if (reader.isIdle || now - this.#lastProgressLog < this.#parts.settings.progressLogMs) return
    this.#lastProgressLog = now
    const left = reader.progress().reduce((sum, { position, end }) => sum + (end - position), 0n)
    this.#logger.info(`restoring ${reader.progress().length} stores, ${left} records left`)
  }

  #setState(state: ThreadState): void {
    if (this.#state === state || this.#state === 'DEAD') return
    if (this.#state === 'PENDING_SHUTDOWN' && state !== 'DEAD') return
    this.#state = state
    this.#parts.stateChanged()
  }
}

function namesOf(partitions: readonly TopicPartition[]): string {
  return partitions.map(topicPartitionName).join(', ')
}
