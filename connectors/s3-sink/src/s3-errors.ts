import { ConnectError, NoSuchUploadError, PreconditionFailedError, RetriableError } from '@spillway/framework'

/** Credentials that have run out: their provider is asked for new ones. */
const EXPIRED_CODES: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
])

/** Codes of S3 and its lookalikes for what passes by itself. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  'InternalError',
  'ServiceUnavailable',
  'SlowDown',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'OperationAborted',
  'ConditionalRequestConflict',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'BandwidthLimitExceeded',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'TransactionInProgressException',
  'EC2ThrottledException',
  ...EXPIRED_CODES,
  // The body did not arrive as it was sent.
  'BadDigest',
  'IncompleteBody',
  'XAmzContentChecksumMismatch',
])

/** Codes of Node and of the SDK for a connection that could not be made or did not last. */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ENETDOWN',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'TimeoutError',
  'RequestTimeout',
  'NetworkingError',
])

const BUCKET = 's3.bucket.name'
const KEY_ID = 'aws.access.key.id'
const SECRET = 'aws.secret.access.key'

/** How the message of a failure begins that came before the store was asked. */
export const GETTING_CREDENTIALS = 'getting credentials'

/** What is to be done about codes that trying again does not mend. */
const REMEDIES: Readonly<Record<string, string>> = {
  NoSuchBucket: `The bucket does not exist: create it, or correct ${BUCKET}.`,
  InvalidBucketName: `Correct ${BUCKET}.`,
  InvalidAccessKeyId: `The store does not know this access key: correct ${KEY_ID}.`,
  SignatureDoesNotMatch: `The signature is not the store's: correct ${SECRET} (or ${KEY_ID}).`,
  InvalidToken: `The session token is not valid: correct ${KEY_ID} and ${SECRET}, or the credentials of the environment.`,
  AccessDenied: `These credentials (${KEY_ID}, ${SECRET}, or the default chain) may not do this: grant them s3:PutObject and s3:AbortMultipartUpload on the bucket, or correct them.`,
  AllAccessDisabled: `The store has disabled all access to the bucket: see ${BUCKET}.`,
  AccountProblem: `See the account that ${KEY_ID} belongs to.`,
  PermanentRedirect: `The bucket is in another region: correct s3.region.`,
  AuthorizationHeaderMalformed: `The request was signed for another region: correct s3.region.`,
  IllegalLocationConstraintException: `The bucket is in another region: correct s3.region.`,
  EntityTooSmall: 'A part is smaller than the store accepts: raise s3.part.size.',
  EntityTooLarge: 'A part is larger than the store accepts: lower s3.part.size.',
  InvalidPart: 'The store has lost a part of the upload; a restart of the task uploads the file again.',
  KeyTooLongError:
    'The object key is longer than the store takes: shorten topics.dir or the partitioner’s fields, or see object.key.rule.',
  XMinioInvalidObjectName: 'The store takes no such key: partition.by escapes what it takes of records.',
  CredentialsProviderError: `No credentials were found: set ${KEY_ID} and ${SECRET}, or provide them to the default chain (AWS_ACCESS_KEY_ID, a profile, a role).`,
}

/** The key to correct, by code; the bucket's where none is better. */
const KEYS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: KEY_ID,
  AccountProblem: KEY_ID,
  SignatureDoesNotMatch: SECRET,
  InvalidToken: SECRET,
  PermanentRedirect: 's3.region',
  AuthorizationHeaderMalformed: 's3.region',
  IllegalLocationConstraintException: 's3.region',
}

/** The configuration key that a failure of {@link storeError} is about. */
export function keyOfFailure(error: unknown): string {
  const { key, cause, message } = error as { key?: string; cause?: unknown; message: string }
  if (key !== undefined) return key
  if (message.startsWith(GETTING_CREDENTIALS)) return 's3.credentials.provider.class'
  return KEYS[codeOf(cause ?? error)] ?? BUCKET
}

interface S3Failure {
  readonly name?: string
  readonly code?: string
  readonly Code?: string
  readonly message?: string
  readonly cause?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
  readonly $retryable?: { readonly throttling?: boolean }
}

/** The store's word for a failure, or Node's, or the class of the error. */
export function codeOf(error: unknown): string {
  const failure = error as S3Failure
  const name = failure.Code ?? failure.name ?? 'Error'
  return name === 'Error' || name === 'AggregateError' ? (failure.code ?? codeOfCause(failure) ?? name) : name
}

export function statusOf(error: unknown): number | undefined {
  return (error as S3Failure).$metadata?.httpStatusCode
}

/** Whether a store refuses a request because the credentials it was signed with have run out. */
export function isExpired(error: unknown): boolean {
  return EXPIRED_CODES.has(codeOf(error))
}

/**
 * What a failed request means to the sink.
 *
 * @param doing what was tried, e.g. `putting s3://b/k`.
 * @param remedies what is to be done, by code, before what is usual.
 */
export function storeError(
  error: unknown,
  doing: string,
  remedies: Readonly<Record<string, string>> = {},
): ConnectError {
  // Getting credentials failed: that says already what it was about.
  if (error instanceof ConnectError) return error
  const failure = error as S3Failure
  const code = codeOf(error)
  const status = statusOf(error)
  const shown =
    failure.message === undefined || failure.message === code ? code : `${code}: ${failure.message}`
  const message = `${doing} failed: ${status === undefined ? '' : `${status} `}${shown}`
  if (code === 'PreconditionFailed' || status === 412)
    return new PreconditionFailedError(message, { cause: error })
  if (code === 'NoSuchUpload') return new NoSuchUploadError(message, { cause: error })
  if (passes(failure, code, status)) return new RetriableError(message, { cause: error })
  const remedy = remedies[code] ?? REMEDIES[code]
  return new ConnectError(remedy === undefined ? message : `${message}. ${remedy}`, { cause: error })
}

function passes(failure: S3Failure, code: string, status: number | undefined): boolean {
  if (PASSING_CODES.has(code) || failure.$retryable !== undefined) return true
  if (NETWORK_CODES.has(code) || NETWORK_CODES.has(failure.code ?? '')) return true
  if (NETWORK_CODES.has(codeOfCause(failure) ?? '')) return true
  // A 200 that is not what it says is an answer cut off or an error behind its back; so is a reply that is no XML.
  if (status === 200) return true
  return status !== undefined && ((status >= 500 && status !== 501) || status === 429 || status === 408)
}

function codeOfCause(failure: S3Failure): string | undefined {
  const cause = failure.cause as S3Failure | undefined
  return typeof cause === 'object' && cause !== null ? (cause.code ?? cause.name) : undefined
}
