import { ConnectError, type ErrorRow } from '@spillway/api'
import { objectStoreErrors } from '../error-rows.ts'

/**
 * A record whose output partition cannot be told (Java: `io.confluent.connect.storage.errors.PartitionException`). It
 * is the record's fault: it may go to the dead letter queue.
 */
export class PartitionError extends ConnectError {
  static override readonly row: ErrorRow = objectStoreErrors.rows.PartitionError
}
