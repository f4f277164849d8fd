import type { RawConfig } from '../config/config-def.ts'
import type { ModuleDoor } from '../config/module-door.ts'
import type { Admin } from '../kafka/port.ts'
import type { SinkTaskContext } from './sink-task.ts'
import type { SinkConnectorPlugin } from './sink-connector.ts'

/**
 * A connector whose tasks read and write Kafka themselves, such as a topology of streams: they are given no records. It is configured,
 * listed, paused, stopped, restarted and watched as a sink, and its kind is `sink`, too.
 */
export interface JobConnectorPlugin extends Omit<SinkConnectorPlugin, 'createTask'> {
  createTask(): JobTask | Promise<JobTask>
  readonly job: {
    /** The group whose offsets are the connector's. */
    groupId(connectorName: string, config: RawConfig): string
    /** Topics that are the connector's own: their offsets are nobody's business. */
    isInternal(connectorName: string, config: RawConfig, topic: string): boolean
    /**
     * What the configuration runs. Nothing is connected to.
     *
     * @throws {ConfigError} where it cannot be loaded
     */
    topology(config: RawConfig, modules: ModuleDoor): Promise<JobTopology>
    /** Deletes what the connector keeps beside the offsets of its group, when those are reset. It is stopped. */
    reset(connectorName: string, config: RawConfig, admin: Admin): Promise<void>
  }
}

/** Nodes and edges of a job, and the same as text. */
export interface JobTopology {
  /** As Kafka Streams' `Topology.describe` prints it. */
  readonly text: string
  readonly subtopologies: readonly {
    readonly id: number
    /** True where it only fills a global store. */
    readonly global: boolean
    readonly nodes: readonly {
      readonly name: string
      readonly kind: 'source' | 'processor' | 'sink'
      /** What a source reads by name, or a sink writes. */
      readonly topics: readonly string[]
      /** By which a source reads; null: by names. */
      readonly pattern: string | null
      readonly stores: readonly string[]
      readonly successors: readonly string[]
    }[]
  }[]
}

/** What runs in a thread of the worker, from its start to its end. */
export interface JobTask {
  /**
   * Resolves when it was stopped, or `context.signal` has aborted; whatever it has open is closed then.
   *
   * @throws what ended it
   */
  run(context: JobTaskContext): Promise<void>
  /** Ends {@link run} after a commit. */
  stop(): void
  pause(): void
  resume(): void
  /** What it has done so far; undefined before it runs. */
  figures(): JobFigures | undefined
}

export interface JobFigures {
  /** Records that were processed. */
  readonly processed: number
  /** Records it has yet to process, where that is known. */
  readonly lags: readonly { readonly topic: string; readonly partition: number; readonly lag: number }[]
}

export interface JobTaskContext {
  readonly connectorName: string
  readonly taskId: number
  /** Placeholders are filled in. */
  readonly config: RawConfig
  /** Keys of Kafka's clients by the worker and the connector, those for one kind of them below `consumer.`, `producer.`, `admin.`. */
  readonly clients: Readonly<Record<string, string>>
  readonly logger: SinkTaskContext['logger']
  readonly modules: ModuleDoor
  /** Whether it begins paused. */
  readonly isPaused: boolean
  /** Aborts where the task is to end at once, without a commit. */
  readonly signal: AbortSignal
  tell(news: JobNews): void
  /** To be called before work that may keep the thread busy for long. */
  atWork(): void
}

export type JobNews =
  | { readonly type: 'state'; readonly state: 'RUNNING' | 'PAUSED' }
  /** What it waits for; null where it goes on. */
  | { readonly type: 'notice'; readonly text: string | null }

/** The plugin as one of a job; undefined where it is a sink's. */
export function jobOf(plugin: SinkConnectorPlugin | JobConnectorPlugin): JobConnectorPlugin | undefined {
  return 'job' in plugin ? (plugin as JobConnectorPlugin) : undefined
}
