import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request that a {@link TakesAll} has got. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A server that takes everything, and tells what it was asked: for what the stack's store does not take. */
export class TakesAll implements AsyncDisposable {
  readonly seen: Seen[] = []
  /** Status of the answer to a request, where it is not to be taken. */
  refuses: (seen: Seen) => number | undefined = () => undefined
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, reply) => {
      const { method = '', url = '', headers } = request
      void text(request).then((body) => {
        const seen = { method, url, headers, body }
        this.seen.push(seen)
        const refusal = this.refuses(seen)
        if (refusal !== undefined) {
          reply.statusCode = refusal
          reply.end('<?xml version="1.0"?><Error><Code>Refused</Code><Message>by the test</Message></Error>')
          return
        }
        reply.setHeader('etag', '"e"')
        reply.end(answerTo(seen))
      })
    })
  }

  static async start(): Promise<TakesAll> {
    const server = new TakesAll()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function answerTo({ method, url }: Seen): string {
  if (url.includes('uploads'))
    return '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>'
  if (method === 'POST')
    return '<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>'
  return method === 'GET' ? '<ListMultipartUploadsResult></ListMultipartUploadsResult>' : ''
}
