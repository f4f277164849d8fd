import { ConnectError } from '../errors/connect-errors.ts'
import type { ErrorRow } from '../errors/define-errors.ts'
import { apiErrors } from '../errors/error-rows.ts'

/** A conditional write found the store in another state than the condition names; nothing was written. */
export class PreconditionFailedError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.PreconditionFailedError
}

/** A multipart upload that was completed or aborted before, or that the store has forgotten. */
export class NoSuchUploadError extends ConnectError {
  static override readonly row: ErrorRow = apiErrors.rows.NoSuchUploadError
}

/** True for a {@link PreconditionFailedError} of this or another copy of the framework. */
export function isPreconditionFailed(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === apiErrors.rows.PreconditionFailedError.code
}

/** True for a {@link NoSuchUploadError} of this or another copy of the framework. */
export function isNoSuchUpload(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === apiErrors.rows.NoSuchUploadError.code
}
