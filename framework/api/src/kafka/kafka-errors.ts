import { ConnectError, RetriableError } from '../errors/connect-errors.ts'
import type { ErrorRow } from '../errors/define-errors.ts'
import { apiErrors } from '../errors/error-rows.ts'
import type { TopicPartition } from './topic-partition.ts'

/** A commit the coordinator refused because the group has moved on (Java: `CommitFailedException`). */
export class CommitFailedError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.CommitFailedError
}

/** A call that needs a group, of a consumer that was made without one (Java: `InvalidGroupIdException`). */
export class InvalidGroupIdError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.InvalidGroupIdError
}

/** No broker could be reached, or none answered in time (Java: `TimeoutException`). */
export class KafkaUnavailableError extends RetriableError {
  static override readonly row: ErrorRow = apiErrors.rows.KafkaUnavailableError
}

/** A topic that does not exist (Java: `UnknownTopicOrPartitionException`). */
export class UnknownTopicError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.UnknownTopicError
}

/** A record that is larger than its topic takes (Java: `RecordTooLargeException`). */
export class RecordTooLargeError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.RecordTooLargeError
}

/** Offsets to read from that lie outside of the log, and no `auto.offset.reset` (Java: `OffsetOutOfRangeException`). */
export class OffsetOutOfRangeError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.OffsetOutOfRangeError
  readonly partitions: readonly (TopicPartition & { readonly offset: bigint })[]

  constructor(message: string, partitions: readonly (TopicPartition & { readonly offset: bigint })[]) {
    super(message)
    this.partitions = partitions
  }
}

/** Another member has taken the place of this static one (Java: `FencedInstanceIdException`). */
export class FencedInstanceIdError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.FencedInstanceIdError
}

/** A topic to create that exists already (Java: `TopicExistsException`). */
export class TopicExistsError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.TopicExistsError
}

/** Credentials or rights that the broker refuses (Java: `AuthenticationException`, `AuthorizationException`). */
export class KafkaAuthError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.KafkaAuthError
}

/**
 * A producer whose transactional id a newer producer has taken, or whose transaction the coordinator has ended or forgotten (Java:
 * `ProducerFencedException`, `InvalidProducerEpochException`, `InvalidTxnStateException`, `InvalidPidMappingException`).
 */
export class ProducerFencedError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.ProducerFencedError
}

/** Something this Kafka client cannot do; the message names what can. */
export class UnsupportedByClientError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.UnsupportedByClientError
}
