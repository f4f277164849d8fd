import { parseListener } from '../config/listener.ts'
import { type Environment, settingsInEnv } from './env-config.ts'

/** A little longer than a worker takes to find out that it is not healthy. */
const TIMEOUT_MS = 11_000
const UNAUTHORIZED = 401

/**
 * `spillway health [url]`: asks a worker's `/health` and prints the answer.
 *
 * @returns exit code: 0 where the worker is healthy or asks for a login, 1 where it is starting, unhealthy, or does not
 *   answer.
 */
export async function healthCommand(url: string | undefined, env: Environment): Promise<number> {
  const address = new URL('health', `${(url ?? listenerOf(env)).replace(/\/+$/, '')}/`)
  try {
    const reply = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (reply.status === UNAUTHORIZED) {
      process.stdout.write('The worker answers, but tells its health only to its users.\n')
      return 0
    }
    process.stdout.write(`${await reply.text()}\n`)
    return reply.ok ? 0 : 1
  } catch (error) {
    const { message, cause } = error as Error
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : message
    process.stderr.write(`No answer from ${address.href}: ${reason}\n`)
    return 1
  }
}

/** Where the worker of this environment listens, as it is reached from its own machine. */
function listenerOf(env: Environment): string {
  const { listeners, 'rest.host.name': host, 'rest.port': port } = settingsInEnv(env)
  const first = listeners?.split(',')[0]?.trim() ?? ''
  const listener = parseListener(first === '' ? `http://${host ?? ''}:${port ?? '8083'}` : first)
  const name = listener.host === '0.0.0.0' || listener.host === '::' ? '127.0.0.1' : listener.host
  return `${listener.protocol}://${name.includes(':') ? `[${name}]` : name}:${listener.port}`
}
