import { connect, isIP, type Socket } from 'node:net'
import type { ConnectionOptions, SslOptions } from 'mysql2/promise'
import { type ConnectionSettings, isSet } from '../../config/connection-settings.ts'
import type { HostPort } from '../../config/jdbc-url.ts'
import { tlsFile } from '../tls-files.ts'

/** Driver properties of Connector/J and MariaDB's driver that act, or need not; others are warned about. */
export const MYSQL_PROPERTIES: readonly string[] = [
  'user',
  'password',
  'usessl',
  'sslmode',
  'requiressl',
  'verifyservercertificate',
  'serversslcert',
  'trustservercertificate',
  'disablesslhostnameverification',
  'connecttimeout',
  'sockettimeout',
  'tcpkeepalive',
  // What these ask for is how rows are written anyway.
  'rewritebatchedstatements',
  'usebulkstmts',
  'servertimezone',
  'connectiontimezone',
  'characterencoding',
  'useunicode',
  'allowpublickeyretrieval',
  'allowmultiqueries',
  'allowloadlocalinfile',
  'autoreconnect',
  'useserverprepstmts',
  'cacheprepstmts',
  'zerodatetimebehavior',
]

/** Idle time after which the network is asked whether the other side is still there. */
const KEEP_ALIVE_MS = 60_000

export type MysqlTls = 'off' | 'encrypt' | 'verify-ca' | 'verify-full' | 'prefer'

/** TLS as the URL asks for it; where it says nothing, TLS if the server has it, as Connector/J does. */
export function mysqlTls({ properties, subprotocol }: ConnectionSettings): MysqlTls {
  switch (properties.get('sslmode')?.toLowerCase()) {
    case 'disabled':
    case 'disable':
      return 'off'
    case 'required':
    case 'trust':
      return 'encrypt'
    case 'verify_ca':
    case 'verify-ca':
      return 'verify-ca'
    case 'verify_identity':
    case 'verify-full':
      return 'verify-full'
    case 'preferred':
      return 'prefer'
  }
  const useSsl = isSet(properties, 'useSSL')
  if (useSsl === false) return 'off'
  if (useSsl === true && subprotocol === 'mariadb') {
    // MariaDB's own driver falls back to nothing, and verifies unless told otherwise.
    if (isSet(properties, 'trustServerCertificate') === true) return 'encrypt'
    return isSet(properties, 'disableSslHostnameVerification') === true ? 'verify-ca' : 'verify-full'
  }
  if (isSet(properties, 'verifyServerCertificate') === true) return 'verify-ca'
  if (isSet(properties, 'requireSSL') === true) return 'encrypt'
  return 'prefer'
}

/** Options of the driver for one of the hosts. */
export function mysqlConnectionOptions(
  settings: ConnectionSettings,
  { host, port }: HostPort,
  withTls: boolean,
): ConnectionOptions {
  const ms = Number(settings.properties.get('connecttimeout') ?? 10_000)
  const address = { host: host === '' ? 'localhost' : host, port: port ?? 3306 }
  return {
    ...address,
    ...(withTls && isIP(host) !== 0 && { stream: () => socketTo(address) }),
    ...(settings.user !== undefined && { user: settings.user }),
    ...(settings.password !== undefined && { password: settings.password }),
    ...(settings.database !== undefined && { database: settings.database }),
    connectTimeout: Number.isFinite(ms) && ms > 0 ? ms : 10_000,
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    enableKeepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    // Updates of many rows travel as one packet of statements; every value in them is an escaped literal.
    multipleStatements: true,
    // FOUND_ROWS: an update counts the rows it finds, changed or not. No file of this machine is ever sent.
    flags: ['FOUND_ROWS', '-LOCAL_FILES'],
    ...(withTls && { ssl: tlsOptions(settings) }),
  }
}

/**
 * A socket that knows its address: mysql2 names no host to TLS where it is an address, and Node would then look for
 * `localhost` in the certificate.
 */
function socketTo(address: { readonly host: string; readonly port: number }): Socket {
  const socket = connect({
    ...address,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  })
  return Object.assign(socket, { _host: address.host })
}

function tlsOptions(settings: ConnectionSettings): SslOptions {
  const mode = mysqlTls(settings)
  const ca = tlsFile('serverSslCert', settings.properties.get('serversslcert'))
  const verifies = mode === 'verify-ca' || mode === 'verify-full'
  return {
    ...(ca !== undefined && { ca: ca.toString() }),
    rejectUnauthorized: verifies,
    verifyIdentity: mode === 'verify-full',
  }
}
