import { ConfigError } from '@spillway/api'

/** An address to listen on. */
export interface Listener {
  readonly protocol: 'http' | 'https'
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

/**
 * Where the API listens, from a `listeners` entry such as `http://127.0.0.1:8083`.
 * @throws {ConfigError} naming the key.
 */
export function parseListener(listener: string, key = 'listeners'): Listener {
  const match = /^(https?):\/\/(\[[^\]]+\]|[^:/]*):(\d{1,5})\/?$/i.exec(listener)
  if (match === null) {
    throw ConfigError.invalidValue(
      key,
      listener,
      'Expected protocol://host:port, such as http://127.0.0.1:8083',
    )
  }
  const host = (match[2] ?? '').replace(/^\[|\]$/g, '')
  return {
    protocol: match[1]?.toLowerCase() === 'https' ? 'https' : 'http',
    host: host === '' ? '0.0.0.0' : host,
    port: Number(match[3]),
  }
}

/** The address that a listener on this port is reached by from this machine. */
export function listenerUrl({ protocol, host }: Listener, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `${protocol}://${name}:${port}`
}
