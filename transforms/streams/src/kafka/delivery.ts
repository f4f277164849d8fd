import type { OffsetAndMetadata, TopicPartition } from '@spillway/api'

/**
 * How what a thread has sent, and how far it has read, last together: `processing.guarantee`. It is of one membership of the
 * thread, which it may end by {@link TaskMigratedException}.
 */
export interface Delivery {
  /** What all tasks of the thread have done is committed together: nobody's work goes without that of the others. */
  readonly isOfAllTasks: boolean
  /** Before anything is sent. @throws RetriableError where the brokers cannot be asked at present */
  begin(): Promise<void>
  /**
   * Resolves when all that was sent, and these offsets, last.
   *
   * @throws TaskMigratedException when they cannot any more: tasks begin again where the group says
   * @throws StreamsException when a record could not be sent
   */
  commit(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void>
  /** A task was given up whose work since the last commit may have been sent. */
  gaveUp(): void
  /** What the error of a task's work means for the thread, undefined: nothing but itself. */
  migration(error: unknown): Error | undefined
  /** Takes back what was sent since the last commit, where that is possible. Never rejects. */
  abort(): Promise<void>
}
