import type { IncomingMessage } from 'node:http'
import { AlreadyExistsError, isConnectError, NotFoundError, RestError } from '@spillway/api'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { callerOf } from './authentication.ts'

/** Hides secrets in a text; not those that the reader has sent himself. */
export type Mask = (text: string, sent: string) => string

/** The body of every error (Java: `ErrorMessage`). */
export interface ErrorMessage {
  readonly error_code: number
  readonly message: string
}

/** Answers every failure as Connect does (Java: `ConnectExceptionMapper`): status and `{error_code, message}`. */
export function registerErrorReplies(app: FastifyInstance, logger: Logger, mask: Mask): void {
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    // A method that asks for a body, and has no route either way.
    if (error.code === 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE') return await answerNoRoute(request, reply)
    const status = statusOf(error)
    if (status === 413) await readOut(request.raw)
    if (status >= 500 && !(error instanceof RestError)) {
      logger.error({ err: error }, `${request.method} ${request.url} failed`)
    }
    const message = mask(messageOf(error, status), sentBy(request))
    return await reply.code(status).send(body(status, message))
  })
  app.setNotFoundHandler(answerNoRoute)
  async function answerNoRoute(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const path = request.url.split('?')[0] ?? ''
    const allowed = METHODS.filter((method) => app.findRoute({ url: patternOf(app, path), method }) !== null)
    if (request.method === 'OPTIONS' && allowed.length > 0) {
      const methods = [...allowed, 'OPTIONS'].join(', ')
      return await reply.code(200).header('allow', methods).type('text/plain').send(methods)
    }
    if (allowed.length > 0) {
      return await reply
        .code(405)
        .header('allow', allowed.join(', '))
        .send(body(405, 'HTTP 405 Method Not Allowed'))
    }
    return await reply.code(404).send(body(404, 'HTTP 404 Not Found'))
  }
}

/** Most bytes of a body that is too long that are read to their end, and how long that may take, in ms. */
const READ_OUT_BYTES = 64 * 1024 * 1024
const READ_OUT_MS = 5_000

/** Reads the rest of a body and drops it: a client that is still sending would not see the answer. */
async function readOut(body: IncomingMessage): Promise<void> {
  if (body.readableEnded || body.destroyed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  let bytes = 0
  const count = (chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes > READ_OUT_BYTES) resolve()
  }
  const timer = setTimeout(resolve, READ_OUT_MS)
  body
    .on('data', count)
    .once('close', resolve)
    .once('end', resolve)
    .once('error', () => resolve())
    .resume()
  await promise
  clearTimeout(timer)
  body.off('data', count)
}

/** The same for what fails before there is a route: a path that is badly encoded. */
export function replyToFrameworkError(
  error: FastifyError,
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  // No hook runs here: bytes keep the content type as it is written.
  const answer = Buffer.from(JSON.stringify(body(400, error.message)))
  void reply.code(400).header('content-type', 'application/json').send(answer)
}

/**
 * What a user who may only read has sent. Nothing for other users: they can have placeholders filled in anyway, and
 * their own secrets are hidden too.
 */
function sentBy(request: FastifyRequest): string {
  if (!callerOf(request).mayOnlyRead) return ''
  return `${decoded(request.url)}\n${JSON.stringify(request.body) ?? ''}`
}

function decoded(url: string): string {
  try {
    return `${url}\n${decodeURIComponent(url)}`
  } catch {
    return url
  }
}

const METHODS = ['HEAD', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** The route pattern a path would have, for looking its other methods up. */
function patternOf(app: FastifyInstance, path: string): string {
  const routes = (app as FastifyInstance & { knownPatterns?: readonly string[] }).knownPatterns ?? []
  const parts = path.replace(/\/$/, '').split('/')
  const fits = (pattern: string): boolean => {
    const wanted = pattern.split('/')
    return (
      wanted.length === parts.length && wanted.every((part, i) => part.startsWith(':') || part === parts[i])
    )
  }
  return routes.find(fits) ?? path
}

function statusOf(error: FastifyError): number {
  if (error instanceof RestError) return error.status
  if (error instanceof NotFoundError) return 404
  if (error instanceof AlreadyExistsError) return 409
  return error.statusCode ?? 500
}

function messageOf(error: FastifyError, status: number): string {
  if (status === 415 && !isConnectError(error)) return 'HTTP 415 Unsupported Media Type'
  return error.message
}

function body(status: number, message: string): ErrorMessage {
  return { error_code: status, message }
}
