import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Admin, type Clock, type KafkaClient, systemClock } from '@spillway/api'
import {
  IllegalArgumentException,
  IllegalStateException,
  StreamsException,
  messageOf,
} from '../core/errors.ts'
import { exceptionHandlers } from '../config/exception-handlers.ts'
import { LogAndContinueExceptionHandler } from '../config/exception-handlers.ts'
import { checkConfig, numberSetting, type StreamsConfig } from '../config/streams-config.ts'
import { MetricsRegistry, type Metric } from '../context/metrics.ts'
import type { TaskServices } from '../context/task-context.ts'
import type { StateEngines } from '../runtime/task-stores.ts'
import { MemoryStoreEngine, SqliteStoreEngine, StateMemory } from '../state/index.ts'
import type { StateStore } from '../stores/key-value-store.ts'
import type { Topology } from '../topology/topology.ts'
import type { RestoreProgress, StateRestoreListener } from './changelog-reader.ts'
import { ClientSettings } from './client-settings.ts'
import { ClientState, type KafkaStreamsState, type StateListener } from './client-state.ts'
import { GlobalState } from './global-state.ts'
import { InternalTopics } from './internal-topics.ts'
import { StateDirectory } from './state-directory.ts'
import { StreamThread, type ThreadParts, type ThreadState } from './stream-thread.ts'
import { prefixed, type StreamsLogger } from './streams-logger.ts'
import { TaskPlans } from './task-plans.ts'
import { threadSettings, type ThreadSettings } from './thread-settings.ts'
import { KnownTopics } from './topic-widths.ts'
import { TopologyTopics } from './topology-topics.ts'

/** What to do when a thread has died of an error (Java: `StreamThreadExceptionResponse`). */
export type StreamThreadExceptionResponse = 'REPLACE_THREAD' | 'SHUTDOWN_CLIENT'

/** Decides over errors that nobody caught (Java: `StreamsUncaughtExceptionHandler`). */
export type StreamsUncaughtExceptionHandler = (error: unknown) => StreamThreadExceptionResponse

/** What a program may put in the place of what {@link KafkaStreams} makes itself. */
export interface KafkaStreamsOptions {
  /** Left out: made from the configuration (`bootstrap.servers` and all that belongs to it). */
  readonly client?: KafkaClient
  /** Left out: `console`. */
  readonly logger?: StreamsLogger
  readonly clock?: Clock
}

/** A thread and its tasks at a moment. */
export interface ThreadMetadata {
  readonly threadName: string
  readonly threadState: ThreadState
  readonly activeTasks: readonly string[]
}

/** How to end. */
export interface CloseOptions {
  /** After so many ms it gives up waiting; by default it waits until all is closed. */
  readonly timeoutMs?: number
}

const stateMemoryKey = 'state.memory.max.bytes'

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
export class KafkaStreams {
  readonly #config: StreamsConfig
  readonly #topology: Topology
  readonly #clients: ClientSettings
  readonly #settings: ThreadSettings
  readonly #options: KafkaStreamsOptions
  readonly #clock: Clock
  readonly #logger: StreamsLogger
  readonly #metrics = new MetricsRegistry()
  readonly #state = new ClientState()
  readonly #directory: StateDirectory
  readonly #threads: { readonly thread: StreamThread; ended: Promise<void> }[] = []
  readonly #stop = new AbortController()
  #handler: StreamsUncaughtExceptionHandler = () => 'SHUTDOWN_CLIENT'
  #restoreListener: StateRestoreListener = {}
  #parts: ThreadParts | undefined
  #admin: Admin | undefined
  #engines: StateEngines | undefined
  #global: GlobalState | undefined
  #globalEnded: Promise<void> = Promise.resolve()
  #nextThread = 1
  #isPaused = false
  #closing: Promise<void> | undefined

