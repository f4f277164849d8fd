import { isCausedByRetriable, type RawConfig } from '@spillway/api'
import { errorConfig } from '../failures/error-config.ts'
import type { State } from '../connector/herder.ts'
import type { TaskEnd, TaskEvent } from '../task/task-event.ts'
import { type TaskId, taskName } from '../task/task-id.ts'
import { sameConfig } from './cluster-config-state.ts'
import { RestartPolicy } from './restart-policy.ts'
import type { StatusRecord } from './status-store.ts'
import type { EndReason, UnitParts } from './unit-parts.ts'

/**
 * A task of this worker, with the state REST shows. Its methods are called one at a time; only events of the running task
 * come between.
 */
export class TaskUnit {
  readonly id: TaskId
  readonly #parts: UnitParts
  /** Restarts the task in its turn; the owner of this object serializes. */
  readonly #onRestartDue: () => void
  #config: RawConfig | undefined
  #isPaused = false
  #version: string | undefined
  #state: State = 'UNASSIGNED'
  #notice: string | null = null
  #restarts: RestartPolicy | undefined
  #isAbandoned = false
  #pending: { readonly abort: AbortController; readonly at: number } | undefined
  /** True where the last run may have left its membership behind. */
  #hasDied = false
  /** Counts runs: events of an earlier one are not about this one. */
  #run = 0

  constructor(id: TaskId, parts: UnitParts, onRestartDue: () => void) {
    this.id = id
    this.#parts = parts
    this.#onRestartDue = onRestartDue
  }

  get hasFailed(): boolean {
    return this.#state === 'FAILED'
  }

  /** Runs with this configuration from now on; nothing happens where it does already. */
  async run(config: RawConfig, isPaused: boolean): Promise<void> {
    const changesPause = this.#isPaused !== isPaused
    this.#isPaused = isPaused
    if (this.#config !== undefined && sameConfig(this.#config, config)) {
      if (changesPause) this.#parts.worker.setTaskPaused(this.id, isPaused)
      return
    }
    if (this.#config !== undefined) {
      await this.#stop()
      this.#set('UNASSIGNED')
    }
    this.#config = config
    this.#version = undefined
    this.#restarts = await this.#restartPolicy(config)
    await this.#start()
  }

