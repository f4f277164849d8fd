import { ConfigError } from '@spillway/api'
import { withoutCredentials } from './validators.ts'

export interface HostPort {
  readonly host: string
  readonly port: number | undefined
}

/** A JDBC URL taken apart. For SQLite `database` is the file and there are no hosts. */
export interface JdbcUrl {
  readonly subprotocol: string
  /** What stands between it and the parameters, as written. */
  readonly address: string
  readonly hosts: readonly HostPort[]
  readonly database: string | undefined
  readonly user: string | undefined
  readonly password: string | undefined
  /** As written after `?`, decoded; names keep their case. */
  readonly parameters: ReadonlyMap<string, string>
}

/** @throws {ConfigError} `Not a valid JDBC URL: …` */
export function parseJdbcUrl(url: string): JdbcUrl {
  const match = /^jdbc:([^:]+):(.*)$/s.exec(url.trim())
  if (match === null) throw invalid(url)
  const [, subprotocol = '', rest = ''] = match
  const cut = rest.indexOf('?')
  const body = cut === -1 ? rest : rest.slice(0, cut)
  const parameters = parseParameters(cut === -1 ? '' : rest.slice(cut + 1))
  const protocol = subprotocol.toLowerCase()
  if (protocol === 'sqlite') {
    return {
      subprotocol: protocol,
      address: body,
      hosts: [],
      database: body,
      user: undefined,
      password: undefined,
      parameters,
    }
  }
  return {
    subprotocol: protocol,
    address: body,
    ...authority(url, body),
    ...credentials(parameters, body),
    parameters,
  }
}

function authority(url: string, body: string): Pick<JdbcUrl, 'hosts' | 'database'> {
  const slashes = body.indexOf('//')
  if (slashes === -1) return { hosts: [], database: decode(body.replace(/^\//, '')) || undefined }
  // `jdbc:mysql:loadbalance://` and the like: what stands before the slashes chooses a strategy we do not need.
  const rest = body.slice(slashes + 2)
  const slash = rest.indexOf('/')
  const hostsText = slash === -1 ? rest : rest.slice(0, slash)
  const database = slash === -1 ? '' : decode(rest.slice(slash + 1))
  const withoutUser = hostsText.slice(hostsText.lastIndexOf('@') + 1)
  const hosts = withoutUser.split(',').map((text) => hostPort(url, text.trim()))
  return {
    hosts: hosts.filter(({ host, port }) => host !== '' || port !== undefined),
    database: database === '' ? undefined : database,
  }
}

function hostPort(url: string, text: string): HostPort {
  const named = /^address=\(host=([^)]*)\)\(port=(\d+)\)/i.exec(text)
  if (named !== null) return { host: named[1] ?? '', port: Number(named[2]) }
  const match = /^(\[[^\]]+\]|[^:]*)(?::(\d+))?$/.exec(text)
  if (match === null) throw invalid(url)
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '')
  return { host, port: match[2] === undefined ? undefined : Number(match[2]) }
}

function credentials(
  parameters: ReadonlyMap<string, string>,
  body: string,
): Pick<JdbcUrl, 'user' | 'password'> {
  const before = /\/\/([^/@:]*)(?::([^/@]*))?@/.exec(body)
  return {
    user: parameters.get('user') ?? (before === null ? undefined : decode(before[1] ?? '')),
    password: parameters.get('password') ?? (before?.[2] === undefined ? undefined : decode(before[2])),
  }
}

function parseParameters(text: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const part of text.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = equals === -1 ? part : part.slice(0, equals)
    parameters.set(decode(name), equals === -1 ? '' : decode(part.slice(equals + 1)))
  }
  return parameters
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A bare % is no escape: the text is meant as it stands.
    return text
  }
}

function invalid(url: string): ConfigError {
  return new ConfigError(`Not a valid JDBC URL: ${withoutCredentials(url)}`, { key: 'connection.url' })
}
