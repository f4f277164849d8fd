import { readFileSync } from 'node:fs'
import type { SecureContextOptions } from 'node:tls'
import { ConfigError, type Password } from '@spillway/api'
import type { RegistryConfig } from './registry-config.ts'

/** The Authorization header for an address of the registry; undefined where none is asked for. */
export function authorization(config: RegistryConfig, url: URL): string | undefined {
  const token = config['bearer.auth.token']
  if (token !== null) return `Bearer ${token.reveal()}`
  const userInfo = basicUserInfo(config, url)
  return userInfo === undefined ? undefined : `Basic ${Buffer.from(userInfo).toString('base64')}`
}

function basicUserInfo(config: RegistryConfig, url: URL): string | undefined {
  switch (config['basic.auth.credentials.source'].toUpperCase()) {
    case 'USER_INFO': {
      const info = config['basic.auth.user.info'] ?? config['schema.registry.basic.auth.user.info']
      if (info !== null) return info.reveal()
      throw new ConfigError(
        'basic.auth.user.info must hold user:password where basic.auth.credentials.source is USER_INFO',
        { key: 'basic.auth.user.info' },
      )
    }
    case 'SASL_INHERIT':
      return jaasUserInfo(config['sasl.jaas.config'])
    default:
      return url.username === ''
        ? undefined
        : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  }
}

function jaasUserInfo(jaas: Password | null): string {
  const text = jaas?.reveal() ?? ''
  const user = /\busername\s*=\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]
  const password = /\bpassword\s*=\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]
  if (user === undefined || password === undefined) {
    throw new ConfigError(
      'sasl.jaas.config must hold username="…" and password="…" where basic.auth.credentials.source is SASL_INHERIT',
      { key: 'sasl.jaas.config' },
    )
  }
  return `${user.replaceAll(/\\(.)/g, '$1')}:${password.replaceAll(/\\(.)/g, '$1')}`
}

/** What Node's TLS takes, from the `schema.registry.ssl.*` keys. */
export interface TlsOptions extends SecureContextOptions {
  readonly checkServerIdentity?: () => undefined
}

/** @throws {ConfigError} for a file that cannot be read or a store type that Node does not know. */
export function tlsOptions(config: RegistryConfig): TlsOptions {
  const prefix = 'schema.registry.ssl.'
  refuseJks(`${prefix}truststore.type`, config[`${prefix}truststore.type`], ['PEM'])
  refuseJks(`${prefix}keystore.type`, config[`${prefix}keystore.type`], ['PEM', 'PKCS12'])
  const ca =
    config[`${prefix}truststore.certificates`]?.reveal() ??
    readStore(`${prefix}truststore.location`, config[`${prefix}truststore.location`])
  const passphrase =
    config[`${prefix}key.password`]?.reveal() ?? config[`${prefix}keystore.password`]?.reveal()
  const store = readStore(`${prefix}keystore.location`, config[`${prefix}keystore.location`])
  const chain = config[`${prefix}keystore.certificate.chain`]?.reveal() ?? pemOf(store)
  const key = config[`${prefix}keystore.key`]?.reveal() ?? pemOf(store)
  return {
    ...(ca !== undefined && { ca }),
    ...(chain !== undefined && { cert: chain }),
    ...(key !== undefined && { key }),
    ...(store !== undefined && pemOf(store) === undefined && { pfx: store }),
    ...(passphrase !== undefined && { passphrase }),
    ...(config[`${prefix}endpoint.identification.algorithm`] === '' && {
      checkServerIdentity: () => undefined,
    }),
  }
}

function refuseJks(key: string, type: string, known: readonly string[]): void {
  if (type === '' || known.includes(type.toUpperCase())) return
  throw new ConfigError(
    `Invalid value ${type} for configuration ${key}: use ${known.join(' or ')}; ` +
      '`keytool -importkeystore -deststoretype pkcs12` and `openssl pkcs12` convert other stores',
    { key },
  )
}

function readStore(key: string, path: string): Buffer | undefined {
  if (path === '') return undefined
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    throw new ConfigError(`Cannot read ${path} of configuration ${key}: ${(cause as Error).message}`, {
      key,
      cause,
    })
  }
  if (bytes.readUInt32BE(0) === 0xfeedfeed) refuseJks(key, 'JKS', ['PEM', 'PKCS12'])
  return bytes
}

function pemOf(store: Buffer | undefined): Buffer | undefined {
  return store?.includes('-----BEGIN ') ? store : undefined
}
