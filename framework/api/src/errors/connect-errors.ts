/**
 * The error tree every part of Spillway throws from. It follows `org.apache.kafka.connect.errors` and
 * `org.apache.kafka.common.config.ConfigException`, with a code per class so that logs, REST and metrics can
 * name a failure without parsing its message.
 */

const BRAND = Symbol.for('spillway.connect-error')

/**
 * Base of all errors Spillway itself raises (Java: `ConnectException`). Not retriable unless a subclass says so.
 *
 * Branded by a registered symbol, so that an error thrown by a plugin's own copy of the framework still counts.
 */
export class ConnectError extends Error {
  readonly code: string = 'CONNECT_ERROR'
  /** Class name that Connect's traces and `__connect.errors.exception.class.name` show for this error. */
  readonly javaClass: string = 'org.apache.kafka.connect.errors.ConnectException'
  readonly [BRAND] = true

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** A failure that may pass when tried again: a network error, a throttled request (Java: `RetriableException`). */
export class RetriableError extends ConnectError {
  override readonly code: string = 'CONNECT_RETRIABLE'
  override readonly javaClass: string = 'org.apache.kafka.connect.errors.RetriableException'
}

/** Data that does not fit its schema, its format or its destination (Java: `DataException`). */
export class DataError extends ConnectError {
  override readonly code: string = 'CONNECT_DATA'
  override readonly javaClass: string = 'org.apache.kafka.connect.errors.DataException'
}

/** A schema that cannot be built (Java: `SchemaBuilderException`). */
export class SchemaBuilderError extends DataError {
  override readonly code: string = 'CONNECT_SCHEMA_BUILDER'
  override readonly javaClass: string = 'org.apache.kafka.connect.errors.SchemaBuilderException'
}

/** A value that cannot be moved from one schema to another (Java: `SchemaProjectorException`). */
export class SchemaProjectorError extends DataError {
  override readonly code: string = 'CONNECT_SCHEMA_PROJECTOR'
  override readonly javaClass: string = 'org.apache.kafka.connect.errors.SchemaProjectorException'
}

/** A connector, task or plugin that does not exist (Java: `NotFoundException`); REST answers 404. */
export class NotFoundError extends ConnectError {
  override readonly code: string = 'CONNECT_NOT_FOUND'
  override readonly javaClass: string = 'org.apache.kafka.connect.errors.NotFoundException'
}

/** A connector name that is taken (Java: `AlreadyExistsException`); REST answers 409. */
export class AlreadyExistsError extends ConnectError {
  override readonly code: string = 'CONNECT_ALREADY_EXISTS'
  override readonly javaClass: string = 'org.apache.kafka.connect.errors.AlreadyExistsException'
}

/** A call on a task context in a state that does not allow it (Java: `IllegalWorkerStateException`). */
export class IllegalWorkerStateError extends ConnectError {
  override readonly code: string = 'CONNECT_ILLEGAL_WORKER_STATE'
  override readonly javaClass: string = 'org.apache.kafka.connect.errors.IllegalWorkerStateException'
}

/**
 * A configuration value that cannot be used (Java: `ConfigException`). `key` is the configuration key the message
 * is about, where there is one.
 */
export class ConfigError extends ConnectError {
  override readonly code: string = 'CONNECT_CONFIG'
  override readonly javaClass: string = 'org.apache.kafka.common.config.ConfigException'
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

/** True for a {@link RetriableError} of this or another copy of the framework. */
export function isRetriable(error: unknown): boolean {
  return isConnectError(error) && error.code === 'CONNECT_RETRIABLE'
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

/** One line per error of the chain, each with its class: the text REST shows as `trace`. */
export function traceOf(error: unknown): string {
  const lines: string[] = []
  const seen = new Set<unknown>()
  let current: unknown = error
  while (current !== undefined && current !== null && !seen.has(current)) {
    seen.add(current)
    const message = current instanceof Error ? current.message : String(current)
    lines.push(`${lines.length === 0 ? '' : 'Caused by: '}${javaClassOf(current)}: ${message}`)
    if (!(current instanceof Error)) break
    const frames = current.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
    lines.push(...frames.map((line) => `\t${line.trim()}`))
    current = current.cause
  }
  return lines.join('\n')
}