  /** Commits, stops, and starts again with the same configuration. */
  async restart(): Promise<void> {
    if (this.#config === undefined) return
    await this.#stop()
    this.#set('RESTARTING')
    await this.#start()
  }

  /** Restarts unless somebody has done so meanwhile. */
  async restartIfFailed(): Promise<void> {
    if (this.hasFailed) await this.restart()
  }

  /** Commits and stops. */
  async end(reason: EndReason): Promise<void> {
    if (this.#config === undefined) return
    await this.#stop()
    this.#config = undefined
    if (reason === 'removed') await this.#parts.statuses.removeTask(this.id, this.#parts.workerId())
    else await this.#parts.statuses.putTaskSafe(this.id, this.#record('UNASSIGNED', null))
  }

  /** Forgets the run; the worker has cancelled it. */
  abandon(): void {
    this.#isAbandoned = true
    this.#run++
    this.#clearPending()
    this.#config = undefined
    this.#state = 'UNASSIGNED'
  }

  async #start(): Promise<void> {
    if (this.#isAbandoned) return
    const { worker, tasksMove } = this.#parts
    const config = this.#config ?? {}
    const run = ++this.#run
    this.#notice = null
    this.#version ??= (await worker.pluginFor(config).catch(() => undefined))?.version
    // Where the worker that had it is dead or frozen, its consumer would keep the partitions until its session ends.
    if (tasksMove || this.#hasDied) await this.#endMembership(config)
    this.#hasDied = false
    if (run !== this.#run) return
    try {
      await worker.startTask(this.id, config, this.#isPaused, (event) => {
        if (event.type === 'ended' && event.end.threadDied) this.#hasDied = true
        if (run === this.#run) this.#take(event)
      })
    } catch (error) {
      const trace = worker.traceOf(error)
      if (run === this.#run)
        this.#onEnd({ trace, retriable: isCausedByRetriable(error), threadDied: false, isBystander: false })
    }
    // Abandoned while it was being started.
    if (run !== this.#run) await worker.cancelTasks([this.id], this.#parts.stopTimeoutMs)
  }

  #take(event: TaskEvent): void {
    switch (event.type) {
      case 'state':
        this.#set(event.state)
        break
      case 'notice':
        if (this.#notice === event.text) return
        this.#notice = event.text
        if (this.#state === 'RUNNING' || this.#state === 'PAUSED') this.#set(this.#state)
        break
      case 'topic':
        void this.#parts.statuses.addTopic(event.topic, this.id)
        break
      case 'ended':
        this.#onEnd(event.end)
        break
    }
  }

  async #stop(): Promise<void> {
    this.#clearPending()
    // As in Connect, what goes wrong from here on is for the log alone.
    this.#run++
    await this.#parts.worker.stopTasks([this.id], this.#parts.stopTimeoutMs)
    this.#state = 'UNASSIGNED'
    this.#parts.logger.debug({ connector: this.id.connector }, `Stopped ${taskName(this.id)}`)
  }

  #onEnd(end: TaskEnd): void {
    this.#notice = null
    if (end.trace === null) {
      this.#state = 'UNASSIGNED'
      return
    }
    const delay = end.isBystander ? 0 : end.retriable ? this.#restarts?.failed() : undefined
    if (delay !== undefined) this.#restartLater(delay)
    // It stays dead: others are to have its partitions.
    else if (end.threadDied) void this.#endMembership(this.#config ?? {})
    this.#state = 'FAILED'
    void this.#parts.statuses.putTaskSafe(this.id, this.#record('FAILED', end.trace))
  }

  #restartLater(ms: number): void {
    const { clock } = this.#parts
    const abort = new AbortController()
    this.#pending = { abort, at: clock.now() + ms }
    void clock.sleep(ms, abort.signal).then(
      () => {
        this.#pending = undefined
        this.#onRestartDue()
      },
      () => undefined,
    )
  }

  #clearPending(): void {
    this.#pending?.abort.abort()
    this.#pending = undefined
  }

  async #endMembership(config: RawConfig): Promise<void> {
    try {
      await this.#parts.services.endMembership(this.id, config)
    } catch (error) {
      this.#parts.logger.warn(
        { err: error, connector: this.id.connector, task: this.id.task },
        'Ending an old membership of the task failed: its partitions may wait for the session time-out',
      )
    }
  }

  /** By what the configuration's placeholders stand for; where they stand for nothing the start of the task tells so. */
  async #restartPolicy(config: RawConfig): Promise<RestartPolicy> {
    const settings = await this.#parts.services
      .resolve(config)
      .then((resolved) => errorConfig.parse(resolved))
      .catch(() => errorConfig.parse({}))
    return new RestartPolicy(
      {
        max: settings['errors.restart.max'],
        delayMs: settings['errors.restart.delay.ms'],
        delayMaxMs: settings['errors.restart.delay.max.ms'],
      },
      this.#parts.clock,
    )
  }

  #set(state: State): void {
    this.#state = state
    void this.#parts.statuses.putTask(this.id, this.#record(state, null))
  }

  #record(state: State, trace: string | null): StatusRecord {
    const restarts = this.#restarts?.restarts ?? 0
    return {
      state,
      trace,
      worker_id: this.#parts.workerId(),
      generation: this.#parts.generation(),
      ...(this.#version !== undefined && { version: this.#version }),
      ...(this.#notice !== null && { notice: this.#notice }),
      ...(restarts > 0 && { restarts }),
      ...(this.#pending !== undefined && { next_restart: new Date(this.#pending.at).toISOString() }),
    }
  }
}
