import type { ConfigInfos, ConfigKeyInfo, RawConfig, JobTopology } from '@spillway/api'
import type { PreviewInput, PreviewResult } from '../preview/preview-protocol.ts'
import type { Caller } from '../config/caller.ts'
import type { TaskId } from '../task/task-id.ts'

/** What a connector is meant to do (Java: `TargetState`). */
export type TargetState = 'STARTED' | 'PAUSED' | 'STOPPED'

/** What a connector or task is doing (Java: `AbstractStatus.State`). */
export type State = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'RESTARTING'

/** Java: `ConnectorInfo`. */
export interface ConnectorInfo {
  readonly name: string
  readonly config: RawConfig
  readonly tasks: readonly TaskId[]
  readonly type: 'sink' | 'unknown'
}

/** Java: `ConnectorStateInfo.ConnectorState`; `notice` is ours: what the connector waits for, while it does. */
export interface ConnectorState {
  readonly state: State
  readonly worker_id: string
  readonly trace?: string
  readonly version?: string
}

/** Java: `ConnectorStateInfo.TaskState`; `notice` is ours: what the task waits for, while it does. */
export interface TaskState {
  readonly id: number
  readonly state: State
  readonly worker_id: string
  readonly trace?: string
  readonly version?: string
  readonly notice?: string
  /** Ours: restarts by `errors.restart.*` since the task was last well, and when the next one is due (ISO 8601). */
  readonly restarts?: number
  readonly next_restart?: string
}

/** Java: `ConnectorStateInfo`. */
export interface ConnectorStateInfo {
  readonly name: string
  readonly connector: ConnectorState
  readonly tasks: readonly TaskState[]
  readonly type: 'sink' | 'unknown'
}

/** Java: `TaskInfo`. */
export interface TaskInfo {
  readonly id: TaskId
  readonly config: RawConfig
}

/** Java: `PluginInfo`. A plugin package that does not load has its name as class, and the type `broken`. */
export interface PluginInfo {
  readonly class: string
  readonly type: string
  /** Absent for a plugin without one, as in Kafka Connect. */
  readonly version?: string
  /** Ours, of a broken package: its folder, and why it does not load. */
  readonly location?: string
  readonly error?: string
}

/** Which plugins `GET /connector-plugins` lists. */
export interface PluginQuery {
  readonly connectorsOnly: boolean
  /** Ours: the kinds that Kafka Connect's clients do not know too, such as formats. */
  readonly allKinds: boolean
}

/** One entry of `GET /connectors/{c}/offsets` (Java: `ConnectorOffset`). */
export interface ConnectorOffset {
  readonly partition: { readonly kafka_topic: string; readonly kafka_partition: number }
  readonly offset: { readonly kafka_offset: number }
}

/** A position to set by `PATCH /connectors/{c}/offsets`; null forgets it. */
export interface OffsetChange {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint | AtTimestamp | null
}

/** The first record of that time or later; the end of the partition where there is none. */
export interface AtTimestamp {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** What a worker can be asked over REST (Java: `Herder`). Every method may throw a {@link ConnectError}. */
export interface Herder {
  readonly kafkaClusterId: string
  readonly workerId: string
  /** True when the worker can serve requests. */
  readonly isReady: boolean
  /** Resolves where the worker gets through to its cluster. @throws what keeps it from that, if need be after a while. */
  checkHealth(): Promise<void>
  connectors(): Promise<string[]>
  connectorInfo(name: string): Promise<ConnectorInfo>
  connectorStatus(name: string): Promise<ConnectorStateInfo>
  /** Creates or updates a connector; `initialState` counts for a new one. */
  putConnectorConfig(
    name: string,
    config: RawConfig,
    options: { readonly allowReplace: boolean; readonly initialState?: TargetState },
  ): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }>
  /** Changes single keys; null deletes one (KIP-477). */
  patchConnectorConfig(name: string, patch: RawConfig): Promise<ConnectorInfo>
  deleteConnector(name: string): Promise<void>
  setTargetState(name: string, state: TargetState): Promise<void>
  /** Restarts the connector and, by choice, tasks; returns the state with RESTARTING entries (KIP-745). */
  restartConnector(
    name: string,
    options: { readonly includeTasks: boolean; readonly onlyFailed: boolean },
  ): Promise<ConnectorStateInfo>
  restartTask(id: TaskId): Promise<void>
  taskInfos(name: string): Promise<TaskInfo[]>
  taskState(id: TaskId): Promise<TaskState>
  activeTopics(name: string): Promise<string[]>
  resetActiveTopics(name: string): Promise<void>
  offsets(name: string): Promise<ConnectorOffset[]>
  /** Ours: what a streams job runs. */
  topology(name: string, caller: Caller): Promise<JobTopology>
  /** Sets positions, or forgets all where null; returns the message REST answers. */
  alterOffsets(name: string, changes: readonly OffsetChange[] | null): Promise<string>
  validate(pluginName: string, config: RawConfig, caller: Caller): Promise<ConfigInfos>
  /** Ours: a configuration as users are shown it who may only read, with `[hidden]` for what is secret. */
  shownToReaders(config: RawConfig): Promise<RawConfig>
  /** Ours: where a connector of this configuration would write records; it writes none. */
  preview(pluginName: string, config: RawConfig, input: PreviewInput, caller: Caller): Promise<PreviewResult>
  plugins(query: PluginQuery): PluginInfo[]
  pluginConfig(name: string): ConfigKeyInfo[]
  stop(): Promise<void>
}
