import { ConnectError } from './connect-errors.ts'
import type { ErrorRow } from './define-errors.ts'
import { apiErrors } from './error-rows.ts'

/** An error with its HTTP status (Java: `ConnectRestException`). */
export class RestError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.RestError
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** A request that is wrong in itself: 400 (Java: `BadRequestException`). */
export class BadRequestError extends RestError {
  static override readonly row: ErrorRow = apiErrors.rows.BadRequestError
  constructor(message: string, options?: ErrorOptions) {
    super(400, message, options)
  }
}
