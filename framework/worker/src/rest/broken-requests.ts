import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { BadRequestError } from '@spillway/api'
import type { FastifyInstance } from 'fastify'
import { REQUEST_LIMITS } from './request-limits.ts'

const MESSAGES: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    `The request was not there in time: ${REQUEST_LIMITS.headersMs} ms for its headers, ${REQUEST_LIMITS.requestMs} ms for all of it`,
  ],
  HPE_HEADER_OVERFLOW: [431, 'The headers of the request are too long'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions of the request are too long'],
}

/** Node's own options of a server: times, and that a request without a host is answered by us. */
export const SERVER_OPTIONS = {
  headersTimeout: REQUEST_LIMITS.headersMs,
  requestTimeout: REQUEST_LIMITS.requestMs,
  connectionsCheckingInterval: REQUEST_LIMITS.checkEveryMs,
  requireHostHeader: false,
} as const

/** Answers what Node's HTTP parser refuses as every other error is answered, and ends the connection. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [status, message] = MESSAGES[error.code ?? ''] ?? [400, `HTTP 400 Bad Request: ${error.message}`]
  // An answer that has begun must not be mixed with this one.
  if (socket.writable && !hasBegun(socket)) socket.write(rawAnswer(status, message))
  socket.destroySoon()
}

/** What Node answers by itself otherwise, without a body: expectations, tunnels, requests without a host. */
export function registerBrokenRequests(app: FastifyInstance): void {
  const server = app.server as Server
  server.maxConnections = REQUEST_LIMITS.connections
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const body = errorBody(417, 'HTTP 417 Expectation Failed')
    response.writeHead(417, { 'content-type': 'application/json', connection: 'close' }).end(body)
  })
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy())
    socket.end(rawAnswer(405, 'HTTP 405 Method Not Allowed'))
  })
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.httpVersion === '1.1' && raw.headers.host === undefined) {
      throw new BadRequestError('HTTP 400 Bad Request: the header Host is missing')
    }
  })
}

/** A target that names the server again (`GET http://host/path`), as clients of proxies send it, is its path. */
export function pathOf({ url = '/' }: { readonly url?: string | undefined }): string {
  const path = /^https?:\/\/[^/?#]*(.*)$/is.exec(url)?.[1]
  if (path === undefined) return url
  return path.startsWith('/') ? path : `/${path}`
}

/** True where a response of this connection has sent its headers. */
function hasBegun(socket: Socket): boolean {
  const { _httpMessage: response } = socket as Socket & { readonly _httpMessage?: ServerResponse | null }
  return response?.headersSent === true
}

function rawAnswer(status: number, message: string): string {
  const body = errorBody(status, message)
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  )
}

function errorBody(status: number, message: string): string {
  return JSON.stringify({ error_code: status, message })
}
