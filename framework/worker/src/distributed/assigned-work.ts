import { setTimeout as delay } from 'node:timers/promises'
import { KeyedMutex } from '../connector/keyed-mutex.ts'
import { type TaskId, taskName } from '../task/task-id.ts'
import type { ConfigChange } from './cluster-config-state.ts'
import type { ConfigStore } from './config-store.ts'
import { OwnedConnector } from './owned-connector.ts'
import { type OwnedParts, OwnedTask } from './owned-task.ts'
import { taskOf, type Work } from './worker-protocol.ts'

const RETRY_MS = 1_000

/**
 * Keeps the connectors and tasks that this worker was given as the configuration wants them. Whatever changes, the one
 * question per connector and task is what should run now; asking it again changes nothing.
 */
export class AssignedWork {
  readonly #parts: OwnedParts & { readonly configs: ConfigStore }
  readonly #mutex = new KeyedMutex()
  readonly #connectors = new Map<string, OwnedConnector>()
  readonly #tasks = new Map<string, OwnedTask>()
  #assigned = { connectors: new Set<string>(), tasks: new Set<string>() }
  readonly #abort = new AbortController()

  constructor(parts: OwnedParts & { readonly configs: ConfigStore }) {
    this.#parts = parts
  }

  held(): Work {
    return { connectors: [...this.#assigned.connectors], tasks: [...this.#assigned.tasks].map(taskOf) }
  }

  ownsConnector(name: string): boolean {
    return this.#assigned.connectors.has(name)
  }

  ownsTask(id: TaskId): boolean {
    return this.#assigned.tasks.has(taskName(id))
  }

  /**
   * Takes a new assignment. Resolves when all that is not in it has stopped; what is new starts meanwhile.
   * @returns true where something had to be given up that somebody else is to have.
   */
  async assign(work: Work): Promise<boolean> {
    const before = this.#assigned
    this.#assigned = { connectors: new Set(work.connectors), tasks: new Set(work.tasks.map(taskName)) }
    const lostConnectors = [...before.connectors].filter((name) => !this.#assigned.connectors.has(name))
    const lostTasks = [...before.tasks].filter((name) => !this.#assigned.tasks.has(name))
    await Promise.all([
      ...lostConnectors.map((name) => this.#updateConnector(name)),
      ...lostTasks.map((name) => this.#updateTask(name)),
    ])
    for (const name of this.#assigned.connectors) void this.#updateConnector(name)
    for (const name of this.#assigned.tasks) void this.#updateTask(name)
    const { state } = this.#parts.configs
    return (
      lostConnectors.some((name) => state.has(name)) ||
      lostTasks.some((name) => state.taskConfig(taskOf(name)) !== undefined)
    )
  }

  /** Ends everything without a commit: others may already run it. */
  async abandon(): Promise<void> {
    this.#assigned = { connectors: new Set(), tasks: new Set() }
    for (const task of this.#tasks.values()) task.abandon()
    await this.#parts.worker.cancelTasks(
      [...this.#tasks.values()].map((task) => task.id),
      this.#parts.stopTimeoutMs,
    )
    await Promise.all([...this.#connectors.values()].map((connector) => connector.abandon()))
    this.#tasks.clear()
    this.#connectors.clear()
  }

  configChanged(change: ConfigChange): void {
    const name = change.connector
    if (change.restart !== undefined) {
      this.#restartQualified(name, change.restart)
      return
    }
    if (this.#assigned.connectors.has(name)) void this.#updateConnector(name)
    for (const task of this.#assigned.tasks) {
      if (taskOf(task).connector === name) void this.#updateTask(task)
    }
  }

  /** Restarts the instance, where it is here. */
  async restartConnector(name: string): Promise<void> {
    await this.#mutex.run(connectorKey(name), async () => await this.#connectors.get(name)?.restart())
  }

  async restartTask(id: TaskId): Promise<void> {
    const name = taskName(id)
    await this.#mutex.run(taskKey(name), async () => await this.#tasks.get(name)?.restart())
  }

  /** Commits and stops everything. */
  async stop(): Promise<void> {
    this.#abort.abort()
    const { connectors, tasks } = this.#assigned
    this.#assigned = { connectors: new Set(), tasks: new Set() }
    await Promise.all([
      ...[...tasks].map((name) => this.#updateTask(name)),
      ...[...connectors].map((name) => this.#updateConnector(name)),
    ])
  }

  #restartQualified(name: string, request: { includeTasks: boolean; onlyFailed: boolean }): void {
    const qualifies = (unit: { hasFailed: boolean } | undefined): boolean =>
      unit !== undefined && (!request.onlyFailed || unit.hasFailed)
    if (qualifies(this.#connectors.get(name))) void this.#guard(name, () => this.restartConnector(name))
    if (!request.includeTasks) return
    for (const task of this.#tasks.values()) {
      if (task.id.connector === name && qualifies(task))
        void this.#guard(name, () => this.restartTask(task.id))
    }
  }

  async #updateConnector(name: string): Promise<void> {
    await this.#guard(name, () => this.#mutex.run(connectorKey(name), () => this.#connectorNow(name)))
  }

  async #updateTask(name: string): Promise<void> {
    await this.#guard(taskOf(name).connector, () => this.#mutex.run(taskKey(name), () => this.#taskNow(name)))
  }

  async #connectorNow(name: string): Promise<void> {
    const { state } = this.#parts.configs
    const config = state.connectorConfig(name)
    let connector = this.#connectors.get(name)
    if (!this.#assigned.connectors.has(name) || config === undefined) {
      this.#connectors.delete(name)
      await connector?.end(config === undefined ? 'removed' : 'moved')
      return
    }
    if (connector === undefined) {
      connector = new OwnedConnector(name, this.#parts, () => this.#planAnew(name))
      this.#connectors.set(name, connector)
    }
    await connector.run(config, state.targetState(name))
  }

  async #taskNow(name: string): Promise<void> {
    const { state } = this.#parts.configs
    const id = taskOf(name)
    const config = state.targetState(id.connector) === 'STOPPED' ? undefined : state.taskConfig(id)
    let task = this.#tasks.get(name)
    if (!this.#assigned.tasks.has(name) || config === undefined) {
      this.#tasks.delete(name)
      await task?.end(config === undefined ? 'removed' : 'moved')
      return
    }
    if (task === undefined) {
      task = new OwnedTask(id, this.#parts, () => this.#restartFailed(name))
      this.#tasks.set(name, task)
    }
    await task.run(config, state.targetState(id.connector) === 'PAUSED')
  }

  #planAnew(name: string): void {
    void this.#guard(name, () =>
      this.#mutex.run(connectorKey(name), async () => await this.#connectors.get(name)?.plan()),
    )
  }

  #restartFailed(name: string): void {
    void this.#guard(taskOf(name).connector, () =>
      this.#mutex.run(taskKey(name), async () => await this.#tasks.get(name)?.restartIfFailed()),
    )
  }

  /** Tries again what failed for reasons outside of the connector: Kafka could not be written, say. */
  async #guard(connector: string, work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await work()
        return
      } catch (error) {
        if (this.#abort.signal.aborted) return
        this.#parts.logger.error(
          { err: error, connector },
          'Bringing the connector up to date failed; trying again',
        )
        await delay(RETRY_MS, undefined, { signal: this.#abort.signal }).catch(() => undefined)
      }
    }
  }
}

function connectorKey(name: string): string {
  return `connector ${name}`
}

function taskKey(name: string): string {
  return `task ${name}`
}
