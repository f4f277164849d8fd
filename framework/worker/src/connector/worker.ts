import {
  type Clock,
  type ConfigTransformer,
  ConnectError,
  findPlugin,
  isCausedByRetriable,
  type RawConfig,
  type SecretMasker,
  type SinkConnector,
  type SinkConnectorPlugin,
  SINKS,
  traceOf,
  type TransformedConfig,
} from '@spillway/api'
import type { Logger } from 'pino'
import type { WorkerModules } from '../plugins/worker-modules.ts'
import { commonConfigOf } from '../config/connector-config.ts'
import type { RunningTask, TaskThreadPool } from '../threads/task-thread-pool.ts'
import type { SensitiveConfigs } from './sensitive-config.ts'
import type { TaskEvent } from '../task/task-event.ts'
import { type TaskId, taskName } from '../task/task-id.ts'

/** What is told of a connector instance. */
export interface ConnectorListener {
  /** The connector failed by itself after its start. */
  onFailure(trace: string): void
  onTaskReconfiguration(): void
}

interface StartedConnector {
  readonly plugin: SinkConnectorPlugin
  readonly instance: SinkConnector
  /** Resolved. */
  readonly config: RawConfig
}

interface StartedTask {
  readonly running: RunningTask
  readonly ended: Promise<void>
}

/** Runs connectors and tasks on this machine; which, decides a herder (Java: `Worker`). */
export class Worker {
  readonly #modules: WorkerModules
  readonly #sensitive: SensitiveConfigs
  readonly #pool: TaskThreadPool
  readonly #transformer: ConfigTransformer
  readonly #masker: SecretMasker
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #connectors = new Map<string, StartedConnector>()
  /** What is secret in a connector's configuration; its tasks' configurations may hold it under other keys. */
  readonly #secrets = new Map<string, ReadonlySet<string>>()
  readonly #tasks = new Map<string, StartedTask>()

  constructor(parts: {
    modules: WorkerModules
    sensitive: SensitiveConfigs
    pool: TaskThreadPool
    transformer: ConfigTransformer
    masker: SecretMasker
    clock: Clock
    logger: Logger
  }) {
    this.#modules = parts.modules
    this.#sensitive = parts.sensitive
    this.#pool = parts.pool
    this.#transformer = parts.transformer
    this.#masker = parts.masker
    this.#clock = parts.clock
    this.#logger = parts.logger
  }

  /** A trace with every resolved secret hidden. */
  traceOf(error: unknown): string {
    return this.#masker.mask(traceOf(error))
  }

  /** Starts the connector instance. @throws what the connector or its configuration says. */
  async startConnector(name: string, raw: RawConfig, listener: ConnectorListener): Promise<void> {
    const { config, secrets } = await this.#resolve(raw)
    this.#masker.set(name, secrets)
    this.#secrets.set(name, secrets)
    const plugin = await this.pluginFor(config)
    const instance = plugin.create()
    await instance.start(config, {
      connectorName: name,
      modules: this.#modules,
      requestTaskReconfiguration: () => listener.onTaskReconfiguration(),
      raiseError: (error) => listener.onFailure(this.traceOf(error)),
    })
    this.#connectors.set(name, { plugin, instance, config })
  }

