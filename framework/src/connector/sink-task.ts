import type { Logger } from 'pino'
import type { RawConfig } from '../config/config-def.ts'
import type { ModuleDoor } from '../config/module-door.ts'
import type { SinkRecord } from '../data/sink-record.ts'
import type { OffsetAndMetadata, TopicPartition } from '../kafka/port.ts'
import type { Clock } from './clock.ts'
import type { TopicPartitionMap } from './topic-partition-map.ts'

/** Offsets by topic partition. */
export type Offsets = TopicPartitionMap<OffsetAndMetadata>

/**
 * Writes records to a system (Java: `SinkTask`). One caller, one call at a time.
 *
 * Life: initialize, start, then open / put / preCommit / close as partitions come and go, stop.
 */
export interface SinkTask {
  /**
   * True where a `put` that throws has written and kept nothing of its records, so that any part of them may be put
   * again. The worker then finds a bad record by halving the batch, under `errors.tolerance=all`.
   */
  readonly isPutAtomic?: boolean
  initialize(context: SinkTaskContext): void
  start(config: RawConfig): Promise<void>
  /** Partitions newly assigned. Positions may be moved by `context.offset`. */
  open(partitions: readonly TopicPartition[]): Promise<void>
  /**
   * The next records, in order per partition; an empty array where none came (a chance to act on time).
   *
   * @throws {RetriableError} the same records come again later, after `context.timeout`.
   * @throws anything else: the task fails, unless {@link isPutAtomic} lets the worker look for the bad record.
   */
  put(records: readonly SinkRecord[]): Promise<void>
  /**
   * The offsets that are safe to commit: everything below them is durable.
   *
   * @param consumed the consumed positions: next offset per partition after what `put` has taken, or was filtered.
   * @param closing true where `close` of these partitions follows: what is on its way to the store already (an upload
   *   in flight) is awaited and counts; nothing new is begun.
   */
  preCommit(consumed: Offsets, closing: boolean): Promise<Offsets>
  /** Partitions about to leave this task; what is open for them is dropped and read again by their next owner. */
  close(partitions: readonly TopicPartition[]): Promise<void>
  /** Ends the task; after the last `close`. Idempotent. */
  stop(): Promise<void>
}

/** Reports single bad records to the dead letter queue and log (Java: `ErrantRecordReporter`, KIP-610). */
export interface ErrantRecordReporter {
  /** Resolves when the record is safely reported. @throws where `errors.tolerance` is none: the task fails. */
  report(record: SinkRecord, error: unknown): Promise<void>
}

/** Budgets and place for the open files of all tasks of one worker; the shared memories hold atomic counters. */
export interface SharedBuffers {
  /** Byte budget of memory (`buffer.memory.bytes`). */
  readonly memory: SharedArrayBuffer
  /** Byte budget of disk (`buffer.disk.bytes`). */
  readonly disk: SharedArrayBuffer
  /** Folder for spilled files (`buffer.dir`); a task makes its own folder in it. */
  readonly directory: string
}

/** What a task may ask of its worker (Java: `SinkTaskContext`). */
export interface SinkTaskContext {
  readonly connectorName: string
  readonly taskId: number
  /** The task's configuration, providers resolved. */
  configs(): RawConfig
  /** Reads on from these offsets at the next poll. */
  offset(partition: TopicPartition, offset: bigint): void
  /** Longest wait until the next `put`, in ms, once: also how long after a RetriableError. */
  timeout(ms: number): void
  assignment(): readonly TopicPartition[]
  /**
   * The group's committed positions with their metadata, asked of the broker now; null where there is none. Every
   * worker has it; a context made by hand for a task that does not ask may leave it out.
   */
  committed?(partitions: readonly TopicPartition[]): Promise<(OffsetAndMetadata | null)[]>
  /** KIP-516 id of a topic: one that was deleted and made anew is another topic. Optional as {@link committed}. */
  topicId?(topic: string): Promise<string | undefined>
  /** Member id and generation of the task's consumer in its group, where it is a member. Optional as {@link committed}. */
  membership?(): { readonly memberId: string; readonly generation: number } | undefined
  /** How often the worker commits offsets, in ms (`offset.flush.interval.ms`). Optional as {@link committed}. */
  readonly offsetFlushIntervalMs?: number
  pause(...partitions: TopicPartition[]): void
  resume(...partitions: TopicPartition[]): void
  /** Commits before the interval elapses. */
  requestCommit(): void
  /** Wakes the task loop so that `put` is called soon, though no record came: for background work that has ended. */
  wakeup(): void
  /** Null where neither a dead letter queue nor error logging is configured. */
  errantRecordReporter(): ErrantRecordReporter | null
  readonly logger: Logger
  readonly clock: Clock
  /** Aborted when the task must end at once. */
  readonly signal: AbortSignal
  /** What all tasks of the worker share for buffering; see `storage/spill`. */
  readonly buffers: SharedBuffers
  /** For modules that the task's configuration names. Optional as {@link committed}: without it none are loaded. */
  readonly modules?: ModuleDoor
  /** State to show in `/connectors/{c}/status` while it lasts, e.g. why the task waits; null ends it. */
  notice(text: string | null): void
}
