import type { ConfigProblem, RawConfig } from '../config/config-def.ts'
import type { ModuleDoor } from '../config/module-door.ts'
import type { Offsets, SinkTask } from './sink-task.ts'
import type { RestoreSource } from '../object-store/restore-source.ts'
import type { PluginBase } from '../config/plugin-base.ts'
import type { PreviewRequest, RecordPreview } from './record-preview.ts'

/** The part of a connector that plans its tasks (Java: `SinkConnector`). Lives in the worker's main thread. */
export interface SinkConnector {
  start(config: RawConfig, context: SinkConnectorContext): Promise<void>
  /** One configuration per task to run, at most `maxTasks`. */
  taskConfigs(maxTasks: number): Promise<RawConfig[]>
  stop(): Promise<void>
  /**
   * Called before the framework changes the consumer group's offsets by REST; null offsets are resets. True where the
   * connector has changed what it keeps elsewhere (Java: `alterOffsets`, KIP-875).
   *
   * @param isReset all positions are to be forgotten; `offsets` lists those that the group has committed.
   * @param modules for modules that the configuration names; absent, none are loaded.
   */
  alterOffsets?(
    config: RawConfig,
    offsets: AlteredOffsets,
    isReset?: boolean,
    modules?: ModuleDoor,
  ): Promise<boolean>
}

/** New positions by topic partition; null forgets the position. */
export type AlteredOffsets = readonly {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint | null
}[]

/** What a connector may ask of its worker (Java: `ConnectorContext`). */
export interface SinkConnectorContext {
  readonly connectorName: string
  /** For plugins that the configuration names. Absent, names of them are not judged. */
  readonly modules?: ModuleDoor
  /** Asks for `taskConfigs` again (Java: `requestTaskReconfiguration`). */
  requestTaskReconfiguration(): void
  /** Fails the connector from its own background work (Java: `raiseError`). */
  raiseError(error: unknown): void
}

export interface SinkConnectorPlugin extends PluginBase {
  readonly kind: 'sink'
  create(): SinkConnector
  /**
   * Runs in a task thread. What only tasks need, such as a database's driver, is best imported here and not by the
   * module of the plugin: every thread, and the one that serves REST, loads the modules of all plugins.
   */
  createTask(): SinkTask | Promise<SinkTask>
  /** Keys this connector reads that its ConfigDef does not declare (those of its own plugins): no warning for them. */
  readonly knowsKey?: (key: string) => boolean
  /**
   * Where the objects of a configuration lie that hold whole records, for `spillway restore`. Absent for sinks without.
   *
   * @throws {ConfigError} where the configuration writes objects that are no whole records.
   */
  restoreSource?(config: RawConfig, modules: ModuleDoor): Promise<RestoreSource>
  /**
   * Checks that the declared keys cannot make. Run by REST validate and before a connector is created.
   *
   * @param modules for plugins that the configuration names.
   */
  validate?(config: RawConfig, signal: AbortSignal, modules: ModuleDoor): Promise<readonly ConfigProblem[]>
  /**
   * Checks that need the outside world, such as access to a bucket. Run by REST validate alone: what is not there yet
   * does not keep a connector from being created.
   *
   * @param modules for modules that the configuration names.
   */
  probe?(config: RawConfig, signal: AbortSignal, modules: ModuleDoor): Promise<readonly ConfigProblem[]>
  /**
   * Keys of objects that would be written, made up from the configuration alone: REST validate shows them where it finds
   * nothing wrong. Empty where they cannot be told without real records. What is thrown here is no problem of the
   * configuration.
   */
  sampleObjectKeys?(request: SampleRequest): Promise<readonly string[]>
  /**
   * Tells where records would be written, one answer per record, and writes nothing: for `POST
   * /connector-plugins/{class}/preview`. Runs in a thread of its own.
   */
  preview?(request: PreviewRequest): Promise<readonly RecordPreview[]>
}

/** What sample object keys are asked for. */
export interface SampleRequest {
  /** Resolved and valid. */
  readonly config: RawConfig
  /** Some of the topics that the connector reads, or a made-up one that fits `topics.regex`. */
  readonly topics: readonly string[]
  /** The wall clock, ms since the epoch. */
  readonly nowMs: number
  /** For modules that the configuration names. */
  readonly modules: ModuleDoor
}

/** Offsets as a task returns them. */
export type { Offsets }
