import type { ErrorMetrics } from '../failures/error-metrics.ts'
import { SampleWindow } from './sample-window.ts'

/** Attributes of `kafka.connect:type=sink-task-metrics`, as Prometheus writes them, with their meaning. */
export const SINK_TASK_METRICS = {
  sink_record_read_total: 'Records read from Kafka, before transformations, since the task was started.',
  sink_record_read_rate: 'Records read from Kafka per second, before transformations.',
  sink_record_send_total: 'Records put into the task, after transformations, since the task was started.',
  sink_record_send_rate: 'Records put into the task per second, after transformations.',
  sink_record_active_count: 'Records that were read and whose offsets are not committed yet.',
  partition_count: 'Partitions assigned to the task.',
  offset_commit_seq_no: 'Number of the last offset commit.',
  offset_commit_completion_total: 'Offset commits that were completed.',
  offset_commit_completion_rate: 'Offset commits that were completed, per second.',
  put_batch_max_time_ms: 'Longest put of a batch, in ms.',
  put_batch_avg_time_ms: 'Average time of a put, in ms.',
} as const

/** Attributes of `kafka.connect:type=connector-task-metrics`, apart from the status. */
export const CONNECTOR_TASK_METRICS = {
  offset_commit_max_time_ms: 'Longest offset commit, in ms.',
  offset_commit_avg_time_ms: 'Average time of an offset commit, in ms.',
  offset_commit_failure_percentage: 'Share of offset commits that failed, from 0 to 1.',
  offset_commit_success_percentage: 'Share of offset commits that were completed, from 0 to 1.',
  batch_size_max: 'Records of the largest batch put into the task.',
  batch_size_avg: 'Average records of a batch put into the task.',
} as const

/** Attributes of `kafka.connect:type=task-error-metrics`. */
export const TASK_ERROR_METRICS = {
  total_record_failures: 'Operations on records that failed for good.',
  total_record_errors: 'Records whose failure ended the task.',
  total_records_skipped: 'Records skipped after a failure.',
  total_retries: 'Operations that were tried again.',
  total_errors_logged: 'Errors written to the log.',
  deadletterqueue_produce_requests: 'Records sent to the dead letter queue.',
  deadletterqueue_produce_failures: 'Records that could not be sent to the dead letter queue.',
  last_error_timestamp: 'When a record failed last, in ms since the epoch; 0 for never.',
} as const

type Values<T> = Readonly<Record<keyof T, number>>

/** What a task has counted so far; small, and made of plain values, so that it can go from thread to thread. */
export interface TaskMetricsSnapshot {
  readonly sinkTask: Values<typeof SINK_TASK_METRICS>
  readonly connectorTask: Values<typeof CONNECTOR_TASK_METRICS>
  readonly taskError: Values<typeof TASK_ERROR_METRICS>
  readonly lags: readonly PartitionLag[]
}

/** Records of a partition that are in Kafka but not read yet. */
export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  readonly lag: number
}

/** Counters of a running sink task (Java: `SinkTaskMetricsGroup`). They are touched per batch, never per record. */
export class TaskMetrics {
  readonly #errors: ErrorMetrics
  readonly #reads: SampleWindow
  readonly #sends: SampleWindow
  readonly #putTimes: SampleWindow
  readonly #commitTimes: SampleWindow
  readonly #commitSuccesses: SampleWindow
  readonly #completions: SampleWindow
  #readTotal = 0
  #sendTotal = 0
  #commits = 0
  #completed = 0

  /** @param now milliseconds; only differences count. */
  constructor(errors: ErrorMetrics, now: () => number = () => performance.now()) {
    this.#errors = errors
    this.#reads = new SampleWindow(now)
    this.#sends = new SampleWindow(now)
    this.#putTimes = new SampleWindow(now)
    this.#commitTimes = new SampleWindow(now)
    this.#commitSuccesses = new SampleWindow(now)
    this.#completions = new SampleWindow(now)
  }

  /** So many records came from Kafka. */
  read(records: number): void {
    this.#readTotal += records
    this.#reads.record(records)
  }

  /** The task has taken so many records in so many ms. */
  put(records: number, ms: number): void {
    this.#sendTotal += records
    this.#sends.record(records)
    this.#putTimes.record(ms)
  }

  committed(success: boolean, ms: number): void {
    this.#commits++
    this.#commitTimes.record(ms)
    this.#commitSuccesses.record(success ? 1 : 0)
    if (!success) return
    this.#completed++
    this.#completions.record(1)
  }

  /** @param active records read but not committed; @param lags one for each assigned partition whose lag is known. */
  snapshot(partitions: number, active: number, lags: readonly PartitionLag[]): TaskMetricsSnapshot {
    const errors = this.#errors
    const failureShare = this.#commitSuccesses.isEmpty ? 0 : 1 - this.#commitSuccesses.average
    return {
      sinkTask: {
        sink_record_read_total: this.#readTotal,
        sink_record_read_rate: this.#reads.rate,
        sink_record_send_total: this.#sendTotal,
        sink_record_send_rate: this.#sends.rate,
        sink_record_active_count: active,
        partition_count: partitions,
        offset_commit_seq_no: this.#commits,
        offset_commit_completion_total: this.#completed,
        offset_commit_completion_rate: this.#completions.rate,
        put_batch_max_time_ms: this.#putTimes.max,
        put_batch_avg_time_ms: this.#putTimes.average,
      },
      connectorTask: {
        offset_commit_max_time_ms: this.#commitTimes.max,
        offset_commit_avg_time_ms: this.#commitTimes.average,
        offset_commit_failure_percentage: failureShare,
        offset_commit_success_percentage: this.#commitSuccesses.average,
        batch_size_max: this.#sends.max,
        batch_size_avg: this.#sends.average,
      },
      taskError: {
        total_record_failures: errors.totalRecordFailures,
        total_record_errors: errors.totalRecordErrors,
        total_records_skipped: errors.totalRecordsSkipped,
        total_retries: errors.totalRetries,
        total_errors_logged: errors.totalErrorsLogged,
        deadletterqueue_produce_requests: errors.deadLetterQueueProduceRequests,
        deadletterqueue_produce_failures: errors.deadLetterQueueProduceFailures,
        last_error_timestamp: errors.lastErrorTimestamp,
      },
      lags,
    }
  }
}
