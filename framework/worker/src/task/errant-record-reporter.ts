import { ConnectError, type ConsumerRecord, type ErrantRecordReporter, type SinkRecord } from '@spillway/api'
import type { ErrorHandler } from '../failures/error-handler.ts'

/** Kafka Connect names no connector's class here: tools that read dead letters look for this one. */
const SINK_TASK = 'org.apache.kafka.connect.sink.SinkTask'

/** Lets a task report single bad records as they were read (Java: `WorkerErrantRecordReporter`, KIP-610). */
export class WorkerErrantRecordReporter implements ErrantRecordReporter {
  readonly #errors: ErrorHandler

  constructor(errors: ErrorHandler) {
    this.#errors = errors
  }

  async report(record: SinkRecord, error: unknown): Promise<void> {
    if (record.origin === null) {
      throw new ConnectError(`Cannot report ${record.coordinates}: it was not made from a consumed record`, {
        cause: error,
      })
    }
    await this.#errors.skipOrFail({
      stage: 'TASK_PUT',
      className: SINK_TASK,
      error,
      record: record.origin as ConsumerRecord,
      attempts: 1,
    })
  }
}
