import assert from 'node:assert/strict'
import test from 'node:test'
import { isNoSuchUpload, isPreconditionFailed, isRetriable } from '@spillway/api'

import { storeError } from './s3-errors.ts'

/** An error as the SDK throws it. */
function failure(name: string, status?: number, extra: object = {}): Error {
  const error = new Error('what the store said')
  error.name = name
  return Object.assign(error, status === undefined ? {} : { $metadata: { httpStatusCode: status } }, extra)
}

for (const [name, error] of [
  ['an internal error', failure('InternalError', 500)],
  ['a request to slow down', failure('SlowDown', 503)],
  ['an unknown 502', failure('Unknown', 502)],
  ['throttling', failure('TooManyRequests', 429)],
  ['a time-out of the store', failure('RequestTimeout', 400)],
  ['an error behind a 200', failure('InternalError', 200)],
  ['credentials that have run out', failure('ExpiredToken', 400)],
  ['a conflict of conditional writes', failure('ConditionalRequestConflict', 409)],
  ['a connection that is refused', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })],
  ['a host that is not found', Object.assign(new Error('dns'), { code: 'ENOTFOUND' })],
  [
    'a connection that was reset, wrapped',
    failure('Error', undefined, { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }),
  ],
  ['a time-out of the connection', failure('TimeoutError')],
  ['what the SDK itself would try again', failure('Odd', 400, { $retryable: {} })],
] as const) {
  test(`${name} passes`, () => assert.equal(isRetriable(storeError(error, 'putting s3://b/k')), true))
}

for (const [code, status, key] of [
  ['NoSuchBucket', 404, 's3.bucket.name'],
  ['InvalidAccessKeyId', 403, 'aws.access.key.id'],
  ['SignatureDoesNotMatch', 403, 'aws.secret.access.key'],
  ['AccessDenied', 403, 'aws.access.key.id'],
  ['PermanentRedirect', 301, 's3.region'],
  ['AuthorizationHeaderMalformed', 400, 's3.region'],
] as const) {
  test(`${code} does not pass, and the message says what, where and which key to correct`, () => {
    const error = storeError(failure(code, status), 'putting s3://b/k')
    assert.equal(isRetriable(error), false)
    assert.match(
      error.message,
      new RegExp(`^putting s3://b/k failed: ${status} ${code}: what the store said\\. .*${key}`),
    )
  })
}

test('a failed condition and a forgotten upload are told apart', () => {
  assert.ok(isPreconditionFailed(storeError(failure('PreconditionFailed', 412), 'x')))
  assert.ok(isPreconditionFailed(storeError(failure('Odd', 412), 'x')))
  assert.ok(isNoSuchUpload(storeError(failure('NoSuchUpload', 404), 'x')))
})
