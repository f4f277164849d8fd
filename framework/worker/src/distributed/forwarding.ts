import { RestError } from '@spillway/api'
import { requestOrigin } from '../rest/request-origin.ts'

const TIMEOUT_MS = 90_000

/**
 * Asks another worker to do what this one may not (Java: `HerderRequestHandler.completeOrForwardRequest`): a follower asks
 * the leader, the leader the owner, and there it ends.
 *
 * @param path with a query where it has one.
 * @returns status and body of the answer.
 * @throws {RestError} as the other worker answered; 409 for a third hop, 500 where it could not be asked.
 */
export async function forwardRequest(
  url: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const origin = requestOrigin()
  if (origin?.forward === 'false') throw conflict()
  const hop = origin?.forward === undefined ? 'true' : 'false'
  const target = `${url}${path}${path.includes('?') ? '&' : '?'}forward=${hop}`
  const { status, text } = await ask(target, method, body, origin?.authorization)
  if (status >= 400) throw new RestError(status, messageIn(text) ?? `HTTP ${status}`)
  return { status, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
}

/** The message of an error; one that is no JSON, as that of a refused login, is its own. */
function messageIn(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown }
    return typeof message === 'string' ? message : undefined
  } catch {
    return text === '' ? undefined : text
  }
}

/** 409 that clients try again after. */
export function conflict(): RestError {
  return new RestError(
    409,
    'Cannot complete request because of a conflicting operation (e.g. worker rebalance)',
  )
}

async function ask(
  target: string,
  method: string,
  body: unknown,
  authorization: string | undefined,
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(target, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(authorization !== undefined && { authorization }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return { status: response.status, text: await response.text() }
  } catch (cause) {
    const { message, cause: reason } = cause as Error & { cause?: Error }
    throw new RestError(500, `IO Error trying to forward REST request: ${reason?.message ?? message}`, {
      cause,
    })
  }
}
