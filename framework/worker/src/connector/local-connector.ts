import { type RawConfig, type SinkConnectorPlugin, systemClock } from '@spillway/api'
import type { Logger } from 'pino'
import { errorConfig } from '../failures/error-config.ts'
import type { ConnectorInfo, ConnectorStateInfo, State, TargetState, TaskInfo, TaskState } from './herder.ts'
import { RestartPolicy, type RestartSettings } from './restart-policy.ts'
import type { TaskEnd } from '../threads/thread-protocol.ts'
import { type TaskId, taskName } from '../task/task-id.ts'
import type { Worker } from './worker.ts'

interface LocalTask {
  readonly id: TaskId
  readonly config: RawConfig
  state: State
  trace: string | null
  notice: string | null
  readonly restarts: RestartPolicy
  /** The restart that waits for its time, and when that is, ms since the epoch. */
  pending: { readonly timer: NodeJS.Timeout; readonly at: number } | null
}

export interface LocalConnectorParts {
  readonly name: string
  readonly config: RawConfig
  readonly plugin: SinkConnectorPlugin
  readonly targetState: TargetState
  readonly worker: Worker
  readonly workerId: string
  readonly stopTimeoutMs: number
  readonly logger: Logger
  /** A failed task is to be restarted now; the herder does it in its turn by {@link LocalConnector.restartIfFailed}. */
  readonly onRestartDue: (task: number) => void
  /** A task died with its thread and stays dead: others should have its partitions. */
  readonly onDead: (task: number) => void
}

/**
 * A connector and its tasks on this worker, with the states REST shows. Its methods are called one at a time (the
 * herder sees to it); only task events come between.
 */
export class LocalConnector {
  readonly name: string
  readonly topics = new Set<string>()
  config: RawConfig
  targetState: TargetState
  readonly #worker: Worker
  readonly #workerId: string
  readonly #stopTimeoutMs: number
  readonly #logger: Logger
  readonly #onRestartDue: (task: number) => void
  readonly #onDead: (task: number) => void
  #plugin: SinkConnectorPlugin
  #state: State = 'UNASSIGNED'
  #trace: string | null = null
  #tasks: LocalTask[] = []

  constructor(parts: LocalConnectorParts) {
    this.name = parts.name
    this.config = { ...parts.config, name: parts.name }
    this.targetState = parts.targetState
    this.#plugin = parts.plugin
    this.#worker = parts.worker
    this.#workerId = parts.workerId
    this.#stopTimeoutMs = parts.stopTimeoutMs
    this.#logger = parts.logger
    this.#onRestartDue = parts.onRestartDue
    this.#onDead = parts.onDead
  }

