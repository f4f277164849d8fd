import { ConnectError } from '../errors/connect-errors.ts'

/** A conditional write found the store in another state than the condition names; nothing was written. */
export class PreconditionFailedError extends ConnectError {
  override readonly code: string = 'CONNECT_STORE_PRECONDITION_FAILED'
}

/** A multipart upload that was completed or aborted before, or that the store has forgotten. */
export class NoSuchUploadError extends ConnectError {
  override readonly code: string = 'CONNECT_STORE_NO_SUCH_UPLOAD'
}

/** True for a {@link PreconditionFailedError} of this or another copy of the framework. */
export function isPreconditionFailed(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'CONNECT_STORE_PRECONDITION_FAILED'
}

/** True for a {@link NoSuchUploadError} of this or another copy of the framework. */
export function isNoSuchUpload(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'CONNECT_STORE_NO_SUCH_UPLOAD'
}
