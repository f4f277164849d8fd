import type { Logger } from 'pino'
import type { ErrorMetrics } from './error-metrics.ts'
import type { ErrorReporter, FailedOperation } from './failed-operation.ts'

/** Tells failures to the log; keys and values are never part of it (Java: `LogReporter`). */
export class LogReporter implements ErrorReporter {
  readonly #logger: Logger
  readonly #taskName: string
  readonly #includeMessages: boolean
  readonly #metrics: ErrorMetrics

  constructor(parts: { logger: Logger; taskName: string; includeMessages: boolean; metrics: ErrorMetrics }) {
    this.#logger = parts.logger
    this.#taskName = parts.taskName
    this.#includeMessages = parts.includeMessages
    this.#metrics = parts.metrics
  }

  async report(failed: FailedOperation): Promise<void> {
    this.#metrics.totalErrorsLogged++
    this.#logger.error({ err: failed.error }, this.messageFor(failed))
  }

  /** The line as Connect writes it. */
  messageFor(failed: FailedOperation): string {
    const { record } = failed
    const where = this.#includeMessages
      ? `, where consumed record is {topic='${record.topic}', partition=${record.partition}, offset=${record.offset}` +
        `${record.timestampType === 'NoTimestampType' ? '' : `, timestamp=${record.timestamp}, timestampType=${record.timestampType}`}}`
      : ''
    return (
      `Error encountered in task ${this.#taskName}. Executing stage '${failed.stage}' with class ` +
      `'${failed.className}'${where}.`
    )
  }

  async close(): Promise<void> {}
}
