import type { ConsumerRecord } from '@spillway/api'

/** Where in a record's way something failed (Java: `Stage`). */
export type Stage = 'KEY_CONVERTER' | 'VALUE_CONVERTER' | 'HEADER_CONVERTER' | 'TRANSFORMATION' | 'TASK_PUT'

/** One failure of one record. */
export interface FailedOperation {
  readonly stage: Stage
  /** Class of the converter, transformation or task that failed. */
  readonly className: string
  readonly error: unknown
  readonly record: ConsumerRecord
  /** Tries so far, the first included. */
  readonly attempts: number
}

/** Where failures are told: a log, a dead letter queue. */
export interface ErrorReporter {
  report(failed: FailedOperation): Promise<void>
  close(): Promise<void>
}
