import { type TaskId, taskName, taskOf } from '../task/task-id.ts'
import type { ConfigChange } from '../supervision/cluster-config-state.ts'
import { type Share, Supervisor } from '../supervision/supervisor.ts'
import type { UnitParts } from '../supervision/unit-parts.ts'
import type { Work } from './worker-protocol.ts'

/** The connectors and tasks that this worker was given by its group, supervised. */
export class AssignedWork implements Share {
  readonly supervisor: Supervisor
  readonly #configs: UnitParts['configs']
  #assigned = { connectors: new Set<string>(), tasks: new Set<string>() }

  constructor(parts: UnitParts) {
    this.#configs = parts.configs
    this.supervisor = new Supervisor(parts, this)
  }

  held(): Work {
    return { connectors: [...this.#assigned.connectors], tasks: [...this.#assigned.tasks].map(taskOf) }
  }

  hasConnector(name: string): boolean {
    return this.#assigned.connectors.has(name)
  }

  hasTask(id: TaskId): boolean {
    return this.#assigned.tasks.has(taskName(id))
  }

  /**
   * Takes a new assignment. Resolves when all that is not in it has stopped; what is new starts after that.
   * @returns true where something had to be given up that somebody else is to have.
   */
  async assign(work: Work): Promise<boolean> {
    const before = this.#assigned
    this.#assigned = { connectors: new Set(work.connectors), tasks: new Set(work.tasks.map(taskName)) }
    const lostConnectors = [...before.connectors].filter((name) => !this.#assigned.connectors.has(name))
    const lostTasks = [...before.tasks].filter((name) => !this.#assigned.tasks.has(name)).map(taskOf)
    await Promise.all([
      ...lostConnectors.map((name) => this.supervisor.updateConnector(name)),
      ...lostTasks.map((id) => this.supervisor.updateTask(id)),
    ])
    for (const name of this.#assigned.connectors) void this.supervisor.updateConnector(name)
    for (const name of this.#assigned.tasks) void this.supervisor.updateTask(taskOf(name))
    const { state } = this.#configs
    return (
      lostConnectors.some((name) => state.has(name)) ||
      lostTasks.some((id) => state.taskConfig(id) !== undefined)
    )
  }

  configChanged(change: ConfigChange): void {
    this.supervisor.configChanged(change)
  }

  /** Ends everything without a commit: others may already run it. */
  async abandon(): Promise<void> {
    this.#assigned = { connectors: new Set(), tasks: new Set() }
    await this.supervisor.abandon()
  }

  /** Commits and stops everything. */
  async stop(): Promise<void> {
    this.#assigned = { connectors: new Set(), tasks: new Set() }
    await this.supervisor.stop()
  }
}
