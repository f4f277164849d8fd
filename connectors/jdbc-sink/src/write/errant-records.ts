import { ConnectError, type SinkRecord, type SinkTaskContext } from '@spillway/api'

/** What becomes of records that cannot be written: the dead letter queue, the log, or the end of the task. */
export class ErrantRecords {
  readonly #context: SinkTaskContext
  readonly #tolerates: boolean
  /** Told already: a batch that is written again skips them. */
  readonly #told = new WeakSet<SinkRecord>()

  constructor(context: SinkTaskContext) {
    this.#context = context
    this.#tolerates = context.configs()['errors.tolerance']?.trim() === 'all'
  }

  /** True where a bad record does not fail the task. */
  get tolerates(): boolean {
    return this.#tolerates || this.#context.errantRecordReporter() !== null
  }

  isTold(record: SinkRecord): boolean {
    return this.#told.has(record)
  }

  /** Resolves when the record is safely reported. @throws {ConnectError} where the task must fail. */
  async tell(record: SinkRecord, error: unknown): Promise<void> {
    const reporter = this.#context.errantRecordReporter()
    if (reporter !== null) {
      await reporter.report(record, error)
    } else if (this.#tolerates) {
      this.#context.logger.warn(
        `Skipping the record ${record.coordinates}, as errors.tolerance is all: ${(error as Error).message}`,
      )
    } else {
      throw new ConnectError(
        `Cannot write the record ${record.coordinates}: ${(error as Error).message}. Repair the record or the table, or ` +
          `set errors.tolerance=all with a dead letter queue.`,
        { cause: error },
      )
    }
    this.#told.add(record)
  }
}