  /** With all that is secret in it, wherever it comes from. */
  async #resolve(raw: RawConfig): Promise<TransformedConfig> {
    const resolved = await this.#transformer.transform(raw)
    const sensitive = await this.#sensitive.ofConnector(resolved.config)
    return {
      ...resolved,
      secrets: new Set([...resolved.secrets, ...sensitive.secretsOf(resolved.config)]),
    }
  }

  /** Stops the connector instance; its own failure to stop is logged. */
  async stopConnector(name: string): Promise<void> {
    const started = this.#connectors.get(name)
    if (started === undefined) return
    this.#connectors.delete(name)
    try {
      await started.instance.stop()
    } catch (error) {
      this.#logger.warn({ err: error, connector: name }, 'The connector failed to stop')
    }
  }

  /** The configurations of the tasks the connector wants; @throws {ConnectError} for more than tasks.max. */
  async connectorTaskConfigs(name: string): Promise<RawConfig[]> {
    const started = this.#connectors.get(name)
    if (started === undefined) throw new ConnectError(`Connector ${name} is not running`)
    const settings = commonConfigOf(started.plugin).parse(started.config)
    const max = settings['tasks.max'] as number
    const configs = await started.instance.taskConfigs(max)
    if (configs.length > max && settings['tasks.max.enforce']) {
      throw new ConnectError(
        `The connector ${name} has generated ${configs.length} tasks, which is greater than ${max}, the maximum ` +
          'number of tasks it is configured to create. This behaviour should be considered a bug and is disallowed. ' +
          "If necessary, it can be permitted by reconfiguring the connector with 'tasks.max.enforce' set to false; " +
          'however, this option will be removed in a future release of Kafka Connect.',
      )
    }
    return configs.map((config) => ({ ...config, 'task.class': taskClassOf(started.plugin.className) }))
  }

  /** The plugin a (resolved) connector configuration names. @throws {ConfigError} */
  async pluginFor(config: RawConfig): Promise<SinkConnectorPlugin> {
    const name = config['connector.class'] ?? ''
    return await findPlugin(this.#modules, SINKS, name, 'connector.class')
  }

  /** Starts a task in a thread. What goes wrong is told as its end. */
  async startTask(
    id: TaskId,
    raw: RawConfig,
    paused: boolean,
    tell: (event: TaskEvent) => void,
  ): Promise<void> {
    const key = taskName(id)
    if (this.#tasks.has(key)) throw new ConnectError(`Task ${key} is already running`)
    let resolved: TransformedConfig
    try {
      resolved = await this.#resolve(raw)
      this.#masker.add(id.connector, resolved.secrets)
    } catch (error) {
      const trace = this.traceOf(error)
      const end = { trace, retriable: isCausedByRetriable(error), threadDied: false, isBystander: false }
      tell({ type: 'ended', end })
      return
    }
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    const { config } = resolved
    const running = this.#pool.start(
      {
        id,
        config,
        secrets: [...resolved.secrets, ...(this.#secrets.get(id.connector) ?? [])],
        trusted: this.#modules.rulesFor(config).trusted,
        paused,
      },
      (event) => {
        if (event.type === 'ended') {
          // A run that was cancelled may end when the next one is there already.
          if (this.#tasks.get(key)?.ended === ended) this.#tasks.delete(key)
          resolve()
        }
        tell(masked(event, this.#masker))
      },
    )
    this.#tasks.set(key, { running, ended })
  }

  setTaskPaused(id: TaskId, paused: boolean): void {
    const task = this.#tasks.get(taskName(id))
    if (paused) task?.running.pause()
    else task?.running.resume()
  }

  /**
   * Stops tasks together and waits; those that take longer than `timeoutMs` are cancelled: they lose what they have
   * not committed, and it is read again.
   */
  async stopTasks(ids: readonly TaskId[], timeoutMs: number): Promise<void> {
    const tasks = ids.flatMap((id) => {
      const task = this.#tasks.get(taskName(id))
      return task === undefined ? [] : [{ id, task }]
    })
    for (const { task } of tasks) task.running.stop()
    const all = Promise.all(tasks.map(({ task }) => task.ended))
    if (await this.#within(all, timeoutMs)) return
    for (const { id, task } of tasks) {
      if (!this.#tasks.has(taskName(id))) continue
      this.#logger.error(
        { connector: id.connector, task: id.task },
        `Graceful stop of task ${taskName(id)} failed.`,
      )
      task.running.cancel()
    }
    await this.#within(all, timeoutMs)
    for (const { id } of tasks) this.#tasks.delete(taskName(id))
  }

  /** Ends tasks that may run elsewhere already: without a commit. Waits for at most `timeoutMs`. */
  async cancelTasks(ids: readonly TaskId[], timeoutMs: number): Promise<void> {
    const tasks = ids.flatMap((id) => this.#tasks.get(taskName(id)) ?? [])
    for (const task of tasks) task.running.cancel()
    await this.#within(Promise.all(tasks.map((task) => task.ended)), timeoutMs)
    for (const id of ids) this.#tasks.delete(taskName(id))
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#connectors.keys()].map((name) => this.stopConnector(name)))
    await this.#pool.close()
  }

  /** True where the promise settles in that time. */
  async #within(promise: Promise<unknown>, ms: number): Promise<boolean> {
    const settled = new AbortController()
    const late = this.#clock.sleep(ms, settled.signal).then(
      () => false,
      () => true,
    )
    try {
      return await Promise.race([promise.then(() => true), late])
    } finally {
      settled.abort()
    }
  }
}

function masked(event: TaskEvent, masker: SecretMasker): TaskEvent {
  if (event.type === 'notice' && event.text !== null) return { ...event, text: masker.mask(event.text) }
  if (event.type !== 'ended' || event.end.trace === null) return event
  return { ...event, end: { ...event.end, trace: masker.mask(event.end.trace) } }
}

/** As Java names the class of a connector's tasks: `XTask` for `XConnector`. */
function taskClassOf(connectorClass: string): string {
  return `${connectorClass.replace(/Connector$/, '')}Task`
}
