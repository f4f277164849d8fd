import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RegistrySchemaType, SchemaReference } from '../registry/schema-registry-client.ts'

interface Stored {
  readonly id: number
  readonly guid: string
  readonly type: RegistrySchemaType
  readonly text: string
  readonly references: readonly SchemaReference[]
}

/** A schema registry in memory, on loopback: the requests a converter sends, with failures on demand. */
export class FakeRegistry {
  readonly #server: Server
  readonly #schemas: Stored[] = []
  readonly #subjects = new Map<string, Stored[]>()
  /** Every request, as `METHOD path`. */
  readonly requests: string[] = []
  /** The last request's Authorization header. */
  authorization: string | undefined
  /** Answers to give before the real ones: a status each, 0 for a connection cut off. */
  readonly failures: number[] = []

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
  }

  static async start(): Promise<FakeRegistry> {
    const registry = new FakeRegistry()
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Keeps a schema under a subject, as a producer would have done; returns its id. */
  put(
    subject: string,
    text: string,
    type: RegistrySchemaType = 'AVRO',
    references: readonly SchemaReference[] = [],
  ): number {
    const versions = this.#subjects.get(subject) ?? []
    this.#subjects.set(subject, versions)
    const same = (stored: Stored): boolean => stored.text === text && stored.type === type
    let stored = this.#schemas.find(same)
    if (stored === undefined) {
      const id = this.#schemas.length + 1
      stored = { id, guid: `00000000-0000-0000-0000-${String(id).padStart(12, '0')}`, type, text, references }
      this.#schemas.push(stored)
    }
    if (!versions.some(same)) versions.push(stored)
    return stored.id
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    this.requests.push(`${request.method} ${path}`)
    this.authorization = request.headers.authorization
    const failure = this.failures.shift()
    if (failure === 0) {
      response.destroy()
      return
    }
    const body = await bodyOf(request)
    const [status, answer] =
      failure === undefined ? this.#find(request.method ?? '', path, body) : fault(failure)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  #find(method: string, path: string, body: Partial<Record<string, unknown>>): [number, unknown] {
    const parts = (path.split('?')[0] ?? '').split('/').slice(1).map(decodeURIComponent)
    const [root, first = '', second, third] = parts
    if (root === 'schemas') {
      const found = this.#schemas.find((s) => (first === 'ids' ? String(s.id) : s.guid) === second)
      return found === undefined ? notFound(40403) : [200, { ...schemaOf(found), id: found.id }]
    }
    const versions = this.#subjects.get(first)
    if (method === 'POST') {
      const type = (body['schemaType'] ?? 'AVRO') as RegistrySchemaType
      const text = String(body['schema'])
      if (second === 'versions') {
        return [200, { id: this.put(first, text, type, body['references'] as SchemaReference[] | undefined) }]
      }
      const at = versions?.findIndex((stored) => stored.text === text) ?? -1
      const stored = versions?.[at]
      return stored === undefined
        ? notFound(40403)
        : [200, { subject: first, id: stored.id, version: at + 1 }]
    }
    const at = third === 'latest' ? (versions?.length ?? 0) - 1 : Number(third) - 1
    const stored = versions?.[at]
    return stored === undefined
      ? notFound(versions === undefined ? 40401 : 40402)
      : [200, { ...schemaOf(stored), subject: first, id: stored.id, version: at + 1 }]
  }
}

function schemaOf({ type, text, references }: Stored): Record<string, unknown> {
  return {
    schema: text,
    ...(type !== 'AVRO' && { schemaType: type }),
    ...(references.length > 0 && { references }),
  }
}

function notFound(code: number): [number, unknown] {
  return [404, { error_code: code, message: 'Not found.' }]
}

function fault(status: number): [number, unknown] {
  return [status, { error_code: status, message: 'A fault on demand.' }]
}

async function bodyOf(request: IncomingMessage): Promise<Partial<Record<string, unknown>>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}
