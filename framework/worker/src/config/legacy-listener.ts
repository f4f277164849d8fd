import type { RawConfig } from '@spillway/api'

/**
 * The configuration with `listeners` made of `rest.host.name` and `rest.port`, the keys Kafka Connect had for it before
 * 3.0 and that configurations and container variables still carry; `listeners` wins where it is there.
 *
 * @param warn told what is used instead of what.
 */
export function withLegacyListener(raw: RawConfig, warn: (text: string) => void): RawConfig {
  const host = raw['rest.host.name'] ?? ''
  const port = raw['rest.port'] ?? ''
  if (host === '' && port === '') return raw
  const written = [port === '' ? '' : 'rest.port', host === '' ? '' : 'rest.host.name']
  const keys = written.filter((key) => key !== '').join(' and ')
  if ((raw['listeners'] ?? '') !== '') {
    warn(`${keys} has no effect beside listeners, which has taken its place in Kafka Connect 3.0.`)
    return raw
  }
  const listeners = `http://${host}:${port === '' ? '8083' : port}`
  warn(`${keys} is of Kafka Connect before 3.0: write listeners=${listeners} instead.`)
  return { ...raw, listeners }
}
