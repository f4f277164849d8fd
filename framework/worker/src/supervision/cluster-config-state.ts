import type { RawConfig } from '@spillway/api'
import type { TargetState } from '../connector/herder.ts'
import type { TaskId } from '../task/task-id.ts'
import type { LogRecord } from './record-log.ts'

/** What one record of the configuration topic changed. */
export interface ConfigChange {
  readonly kind: 'connector' | 'removed' | 'tasks' | 'target-state' | 'restart'
  readonly connector: string
  readonly offset: bigint
  /** True where there are now other connectors or tasks than before, so that workers must share them anew. */
  readonly changesWork: boolean
  readonly restart?: RestartRequest
}

/** A restart that every worker does its part of (KIP-745). */
export interface RestartRequest {
  readonly includeTasks: boolean
  readonly onlyFailed: boolean
}

interface PublishedTasks {
  readonly count: number
  /** By task; undefined where records are missing, so that nothing may run until they are written anew. */
  readonly configs: readonly RawConfig[] | undefined
  /** The connector's configuration that they were made for; undefined where compaction has removed it. */
  readonly madeFor: RawConfig | undefined
}

const NO_TASKS: PublishedTasks = { count: 0, configs: [], madeFor: undefined }

/**
 * The configuration of a cluster, or of a standalone worker, as the records of its log tell it, one after the other (Java:
 * `ClusterConfigState`). Every worker that has read as far knows the same.
 */
export class ClusterConfigState {
  readonly #connectors = new Map<string, RawConfig>()
  readonly #targets = new Map<string, TargetState>()
  readonly #tasks = new Map<string, PublishedTasks>()
  /** Task records that wait for their commit. */
  readonly #deferred = new Map<string, Map<number, RawConfig>>()
  #next = 0n

  /** Offset of the record that comes next. */
  get offset(): bigint {
    return this.#next
  }

  connectors(): string[] {
    return [...this.#connectors.keys()]
  }

  has(name: string): boolean {
    return this.#connectors.has(name)
  }

  /** As written, placeholders included. */
  connectorConfig(name: string): RawConfig | undefined {
    return this.#connectors.get(name)
  }

  /** Of all of them, as written. */
  connectorConfigs(): ReadonlyMap<string, RawConfig> {
    return this.#connectors
  }

  targetState(name: string): TargetState {
    return this.#targets.get(name) ?? 'STARTED'
  }

  /** How many tasks may run: none for a connector that is gone or whose task records are incomplete. */
  taskCount(name: string): number {
    const tasks = this.#published(name)
    return tasks.configs === undefined ? 0 : tasks.count
  }

  taskIds(name: string): TaskId[] {
    return Array.from({ length: this.taskCount(name) }, (_, task) => ({ connector: name, task }))
  }

  /** What a task is to run with: the connector's configuration that it was made for, and what the connector gave it. */
  taskConfig({ connector, task }: TaskId): RawConfig | undefined {
    const tasks = this.#published(connector)
    const own = task < tasks.count ? tasks.configs?.[task] : undefined
    if (own === undefined) return undefined
    return { ...(tasks.madeFor ?? this.#connectors.get(connector)), ...own, name: connector }
  }

  /** False where a connector's tasks must be published: they are others, incomplete, or for another configuration. */
  hasPublished(name: string, configs: readonly RawConfig[]): boolean {
    const tasks = this.#published(name)
    if (tasks.configs === undefined || tasks.count !== configs.length) return false
    if (configs.length > 0 && !sameConfig(tasks.madeFor, this.#connectors.get(name))) return false
    return configs.every((config, i) => sameConfig(config, tasks.configs?.[i]))
  }

  /** Takes the next record. @returns what it changed; undefined for what is not about connectors or cannot be read. */
  apply({ key, value, offset }: LogRecord): ConfigChange | undefined {
    this.#next = offset + 1n
    const [, kind, rest] = /^(connector|task|commit|target-state|restart-connector)-(.+)$/s.exec(key) ?? []
    if (rest === undefined) return undefined
    switch (kind) {
      case 'connector':
        return this.#applyConnector(rest, value, offset)
      case 'target-state':
        return this.#applyTarget(rest, value, offset)
      case 'task':
        this.#defer(rest, value)
        return undefined
      case 'commit':
        return this.#applyCommit(rest, value, offset)
      default:
        return restartOf(rest, value, offset)
    }
  }

  #published(name: string): PublishedTasks {
    return (this.#connectors.has(name) ? this.#tasks.get(name) : undefined) ?? NO_TASKS
  }

  #applyConnector(name: string, value: unknown, offset: bigint): ConfigChange | undefined {
    const config = propertiesOf(value)
    const existed = this.#connectors.has(name)
    if (value === null) {
      this.#connectors.delete(name)
      this.#tasks.delete(name)
      this.#deferred.delete(name)
      this.#targets.delete(name)
      return { kind: 'removed', connector: name, offset, changesWork: existed }
    }
    if (config === undefined) return undefined
    this.#connectors.set(name, config)
    return { kind: 'connector', connector: name, offset, changesWork: !existed }
  }

  #applyTarget(name: string, value: unknown, offset: bigint): ConfigChange | undefined {
    const fields = value as { state?: unknown; 'state.v2'?: unknown } | null | undefined
    const state = fields?.['state.v2'] ?? fields?.state
    if (value === null) this.#targets.delete(name)
    else if (state === 'STARTED' || state === 'PAUSED' || state === 'STOPPED') this.#targets.set(name, state)
    else return undefined
    return { kind: 'target-state', connector: name, offset, changesWork: false }
  }

  #defer(rest: string, value: unknown): void {
    const [, name, task] = /^(.+)-(\d+)$/s.exec(rest) ?? []
    const config = propertiesOf(value)
    if (name === undefined || task === undefined || config === undefined) return
    const tasks = this.#deferred.get(name) ?? new Map<number, RawConfig>()
    this.#deferred.set(name, tasks.set(Number(task), config))
  }

  #applyCommit(name: string, value: unknown, offset: bigint): ConfigChange | undefined {
    const count = (value as { tasks?: unknown } | null | undefined)?.tasks
    if (typeof count !== 'number') return undefined
    const deferred = this.#deferred.get(name)
    this.#deferred.delete(name)
    const configs = Array.from({ length: count }, (_, task) => deferred?.get(task))
    const complete = configs.every((config) => config !== undefined)
    const before = this.taskCount(name)
    this.#tasks.set(name, {
      count,
      configs: complete ? (configs as RawConfig[]) : undefined,
      madeFor: this.#connectors.get(name),
    })
    return { kind: 'tasks', connector: name, offset, changesWork: before !== this.taskCount(name) }
  }
}

export function sameConfig(a: RawConfig | undefined, b: RawConfig | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}

function restartOf(name: string, value: unknown, offset: bigint): ConfigChange | undefined {
  const fields = value as { 'include-tasks'?: unknown; 'only-failed'?: unknown } | null | undefined
  if (fields === null || typeof fields !== 'object') return undefined
  const restart = {
    includeTasks: fields['include-tasks'] === true,
    onlyFailed: fields['only-failed'] === true,
  }
  return { kind: 'restart', connector: name, offset, changesWork: false, restart }
}

function propertiesOf(value: unknown): RawConfig | undefined {
  const properties = (value as { properties?: unknown } | null | undefined)?.properties
  return typeof properties === 'object' && properties !== null ? (properties as RawConfig) : undefined
}
