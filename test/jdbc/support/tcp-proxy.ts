import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between a task and its database, to cut their connections without asking the server to. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Bytes that may still pass before every connection is cut; undefined for no end. */
  #passes: number | undefined

  private constructor(host: string, port: number) {
    this.#server = createServer((incoming) => {
      const outgoing = connect(port, host)
      for (const [from, to] of [
        [incoming, outgoing],
        [outgoing, incoming],
      ] as const) {
        this.#sockets.add(from)
        from.on('data', (bytes) => this.#forward(bytes, to))
        from.on('error', () => to.destroy())
        from.on('close', () => {
          this.#sockets.delete(from)
          to.destroy()
        })
      }
    })
  }

  /** @param at the port to listen on; any free one where absent. */
  static async start(host: string, port: number, at = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(host, port)
    proxy.#server.listen(at, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Cuts every connection once this many more bytes have passed, in whatever direction: between any two steps of a session. */
  cutAfter(bytes: number): void {
    this.#passes = bytes
  }

  #forward(bytes: Buffer, to: Socket): void {
    if (this.#passes === undefined) {
      to.write(bytes)
      return
    }
    this.#passes -= bytes.length
    if (this.#passes > 0) {
      to.write(bytes)
      return
    }
    // What was allowed to pass arrives; the rest, and every answer, does not.
    to.write(bytes.subarray(0, bytes.length + this.#passes), () => this.cut())
    this.#passes = undefined
  }

  /** Ends every connection there is; new ones are taken as before. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }
}
