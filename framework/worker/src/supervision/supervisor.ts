import { KeyedMutex } from '../connector/keyed-mutex.ts'
import { type TaskId, taskName } from '../task/task-id.ts'
import type { ConfigChange, RestartRequest } from './cluster-config-state.ts'
import { ConnectorUnit } from './connector-unit.ts'
import { TaskUnit } from './task-unit.ts'
import type { UnitParts } from './unit-parts.ts'

const RETRY_MS = 1_000

/** What of all that is configured this worker is to run. */
export interface Share {
  hasConnector(name: string): boolean
  hasTask(id: TaskId): boolean
}

/** The share of a worker that is alone. */
export const EVERYTHING: Share = { hasConnector: () => true, hasTask: () => true }

/**
 * Keeps the connectors and tasks that are this worker's share as the configuration wants them. Whatever changes, the one
 * question per connector and task is what should run now; asking it again changes nothing.
 */
export class Supervisor {
  readonly #parts: UnitParts
  readonly #share: Share
  readonly #mutex = new KeyedMutex()
  readonly #connectors = new Map<string, ConnectorUnit>()
  readonly #tasks = new Map<string, TaskUnit>()
  /** By connector, what is being brought up to date. */
  readonly #busy = new Map<string, Set<Promise<void>>>()
  readonly #abort = new AbortController()

  /** @param share asked each time; whoever changes its answers calls {@link updateConnector} and {@link updateTask}. */
  constructor(parts: UnitParts, share: Share) {
    this.#parts = parts
    this.#share = share
  }

