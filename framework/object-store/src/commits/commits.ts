import type { FileBuffer, SpillBuffer } from '../spill/spill-buffer.ts'
import type { UploadResources } from '../upload/write-object.ts'
import type { TaggedRecords } from '../settings/tag-object.ts'
import type { OpenFile } from '../rotation/open-file.ts'

/**
 * What becomes of the files of one Kafka partition when they are rotated, and which offsets are safe by that.
 * {@link BatchCommits} is for rotation that a replay repeats, {@link ChainCommits} for any.
 */
export interface Commits {
  /** Rotations on their way. */
  readonly pending: number
  /** A place for the bytes of a file to be opened. */
  openBuffer(spill: Pick<SpillBuffer, 'openFile'>, firstOffset: bigint): FileBuffer
  opened(file: OpenFile): void
  /** A file that was opened and got no record. */
  forgotten(file: OpenFile): void
  /** True for a record that an object of an earlier life holds already. */
  covers(id: string, offset: bigint): boolean
  /** Where the file that begins at an offset is to end, if an earlier life has decided that. */
  plannedEnd(id: string, firstOffset: bigint): bigint | undefined
  /** Sends rotated files on their way; they are in order of first offset. */
  commit(files: readonly OpenFile[]): void
  /**
   * Smallest offset that is not durable; undefined where all that was written is: then the consumed position counts.
   *
   * @param firstOpen of the files that are still open, the one that was opened first.
   */
  frontier(firstOpen: OpenFile | undefined): bigint | undefined
  /** Resolves when nothing is on its way, or it was dropped. */
  settled(): Promise<void>
  /** Drops what is on its way. Idempotent. */
  drop(): void
}

/** Runs the uploads of a task beside consumption. */
export interface UploadRunner {
  /** False while so much is on its way that no further rotation should begin. */
  readonly acceptsMore: boolean
  readonly resources: UploadResources
  /** Runs a job when its turn comes; what it throws fails the task, unless the signal was aborted. */
  run(job: () => Promise<void>, signal: AbortSignal): void
  /** Tags the object of a file that is durable by now, where that is asked for. */
  tag(key: string, records: TaggedRecords, signal: AbortSignal): Promise<void>
}
