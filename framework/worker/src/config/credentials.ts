import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigError, parseProperties } from '@spillway/api'

/** Class name by which Connect configurations ask for basic authentication. */
export const BASIC_AUTH_EXTENSION =
  'org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension'

/** The keys that say who may use the REST API. */
export interface CredentialsConfig {
  readonly 'rest.extension.classes': readonly string[]
  readonly 'rest.basic.auth.users.file': string | null
  readonly 'rest.bearer.tokens.file': string | null
  readonly 'rest.read.only.users': readonly string[]
}

/** Who may use the REST API, and who of them only to read. */
export class Credentials {
  readonly #passwords: ReadonlyMap<string, Buffer>
  /** Token hashes with their users. */
  readonly #tokens: readonly (readonly [Buffer, string])[]
  readonly #readOnly: ReadonlySet<string>

  /** @param passwords by user; @param tokens by user. */
  constructor(parts: {
    passwords: Readonly<Record<string, string>>
    tokens: Readonly<Record<string, string>>
    readOnly: readonly string[]
  }) {
    this.#passwords = new Map(Object.entries(parts.passwords).map(([user, secret]) => [user, digest(secret)]))
    this.#tokens = Object.entries(parts.tokens).map(([user, token]) => [digest(token), user])
    this.#readOnly = new Set(parts.readOnly)
  }

  /**
   * Reads the files that the configuration names; undefined where it asks for no authentication.
   * @throws {ConfigError} where a file cannot be read or names nobody, or an unknown user is to be read-only.
   */
  static read(config: CredentialsConfig): Credentials | undefined {
    const usersFile = config['rest.basic.auth.users.file']
    const tokensFile = config['rest.bearer.tokens.file']
    const readOnly = config['rest.read.only.users']
    if (config['rest.extension.classes'].includes(BASIC_AUTH_EXTENSION) && usersFile === null) {
      throw new ConfigError(
        `rest.extension.classes asks for basic authentication, but rest.basic.auth.users.file names no file with ` +
          'user=password lines. A JAAS file (java.security.auth.login.config) is not read: name the file of its ' +
          'PropertyFileLoginModule in rest.basic.auth.users.file.',
        { key: 'rest.basic.auth.users.file' },
      )
    }
    if (usersFile === null && tokensFile === null) {
      if (readOnly.length === 0) return undefined
      throw new ConfigError(
        'rest.read.only.users needs users: set rest.basic.auth.users.file or rest.bearer.tokens.file',
        { key: 'rest.read.only.users' },
      )
    }
    const passwords = usersFile === null ? {} : readPairs('rest.basic.auth.users.file', usersFile)
    const tokens = tokensFile === null ? {} : readPairs('rest.bearer.tokens.file', tokensFile)
    for (const user of readOnly) {
      if (Object.hasOwn(passwords, user) || Object.hasOwn(tokens, user)) continue
      throw ConfigError.invalidValue('rest.read.only.users', user, 'There is no such user')
    }
    return new Credentials({ passwords, tokens, readOnly })
  }

  /** The user an `Authorization` header proves; undefined where it proves none. */
  userOf(authorization: string | undefined): string | undefined {
    const [, token] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? []
    if (token !== undefined) return this.#userOfToken(token)
    const pair = basicPair(authorization)
    if (pair === undefined) return undefined
    const expected = this.#passwords.get(pair.user)
    const given = digest(pair.password)
    // An unknown user takes as long as a wrong password.
    return timingSafeEqual(given, expected ?? NOBODY) && expected !== undefined ? pair.user : undefined
  }

  /** The user an `Authorization` header names, proven or not; undefined where it names none, as a token. */
  claimedUser(authorization: string | undefined): string | undefined {
    return basicPair(authorization)?.user
  }

  mayOnlyRead(user: string): boolean {
    return this.#readOnly.has(user)
  }

  #userOfToken(token: string): string | undefined {
    const given = digest(token)
    let found: string | undefined
    for (const [expected, user] of this.#tokens) if (timingSafeEqual(given, expected)) found = user
    return found
  }
}

const NOBODY = Buffer.alloc(32)

function basicPair(
  authorization: string | undefined,
): { readonly user: string; readonly password: string } | undefined {
  const [, value] = /^basic +(\S+) *$/i.exec(authorization ?? '') ?? []
  const pair = value === undefined ? '' : Buffer.from(value, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return colon === -1 ? undefined : { user: pair.slice(0, colon), password: pair.slice(colon + 1) }
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest()
}

function readPairs(key: string, path: string): Record<string, string> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw ConfigError.invalidValue(key, path, `The file cannot be read: ${(cause as Error).message}`)
  }
  const pairs = parseProperties(text)
  const empty = Object.entries(pairs).find(([, secret]) => secret === '')
  if (empty !== undefined) throw ConfigError.invalidValue(key, path, `${empty[0]} has nothing after the =`)
  if (Object.keys(pairs).length === 0) throw ConfigError.invalidValue(key, path, 'The file names nobody')
  return pairs
}
