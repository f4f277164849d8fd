import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

import { StackError } from './stack-error.ts'

/** Every server of the stack listens here and nowhere else. */
export const LOOPBACK = '127.0.0.1'

/** One port a server listens on. */
export interface PortSpec {
  /** Unique in the stack; the key under which the port is stored and overridden. */
  readonly name: string
  /** The environment variable that moves it. */
  readonly env: string
  /** A fixed number, or `{ after: name }`: one above another port of the stack, moving along with it. */
  readonly fallback: number | { readonly after: string }
}

/** Port numbers by port name. */
export type Ports = Readonly<Record<string, number>>

/** @throws StackError naming `where` when `text` is no port number */
export function parsePort(text: string, where: string): number {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0
  if (port < 1 || port > 65535) {
    throw new StackError(`${where} is '${text}', which is no port: set it to a number from 1 to 65535`)
  }
  return port
}

/**
 * The port of every spec: from `overrides`, else from its environment variable, else its default.
 *
 * @throws StackError when a variable holds no port or two specs end up on the same one
 */
export function resolvePorts(
  specs: readonly PortSpec[],
  env: Readonly<Record<string, string | undefined>>,
  overrides: Ports = {},
): Ports {
  const ports: Record<string, number> = {}
  const portOf = (spec: PortSpec): number => {
    const given = overrides[spec.name] ?? ports[spec.name]
    if (given !== undefined) return given
    const text = env[spec.env]
    if (text !== undefined && text !== '') return parsePort(text, spec.env)
    if (typeof spec.fallback === 'number') return spec.fallback
    const { after } = spec.fallback
    const before = specs.find((other) => other.name === after)
    if (before === undefined)
      throw new StackError(`port ${spec.name} follows port ${after}, which does not exist`)
    return portOf(before) + 1
  }
  const taken = new Map<number, PortSpec>()
  for (const spec of specs) {
    const port = portOf(spec)
    const other = taken.get(port)
    if (other !== undefined) {
      throw new StackError(
        `${other.name} and ${spec.name} are both given port ${port}: move one by ${other.env} or ${spec.env}`,
      )
    }
    taken.set(port, spec)
    ports[spec.name] = port
  }
  return ports
}

/** Whether a server could listen on `port` of the loopback address right now. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: LOOPBACK, port, exclusive: true }, resolve)
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' || code === 'EACCES') return false
    throw error
  }
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return true
}

/**
 * A free port for each spec. They lie below the range the kernel hands to outgoing connections (from 32768), so that
 * none is lost to such a connection between this look and the server's start.
 */
export async function pickFreePorts(specs: readonly PortSpec[]): Promise<Ports> {
  const ports: Record<string, number> = {}
  const taken = new Set<number>()
  for (const spec of specs) {
    let port: number
    do port = randomInt(15000, 32000)
    while (taken.has(port) || !(await isPortFree(port)))
    taken.add(port)
    ports[spec.name] = port
  }
  return ports
}
