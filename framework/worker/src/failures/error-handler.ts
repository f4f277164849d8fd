import { type Clock, ConnectError, isRetriable } from '@spillway/api'
import type { ErrorConfig } from './error-config.ts'
import type { ErrorMetrics } from './error-metrics.ts'
import type { ErrorReporter, FailedOperation } from './failed-operation.ts'

const FIRST_DELAY_MS = 300

/**
 * Decides what follows a failure of one record: try again, skip it, or fail the task
 * (Java: `RetryWithToleranceOperator`).
 *
 * Unlike Connect, a retriable error whose time is used up under `errors.tolerance=none` fails the task; Connect drops
 * the record there (docs/compatibility.md).
 */
export class ErrorHandler {
  readonly #config: ErrorConfig
  readonly #reporters: readonly ErrorReporter[]
  readonly #metrics: ErrorMetrics
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #random: () => number

  constructor(parts: {
    config: ErrorConfig
    reporters: readonly ErrorReporter[]
    metrics: ErrorMetrics
    clock: Clock
    signal: AbortSignal
    random?: () => number
  }) {
    this.#config = parts.config
    this.#reporters = parts.reporters
    this.#metrics = parts.metrics
    this.#clock = parts.clock
    this.#signal = parts.signal
    this.#random = parts.random ?? Math.random
  }

  /** True where failures are told to someone: then a task gets an errant record reporter (KIP-610). */
  get reports(): boolean {
    return this.#reporters.length > 0
  }

  get toleratesAll(): boolean {
    return this.#config['errors.tolerance'] === 'all'
  }

  /**
   * Waits for the next try of an operation that failed.
   *
   * @param firstFailureAt when it failed for the first time, ms since the epoch.
   * @returns false where it is not to be tried again: the error is final, or the time is used up.
   */
  async mayRetry(failed: FailedOperation, firstFailureAt: number): Promise<boolean> {
    if (!isRetriable(failed.error)) return false
    const timeout = this.#config['errors.retry.timeout']
    const left = timeout === -1 ? Infinity : firstFailureAt + timeout - this.#clock.now()
    if (left <= 0) return false
    const delay = this.#delay(failed.attempts)
    this.#metrics.totalRetries++
    await this.#clock.sleep(Math.min(delay, left), this.#signal)
    return true
  }

  /**
   * Reports a record that cannot be processed; returns where it is to be skipped.
   *
   * @throws {ConnectError} `Tolerance exceeded in error handler` where `errors.tolerance` is none.
   */
  async skipOrFail(failed: FailedOperation): Promise<void> {
    this.#metrics.totalRecordFailures++
    this.#metrics.lastErrorTimestamp = this.#clock.now()
    for (const reporter of this.#reporters) await reporter.report(failed)
    if (!this.toleratesAll) {
      this.#metrics.totalRecordErrors++
      const { topic, partition, offset } = failed.record
      throw new ConnectError(
        `Tolerance exceeded in error handler: stage ${failed.stage} (${failed.className}) failed for record ` +
          `${topic}-${partition}@${offset}. Repair or skip the record, or set errors.tolerance=all ` +
          `(with errors.deadletterqueue.topic.name to keep bad records).`,
        { cause: failed.error },
      )
    }
    this.#metrics.totalRecordsSkipped++
  }

  async close(): Promise<void> {
    await Promise.all(this.#reporters.map((reporter) => reporter.close()))
  }

  #delay(attempts: number): number {
    const delay = FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 40)
    const max = this.#config['errors.retry.delay.max.ms']
    return delay > max ? this.#random() * max : delay
  }
}
