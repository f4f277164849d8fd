import { ConnectError, DataError, RetriableError } from '@spillway/framework'
import type { SqlFailure } from '../dialects/dialect.ts'

/** Says what failed in a database, or only its class and code where values must not show (trim.sensitive.log). */
export function failureText(failure: SqlFailure, trims: boolean): string {
  const { message, code, column, failureClass } = failure
  if (trims) return `<redacted> [class=${failureClass}; SQLState=${code}${columnText(column)}]`
  return `${message} [SQLState=${code}${columnText(column)}]`
}

function columnText(column: string | undefined): string {
  return column === undefined ? '' : `; column=${column}`
}

/** A record the database refuses; goes to the dead letter queue or fails the task. */
export class RefusedRecordError extends DataError {
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
