import { ConnectError, RetriableError } from '../errors/connect-errors.ts'

/** A commit the coordinator refused because the group has moved on (Java: `CommitFailedException`). */
export class CommitFailedError extends ConnectError {
  override readonly code: string = 'KAFKA_COMMIT_FAILED'
  override readonly javaClass: string = 'org.apache.kafka.clients.consumer.CommitFailedException'
}

/** A call that needs a group, of a consumer that was made without one (Java: `InvalidGroupIdException`). */
export class InvalidGroupIdError extends ConnectError {
  override readonly code: string = 'KAFKA_INVALID_GROUP_ID'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.InvalidGroupIdException'
}

/** No broker could be reached, or none answered in time (Java: `TimeoutException`). */
export class KafkaUnavailableError extends RetriableError {
  override readonly javaClass: string = 'org.apache.kafka.common.errors.TimeoutException'
}

/** A topic that does not exist (Java: `UnknownTopicOrPartitionException`). */
export class UnknownTopicError extends ConnectError {
  override readonly code: string = 'KAFKA_UNKNOWN_TOPIC'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.UnknownTopicOrPartitionException'
}

/** A topic to create that exists already (Java: `TopicExistsException`). */
export class TopicExistsError extends ConnectError {
  override readonly code: string = 'KAFKA_TOPIC_EXISTS'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.TopicExistsException'
}

/** Credentials or rights that the broker refuses (Java: `AuthenticationException`, `AuthorizationException`). */
export class KafkaAuthError extends ConnectError {
  override readonly code: string = 'KAFKA_AUTH'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.AuthorizationException'
}

/** A producer whose transactional id a newer producer has taken (Java: `ProducerFencedException`). */
export class ProducerFencedError extends ConnectError {
  override readonly code: string = 'KAFKA_PRODUCER_FENCED'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.ProducerFencedException'
}

/** Something this Kafka client cannot do; the message names what can. */
export class UnsupportedByClientError extends ConnectError {
  override readonly code: string = 'KAFKA_UNSUPPORTED'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.UnsupportedVersionException'
}
