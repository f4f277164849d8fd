/**
 * The error tree every part of Spillway throws from. It follows `org.apache.kafka.connect.errors` and
 * `org.apache.kafka.common.config.ConfigException`, with a code per class so that logs, REST and metrics can
 * name a failure without parsing its message.
 */

import type { ErrorRow } from './define-errors.ts'
import { apiErrors } from './error-rows.ts'

const BRAND = Symbol.for('spillway.connect-error')

/**
 * Base of all errors Spillway itself raises (Java: `ConnectException`). Not retriable unless a subclass says so.
 *
 * Branded by a registered symbol, so that an error thrown by a plugin's own copy of the framework still counts.
 */
export class ConnectError extends Error {
  /** What the table of errors says of the class; a class without a row of its own has its parent's. */
  static readonly row: ErrorRow = apiErrors.rows.ConnectError
  readonly code: string
  /** Class name that Connect's traces and `__connect.errors.exception.class.name` show for this error. */
  readonly javaClass: string
  readonly [BRAND] = true

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    const { code, javaClass } = new.target.row
    this.code = code
    this.javaClass = javaClass
  }
}

/** A failure that may pass when tried again: a network error, a throttled request (Java: `RetriableException`). */
export class RetriableError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.RetriableError
}

/** Data that does not fit its schema, its format or its destination (Java: `DataException`). */
export class DataError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.DataError
}

/** A schema that cannot be built (Java: `SchemaBuilderException`). */
export class SchemaBuilderError extends DataError {
  static override readonly row: ErrorRow = apiErrors.rows.SchemaBuilderError
}

/** A value that cannot be moved from one schema to another (Java: `SchemaProjectorException`). */
export class SchemaProjectorError extends DataError {
  static override readonly row: ErrorRow = apiErrors.rows.SchemaProjectorError
}

/** A connector, task or plugin that does not exist (Java: `NotFoundException`); REST answers 404. */
export class NotFoundError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.NotFoundError
}

/** A connector name that is taken (Java: `AlreadyExistsException`); REST answers 409. */
export class AlreadyExistsError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.AlreadyExistsError
}

/** A call on a task context in a state that does not allow it (Java: `IllegalWorkerStateException`). */
export class IllegalWorkerStateError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.IllegalWorkerStateError
}

/**
 * A configuration value that cannot be used (Java: `ConfigException`). `key` is the configuration key the message
 * is about, where there is one.
 */
export class ConfigError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.ConfigError
  readonly key: string | undefined

  constructor(message: string, options?: ErrorOptions & { key?: string }) {
    super(message, options)
    this.key = options?.key
  }

  /** `Invalid value V for configuration K: why`, in the words of Kafka's ConfigDef. */
  static invalidValue(key: string, value: unknown, why?: string): ConfigError {
    const text = value === undefined ? 'null' : String(value)
    return new ConfigError(
      `Invalid value ${text} for configuration ${key}${why === undefined ? '' : `: ${why}`}`,
      { key },
    )
  }
}

/** True for a {@link ConnectError} of this or another copy of the framework. */
export function isConnectError(error: unknown): error is ConnectError {
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[BRAND] === true
}

/** True for an error of the class that has this code, or of a class that extends it, of this or another copy of the framework. */
export function isOfKind(error: unknown, code: string): boolean {
  if (!isConnectError(error)) return false
  if (error.code === code) return true
  for (
    let type: unknown = error.constructor;
    typeof type === 'function';
    type = Object.getPrototypeOf(type)
  ) {
    if ((type as { readonly row?: ErrorRow }).row?.code === code) return true
  }
  return false
}

/** True for an error whose row says so, such as a {@link RetriableError}, of this or another copy of the framework. */
export function isRetriable(error: unknown): boolean {
  if (!isConnectError(error)) return false
  const { row } = error.constructor as { readonly row?: ErrorRow }
  // What another version of the framework threw may have no row.
  return row?.retriable ?? error.code === apiErrors.rows.RetriableError.code
}

/** True where an error or one of its causes is retriable: starting again later may help. */
export function isCausedByRetriable(error: unknown): boolean {
  const seen = new Set<unknown>()
  for (let current = error; current instanceof Error && !seen.has(current); current = current.cause) {
    if (isRetriable(current)) return true
    seen.add(current)
  }
  return false
}

/** The class name Java users expect for an error: its Java counterpart, or the JavaScript name. */
export function javaClassOf(error: unknown): string {
  if (isConnectError(error)) return error.javaClass
  return error instanceof Error ? error.name : typeof error
}

/** One line per error of the chain, each with its class, its code below it: the text REST shows as `trace`. */
export function traceOf(error: unknown): string {
  const lines: string[] = []
  const seen = new Set<unknown>()
  let current: unknown = error
  while (current !== undefined && current !== null && !seen.has(current)) {
    seen.add(current)
    const message = current instanceof Error ? current.message : String(current)
    lines.push(`${lines.length === 0 ? '' : 'Caused by: '}${javaClassOf(current)}: ${message}`)
    if (!(current instanceof Error)) break
    if (isConnectError(current)) lines.push(`\tcode ${current.code}`)
    const frames = current.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
    lines.push(...frames.map((line) => `\t${line.trim()}`))
    current = current.cause
  }
  return lines.join('\n')
}
