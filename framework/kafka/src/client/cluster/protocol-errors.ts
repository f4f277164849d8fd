import {
  ConnectError,
  FencedInstanceIdError,
  isConnectError,
  KafkaAuthError,
  KafkaUnavailableError,
  ProducerFencedError,
  TopicExistsError,
  UnknownTopicError,
} from '@spillway/api'
import {
  AuthenticationError,
  GenericError,
  protocolErrors,
  protocolErrorsCodesById,
} from '@platformatic/kafka'

/** The error codes of Kafka's protocol that this adapter decides by. */
export const ErrorCode = {
  unknownServerError: -1,
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeaderOrFollower: 6,
  coordinatorLoadInProgress: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  invalidTopic: 17,
  illegalGeneration: 22,
  unknownMemberId: 25,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  clusterAuthorizationFailed: 31,
  unsupportedSaslMechanism: 33,
  illegalSaslState: 34,
  topicAlreadyExists: 36,
  invalidProducerEpoch: 47,
  duplicateSequenceNumber: 46,
  outOfOrderSequenceNumber: 45,
  invalidTxnState: 48,
  invalidProducerIdMapping: 49,
  unknownProducerId: 59,
  concurrentTransactions: 51,
  transactionalIdAuthorizationFailed: 53,
  saslAuthenticationFailed: 58,
  groupIdNotFound: 69,
  fencedLeaderEpoch: 74,
  memberIdRequired: 79,
  fencedInstanceId: 82,
  producerFenced: 90,
} as const

const AUTH_CODES = new Set<number>([
  ErrorCode.topicAuthorizationFailed,
  ErrorCode.groupAuthorizationFailed,
  ErrorCode.clusterAuthorizationFailed,
  ErrorCode.transactionalIdAuthorizationFailed,
  ErrorCode.saslAuthenticationFailed,
])

/** `NOT_COORDINATOR` for 16. */
export function codeName(code: number): string {
  const names: Readonly<Record<number, string>> = protocolErrorsCodesById
  return names[code] ?? `error code ${code}`
}

/** True where Kafka says that the same request may succeed later. */
export function isRetriableCode(code: number): boolean {
  const table: Readonly<Record<string, { readonly canRetry: boolean }>> = protocolErrors
  return table[codeName(code)]?.canRetry ?? false
}

/** An error code a broker answered with, before it is known what it means to the caller. */
export class BrokerError extends Error {
  readonly errorCode: number

  /** @param doing what was asked of the broker, as in `committing offsets of group g` */
  constructor(errorCode: number, doing: string, detail?: string | null | undefined) {
    const table: Readonly<Record<string, { readonly message: string }>> = protocolErrors
    const text = detail ?? table[codeName(errorCode)]?.message ?? ''
    super(`${doing}: ${codeName(errorCode)}${text === '' ? '' : `: ${text}`}`)
    this.name = 'BrokerError'
    this.errorCode = errorCode
  }
}

/** Throws a {@link BrokerError} for any code but 0. */
export function check(errorCode: number, doing: string, detail?: string | null | undefined): void {
  if (errorCode !== ErrorCode.none) throw new BrokerError(errorCode, doing, detail)
}

/** True for failures that may pass by themselves: lost connections, time-outs, retriable codes. */
export function isTransient(error: unknown): boolean {
  if (error instanceof BrokerError) return isRetriableCode(error.errorCode)
  if (error instanceof KafkaUnavailableError) return true
  if (isConnectError(error)) return false
  if (isAuthentication(error)) return false
  return error instanceof Error && GenericError.isGenericError(error)
}

function isAuthentication(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof AuthenticationError) return true
  }
  return false
}

/** The deepest cause says what really happened (`connect ECONNREFUSED 127.0.0.1:9092`). */
export function rootMessage(error: unknown): string {
  let current: unknown = error
  while (current instanceof Error) {
    const next: unknown =
      current instanceof AggregateError ? (current.errors[0] ?? current.cause) : current.cause
    if (!(next instanceof Error)) break
    current = next
  }
  if (!(current instanceof Error)) return String(current)
  return current.message === '' ? current.name : current.message
}

/** What a caller outside the adapter sees: one of the framework's errors, the original as its cause. */
export function publicError(error: unknown): Error {
  if (isConnectError(error)) return error
  if (error instanceof BrokerError) {
    const options = { cause: error }
    if (AUTH_CODES.has(error.errorCode)) return new KafkaAuthError(error.message, options)
    switch (error.errorCode) {
      case ErrorCode.topicAlreadyExists:
        return new TopicExistsError(error.message, options)
      case ErrorCode.unknownTopicOrPartition:
        return new UnknownTopicError(error.message, options)
      case ErrorCode.fencedInstanceId:
        return new FencedInstanceIdError(
          `${error.message} Give each member a group.instance.id of its own; this one has ended, as the other has its name.`,
          options,
        )
      case ErrorCode.producerFenced:
      case ErrorCode.invalidProducerEpoch:
      case ErrorCode.invalidTxnState:
      case ErrorCode.invalidProducerIdMapping:
        return new ProducerFencedError(error.message, options)
    }
    return isRetriableCode(error.errorCode)
      ? new KafkaUnavailableError(error.message, options)
      : new ConnectError(error.message, options)
  }
  if (isAuthentication(error)) {
    const message = `Kafka refused the credentials: ${rootMessage(error)}; check sasl.mechanism and sasl.jaas.config`
    return new KafkaAuthError(message, { cause: error })
  }
  if (error instanceof Error && GenericError.isGenericError(error)) {
    return new KafkaUnavailableError(`${error.message} (${rootMessage(error)})`, { cause: error })
  }
  return error instanceof Error ? error : new ConnectError(String(error))
}
