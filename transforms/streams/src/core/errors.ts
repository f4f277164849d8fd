/** The errors of the streams engine, named as in Java so that messages and handlers can be searched for in Kafka's own documentation. */

import { ConnectError, type ErrorRow } from '@spillway/api'
import { streamsErrors } from './error-rows.ts'

/** Corresponds to `org.apache.kafka.streams.errors.StreamsException`: the base of all errors the engine throws by itself. */
export class StreamsException extends ConnectError {
  static override readonly row: ErrorRow = streamsErrors.rows.StreamsException
  override readonly name: string = 'StreamsException'
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
  }
}

/** Corresponds to `TopologyException`: the topology cannot work as written. Thrown while it is built. */
export class TopologyException extends StreamsException {
  static override readonly row: ErrorRow = streamsErrors.rows.TopologyException
  override readonly name = 'TopologyException'
  constructor(message: string, cause?: unknown) {
    super(`Invalid topology: ${message}`, cause)
  }
}

/** Corresponds to `InvalidStateStoreException`: a store was used after its close, or is of another kind than asked for. */
export class InvalidStateStoreException extends StreamsException {
  static override readonly row: ErrorRow = streamsErrors.rows.InvalidStateStoreException
  override readonly name: string = 'InvalidStateStoreException'
}

/** Corresponds to `UnknownStateStoreException`: the topology has no store of that name. */
export class UnknownStateStoreException extends InvalidStateStoreException {
  static override readonly row: ErrorRow = streamsErrors.rows.UnknownStateStoreException
  override readonly name = 'UnknownStateStoreException'
}

/** Corresponds to `StreamsNotStartedException`: a query came before `start()`. */
export class StreamsNotStartedException extends InvalidStateStoreException {
  static override readonly row: ErrorRow = streamsErrors.rows.StreamsNotStartedException
  override readonly name = 'StreamsNotStartedException'
}

/** Corresponds to `StreamsStoppedException`: a query came when the client had stopped. */
export class StreamsStoppedException extends InvalidStateStoreException {
  static override readonly row: ErrorRow = streamsErrors.rows.StreamsStoppedException
  override readonly name = 'StreamsStoppedException'
}

/** Corresponds to `StateStoreMigratedException`: none of the store's tasks is here any more, or yet. */
export class StateStoreMigratedException extends InvalidStateStoreException {
  static override readonly row: ErrorRow = streamsErrors.rows.StateStoreMigratedException
  override readonly name = 'StateStoreMigratedException'
}

/** Corresponds to `InvalidStateStorePartitionException`: the task of the partition that was asked for is not here. */
export class InvalidStateStorePartitionException extends InvalidStateStoreException {
  static override readonly row: ErrorRow = streamsErrors.rows.InvalidStateStorePartitionException
  override readonly name = 'InvalidStateStorePartitionException'
}

/** Corresponds to `LockException`: the state of a task is in use by another process or thread. */
export class LockException extends StreamsException {
  static override readonly row: ErrorRow = streamsErrors.rows.LockException
  override readonly name = 'LockException'
}

/** Corresponds to `org.apache.kafka.common.errors.SerializationException`: bytes and values do not fit together. */
export class SerializationException extends ConnectError {
  static override readonly row: ErrorRow = streamsErrors.rows.SerializationException
  override readonly name = 'SerializationException'
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
  }
}

/** Corresponds to `java.lang.IllegalArgumentException`. */
export class IllegalArgumentException extends ConnectError {
  static override readonly row: ErrorRow = streamsErrors.rows.IllegalArgumentException
  override readonly name = 'IllegalArgumentException'
}

/** Corresponds to `java.lang.IllegalStateException`. */
export class IllegalStateException extends ConnectError {
  static override readonly row: ErrorRow = streamsErrors.rows.IllegalStateException
  override readonly name = 'IllegalStateException'
}

/** Corresponds to `java.lang.NullPointerException`, thrown where Java refuses a null argument. */
export class NullPointerException extends ConnectError {
  static override readonly row: ErrorRow = streamsErrors.rows.NullPointerException
  override readonly name = 'NullPointerException'
}

/** Corresponds to `java.lang.UnsupportedOperationException`: a global store is written to by another processor than its own. */
export class UnsupportedOperationException extends ConnectError {
  static override readonly row: ErrorRow = streamsErrors.rows.UnsupportedOperationException
  override readonly name = 'UnsupportedOperationException'
}

/** Corresponds to `java.util.NoSuchElementException`, thrown by test output topics that hold nothing. */
export class NoSuchElementException extends ConnectError {
  static override readonly row: ErrorRow = streamsErrors.rows.NoSuchElementException
  override readonly name = 'NoSuchElementException'
}

/**
 * A processing error that the handler decided to fail on, on its way from the node where it happened up to the task.
 * Corresponds to Java's internal `FailedProcessingException`.
 */
export class FailedProcessingException extends StreamsException {
  override readonly name = 'FailedProcessingException'
  readonly failedNode: string
  readonly original: unknown
  constructor(failedNode: string, original: unknown) {
    super('processing failed', original)
    this.failedNode = failedNode
    this.original = original
  }
}

/** Errors of Java's own that user code may throw by the same name. */
const javaClasses: Readonly<Record<string, string>> = {
  RuntimeException: 'java.lang.RuntimeException',
  ArithmeticException: 'java.lang.ArithmeticException',
  NumberFormatException: 'java.lang.NumberFormatException',
}

/** The class name that a dead letter's exception header carries: Java's full name for errors Java has too, else the error's own name. */
export function exceptionClassName(error: unknown): string {
  if (!(error instanceof Error)) return 'Error'
  const rows: Readonly<Record<string, ErrorRow>> = streamsErrors.rows
  const { row } = error.constructor as { readonly row?: ErrorRow }
  return rows[error.name]?.javaClass ?? javaClasses[error.name] ?? row?.javaClass ?? error.name
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