  info(): ConnectorInfo {
    return { name: this.name, config: this.config, tasks: this.#tasks.map((task) => task.id), type: 'sink' }
  }

  status(): ConnectorStateInfo {
    return {
      name: this.name,
      connector: {
        state: this.#state,
        worker_id: this.#workerId,
        ...(this.#trace !== null && { trace: this.#trace }),
        version: this.#plugin.version,
      },
      tasks: this.#tasks.map((task) => this.#taskState(task)),
      type: 'sink',
    }
  }

  taskInfos(): TaskInfo[] {
    return this.#tasks.map(({ id, config }) => ({ id, config }))
  }

  hasTask(task: number): boolean {
    return task < this.#tasks.length
  }

  /**
   * Starts what the target state asks for; a failure becomes the state FAILED, never a throw. One that begins its life
   * paused has no tasks until it is resumed (KIP-980).
   */
  async start(): Promise<void> {
    if (this.targetState !== 'STARTED') {
      this.#state = this.targetState
      return
    }
    await this.#startAll()
  }

  async #startAll(): Promise<void> {
    if (this.targetState === 'STOPPED') {
      this.#state = 'STOPPED'
      return
    }
    await this.#startInstance()
    if (this.#state === 'FAILED') return
    if (this.targetState === 'PAUSED') await this.#pauseInstance()
    await this.#startTasks(await this.#plannedTasks())
  }

  async stop(): Promise<void> {
    await this.#stopTasks(this.#tasks)
    this.#tasks = []
    await this.#worker.stopConnector(this.name)
    this.#state = 'UNASSIGNED'
  }

  /** Takes a new configuration. The same configuration again changes nothing and restarts nothing. */
  async reconfigure(config: RawConfig, plugin: SinkConnectorPlugin): Promise<void> {
    const next = { ...config, name: this.name }
    if (sameConfig(this.config, next) && this.#state !== 'FAILED') return
    await this.stop()
    this.config = next
    this.#plugin = plugin
    this.#trace = null
    await this.#startAll()
  }

  async setTargetState(target: TargetState): Promise<void> {
    const before = this.targetState
    this.targetState = target
    if (target === 'STOPPED') {
      await this.stop()
      this.#state = 'STOPPED'
      this.#trace = null
      return
    }
    if (before === 'STOPPED') {
      if (target === 'PAUSED') {
        // As Connect does: a stopped connector that is paused shows PAUSED, with no tasks until it is resumed.
        this.#state = 'PAUSED'
        return
      }
      await this.start()
      return
    }
    if (this.#state === 'FAILED' || before === target) return
    if (target === 'PAUSED') {
      await this.#pauseInstance()
    } else {
      await this.#startInstance()
      if (this.#tasks.length === 0 && this.#isRunning()) await this.#startTasks(await this.#plannedTasks())
    }
    for (const task of this.#tasks) this.#worker.setTaskPaused(task.id, target === 'PAUSED')
  }

  /** Restarts the connector and tasks that qualify; the answer shows them RESTARTING. */
  async restart(options: { includeTasks: boolean; onlyFailed: boolean }): Promise<ConnectorStateInfo> {
    const qualifies = (state: State): boolean => !options.onlyFailed || state === 'FAILED'
    const answersConnector = qualifies(this.#state)
    const withConnector = answersConnector && this.targetState !== 'STOPPED'
    const tasks = options.includeTasks ? this.#tasks.filter((task) => qualifies(task.state)) : []
    const plan = this.status()
    const answer: ConnectorStateInfo = {
      ...plan,
      connector: answersConnector ? restarting(plan.connector) : plan.connector,
      tasks: plan.tasks.map((t) => (tasks.some((task) => task.id.task === t.id) ? restarting(t) : t)),
    }
    if (withConnector) {
      await this.#worker.stopConnector(this.name)
      await this.#startInstance()
      if (this.#isRunning() && this.targetState === 'PAUSED') await this.#pauseInstance()
      if (this.#state !== 'FAILED' && this.#tasks.length === 0) {
        await this.#startTasks(await this.#plannedTasks())
        return answer
      }
    }
    await this.restartTasks(tasks.map((task) => task.id.task))
    return answer
  }

  /** Restarts a task unless somebody has done so, or stopped it, meanwhile. */
  async restartIfFailed(id: number): Promise<void> {
    if (this.#tasks[id]?.state === 'FAILED') await this.restartTasks([id])
  }

  async restartTasks(ids: readonly number[]): Promise<void> {
    const tasks = this.#tasks.filter((task) => ids.includes(task.id.task))
    await this.#stopTasks(tasks)
    for (const task of tasks) await this.#startTask(task)
  }

  #isRunning(): boolean {
    return this.#state === 'RUNNING'
  }

  async #startInstance(): Promise<void> {
    this.#trace = null
    try {
      await this.#worker.startConnector(this.name, this.config, {
        onFailure: (trace) => this.#fail(trace),
        onTaskReconfiguration: () =>
          this.#logger.info({ connector: this.name }, 'The connector asks for new task configurations'),
      })
      this.#state = 'RUNNING'
    } catch (error) {
      this.#logger.error({ err: error, connector: this.name }, 'The connector failed to start')
      this.#fail(this.#worker.traceOf(error))
    }
  }

  async #pauseInstance(): Promise<void> {
    await this.#worker.stopConnector(this.name)
    this.#state = 'PAUSED'
  }

  #fail(trace: string): void {
    this.#state = 'FAILED'
    this.#trace = trace
  }

  /** The tasks the connector wants now; none, and FAILED, where it cannot say. */
  async #plannedTasks(): Promise<RawConfig[]> {
    const mustRun = !this.#worker.isConnectorRunning(this.name)
    try {
      // A paused connector's instance is stopped; it runs for a moment to plan its tasks.
      if (mustRun) {
        await this.#worker.startConnector(this.name, this.config, {
          onFailure: (trace) => this.#fail(trace),
          onTaskReconfiguration: () => undefined,
        })
      }
      return await this.#worker.connectorTaskConfigs(this.name)
    } catch (error) {
      this.#logger.error({ err: error, connector: this.name }, 'The connector could not plan its tasks')
      this.#fail(this.#worker.traceOf(error))
      return []
    } finally {
      if (mustRun) await this.#worker.stopConnector(this.name)
    }
  }

