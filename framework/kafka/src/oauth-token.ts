import { ConfigError, KafkaAuthError, KafkaUnavailableError } from '@spillway/api'

/** How a client asks an identity provider for tokens (RFC 6749, 4.4: client credentials). */
export interface TokenEndpoint {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope?: string
}

/** A token is renewed when this much of its lifetime is over, as Java's login does. */
const RENEW_AT = 0.8
const REQUEST_TIMEOUT_MS = 10_000
const UNSECURED_LIFETIME_S = 3_600
/** Bytes. No token is this large; a wrong address may answer with anything. */
const LARGEST_ANSWER = 1024 * 1024

/**
 * Tokens of an identity provider, each used until it is to be renewed (Java: `OAuthBearerLoginCallbackHandler`).
 * The returned function throws a {@link KafkaAuthError} where the provider refuses, and a {@link KafkaUnavailableError}
 * where it does not answer.
 */
export function tokensFrom(endpoint: TokenEndpoint): () => Promise<string> {
  let current: { readonly token: Promise<string>; readonly renewAt: number } | undefined
  return async () => {
    if (current !== undefined && Date.now() < current.renewAt) return await current.token
    const asked = askForToken(endpoint)
    const token = asked.then((found) => found.token)
    // Only for those who ask meanwhile: unheard, its failure would end the process.
    token.catch(() => {})
    current = { token, renewAt: Infinity }
    try {
      const { lifetimeMs } = await asked
      current = { token, renewAt: Date.now() + lifetimeMs * RENEW_AT }
    } catch (error) {
      current = undefined
      throw error
    }
    return await token
  }
}

async function askForToken({
  url,
  clientId,
  clientSecret,
  scope,
}: TokenEndpoint): Promise<{ readonly token: string; readonly lifetimeMs: number }> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope !== undefined && { scope }),
  })
  const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  const doing = `asking ${url} (sasl.oauthbearer.token.endpoint.url) for a token`
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}`, accept: 'application/json' },
      body: form,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    text = await textOf(response)
  } catch (cause) {
    throw new KafkaUnavailableError(`${doing} failed: ${(cause as Error).message}`, { cause })
  }
  if (!response.ok) {
    throw new KafkaAuthError(
      `${doing}: it answered ${response.status}; check the client's id and secret in sasl.jaas.config`,
    )
  }
  const answer = parsed(text)
  if (typeof answer?.access_token !== 'string') {
    throw new KafkaAuthError(`${doing}: its answer holds no access_token`)
  }
  const lifetimeS = typeof answer.expires_in === 'number' ? answer.expires_in : UNSECURED_LIFETIME_S
  return { token: answer.access_token, lifetimeMs: lifetimeS * 1_000 }
}

/** The body, however it was compressed, as long as it is of a size that answers have. */
async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of response.body ?? []) {
    bytes += piece.length
    if (bytes > LARGEST_ANSWER) throw new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

function parsed(
  text: string,
): { readonly access_token?: unknown; readonly expires_in?: unknown } | undefined {
  try {
    return JSON.parse(text) as { access_token?: unknown; expires_in?: unknown }
  } catch {
    return undefined // The caller says that there is no token in it.
  }
}

/**
 * Tokens that nobody has signed, for brokers in development (Java: `OAuthBearerUnsecuredLoginCallbackHandler`), from the
 * options `unsecuredLoginStringClaim_…`, `unsecuredLoginNumberClaim_…` and `unsecuredLoginLifetimeSeconds`.
 */
export function unsecuredTokens(options: Readonly<Record<string, string>>): () => Promise<string> {
  const claims: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(options)) {
    const [, type, claim = ''] = /^unsecuredLogin(String|Number)Claim_(.+)$/.exec(name) ?? []
    if (type !== undefined) claims[claim] = type === 'Number' ? Number(value) : value
  }
  if (claims['sub'] === undefined) {
    throw new ConfigError(
      'Invalid value for configuration sasl.jaas.config: OAUTHBEARER needs token="...", or clientId="..." ' +
        'clientSecret="..." with sasl.oauthbearer.token.endpoint.url, or unsecuredLoginStringClaim_sub="..."',
      { key: 'sasl.jaas.config' },
    )
  }
  const lifetime = Number(options['unsecuredLoginLifetimeSeconds'] ?? UNSECURED_LIFETIME_S)
  return () => {
    const now = Math.floor(Date.now() / 1_000)
    return Promise.resolve(
      `${encoded({ alg: 'none' })}.${encoded({ iat: now, exp: now + lifetime, ...claims })}.`,
    )
  }
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