  /** Follows a change of the configuration. */
  configChanged({ connector: name, restart }: ConfigChange): void {
    if (restart !== undefined) {
      this.#restartQualified(name, restart)
      return
    }
    void this.updateConnector(name)
    const ids = [...this.#tasksOf(name).map((task) => task.id), ...this.#parts.configs.state.taskIds(name)]
    for (const id of new Map(ids.map((id) => [taskName(id), id])).values()) void this.updateTask(id)
  }

  /** Resolves when the connector is as it should be. */
  async updateConnector(name: string): Promise<void> {
    await this.#ensure(name, () => this.#mutex.run(connectorKey(name), () => this.#connectorNow(name)))
  }

  /** Resolves when the task is as it should be. */
  async updateTask(id: TaskId): Promise<void> {
    await this.#ensure(id.connector, () => this.#mutex.run(taskKey(id), () => this.#taskNow(id)))
  }

  /** Restarts the instance, where it is here. */
  async restartConnector(name: string): Promise<void> {
    await this.#mutex.run(connectorKey(name), async () => await this.#connectors.get(name)?.restart())
  }

  async restartTask(id: TaskId): Promise<void> {
    await this.#mutex.run(taskKey(id), async () => await this.#tasks.get(taskName(id))?.restart())
  }

  /** Resolves when all that a connector's changes ask for has been done, or has failed and is being tried again. */
  async settled(connector: string): Promise<void> {
    for (let busy = this.#busy.get(connector); busy !== undefined; busy = this.#busy.get(connector)) {
      await Promise.all(busy)
    }
  }

  /** Ends everything without a commit: others may already run it. */
  async abandon(): Promise<void> {
    const tasks = [...this.#tasks.values()]
    const connectors = [...this.#connectors.values()]
    this.#tasks.clear()
    this.#connectors.clear()
    for (const task of tasks) task.abandon()
    await this.#parts.worker.cancelTasks(
      tasks.map((task) => task.id),
      this.#parts.stopTimeoutMs,
    )
    await Promise.all(connectors.map((connector) => connector.abandon()))
  }

  /** Commits and stops everything, for good. */
  async stop(): Promise<void> {
    this.#abort.abort()
    await Promise.all([
      ...[...this.#tasks.values()].map((task) => this.updateTask(task.id)),
      ...[...this.#connectors.keys()].map((name) => this.updateConnector(name)),
    ])
    // What had been taken out already may still be on its way to its end.
    await Promise.all([...this.#busy.keys()].map((name) => this.settled(name)))
  }

  #tasksOf(name: string): TaskUnit[] {
    return [...this.#tasks.values()].filter((task) => task.id.connector === name)
  }

  #restartQualified(name: string, { includeTasks, onlyFailed }: RestartRequest): void {
    const qualifies = (unit: { hasFailed: boolean } | undefined): boolean =>
      unit !== undefined && (!onlyFailed || unit.hasFailed)
    if (qualifies(this.#connectors.get(name))) void this.#ensure(name, () => this.restartConnector(name))
    if (!includeTasks) return
    for (const task of this.#tasksOf(name).filter(qualifies)) {
      void this.#ensure(name, () => this.restartTask(task.id))
    }
  }

  async #connectorNow(name: string): Promise<void> {
    const { state } = this.#parts.configs
    const config = state.connectorConfig(name)
    let connector = this.#connectors.get(name)
    if (config === undefined || !this.#isMine(this.#share.hasConnector(name))) {
      this.#connectors.delete(name)
      await connector?.end(config === undefined ? 'removed' : 'moved')
      return
    }
    if (connector === undefined) {
      connector = new ConnectorUnit(name, this.#parts, () => this.#planAnew(name))
      this.#connectors.set(name, connector)
    }
    await connector.run(config, state.targetState(name))
  }

  async #taskNow(id: TaskId): Promise<void> {
    const { state } = this.#parts.configs
    const name = taskName(id)
    const config = state.targetState(id.connector) === 'STOPPED' ? undefined : state.taskConfig(id)
    let task = this.#tasks.get(name)
    if (config === undefined || !this.#isMine(this.#share.hasTask(id))) {
      this.#tasks.delete(name)
      await task?.end(config === undefined ? 'removed' : 'moved')
      return
    }
    if (task === undefined) {
      task = new TaskUnit(id, this.#parts, () => this.#restartFailed(id))
      this.#tasks.set(name, task)
    }
    await task.run(config, state.targetState(id.connector) === 'PAUSED')
  }

  #isMine(isShared: boolean): boolean {
    return isShared && !this.#abort.signal.aborted
  }

  #planAnew(name: string): void {
    void this.#ensure(name, () =>
      this.#mutex.run(connectorKey(name), async () => await this.#connectors.get(name)?.plan()),
    )
  }

  #restartFailed(id: TaskId): void {
    void this.#ensure(id.connector, () =>
      this.#mutex.run(taskKey(id), async () => await this.#tasks.get(taskName(id))?.restartIfFailed()),
    )
  }

  /** Tries again what failed for reasons outside of the connector: Kafka could not be written, say. */
  async #ensure(connector: string, work: () => Promise<void>): Promise<void> {
    const { clock, logger } = this.#parts
    const tried = this.#busyWith(connector)
    for (;;) {
      try {
        await work()
        return
      } catch (error) {
        if (this.#abort.signal.aborted) return
        logger.error({ err: error, connector }, 'Bringing the connector up to date failed; trying again')
      } finally {
        tried()
      }
      await clock.sleep(RETRY_MS, this.#abort.signal).catch(() => undefined)
    }
  }

  /** @returns to be called when the work has been tried. */
  #busyWith(connector: string): () => void {
    const busy = this.#busy.get(connector) ?? new Set()
    this.#busy.set(connector, busy)
    const { promise, resolve } = Promise.withResolvers<void>()
    busy.add(promise)
    return () => {
      resolve()
      busy.delete(promise)
      if (busy.size === 0 && this.#busy.get(connector) === busy) this.#busy.delete(connector)
    }
  }
}

function connectorKey(name: string): string {
  return `connector ${name}`
}

function taskKey(id: TaskId): string {
  return `task ${taskName(id)}`
}
