import { ConfigError, type RawConfig } from '@spillway/api'
import type { ParsedSinkConfig } from './jdbc-sink-config.ts'
import { type HostPort, parseJdbcUrl } from './jdbc-url.ts'
import { jdbcSinkKeys } from './jdbc-sink-keys.ts'
import { aliasKeys } from './alias-keys.ts'

/** Where and how to connect, whatever way it was written. */
export interface ConnectionSettings {
  readonly subprotocol: string
  /** What stands between it and the parameters of the URL, as written: for databases that have no hosts. */
  readonly address: string
  readonly hosts: readonly HostPort[]
  /** Database; for SQLite the file. */
  readonly database: string | undefined
  readonly user: string | undefined
  readonly password: string | undefined
  /** Driver properties of the URL and of `connection.*` keys, the latter first; names in lower case. */
  readonly properties: ReadonlyMap<string, string>
  readonly attempts: number
  readonly backoffMs: number
  readonly statementTimeoutMs: number
  readonly initSql: string
}

const BLOCKED_PARAMETERS = 'JDBC_CONNECTION_URL_BLOCKED_PARAMS'

/** @throws {ConfigError} for a URL that cannot be used, or a driver property the operator has blocked. */
export function connectionSettings(config: ParsedSinkConfig, raw: RawConfig): ConnectionSettings {
  const url = parseJdbcUrl(config['connection.url'])
  const properties = new Map<string, string>()
  for (const [name, value] of url.parameters) properties.set(name.toLowerCase(), value)
  for (const [key, value] of Object.entries(raw)) {
    if (!key.startsWith('connection.') || value === null) continue
    if (Object.hasOwn(jdbcSinkKeys.keys, key) || Object.hasOwn(aliasKeys, key)) continue
    properties.set(key.slice('connection.'.length).toLowerCase(), value.trim())
  }
  refuseBlocked(properties)
  return {
    subprotocol: url.subprotocol,
    address: url.address,
    hosts: url.hosts,
    database: url.database,
    user: config['connection.user'] ?? url.user,
    password: config['connection.password']?.reveal() ?? url.password,
    properties,
    attempts: config['connection.attempts'],
    backoffMs: config['connection.backoff.ms'],
    statementTimeoutMs: statementTimeout(config['statement.timeout.ms'], url.subprotocol, properties),
    initSql: config['connection.init.sql'],
  }
}

/** The shorter of statement.timeout.ms and the driver's socketTimeout, which is in seconds with PostgreSQL. 0 is none. */
function statementTimeout(ms: number, subprotocol: string, properties: ReadonlyMap<string, string>): number {
  const socketTimeout = Number(properties.get('sockettimeout') ?? 0)
  if (!Number.isFinite(socketTimeout) || socketTimeout <= 0) return ms
  const socketMs = Math.ceil(subprotocol === 'postgresql' ? socketTimeout * 1000 : socketTimeout)
  return ms === 0 ? socketMs : Math.min(ms, socketMs)
}

/** The operator's list of driver properties no connector may set (Confluent's environment variable). */
function refuseBlocked(properties: ReadonlyMap<string, string>): void {
  const blocked = (process.env[BLOCKED_PARAMETERS] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  const found = blocked.filter((name) => properties.has(name))
  if (found.length === 0) return
  throw new ConfigError(
    `Connection parameters not allowed on this worker (${BLOCKED_PARAMETERS}): ${found.join(', ')}`,
    { key: 'connection.url' },
  )
}

/** A yes-or-no property; present without a value is yes. */
export function isSet(properties: ReadonlyMap<string, string>, ...names: string[]): boolean | undefined {
  for (const name of names) {
    const value = properties.get(name.toLowerCase())
    if (value !== undefined) return value === '' || value.toLowerCase() === 'true'
  }
  return undefined
}
