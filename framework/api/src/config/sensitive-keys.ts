/** Settings of Kafka clients whose type is PASSWORD in Kafka (`SaslConfigs`, `SslConfigs`). */
const CLIENT_SECRETS: ReadonlySet<string> = new Set([
  'sasl.jaas.config',
  'sasl.oauthbearer.client.credentials.client.secret',
  'sasl.oauthbearer.assertion.private.key.passphrase',
  'ssl.key.password',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.keystore.password',
  'ssl.truststore.certificates',
  'ssl.truststore.password',
])
const CLIENT_PREFIX =
  /^(?:(?:consumer|producer|admin)\.override\.|(?:admin\.)?listeners\.https\.|consumer\.|producer\.|admin\.)/
const SECRET_NAME =
  /passw(?:or)?d|passphrase|secret|token|jaas|user\.info|api[._-]?key|private[._-]?key|access[._-]?key(?![._-]?id)/i
const OPEN_NAME = /(?:^|[._-])user(?:[._-]?name)?$|access[._-]?key[._-]?id$/i

/** True for a Kafka client's setting that holds a secret, as a worker or a connector writes it. */
export function isClientSecret(key: string): boolean {
  return CLIENT_SECRETS.has(key.replace(CLIENT_PREFIX, ''))
}

/** True where a key that nothing declares is named as one for a secret is. */
export function namesSecret(key: string): boolean {
  return SECRET_NAME.test(key)
}

/** True for the key of a user's name: what stands beside a password where both are sent. */
export function namesUser(key: string): boolean {
  return OPEN_NAME.test(key)
}

/** A secret within a value. */
interface Part {
  readonly start: number
  readonly end: number
}

/** The secrets within a text that is not a secret as a whole: passwords of URLs, in the user info or the parameters. */
export function secretParts(text: string): string[] {
  return partsOf(text).map(({ start, end }) => text.slice(start, end))
}

/** A value with such secrets replaced. */
export function withoutSecretParts(text: string, mask: string): string {
  let shown = ''
  let copied = 0
  for (const { start, end } of partsOf(text)) {
    shown += text.slice(copied, start) + mask
    copied = end
  }
  return shown + text.slice(copied)
}

function partsOf(text: string): Part[] {
  const parts: Part[] = []
  for (const match of text.matchAll(/:\/\/([^\s/?#:]*):([^\s/?#]*)@/g)) {
    const end = match.index + match[0].length - 1
    const length = match[2]?.length ?? 0
    if (length > 0) parts.push({ start: end - length, end })
  }
  // A parameter begins after one of these and ends before the next.
  for (const match of text.matchAll(/[?&;]([^=?&;\s]+)=([^?&;\s]+)/g)) {
    const [whole, name = '', value = ''] = match
    if (!namesSecret(name)) continue
    const end = match.index + whole.length
    parts.push({ start: end - value.length, end })
  }
  return parts
    .sort((a, b) => a.start - b.start)
    .filter((part, i, all) => part.start >= (all[i - 1]?.end ?? 0))
}

/** The secrets within a secret value: passwords of a JAAS configuration, what follows the user in `user:password`. */
export function innerSecrets(value: string): string[] {
  const inner = [
    ...value.matchAll(/(?<![\w.])([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')/g),
  ].flatMap(([, name = '', double, single]) =>
    namesSecret(name) ? [(double ?? single ?? '').replaceAll(/\\(.)/g, '$1')] : [],
  )
  const pair = /^[^\s:=]+:(\S+)$/.exec(value)?.[1]
  return pair === undefined || pair.startsWith('//') ? inner : [...inner, pair]
}