  async #startTasks(configs: readonly RawConfig[]): Promise<void> {
    this.#tasks = configs.map((config, task) => ({
      id: { connector: this.name, task },
      config: { ...this.config, ...config, name: this.name },
      state: 'UNASSIGNED',
      trace: null,
      notice: null,
      restarts: new RestartPolicy(restartSettings(this.config), systemClock),
      pending: null,
    }))
    for (const task of this.#tasks) await this.#startTask(task)
  }

  async #startTask(task: LocalTask): Promise<void> {
    task.state = 'UNASSIGNED'
    task.trace = null
    task.notice = null
    await this.#worker.startTask(task.id, task.config, this.targetState === 'PAUSED', {
      onState: (state) => {
        task.state = state
      },
      onNotice: (text) => {
        task.notice = text
      },
      onTopic: (topic) => this.topics.add(topic),
      onEnd: (end) => this.#onTaskEnd(task, end),
    })
  }

  #onTaskEnd(task: LocalTask, end: TaskEnd): void {
    task.notice = null
    task.state = end.trace === null ? 'UNASSIGNED' : 'FAILED'
    task.trace = end.trace
    if (end.trace === null) return
    const delay = end.isBystander ? 0 : end.retriable ? task.restarts.failed() : undefined
    if (delay === undefined) {
      if (end.threadDied) this.#onDead(task.id.task)
      return
    }
    const timer = setTimeout(() => {
      task.pending = null
      this.#onRestartDue(task.id.task)
    }, delay)
    task.pending = { timer, at: Date.now() + delay }
  }

  async #stopTasks(tasks: readonly LocalTask[]): Promise<void> {
    for (const task of tasks) {
      clearTimeout(task.pending?.timer)
      task.pending = null
    }
    await this.#worker.stopTasks(
      tasks.map((task) => task.id),
      this.#stopTimeoutMs,
    )
    this.#logger.debug({ connector: this.name }, `Stopped ${tasks.map((t) => taskName(t.id)).join(', ')}`)
  }

  #taskState(task: LocalTask): TaskState {
    return {
      id: task.id.task,
      state: task.state,
      worker_id: this.#workerId,
      ...(task.trace !== null && { trace: task.trace }),
      version: this.#plugin.version,
      ...(task.notice !== null && { notice: task.notice }),
      ...(task.restarts.restarts > 0 && { restarts: task.restarts.restarts }),
      ...(task.pending !== null && { next_restart: new Date(task.pending.at).toISOString() }),
    }
  }
}

function restartSettings(config: RawConfig): RestartSettings {
  const parsed = errorConfig.parse(config)
  return {
    max: parsed['errors.restart.max'],
    delayMs: parsed['errors.restart.delay.ms'],
    delayMaxMs: parsed['errors.restart.delay.max.ms'],
  }
}

/** As it is shown until it has been started again; a trace stays until then. */
function restarting<T extends { state: State }>(of: T): T {
  return { ...of, state: 'RESTARTING' }
}

function sameConfig(a: RawConfig, b: RawConfig): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}
