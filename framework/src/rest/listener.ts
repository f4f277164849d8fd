import { ConfigError } from '../errors/connect-errors.ts'

/** Where the API listens, from a `listeners` entry such as `http://127.0.0.1:8083`. @throws {ConfigError} */
export function parseListener(listener: string): { readonly host: string; readonly port: number } {
  const match = /^(https?):\/\/(\[[^\]]+\]|[^:/]*):(\d{1,5})\/?$/i.exec(listener)
  if (match === null) {
    throw ConfigError.invalidValue(
      'listeners',
      listener,
      'Expected protocol://host:port, such as http://127.0.0.1:8083',
    )
  }
  const host = (match[2] ?? '').replace(/^\[|\]$/g, '')
  return { host: host === '' ? '0.0.0.0' : host, port: Number(match[3]) }
}
