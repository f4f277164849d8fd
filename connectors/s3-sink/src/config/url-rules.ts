import { ConfigError, type Validator } from '@spillway/api'

/** The URL of an HTTP server; empty for none. It may hold a password, which messages do not show. */
export const httpUrl: Validator = {
  describe: () => 'URL that begins with http:// or https://',
  check(key, value) {
    const text = String(value ?? '')
    const wrong = text === '' ? undefined : problemOfUrl(text)
    if (wrong !== undefined) throw ConfigError.invalidValue(key, withoutUser(text), wrong)
  },
}

/** What is wrong with the URL of an HTTP server, in Java's words; undefined where nothing is. */
export function problemOfUrl(text: string): string | undefined {
  const example = '; write it as http://host:port'
  if (!URL.canParse(text)) return `no protocol: ${withoutUser(text)}${example}`
  const { protocol, hostname } = new URL(text)
  if (protocol !== 'http:' && protocol !== 'https:')
    return `unknown protocol: ${protocol.slice(0, -1)}${example}`
  return hostname === '' ? `it has no host${example}` : undefined
}

function withoutUser(text: string): string {
  return text.replace(/(^|\/\/)[^/@]*@/, '$1[hidden]@')
}

/** Whether a URL says how to speak to its host. */
export function hasScheme(url: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(url)
}
