import { ConnectError } from '@spillway/api'

/**
 * A record whose output partition cannot be told (Java: `io.confluent.connect.storage.errors.PartitionException`). It
 * is the record's fault: it may go to the dead letter queue.
 */
export class PartitionError extends ConnectError {
  override readonly code: string = 'STORAGE_PARTITION'
  override readonly javaClass: string = 'io.confluent.connect.storage.errors.PartitionException'
}
