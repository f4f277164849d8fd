import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Admin, type Clock, type KafkaClient, systemClock } from '@spillway/api'
import {
  IllegalArgumentException,
  IllegalStateException,
  StreamsException,
  messageOf,
} from '../core/errors.ts'
import { checkConfig, type StreamsConfig } from '../config/streams-config.ts'
import { MetricsRegistry, type Metric } from '../context/metrics.ts'
import { RecordCacheShares } from '../context/record-cache.ts'
import type { InputLag } from './assigned-task.ts'
import type { StateEngines } from '../runtime/task-stores.ts'
import type { StateStore } from '../stores/key-value-store.ts'
import type { Topology } from '../topology/topology.ts'
import type { RestoreProgress, StateRestoreListener } from './changelog-reader.ts'
import { ActivityLog } from './watching/activity-log.ts'
import { registerClientMetrics } from './watching/client-metrics.ts'
import { ClientSettings } from './client-settings.ts'
import { ClientState, type KafkaStreamsState, type StateListener } from './client-state.ts'
import { GlobalState, globalServices } from './global-state.ts'
import { ClusterMetadata } from './queries/cluster-metadata.ts'
import { localThread } from './queries/local-tasks.ts'
import { type QueriedClient, QueryableClient } from './queries/queryable-client.ts'
import { StoreQueries } from './queries/store-queries.ts'
import { stateEngines } from './state-keeping/state-engines.ts'
import { keepHouse } from './state-keeping/housekeeping.ts'
import { DeletedChangelogs } from './topics/deleted-changelogs.ts'
import { InternalTopics } from './topics/internal-topics.ts'
import { StateDirectory } from './state-directory.ts'
import { StateLags } from './state-keeping/state-lags.ts'
import type { StreamThread } from './stream-thread.ts'
import { StreamThreads, type ThreadMetadata } from './stream-threads.ts'
import { describeError, prefixed, type StreamsLogger } from './streams-logger.ts'
import { TaskPlans } from './topics/task-plans.ts'
import { type ThreadParts, threadSettings, type ThreadSettings } from './thread-settings.ts'
import { type CloseOptions, inTime } from './in-time.ts'
import { KnownTopics } from './topics/topic-widths.ts'
import { TopologyTopics } from './topics/topology-topics.ts'

/**
 * What to do when a thread has died of an error (Java: `StreamThreadExceptionResponse`). `SHUTDOWN_APPLICATION` tells all clients
 * of the application through its group.
 */
export type StreamThreadExceptionResponse = 'REPLACE_THREAD' | 'SHUTDOWN_CLIENT' | 'SHUTDOWN_APPLICATION'

/** Decides over errors that nobody caught. */
export type StreamsUncaughtExceptionHandler = (error: unknown) => StreamThreadExceptionResponse

/** What a program may put in the place of what {@link KafkaStreams} makes itself. */
export interface KafkaStreamsOptions {
  /** Left out: made from the configuration (`bootstrap.servers` and all that belongs to it). */
  readonly client?: KafkaClient
  /** Left out: `console`. */
  readonly logger?: StreamsLogger
  readonly clock?: Clock
}

/** How long the group may take to hear that the application shuts down, ms. */
const shutdownMs = 30_000

/**
 * Runs a topology on Kafka, in this process, at least once. Corresponds to Java's `KafkaStreams`.
 *
 * @example
 * const streams = new KafkaStreams(builder.build(), {
 *   'application.id': 'word-count',
 *   'bootstrap.servers': 'localhost:9092',
 *   'state.dir': '/var/lib/word-count',
 * })
 * await streams.start()
 * process.once('SIGTERM', () => void streams.close())
 */
