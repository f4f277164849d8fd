import type { ObjectStore, RawConfig, SinkTaskContext } from '@spillway/api'
import type { ExactlyOnceSettings } from './exactly-once.ts'
import type { ObjectTagging } from './tag-object.ts'
import type { WriterSettings } from './writer-settings.ts'

/** All that an {@link ObjectStoreSinkTask} works with, as its connector makes it of the configuration. */
export interface SinkSetup {
  readonly store: ObjectStore
  readonly writer: WriterSettings
  /** `behavior.on.null.values`, `report.null.values.to.dlq` */
  readonly nullValues: {
    readonly behavior: 'fail' | 'ignore' | 'write'
    readonly report: boolean
    /** True where files hold null values like any others, as an envelope does. */
    readonly inline?: boolean
  }
  readonly upload: UploadSettings
  /** Absent: objects are not tagged. */
  readonly tagging?: ObjectTagging | undefined
  readonly exactlyOnce: ExactlyOnceSettings
  /**
   * Whether the store can be used at all: called once before the first record, again where it fails for a while.
   *
   * @throws {ConnectError} naming the configuration key that is wrong.
   * @throws {RetriableError} where the store cannot be reached now.
   */
  checkAccess(signal: AbortSignal): Promise<void>
}

/** How objects go up. */
export interface UploadSettings {
  /** `upload.concurrency` */
  readonly concurrency: number
  /** `upload.memory.bytes` */
  readonly memoryBytes: number
  /** A file up to so many bytes goes in one request, a larger one in parts of it. */
  readonly partBytes: number
  /** Tries after the first that nobody need hear of. */
  readonly quietRetries: number
  /** Bound of the first pause between two tries in ms; it doubles with every try. */
  readonly backoffMs: number
  /** Longest pause between two tries; absent for the usual one. */
  readonly maxBackoffMs?: number
}

/**
 * Makes a task's setup of its configuration.
 *
 * @throws {ConfigError} with all that is wrong.
 */
export type MakeSinkSetup = (config: RawConfig, context: SinkTaskContext) => SinkSetup | Promise<SinkSetup>
