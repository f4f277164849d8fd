import type { ConnectionOptions } from 'node:tls'
import { ConfigError } from '@spillway/api'
import type { ClientConfig } from 'pg'
import { type ConnectionSettings, isSet } from '../../config/connection-settings.ts'
import type { HostPort } from '../../config/jdbc-url.ts'
import { tlsFile } from '../tls-files.ts'

/** Driver properties of pgjdbc that act here; others are warned about. */
export const POSTGRES_PROPERTIES: readonly string[] = [
  'user',
  'password',
  'ssl',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslfactory',
  'currentschema',
  'applicationname',
  'connecttimeout',
  'logintimeout',
  'sockettimeout',
  'tcpkeepalive',
  'options',
  'targetservertype',
  // What these ask for is how rows are written anyway, or has no counterpart to act on.
  'rewritebatchedinserts',
  'stringtype',
  'preparethreshold',
  'binarytransfer',
  'loglevel',
]

/** Idle time after which the network is asked whether the other side is still there. */
export const KEEP_ALIVE_MS = 60_000

/** How far a connection is secured (libpq's sslmode). */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

const SSL_MODES: readonly string[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']

/** @throws {ConfigError} for an sslmode there is not. */
export function sslModeOf(settings: ConnectionSettings): SslMode {
  const written = settings.properties.get('sslmode')?.toLowerCase()
  if (written !== undefined) {
    if (SSL_MODES.includes(written)) return written as SslMode
    throw new ConfigError(`Invalid sslmode value: ${written}. Use one of ${SSL_MODES.join(', ')}.`, {
      key: 'connection.url',
    })
  }
  const ssl = isSet(settings.properties, 'ssl')
  if (ssl === undefined) return 'prefer'
  if (ssl && settings.properties.get('sslfactory')?.endsWith('NonValidatingFactory') === true)
    return 'require'
  return ssl ? 'verify-full' : 'disable'
}

/** Options of the driver for one of the hosts. */
export function postgresClientOptions(
  settings: ConnectionSettings,
  { host, port }: HostPort,
  withTls: boolean,
): ClientConfig {
  const { properties } = settings
  const seconds = Number(properties.get('connecttimeout') ?? properties.get('logintimeout') ?? 10)
  const schema = properties.get('currentschema')
  const options = [
    properties.get('options') ?? '',
    schema === undefined ? '' : `-c search_path=${schema.replace(/[\\ ]/g, '\\$&')}`,
  ]
  return {
    host: host === '' ? 'localhost' : host,
    port: port ?? 5432,
    user: settings.user,
    password: settings.password,
    database: settings.database ?? settings.user,
    application_name: properties.get('applicationname') ?? 'spillway-jdbc-sink',
    options: options.filter((option) => option !== '').join(' '),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    connectionTimeoutMillis: (Number.isFinite(seconds) && seconds > 0 ? seconds : 10) * 1000,
    ssl: withTls ? tlsOptions(settings, host) : false,
  }
}

function tlsOptions(settings: ConnectionSettings, host: string): ConnectionOptions {
  const { properties } = settings
  const mode = sslModeOf(settings)
  const file = (name: string): Buffer | undefined => tlsFile(name, properties.get(name))
  const ca = file('sslrootcert')
  const cert = file('sslcert')
  const key = file('sslkey')
  const passphrase = properties.get('sslpassword')
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(passphrase !== undefined && { passphrase }),
    servername: /^[\d.:]+$/.test(host) ? '' : host,
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
    // verify-ca trusts the authority and asks for no name.
    ...(mode === 'verify-ca' && { checkServerIdentity: () => undefined }),
  }
}
