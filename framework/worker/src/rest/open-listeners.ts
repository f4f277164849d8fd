import { isIP } from 'node:net'
import type { Logger } from 'pino'
import type { Listener } from '../config/listener.ts'
import type { ListenerTls } from './listener-tls.ts'

/** True where others than this machine reach a listener, and it does not ask them for a certificate. */
export function isOpen({ host }: Listener, tls: ListenerTls | undefined): boolean {
  return !isLoopback(host) && tls?.rejectUnauthorized !== true
}

/** Warns that anybody may use the REST API, and says how to close it; for listeners that need no login. */
export function warnOfOpenListeners(urls: readonly string[], logger: Logger): void {
  if (urls.length === 0) return
  logger.warn(
    `The REST API needs no login on ${urls.join(', ')}, and other machines can reach it: anybody there may read and ` +
      'change every connector. Set rest.basic.auth.users.file or rest.bearer.tokens.file, or ' +
      'listeners=http://127.0.0.1:8083 to allow this machine alone.',
  )
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.')
  return host === '::1' || host.toLowerCase() === 'localhost'
}
