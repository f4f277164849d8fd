import { KafkaAuthError, KafkaUnavailableError, UnsupportedByClientError } from '@spillway/api'
import { BrokerError, ErrorCode, rootMessage } from '../client/cluster/protocol-errors.ts'

const UNREACHABLE = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSLockTimeout',
  'KafkaJSBrokerNotFound',
])
const REFUSED_CREDENTIALS = new Set<number>([
  ErrorCode.saslAuthenticationFailed,
  ErrorCode.unsupportedSaslMechanism,
])

/** The error code that a broker answered with, undefined where the failure is of another kind. */
export function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined
  const inner = innermost(error)
  // A session that has expired while requests were under way is the connection's trouble, and passes with it.
  if (!isAnswer(inner) || inner.code === ErrorCode.illegalSaslState) return undefined
  return inner.code
}

/**
 * A failure of kafkajs in the terms of the rest of the client: {@link BrokerError} for an error code, else one of the
 * port's errors.
 */
export function translated(error: unknown, doing: string): unknown {
  if (!(error instanceof Error)) return error
  const inner = innermost(error)
  const options = { cause: error }
  const code = isAnswer(inner) ? inner.code : ErrorCode.none
  if (inner.name === 'KafkaJSSASLAuthenticationError' || REFUSED_CREDENTIALS.has(code)) {
    const message = `Kafka refused the credentials: ${inner.message}; check sasl.mechanism and sasl.jaas.config`
    return new KafkaAuthError(message, options)
  }
  if (inner.name === 'KafkaJSServerDoesNotSupportApiKey' || inner.name === 'KafkaJSNotImplemented') {
    return new UnsupportedByClientError(
      `${doing}: kafkajs and the broker have no version of the request in common (${inner.message}); use ` +
        'kafka.client=platformatic',
      options,
    )
  }
  if (UNREACHABLE.has(inner.name) || code === ErrorCode.illegalSaslState) {
    return new KafkaUnavailableError(`${doing}: ${rootMessage(inner)}`, options)
  }
  return isAnswer(inner) ? new BrokerError(inner.code, doing) : error
}

function isAnswer(error: Error): error is Error & { readonly code: number } {
  return 'type' in error && 'code' in error && typeof error.code === 'number' && error.code >= 0
}

/** What is behind kafkajs's wrapping of its last attempt, and of several failures at once. */
function innermost(error: Error): Error {
  if ('errors' in error && Array.isArray(error.errors) && error.errors[0] instanceof Error) {
    return innermost(error.errors[0])
  }
  if (error.name === 'KafkaJSDeleteTopicRecordsError' && 'partitions' in error) {
    const [first] = error.partitions as readonly { readonly error: unknown }[]
    if (first?.error instanceof Error) return innermost(first.error)
  }
  return !isAnswer(error) && error.cause instanceof Error ? innermost(error.cause) : error
}
