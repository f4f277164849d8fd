import type { RawConfig } from '@spillway/api'
import type { TargetState } from '../connector/herder.ts'
import { ClusterConfigState, type ConfigChange, type RestartRequest } from './cluster-config-state.ts'
import type { LogRecord, OpenLog, RecordLog } from './record-log.ts'

const LOGGER = 'logger-cluster-'

/**
 * What connectors and tasks are to run, in Connect's own record formats (Java: `ConfigBackingStore`). Every write returns
 * when this worker has read it back.
 */
export class ConfigStore {
  readonly state = new ClusterConfigState()
  readonly #log: RecordLog
  readonly #onChange: (change: ConfigChange) => void
  readonly #onLogLevel: (namespace: string, level: string) => void
  #isLive = false

  /** Both are told of changes after {@link start} has read what was there before. */
  constructor(
    openLog: OpenLog,
    onChange: (change: ConfigChange) => void,
    onLogLevel: (namespace: string, level: string) => void,
  ) {
    this.#onChange = onChange
    this.#onLogLevel = onLogLevel
    this.#log = openLog((record) => this.#take(record))
  }

  async start(): Promise<void> {
    await this.#log.start()
    this.#isLive = true
  }

  /** Reads all that any worker has written until now. */
  async refresh(): Promise<void> {
    await this.#log.readToEnd()
  }

  /** The target state, where one is given, is there before the connector: it never starts otherwise. */
  async putConnector(name: string, config: RawConfig, targetState?: TargetState): Promise<void> {
    await this.#write([
      ...(targetState === undefined ? [] : [targetRecord(name, targetState)]),
      { key: `connector-${name}`, value: { properties: config } },
    ])
  }

  /** Takes the tasks back too: compaction may keep their records longer than it keeps that the connector is gone. */
  async removeConnector(name: string): Promise<void> {
    await this.#write([
      { key: `commit-${name}`, value: { tasks: 0 } },
      { key: `connector-${name}`, value: null },
      { key: `target-state-${name}`, value: null },
    ])
  }

  async putTargetState(name: string, state: TargetState): Promise<void> {
    await this.#write([targetRecord(name, state)])
  }

  /** All tasks of a connector; they count once the commit record is read. */
  async putTasks(name: string, configs: readonly RawConfig[]): Promise<void> {
    await this.#write([
      ...configs.map((properties, task) => ({ key: `task-${name}-${task}`, value: { properties } })),
      { key: `commit-${name}`, value: { tasks: configs.length } },
    ])
  }

  async requestRestart(name: string, request: RestartRequest): Promise<void> {
    await this.#write([
      {
        key: `restart-connector-${name}`,
        value: { 'include-tasks': request.includeTasks, 'only-failed': request.onlyFailed },
      },
    ])
  }

  /** Tells a log level to every worker (KIP-976). */
  async putLogLevel(namespace: string, level: string): Promise<void> {
    await this.#write([{ key: `${LOGGER}${namespace}`, value: { level } }])
  }

  async close(): Promise<void> {
    await this.#log.close()
  }

  async #write(records: readonly { readonly key: string; readonly value: unknown }[]): Promise<void> {
    await this.#log.send(records)
    await this.#log.readToEnd()
  }

  #take(record: LogRecord): void {
    const change = this.state.apply(record)
    if (!this.#isLive) return
    if (change !== undefined) this.#onChange(change)
    const level = (record.value as { level?: unknown } | null | undefined)?.level
    if (record.key.startsWith(LOGGER) && typeof level === 'string') {
      this.#onLogLevel(record.key.slice(LOGGER.length), level)
    }
  }
}

/** `state` is for workers older than STOPPED, which pause instead. */
function targetRecord(name: string, state: TargetState): { key: string; value: unknown } {
  return {
    key: `target-state-${name}`,
    value: { state: state === 'STOPPED' ? 'PAUSED' : state, 'state.v2': state },
  }
}
