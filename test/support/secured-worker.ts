import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WorkerProcess } from './worker-process.ts'

export type User = 'admin' | 'viewer'

/** A worker with a user who may do everything, one who may only read, and a configuration provider `file`. */
export class SecuredWorker {
  readonly worker: WorkerProcess
  readonly folder: string

  constructor(worker: WorkerProcess, folder: string) {
    this.worker = worker
    this.folder = folder
  }

  /** @param secrets what `${file:secrets:key}` stands for, see {@link placeholder}. */
  static async start(
    secrets: Readonly<Record<string, string>>,
    config: Readonly<Record<string, string>> = {},
  ): Promise<SecuredWorker> {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-secured-'))
    const lines = Object.entries(secrets).map(([key, value]) => `${key}=${value}\n`)
    writeFileSync(join(folder, 'secrets.properties'), lines.join(''))
    writeFileSync(join(folder, 'users'), 'admin=pw-admin\nviewer=pw-viewer\n')
    const worker = await WorkerProcess.start({
      config: {
        'config.providers': 'file',
        'config.providers.file.class': 'org.apache.kafka.common.config.provider.FileConfigProvider',
        'rest.basic.auth.users.file': join(folder, 'users'),
        'rest.read.only.users': 'viewer',
        ...config,
      },
    })
    return new SecuredWorker(worker, folder)
  }

  placeholder(key: string): string {
    return `\${file:${join(this.folder, 'secrets.properties')}:${key}}`
  }

  async ask(
    user: User,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly text: string; readonly body: unknown }> {
    const reply = await fetch(`${this.worker.url}${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${user}:pw-${user}`).toString('base64')}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    const isJson = reply.headers.get('content-type')?.includes('json') === true && text !== ''
    return { status: reply.status, text, body: isJson ? JSON.parse(text) : text }
  }

  async dispose(): Promise<void> {
    await this.worker.dispose()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** An HTTP server that refuses every request and tells in its answer what it was sent, as some do. */
export class EchoingPeer {
  /** Connections so far. */
  connections = 0
  /** What it has answered. */
  readonly answers: string[] = []
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, reply) => {
      const { authorization = '' } = request.headers
      const credentials = Buffer.from(authorization.split(' ')[1] ?? '', 'base64').toString('utf8')
      const message = `not for you: ${authorization} is ${credentials} is ${encodeURIComponent(credentials)} at ${request.url}`
      this.answers.push(message)
      reply.writeHead(401, { 'content-type': 'application/json' })
      reply.end(JSON.stringify({ error_code: 40101, message }))
    })
    this.#server.on('connection', () => this.connections++)
  }

  static async start(): Promise<EchoingPeer> {
    const peer = new EchoingPeer()
    await new Promise<void>((resolve) => peer.#server.listen(0, '127.0.0.1', resolve))
    return peer
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
