import { type RawConfig, systemClock } from '@spillway/api'
import type { Logger } from 'pino'
import { errorConfig } from '../failures/error-config.ts'
import type { ConnectorServices } from '../connector/connector-services.ts'
import type { State } from '../connector/herder.ts'
import { RestartPolicy } from '../connector/restart-policy.ts'
import type { TaskEnd } from '../threads/thread-protocol.ts'
import { type TaskId, taskName } from '../task/task-id.ts'
import type { Worker } from '../connector/worker.ts'
import { sameConfig } from './cluster-config-state.ts'
import type { StatusRecord, StatusStore } from './status-store.ts'

/** What owned connectors and tasks work with. */
export interface OwnedParts {
  readonly worker: Worker
  readonly services: ConnectorServices
  readonly statuses: StatusStore
  readonly workerId: string
  /** Generation of the workers' group at present. */
  readonly generation: () => number
  readonly stopTimeoutMs: number
  readonly logger: Logger
}

/** Why work ends: that decides what is told of it. */
export type EndReason = 'moved' | 'removed' | 'restarting'

/**
 * A task that this worker was given. Its methods are called one at a time; only events of the running task come between.
 */
export class OwnedTask {
  readonly id: TaskId
  readonly #parts: OwnedParts
  /** Restarts the task in its turn; the owner of this object serializes. */
  readonly #onRestartDue: () => void
  #config: RawConfig | undefined
  #isPaused = false
  #version: string | undefined
  #state: State = 'UNASSIGNED'
  #notice: string | null = null
  #restarts: RestartPolicy | undefined
  #pending: { readonly timer: NodeJS.Timeout; readonly at: number } | undefined
  /** Counts runs: events of an earlier one are not about this one. */
  #run = 0

  constructor(id: TaskId, parts: OwnedParts, onRestartDue: () => void) {
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
    if (this.#config !== undefined) await this.#stop()
    this.#config = config
    this.#restarts = restartPolicy(config)
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
    if (reason === 'removed') await this.#parts.statuses.removeTask(this.id, this.#parts.workerId)
    else await this.#parts.statuses.putTaskSafe(this.id, this.#record('UNASSIGNED', null))
  }

  /** Forgets the run; the worker has cancelled it. */
  abandon(): void {
    this.#run++
    this.#clearPending()
    this.#config = undefined
    this.#state = 'UNASSIGNED'
  }

  async #start(): Promise<void> {
    const { worker, services, logger } = this.#parts
    const config = this.#config ?? {}
    const run = ++this.#run
    this.#notice = null
    this.#version ??= (await worker.pluginFor(config).catch(() => undefined))?.version
    try {
      // Where the worker that had it is dead or frozen, its consumer would keep the partitions until its session ends.
      await services.endMembership(this.id, config)
    } catch (error) {
      logger.warn(
        { err: error, connector: this.id.connector, task: this.id.task },
        'Ending an old membership failed',
      )
    }
    if (run !== this.#run) return
    await worker.startTask(this.id, config, this.#isPaused, {
      onState: (state) => {
        if (run === this.#run) this.#set(state)
      },
      onNotice: (text) => {
        if (run !== this.#run || this.#notice === text) return
        this.#notice = text
        if (this.#state === 'RUNNING' || this.#state === 'PAUSED') this.#set(this.#state)
      },
      onTopic: (topic) => {
        if (run === this.#run) void this.#parts.statuses.addTopic(topic, this.id)
      },
      onEnd: (end) => {
        if (run === this.#run) this.#onEnd(end)
      },
    })
    // Abandoned while it was being started.
    if (run !== this.#run) await worker.cancelTasks([this.id], this.#parts.stopTimeoutMs)
  }

  async #stop(): Promise<void> {
    this.#clearPending()
    await this.#parts.worker.stopTasks([this.id], this.#parts.stopTimeoutMs)
    this.#run++
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
    if (delay !== undefined) {
      const timer = setTimeout(() => {
        this.#pending = undefined
        this.#onRestartDue()
      }, delay)
      this.#pending = { timer, at: Date.now() + delay }
    } else if (end.threadDied) {
      void this.#freePartitions()
    }
    this.#state = 'FAILED'
    void this.#parts.statuses.putTaskSafe(this.id, this.#record('FAILED', end.trace))
  }

  /** Its thread died and it stays dead: others are to have its partitions. */
  async #freePartitions(): Promise<void> {
    try {
      await this.#parts.services.endMembership(this.id, this.#config ?? {})
    } catch (error) {
      this.#parts.logger.error(
        { err: error, connector: this.id.connector },
        'Ending the membership of a dead task failed',
      )
    }
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
      worker_id: this.#parts.workerId,
      generation: this.#parts.generation(),
      ...(this.#version !== undefined && { version: this.#version }),
      ...(this.#notice !== null && { notice: this.#notice }),
      ...(restarts > 0 && { restarts }),
      ...(this.#pending !== undefined && { next_restart: new Date(this.#pending.at).toISOString() }),
    }
  }

  #clearPending(): void {
    clearTimeout(this.#pending?.timer)
    this.#pending = undefined
  }
}

function restartPolicy(config: RawConfig): RestartPolicy {
  const parsed = errorConfig.parse(config)
  return new RestartPolicy(
    {
      max: parsed['errors.restart.max'],
      delayMs: parsed['errors.restart.delay.ms'],
      delayMaxMs: parsed['errors.restart.delay.max.ms'],
    },
    systemClock,
  )
}
