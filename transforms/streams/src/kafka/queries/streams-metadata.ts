import type { TopicPartition } from '@spillway/api'
import { HostInfo } from './host-info.ts'

/** What a client of the application has, as the group's leader told last. Corresponds to Java's `StreamsMetadata`. */
export interface StreamsMetadata {
  readonly hostInfo: HostInfo
  /** Stores of its active tasks, and global stores. */
  readonly stateStoreNames: ReadonlySet<string>
  /** Input of its active tasks. */
  readonly topicPartitions: readonly TopicPartition[]
  readonly standbyStateStoreNames: ReadonlySet<string>
  /** Input of the tasks that it keeps copies of. */
  readonly standbyTopicPartitions: readonly TopicPartition[]
}

/** Who has a key. Corresponds to Java's `KeyQueryMetadata` (KIP-535). */
export class KeyQueryMetadata {
  /** Nothing is known at present, as before the first assignment, or where no client has an `application.server`. */
  static readonly NOT_AVAILABLE: KeyQueryMetadata = new KeyQueryMetadata(HostInfo.unavailable(), [], -1)

  /** Has the active task, or is about to get it; `HostInfo.unavailable()` where nobody that can be asked has it. */
  readonly activeHost: HostInfo
  /** Keep a copy. */
  readonly standbyHosts: readonly HostInfo[]
  /** Of the store; -1 for a global store, which each client has whole. */
  readonly partition: number

  constructor(activeHost: HostInfo, standbyHosts: readonly HostInfo[], partition: number) {
    this.activeHost = activeHost
    this.standbyHosts = standbyHosts
    this.partition = partition
  }
}

/** How far a store is behind the end of its changelog, in offsets. Corresponds to Java's `LagInfo` (KIP-535). */
export interface LagInfo {
  /** What the rows stand for: the offset after the last record that they include. */
  readonly currentOffsetPosition: bigint
  readonly endOffsetPosition: bigint
  readonly offsetLag: bigint
}