export class KafkaStreams extends QueryableClient {
  readonly #config: StreamsConfig
  readonly #topology: Topology
  readonly #clients: ClientSettings
  readonly #settings: ThreadSettings
  readonly #options: KafkaStreamsOptions
  readonly #clock: Clock
  readonly #logger: StreamsLogger
  readonly #metrics: MetricsRegistry
  #failedThreads = 0
  readonly #state = new ClientState()
  readonly #directory: StateDirectory
  protected override readonly queried: QueriedClient
  readonly #threads = new StreamThreads(
    (thread, error) => this.#died(thread, error),
    () => this.#follow(),
  )
  readonly #stop = new AbortController()
  #handler: StreamsUncaughtExceptionHandler = () => 'SHUTDOWN_CLIENT'
  #restoreListener: StateRestoreListener = {}
  #parts: ThreadParts | undefined
  #admin: Admin | undefined
  #engines: StateEngines | undefined
  #global: GlobalState | undefined
  #globalEnded: Promise<void> = Promise.resolve()
  #housekeeping: Promise<void> = Promise.resolve()
  #isShutdownRequested = false
  #isPaused = false
  #closing: Promise<void> | undefined

  /**
   * @throws IllegalArgumentException for a setting that cannot be, naming its key
   * @throws ConfigError for one of the Kafka clients
   */
  constructor(topology: Topology, config: StreamsConfig, options: KafkaStreamsOptions = {}) {
    super()
    checkConfig(config)
    const applicationId = config['application.id']
    if (applicationId === undefined)
      throw new IllegalArgumentException(
        'Configuration application.id is needed: the name of the application',
      )
    // Names of topics and of a folder begin with it.
    if (!/^[\w.-]+$/.test(applicationId) || /^\.+$/.test(applicationId))
      throw new IllegalArgumentException(
        `Invalid value ${applicationId} for configuration application.id: letters, digits, dots, underscores and dashes only, as ` +
          'topic names begin with it.',
      )
    this.#topology = topology
    this.#config = config
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#logger = prefixed(options.logger ?? console, `streams ${applicationId}: `)
    this.#clients = new ClientSettings(applicationId, config)
    if (options.client === undefined) this.#clients.cluster()
    this.#settings = threadSettings(config, this.#clients)
    this.#metrics = new MetricsRegistry(() => this.#clock.now())
    registerClientMetrics(this.#metrics, {
      clientId: this.#settings.clientId,
      applicationId,
      topology: () => topology.describe().toString(),
      state: () => this.#state.value,
      aliveThreads: () => this.#threads.all.length,
      failedThreads: () => this.#failedThreads,
    })
    this.#directory = new StateDirectory(
      config['state.dir'] ?? join(tmpdir(), 'kafka-streams'),
      applicationId,
    )
    const stores = new StoreQueries({
      topology: topology.builder,
      state: () => this.#state.value,
      // Not before they are filled: a row that is on its way would be told to be absent.
      global: () => (this.#parts === undefined ? undefined : this.#global?.stores()),
      threads: () => this.#threads.all.map(localThread),
    })
    this.queried = {
      stores,
      state: () => this.#state.value,
      parts: () => this.#parts,
      taskSets: () => this.#threads.all.flatMap(({ tasks }) => tasks ?? []),
    }
  }

  /** Where the client stands. */
  state(): KafkaStreamsState {
    return this.#state.value
  }

  /** Tells of changes of {@link state}. Only before {@link start}. */
  setStateListener(listener: StateListener): void {
    this.#state.listen(listener)
  }

  /** Decides over errors that end a thread. By default the client shuts down. */
  setUncaughtExceptionHandler(handler: StreamsUncaughtExceptionHandler): void {
    this.#handler = handler
  }

  /** Tells of restores of all stores. Only before {@link start}. */
  setGlobalStateRestoreListener(listener: StateRestoreListener): void {
    this.#requireCreated('set GlobalStateRestoreListener')
    this.#restoreListener = listener
  }

  /**
   * Checks and makes topics, fills global stores, and begins the threads. It resolves when they have begun; what becomes of
   * them is told by {@link state}.
   *
   * @throws StreamsException when topics are missing or do not fit
   */
  async start(): Promise<void> {
    this.#requireCreated('start')
    if (!this.#state.to('REBALANCING')) return
    try {
      const parts = await this.#makeParts()
      this.#parts = parts
      this.#housekeeping = keepHouse(
        {
          directory: this.#directory,
          lags: parts.lags,
          clock: this.#clock,
          cleanUpMs: this.#settings.stateCleanupDelayMs,
          problems: () => this.#threads.problems(this.#clock.now()),
          changelogs: new DeletedChangelogs(parts, (topics) => this.#threads.changelogsDeleted(topics)),
          activity: new ActivityLog(this.#clock, this.#logger, () => this.#threads.activity()),
          logger: this.#logger,
        },
        this.#stop.signal,
      )
      for (let i = 0; i < this.#settings.threads && !this.#stop.signal.aborted; i++)
        this.#threads.start(parts)
    } catch (error) {
      this.#state.to('PENDING_ERROR')
      await this.#release()
      this.#state.to('ERROR')
      throw error
    }
  }

  /** Resolves when all tasks run, or the client has ended. */
  async running(): Promise<void> {
    await this.#state.reached('RUNNING', 'NOT_RUNNING', 'ERROR')
  }

  /** Resolves when the client has ended. */
  async ended(): Promise<void> {
    await this.#state.reached('NOT_RUNNING', 'ERROR')
  }

  /** Adds a thread; its name, or null when the client does not run. */
  addStreamThread(): string | null {
    if (!this.#isAlive || this.#parts === undefined) return null
    return this.#threads.start(this.#parts).name
  }

  /**
   * Stops a thread, the newest first; its name, or null when there is none. Its tasks go to the others.
   *
   * @throws StreamsException when it has not ended in time; it goes on ending
   */
  async removeStreamThread({ timeoutMs }: CloseOptions = {}): Promise<string | null> {
    const last = this.#isAlive ? this.#threads.stopNewest() : undefined
    if (last === undefined) return null
    const { name } = last.thread
    if (!(await inTime(this.#clock, last.ended, timeoutMs)))
      throw new StreamsException(`Thread ${name} did not stop in ${timeoutMs} ms`)
    return name
  }

  /** Stops processing; tasks and partitions stay here, and heartbeats go on. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Figures under Kafka Streams' names, at this moment. */
  metrics(): readonly Metric[] {
    return this.#metrics.all()
  }

  /** Records that wait in the inputs, by partition. */
  inputLags(): readonly InputLag[] {
    return this.#threads.inputLags()
  }

  metadataForLocalThreads(): readonly ThreadMetadata[] {
    return this.#threads.metadata()
  }

  /** How far the restores have come that run at present. */
  restoreProgress(): readonly RestoreProgress[] {
    return this.#threads.restoreProgress()
  }

  /** How far the stores of standby tasks have come, and the ends of their changelogs as the broker told last. */
  standbyProgress(): readonly RestoreProgress[] {
    return this.#threads.all.flatMap(({ tasks }) => tasks?.standbyProgress() ?? [])
  }

  /** Deletes the local state of the application. Only while it does not run. */
  cleanUp(): void {
    const { value } = this.#state
    if (value !== 'CREATED' && value !== 'NOT_RUNNING' && value !== 'ERROR')
      throw new IllegalStateException('Cannot clean up while running.')
    this.#directory.destroy()
  }

  /**
   * Commits, gives tasks back and closes. Idempotent.
   *
   * @returns false when it was not done in time: it goes on closing
   * @throws IllegalArgumentException for a time that is negative
   */
  async close({ timeoutMs, leaveGroup = false }: CloseOptions = {}): Promise<boolean> {
    if (timeoutMs !== undefined && !(timeoutMs >= 0))
      throw new IllegalArgumentException("Timeout can't be negative.")
    this.#closing ??= this.#shutDown('PENDING_SHUTDOWN', 'NOT_RUNNING', leaveGroup)
    return await inTime(this.#clock, this.#closing, timeoutMs)
  }

  get #isAlive(): boolean {
    return this.#state.value === 'RUNNING' || this.#state.value === 'REBALANCING'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #shutDown(
    pending: 'PENDING_SHUTDOWN' | 'PENDING_ERROR',
    last: 'NOT_RUNNING' | 'ERROR',
    leaveGroup = false,
  ): Promise<void> {
    const isCreated = this.#state.value === 'CREATED'
    if (!this.#state.to(pending)) {
      await this.ended()
      return
    }
    this.#stop.abort()
    this.#global?.wakeup()
    await Promise.allSettled([this.#threads.stop(leaveGroup), this.#globalEnded, this.#housekeeping])
    if (!isCreated) await this.#release()
    this.#state.to(last)
  }

  async #release(): Promise<void> {
    for (const close of [
      async () => await this.#global?.close(),
      async () => await this.#admin?.close(),
      async () => await Promise.resolve(this.#engines?.persistent?.close()),
      async () => await Promise.resolve(this.#engines?.memory.close()),
    ]) {
      try {
        await close()
      } catch (error) {
        this.#logger.warn(`closing failed: ${messageOf(error)}`)
      }
    }
  }

  #died(thread: StreamThread, error: unknown): void {
    this.#failedThreads++
    this.#logger.error(`${thread.name} died: ${describeError(error)}`)
    const parts = this.#parts
    if (this.#stop.signal.aborted || parts === undefined) return
    const response = this.#respond(error)
    if (response === 'REPLACE_THREAD') {
      this.#logger.info(`${thread.name} is replaced`)
      this.#threads.start(parts)
    } else if (response === 'SHUTDOWN_APPLICATION') this.#shutDownApplication(parts)
    else this.#fail()
  }

  #respond(error: unknown): StreamThreadExceptionResponse {
    try {
      return this.#handler(error)
    } catch (failure) {
      this.#logger.error(`the uncaught-exception handler failed: ${describeError(failure)}`)
      return 'SHUTDOWN_CLIENT'
    }
  }

  /** The client ends in ERROR. */
  #fail(): void {
    this.#closing ??= this.#shutDown('PENDING_ERROR', 'ERROR')
    this.#closing.catch((failure: unknown) =>
      this.#logger.error(`shutting down failed: ${messageOf(failure)}`),
    )
  }

  /** Tells all clients through the group, by a thread that takes the place of the one that died. */
  #shutDownApplication(parts: ThreadParts): void {
    if (this.#isShutdownRequested) return
    this.#isShutdownRequested = true
    this.#logger.warn('the application shuts down: its other clients are told through the group')
    this.#threads.start(parts)
    for (const thread of this.#threads.all) thread.requestRebalance('the application shuts down')
    this.#clock.sleep(shutdownMs, this.#stop.signal).then(
      () => {
        this.#logger.error('the group could not be told in time that the application shuts down')
        this.#fail()
      },
      () => undefined,
    )
  }

  #follow(): void {
    this.#state.follow(this.#threads.all.map(({ state }) => state))
  }

  async #makeParts(): Promise<ThreadParts> {
    const config: StreamsConfig = { ...this.#config, 'state.dir': this.#directory.path }
    const settings = this.#settings
    const { builder } = this.#topology
    const { applicationId } = this.#clients
    const client = this.#options.client ?? (await this.#clients.client())
    const admin = client.admin({ clientId: `${settings.clientId}-admin` })
    this.#admin = admin
    const known = new KnownTopics(admin, this.#clock)
    const topics = new TopologyTopics(applicationId, builder, config)
    const internal = new InternalTopics({
      admin,
      replicationFactor: settings.replicationFactor,
      logger: this.#logger,
      clock: this.#clock,
    })
    const plans = new TaskPlans(topics, admin, known, internal)
    await plans.refresh()
    const engines = stateEngines(this.#config, this.#directory)
    this.#engines = engines
    const globalStores = await this.#startGlobal(client, topics, known, engines)
    const lags = new StateLags({
      directory: this.#directory,
      plans,
      admin,
      open: () => this.#threads.lags(),
      logger: this.#logger,
    })
    await lags.refresh()
    return {
      client,
      admin,
      clients: this.#clients,
      settings,
      config,
      plans,
      known,
      engines,
      metrics: this.#metrics,
      globalStores,
      cacheShares: new RecordCacheShares(settings.cacheBytes),
      restoreListener: this.#restoreListener,
      logger: this.#logger,
      clock: this.#clock,
      processId: this.#directory.processId(),
      directory: this.#directory,
      lags,
      fingerprint: topics.fingerprint(),
      cluster: new ClusterMetadata({ host: settings.applicationServer, plans, logger: this.#logger }),
      isPaused: () => this.#isPaused,
      stateChanged: () => this.#follow(),
      isShutdownRequested: () => this.#isShutdownRequested,
      shutdownReceived: () => {
        if (this.#stop.signal.aborted) return
        this.#logger.error('the application shuts down, since one of its clients has asked for it')
        this.#fail()
      },
    }
  }

  async #startGlobal(
    client: KafkaClient,
    topics: TopologyTopics,
    known: KnownTopics,
    engines: StateEngines,
  ): Promise<ReadonlyMap<string, StateStore>> {
    if (topics.topology.globalTopics.size === 0) return new Map()
    const settings = this.#settings
    const global = new GlobalState({
      topics,
      engines,
      known,
      consumer: client.consumer({
        ...this.#clients.plainConsumer('global.consumer'),
        autoOffsetReset: 'earliest',
        clientId: `${settings.clientId}-global-consumer`,
      }),
      services: globalServices({
        applicationId: this.#clients.applicationId,
        config: this.#config,
        metrics: this.#metrics,
        now: () => this.#clock.now(),
        emitIntervalMs: settings.emitIntervalMs,
      }),
      listener: this.#restoreListener,
      logger: this.#logger,
      clock: this.#clock,
      signal: this.#stop.signal,
      pollMs: settings.pollMs,
      commitIntervalMs: settings.commitIntervalMs,
    })
    this.#global = global
    await global.bootstrap(this.#stop.signal)
    this.#globalEnded = global.run(this.#stop.signal).catch((error: unknown) => {
      this.#logger.error(`the global stores cannot be kept up: ${describeError(error)}`)
      this.#fail()
    })
    return global.stores()
  }

  #requireCreated(what: string): void {
    if (this.#state.value !== 'CREATED')
      throw new IllegalStateException(
        `Can only ${what} before calling start(): the client is ${this.#state.value}.`,
      )
  }
}
