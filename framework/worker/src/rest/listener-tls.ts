import { ConfigError, type RawConfig } from '@spillway/api'
import { readTls } from '@spillway/kafka'

/** Options of Node's HTTPS server. */
export interface ListenerTls {
  readonly cert: string | Buffer
  readonly key: string | Buffer
  readonly ca?: string | Buffer
  readonly passphrase?: string
  readonly minVersion?: SecureVersion
  readonly maxVersion?: SecureVersion
  readonly requestCert: boolean
  readonly rejectUnauthorized: boolean
}

/** Versions that `ssl.enabled.protocols` may name, the oldest first. */
const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const
type SecureVersion = (typeof VERSIONS)[number]

/** Below these prefixes a kind of listener has TLS settings of its own. */
export type ListenerPrefix = 'listeners.https.' | 'admin.listeners.https.'

/**
 * The TLS settings of `https://` listeners: certificate chain and key in PEM, from text or a file, and
 * `ssl.client.auth` (Java: `SSLUtils`). Where any key stands below the prefix, those replace `ssl.*` altogether.
 *
 * @throws {ConfigError} for a Java key store, or where certificate or key are missing.
 */
export function readListenerTls(config: RawConfig, prefix: ListenerPrefix): ListenerTls {
  const own = below(config, prefix)
  const isOwn = Object.keys(own).some((key) => key.startsWith('ssl.'))
  const ssl = isOwn ? own : config
  const named = (key: string): string => (isOwn ? `${prefix}${key}` : key)
  const tls = read(ssl, isOwn ? prefix : '')
  if (tls?.cert === undefined || tls.key === undefined) {
    throw new ConfigError(
      `An https listener needs a certificate and its key in PEM: set ${named('ssl.keystore.certificate.chain')} and ` +
        `${named('ssl.keystore.key')}, or ${named('ssl.keystore.location')} with both in one file and ` +
        `${named('ssl.keystore.type')}=PEM`,
      { key: named('ssl.keystore.certificate.chain') },
    )
  }
  const clientAuth = ssl['ssl.client.auth'] ?? 'none'
  if (!['none', 'requested', 'required'].includes(clientAuth)) {
    throw ConfigError.invalidValue(
      named('ssl.client.auth'),
      clientAuth,
      'String must be one of: none, requested, required',
    )
  }
  return {
    cert: tls.cert,
    key: tls.key,
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
    ...versions(ssl['ssl.enabled.protocols'], named('ssl.enabled.protocols')),
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'required',
  }
}

/** The range of versions from the oldest to the newest that is enabled; Node's own where the key is not set. */
function versions(
  text: string | null | undefined,
  key: string,
): { readonly minVersion?: SecureVersion; readonly maxVersion?: SecureVersion } {
  if (text === undefined || text === null || text.trim() === '') return {}
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !VERSIONS.some((version) => version === name))
  if (unknown !== undefined) {
    throw ConfigError.invalidValue(key, unknown, `Each must be one of ${VERSIONS.join(', ')}`)
  }
  const enabled = VERSIONS.filter((version) => names.includes(version))
  const [minVersion, maxVersion] = [enabled[0], enabled.at(-1)]
  return minVersion === undefined || maxVersion === undefined ? {} : { minVersion, maxVersion }
}

function read(ssl: RawConfig, prefix: string): ReturnType<typeof readTls> {
  const written = Object.entries(ssl).flatMap(([key, value]) =>
    value === null ? [] : [[key, value] as const],
  )
  try {
    return readTls(Object.fromEntries(written))
  } catch (error) {
    if (prefix === '' || !(error instanceof ConfigError)) throw error
    throw new ConfigError(`${prefix}*: ${error.message}`, {
      key: `${prefix}${error.key ?? ''}`,
      cause: error,
    })
  }
}

function below(config: RawConfig, prefix: string): RawConfig {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  )
}
