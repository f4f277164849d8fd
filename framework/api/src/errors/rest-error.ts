import { ConnectError } from './connect-errors.ts'

/** An error with its HTTP status (Java: `ConnectRestException`). */
export class RestError extends ConnectError {
  override readonly code: string = 'CONNECT_REST'
  override readonly javaClass: string = 'org.apache.kafka.connect.runtime.rest.errors.ConnectRestException'
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** A request that is wrong in itself: 400 (Java: `BadRequestException`). */
export class BadRequestError extends RestError {
  constructor(message: string, options?: ErrorOptions) {
    super(400, message, options)
  }
}
