import { createHash } from 'node:crypto'
import type { RawConfig } from '@spillway/api'

/** Keys of every sink that change neither which file a record goes to nor what it holds nor how it is named. */
const WITHOUT_EFFECT = [
  /^name$/,
  /^tasks\.max/,
  /^topics(\.regex)?$/,
  /^flush\.size$/,
  /^rotate\./,
  /^exactly\.once/,
  /^upload\./,
  /^buffer\./,
  /^retry\./,
  /^shutdown\./,
  /^max\.write\./,
  /^errors\.(retry|log|deadletterqueue)/,
  /^consumer\.override\./,
  /^producer\.override\./,
  /^admin\.override\./,
  /^config\.action\.reload$/,
  // Secrets: they change without changing anything, and have no place in a fingerprint.
  /password|secret|token|credential|user\.info|\.ssl\.|\.sasl\./i,
]

/**
 * Who writes a chain of objects: two lives with the same identity put the same records into the same output partitions
 * under the same names, however they cut them into files; so one may go on where the other one ended.
 *
 * Whatever is not known to be without effect counts: a key of a plugin nobody here knows may decide anything.
 */
export function chainIdentity(parts: {
  readonly connector: string
  readonly topic: string
  /** KIP-516: a topic that was made again is another one. */
  readonly topicId: string | undefined
  readonly config: RawConfig
  /** Further keys without effect: the connector's own. */
  readonly keysWithoutEffect?: readonly RegExp[]
}): string {
  const withoutEffect = [...WITHOUT_EFFECT, ...(parts.keysWithoutEffect ?? [])]
  const effective = Object.entries(parts.config)
    .filter(([key, value]) => value !== null && !withoutEffect.some((pattern) => pattern.test(key)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const text = JSON.stringify([parts.connector, parts.topic, parts.topicId ?? null, effective])
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
