import { ConnectError, DataError, isConnectError, RetriableError, type ErrorRow } from '@spillway/api'
import type { Dialect, SqlFailure } from '../dialects/dialect.ts'
import { jdbcErrors } from '../error-rows.ts'

/** Says what failed in a database, or only its class and code where values must not show (trim.sensitive.log). */
export function failureText(failure: SqlFailure, trims: boolean): string {
  const { message, code, column, failureClass } = failure
  if (trims) return `<redacted> [class=${failureClass}; SQLState=${code}${columnText(column)}]`
  return code === '' ? message : `${message} [SQLState=${code}${columnText(column)}]`
}

/** Why there is no connection. What is wrong with the configuration is said as it is: it holds no values of records. */
export function connectionText(dialect: Dialect, error: unknown, trims: boolean): string {
  return isConnectError(error) ? error.message : failureText(dialect.failureOf(error), trims)
}

function columnText(column: string | undefined): string {
  return column === undefined ? '' : `; column=${column}`
}

/** A record the database refuses; goes to the dead letter queue or fails the task. */
export class RefusedRecordError extends DataError {
  static override readonly row: ErrorRow = jdbcErrors.rows.RefusedRecordError
  readonly failure: SqlFailure

  constructor(table: string, failure: SqlFailure, trims: boolean, cause: unknown) {
    super(`Writing to table ${table}: ${failureText(failure, trims)}`, trims ? {} : { cause })
    this.failure = failure
  }
}

/** The database cannot be written now: the same records come again. */
export function retryLater(
  what: string,
  failure: SqlFailure,
  trims: boolean,
  cause: unknown,
): RetriableError {
  return new RetriableError(`${what}: ${failureText(failure, trims)}`, trims ? {} : { cause })
}

/** Nothing but a change of configuration or of the database helps. */
export function cannotWrite(what: string, failure: SqlFailure, trims: boolean, cause: unknown): ConnectError {
  return new ConnectError(`${what}: ${failureText(failure, trims)}`, trims ? {} : { cause })
}
