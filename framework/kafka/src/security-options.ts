import { readFileSync } from 'node:fs'
import { type ClusterOptions, ConfigError } from '@spillway/api'

import { readChoice } from './client-config-values.ts'
import type { ClientConfig } from './client-config-values.ts'
import { tokensFrom, unsecuredTokens } from './oauth-token.ts'

type Sasl = NonNullable<ClusterOptions['sasl']>
type Tls = NonNullable<ClusterOptions['tls']>

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

/** `sasl.mechanism` and the credentials of `sasl.jaas.config`; undefined where neither is set. */
export function readSasl(config: ClientConfig): Sasl | undefined {
  const mechanism = readChoice(config, 'sasl.mechanism', MECHANISMS)
  const jaas = config['sasl.jaas.config']
  if (jaas === undefined) return undefined
  const options = parseJaas(jaas)
  if (mechanism === 'OAUTHBEARER') {
    return { mechanism, token: readTokens(config, options) }
  }
  const { username, password } = options
  if (username === undefined || password === undefined)
    throw jaasError('it must have username="..." password="..."')
  if (mechanism === undefined) {
    throw new ConfigError(`sasl.mechanism is needed: one of ${MECHANISMS.join(', ')}`, {
      key: 'sasl.mechanism',
    })
  }
  return { mechanism, username, password }
}

/** A token as it is, an identity provider's, or one that nobody has signed. */
function readTokens(config: ClientConfig, options: Readonly<Record<string, string>>): () => Promise<string> {
  const { token } = options
  const url = config['sasl.oauthbearer.token.endpoint.url']
  const clientId = config['sasl.oauthbearer.client.credentials.client.id'] ?? options['clientId']
  const clientSecret = config['sasl.oauthbearer.client.credentials.client.secret'] ?? options['clientSecret']
  const scope = config['sasl.oauthbearer.scope'] ?? options['scope']
  if (token !== undefined) return () => Promise.resolve(token)
  if (url === undefined) return unsecuredTokens(options)
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw ConfigError.invalidValue(
      'sasl.oauthbearer.token.endpoint.url',
      url,
      'it must be an http or https URL',
    )
  }
  if (clientId === undefined || clientSecret === undefined) {
    throw jaasError('with sasl.oauthbearer.token.endpoint.url it must have clientId="..." clientSecret="..."')
  }
  return tokensFrom({ url, clientId, clientSecret, ...(scope !== undefined && { scope }) })
}

/** The options of a login module: `...PlainLoginModule required username="a" password="b";`. */
function parseJaas(text: string): Readonly<Record<string, string>> {
  const module = /^\s*[\w.]+\s+(?:required|requisite|sufficient|optional)\b(?<options>[\s\S]*);\s*$/.exec(
    text,
  )
  const rest = module?.groups?.['options']
  if (rest === undefined)
    throw jaasError('it must read `class required name="value" ...;`, semicolon included')
  const options: Record<string, string> = {}
  for (const match of rest.matchAll(
    /([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"';]+))/g,
  )) {
    const [, name = '', double, single, bare] = match
    options[name] = (double ?? single ?? bare ?? '').replaceAll(/\\(.)/g, '$1')
  }
  return options
}

/** Says what is wrong and never shows the value: it holds a password. */
function jaasError(why: string): ConfigError {
  return new ConfigError(`Invalid value for configuration sasl.jaas.config: ${why}`, {
    key: 'sasl.jaas.config',
  })
}

/** Certificates and keys in PEM, from text (`ssl.truststore.certificates`) or files (`ssl.truststore.location`). */
export function readTls(config: ClientConfig): Tls | undefined {
  refuseStore(config, 'ssl.truststore')
  refuseStore(config, 'ssl.keystore')
  const ca = pem(config, 'ssl.truststore.certificates') ?? pemFile(config, 'ssl.truststore.location')
  const both = pemFile(config, 'ssl.keystore.location')
  const cert = pem(config, 'ssl.keystore.certificate.chain') ?? both
  const key = pem(config, 'ssl.keystore.key') ?? both
  const passphrase = config['ssl.key.password']
  const identification = config['ssl.endpoint.identification.algorithm']?.trim().toLowerCase()
  if (identification !== undefined && identification !== '' && identification !== 'https') {
    throw ConfigError.invalidValue(
      'ssl.endpoint.identification.algorithm',
      identification,
      'it must be https or empty',
    )
  }
  const tls: Tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(identification === '' ? { verifyHostname: false } : {}),
  }
  return Object.keys(tls).length === 0 ? undefined : tls
}

function refuseStore(config: ClientConfig, store: string): void {
  const key = `${store}.type`
  const location = config[`${store}.location`]
  const type = config[key]?.trim().toUpperCase() ?? (location === undefined ? 'PEM' : 'JKS')
  // Seen, whether or not it is used: a PEM store has no password of its own.
  void config[`${store}.password`]
  if (type === 'PEM') return
  throw new ConfigError(
    `${location === undefined ? key : `${store}.location`}: a ${type} store cannot be read here; convert it to PEM ` +
      `(keytool and openssl do) and set ${key}=PEM with ${store}.location, or put the PEM text into ` +
      (store === 'ssl.truststore'
        ? 'ssl.truststore.certificates'
        : 'ssl.keystore.certificate.chain and ssl.keystore.key'),
    { key },
  )
}

/** PEM text may come on one line, its line ends written as `\n`. */
function pem(config: ClientConfig, key: string): string | undefined {
  const text = config[key]?.replaceAll('\\n', '\n')
  if (text === undefined || text.includes('-----BEGIN ')) return text
  throw new ConfigError(
    `Invalid value for configuration ${key}: it must be PEM text, -----BEGIN ... included`,
    { key },
  )
}

function pemFile(config: ClientConfig, key: string): string | undefined {
  const path = config[key]
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigError(`Invalid value ${path} for configuration ${key}: the file cannot be read`, {
      key,
      cause,
    })
  }
}
