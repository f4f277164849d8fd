import { once } from 'node:events'
import { type IncomingMessage, request, type Server, createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'

import { endpointsFromEnv } from '../../../stack/settings.ts'

/** What befalls a request on its way to the store. */
export type Fault =
  /** The store is not asked; this is the answer. */
  | { readonly answer: number; readonly code: string }
  /** The connection ends after a part of the body. */
  | 'reset'
  /** The store does as asked, and the connection ends before its answer. */
  | 'lost answer'
  /** Nothing comes back until the proxy is closed. */
  | 'stall'
  /** Nothing moves for so long, then all goes on. */
  | { readonly stallMs: number }
  /** Nothing moves until then, then all goes on. */
  | { readonly heldUntil: Promise<unknown> }

/** A request as a fault sees it. */
export interface SeenRequest {
  readonly method: string
  /** `PutObject`, `CreateMultipartUpload`, `UploadPart`, `CompleteMultipartUpload`, `AbortMultipartUpload`, or other. */
  readonly operation: string
  readonly path: string
  /** The key it was signed with. */
  readonly accessKeyId: string
  /** How many requests of this operation came before. */
  readonly index: number
}

/** Stands between a task and the store of the stack, and breaks what a test wants broken. */
export class FaultProxy {
  readonly requests: SeenRequest[] = []
  readonly #server: Server
  readonly #target: URL
  readonly #counts = new Map<string, number>()
  readonly #closed = new AbortController()
  #fault: (request: SeenRequest) => Fault | undefined = () => undefined

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((incoming, reply) => {
      void this.#handle(incoming, reply)
    })
  }

  /** @param target what it stands before; the store of the stack where absent. */
  static async start(target: string = endpointsFromEnv().s3.endpoint): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on; undefined lets a request pass. */
  inject(fault: (request: SeenRequest) => Fault | undefined): void {
    this.#fault = fault
  }

  count(operation: string): number {
    return this.#counts.get(operation) ?? 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #handle(incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
    const operation = operationOf(incoming)
    const index = this.count(operation)
    this.#counts.set(operation, index + 1)
    const seen = {
      method: incoming.method ?? '',
      operation,
      path: incoming.url ?? '',
      accessKeyId: signerOf(incoming),
      index,
    }
    this.requests.push(seen)
    const fault = this.#fault(seen)
    if (fault === 'stall') {
      incoming.resume()
      return
    }
    if (fault === 'reset') {
      incoming.once('data', () => incoming.socket.destroy())
      incoming.once('end', () => incoming.socket.destroy())
      return
    }
    if (typeof fault === 'object' && 'stallMs' in fault) {
      await setTimeout(fault.stallMs, undefined, { signal: this.#closed.signal }).catch(() => undefined)
    } else if (typeof fault === 'object' && 'heldUntil' in fault) {
      await fault.heldUntil
    } else if (typeof fault === 'object') {
      incoming.resume()
      await once(incoming, 'end')
      reply.writeHead(fault.answer, { 'content-type': 'application/xml' })
      reply.end(`<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>injected</Message></Error>`)
      return
    }
    this.#forward(incoming, reply, fault === 'lost answer')
  }

  #forward(incoming: IncomingMessage, reply: ServerResponse, isAnswerLost: boolean): void {
    const { hostname, port } = this.#target
    const outgoing = request(
      {
        hostname,
        port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
        agent: false,
      },
      (answer) => {
        if (isAnswerLost) {
          answer.resume()
          answer.once('end', () => incoming.socket.destroy())
          return
        }
        reply.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(reply)
      },
    )
    outgoing.on('continue', () => reply.writeContinue())
    outgoing.on('error', () => incoming.socket.destroy())
    incoming.pipe(outgoing)
  }
}

function operationOf({ method, url, headers }: IncomingMessage): string {
  const { searchParams } = new URL(url ?? '', 'http://store')
  if (method === 'POST' && searchParams.has('uploads')) return 'CreateMultipartUpload'
  if (method === 'POST' && searchParams.has('uploadId')) return 'CompleteMultipartUpload'
  if (method === 'PUT' && searchParams.has('partNumber')) return 'UploadPart'
  if (method === 'DELETE' && searchParams.has('uploadId')) return 'AbortMultipartUpload'
  if (method === 'PUT' && headers['x-amz-checksum-crc32'] !== undefined) return 'PutObject'
  return 'other'
}

function signerOf({ headers }: IncomingMessage): string {
  return /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? ''
}
