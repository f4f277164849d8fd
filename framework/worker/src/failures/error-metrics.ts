/** What a task counts of its errors (Java: `ErrorHandlingMetrics`, MBean `task-error-metrics`). */
export class ErrorMetrics {
  totalRecordFailures = 0
  totalRecordErrors = 0
  totalRecordsSkipped = 0
  totalRetries = 0
  totalErrorsLogged = 0
  deadLetterQueueProduceRequests = 0
  deadLetterQueueProduceFailures = 0
  /** Milliseconds since the epoch; 0 for never. */
  lastErrorTimestamp = 0
}
