import type { EXACTLY_ONCE_MODES } from '../confluent/storage-config.ts'

/** `exactly.once` */
export type ExactlyOnceMode = (typeof EXACTLY_ONCE_MODES)[number]

/** What decides whether the partitions of a task are claimed and written as chains: docs/decisions/0010. */
export interface ExactlyOnceSettings {
  readonly mode: ExactlyOnceMode
  /** Whether records that are read again are cut into the same files. */
  readonly isReplayable: boolean
  /** Whether the output partition of a record depends on when it is read. */
  readonly goesByWallClock: boolean
}