  /**
   * @throws IllegalArgumentException for a setting that cannot be, naming its key
   * @throws ConfigError for one of the Kafka clients
   */
  constructor(topology: Topology, config: StreamsConfig, options: KafkaStreamsOptions = {}) {
    checkConfig(config)
    const applicationId = config['application.id']
    if (applicationId === undefined)
      throw new IllegalArgumentException(
        'Configuration application.id is needed: the name of the application',
      )
    this.#topology = topology
    this.#config = config
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#logger = prefixed(options.logger ?? console, `streams ${applicationId}: `)
    this.#clients = new ClientSettings(applicationId, config)
    if (options.client === undefined) this.#clients.cluster()
    this.#settings = threadSettings(config, this.#clients)
    this.#directory = new StateDirectory(
      config['state.dir'] ?? join(tmpdir(), 'kafka-streams'),
      applicationId,
    )
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
      for (let i = 0; i < this.#settings.threads && !this.#stop.signal.aborted; i++) this.#startThread(parts)
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
    const isAlive = this.#state.value === 'RUNNING' || this.#state.value === 'REBALANCING'
    if (!isAlive || this.#parts === undefined) return null
    return this.#startThread(this.#parts).name
  }

  /** Stops a thread, the newest first; its name, or null when there is none. Its tasks go to the others. */
  async removeStreamThread(): Promise<string | null> {
    const last = this.#threads.at(-1)
    if (last === undefined) return null
    last.thread.shutdown()
    await last.ended
    return last.thread.name
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

  metrics(): readonly Metric[] {
    return this.#metrics.all()
  }

  metadataForLocalThreads(): readonly ThreadMetadata[] {
    return this.#threads.map(({ thread }) => ({
      threadName: thread.name,
      threadState: thread.state,
      activeTasks: (thread.tasks?.tasks ?? []).map(({ id }) => id),
    }))
  }

  /** How far the restores have come that run at present. */
  restoreProgress(): readonly RestoreProgress[] {
    return this.#threads.flatMap(({ thread }) => thread.restoreProgress())
  }

  /** The stores of that name in the tasks that run here, by task; global stores have one, under `global`. */
  localStores(name: string): ReadonlyMap<string, StateStore> {
    const global = this.#global?.stores().get(name)
    if (global !== undefined) return new Map([['global', global]])
    return new Map(
      this.#threads
        .flatMap(({ thread }) => thread.tasks?.tasks ?? [])
        .filter(({ state }) => state === 'RUNNING')
        .flatMap(({ id, task }) => {
          const store = task.context.stores.get(name)
          return store === undefined ? [] : [[id, store] as const]
        }),
    )
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
   * @returns false when it was not done in time
   */
  async close({ timeoutMs }: CloseOptions = {}): Promise<boolean> {
    this.#closing ??= this.#shutDown('PENDING_SHUTDOWN', 'NOT_RUNNING')
    if (timeoutMs === undefined) {
      await this.#closing
      return true
    }
    const timer = new AbortController()
    const late = this.#clock.sleep(timeoutMs, timer.signal).then(
      () => false,
      () => true,
    )
    const inTime = await Promise.race([this.#closing.then(() => true), late])
    timer.abort()
    return inTime
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #shutDown(
    pending: 'PENDING_SHUTDOWN' | 'PENDING_ERROR',
    last: 'NOT_RUNNING' | 'ERROR',
  ): Promise<void> {
    const isCreated = this.#state.value === 'CREATED'
    if (!this.#state.to(pending)) {
      await this.ended()
      return
    }
    this.#stop.abort()
    for (const { thread } of this.#threads) thread.shutdown()
    this.#global?.wakeup()
    await Promise.allSettled([...this.#threads.map(({ ended }) => ended), this.#globalEnded])
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

  #startThread(parts: ThreadParts): StreamThread {
    const thread = new StreamThread(`StreamThread-${this.#nextThread++}`, parts)
    const entry = { thread, ended: Promise.resolve() }
    this.#threads.push(entry)
    entry.ended = this.#run(thread, parts)
    return thread
  }

  async #run(thread: StreamThread, parts: ThreadParts): Promise<void> {
    try {
      await thread.run()
      this.#forget(thread)
    } catch (error) {
      this.#forget(thread)
      this.#died(thread, error, parts)
    }
    this.#follow()
  }

  #died(thread: StreamThread, error: unknown, parts: ThreadParts): void {
    this.#logger.error(`${thread.name} died: ${describe(error)}`)
    if (this.#stop.signal.aborted) return
    if (this.#handler(error) === 'REPLACE_THREAD') {
      this.#logger.info(`${thread.name} is replaced`)
      this.#startThread(parts)
      return
    }
    this.#closing ??= this.#shutDown('PENDING_ERROR', 'ERROR')
    this.#closing.catch((failure: unknown) =>
      this.#logger.error(`shutting down failed: ${messageOf(failure)}`),
    )
  }

  #forget(thread: StreamThread): void {
    const index = this.#threads.findIndex((each) => each.thread === thread)
    if (index >= 0) this.#threads.splice(index, 1)
  }

  #follow(): void {
    this.#state.follow(this.#threads.map(({ thread }) => thread.state))
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
    const engines = this.#makeEngines()
    const globalStores = await this.#startGlobal(client, topics, known, engines)
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
      restoreListener: this.#restoreListener,
      logger: this.#logger,
      clock: this.#clock,
      processId: this.#directory.processId(),
      fingerprint: topics.fingerprint(),
      isPaused: () => this.#isPaused,
      stateChanged: () => this.#follow(),
    }
  }

  #makeEngines(): StateEngines {
    const limit = numberSetting(this.#config, stateMemoryKey, 0)
    const memory = new StateMemory(limit > 0 ? limit : undefined)
    const stateDir = join(this.#directory.path, '..')
    const engines = {
      memory: new MemoryStoreEngine({ memory }),
      persistent: new SqliteStoreEngine({ stateDir, memory }),
    }
    this.#engines = engines
    return engines
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
      services: this.#globalServices(),
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
      this.#logger.error(`the global stores cannot be kept up: ${describe(error)}`)
      this.#closing ??= this.#shutDown('PENDING_ERROR', 'ERROR')
      this.#closing.catch((failure: unknown) =>
        this.#logger.error(`shutting down failed: ${messageOf(failure)}`),
      )
    })
    return global.stores()
  }

  #globalServices(): TaskServices {
    return {
      applicationId: this.#clients.applicationId,
      config: this.#config,
      metrics: this.#metrics,
      handlers: { ...exceptionHandlers(this.#config), deserialization: new LogAndContinueExceptionHandler() },
      sink: {
        send: ({ topic }) => {
          throw new StreamsException(`A global processor cannot write to ${topic}`)
        },
        partitionsFor: () => undefined,
        whenKnown: () => undefined,
      },
      canWait: true,
      now: () => this.#clock.now(),
      globalStores: new Map(),
      emitIntervalMs: this.#settings.emitIntervalMs,
    }
  }

  #requireCreated(what: string): void {
    if (this.#state.value !== 'CREATED')
      throw new IllegalStateException(
        `Can only ${what} before calling start(): the client is ${this.#state.value}.`,
      )
  }
}

/** With its causes, since the first message alone says only where. */
function describe(error: unknown): string {
  const texts: string[] = []
  for (let each: unknown = error; each instanceof Error && texts.length < 5; each = each.cause)
    texts.push(`${each.name}: ${each.message}`)
  return texts.length === 0 ? String(error) : texts.join('; caused by ')
}
