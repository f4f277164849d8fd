import { ConfigError } from '../errors/connect-errors.ts'
import type { RawConfig } from './config-def.ts'
import type { Validator } from './validators.ts'

/**
 * The most that one connector configuration may hold. A request must not keep a worker busy nor fill its memory, and a
 * configuration must fit into one Kafka record. Kafka Connect has no such limits.
 */
export const CONFIG_LIMITS = {
  /** Keys of a configuration. */
  keys: 2_000,
  /** Characters of one key. */
  keyLength: 1_024,
  /** Characters of one value: an inline schema, a certificate chain. */
  valueLength: 256 * 1024,
  /** Characters of all keys and values together; a Kafka record takes 1 MiB by default. */
  totalLength: 900_000,
  /** Aliases in `transforms`, and in `predicates`. */
  aliases: 100,
  /** Characters of one alias. */
  aliasLength: 200,
  /** Names in `topics`. */
  topics: 10_000,
  /** Characters of a connector's name: it is part of paths, group names and client ids. */
  nameLength: 512,
} as const

/** What of a configuration is beyond its limits, in words; undefined where it keeps to them. */
export function beyondLimits(config: RawConfig): string | undefined {
  const entries = Object.entries(config)
  if (entries.length > CONFIG_LIMITS.keys) {
    return `The configuration has ${entries.length} keys; at most ${CONFIG_LIMITS.keys} are taken.`
  }
  let total = 0
  for (const [key, value] of entries) {
    const size = value?.length ?? 0
    total += key.length + size
    if (key.length > CONFIG_LIMITS.keyLength) {
      return `The key ${key.slice(0, 64)}… has ${key.length} characters; at most ${CONFIG_LIMITS.keyLength} are taken.`
    }
    if (size > CONFIG_LIMITS.valueLength) {
      return `The value of ${key} has ${size} characters; at most ${CONFIG_LIMITS.valueLength} are taken.`
    }
    // It would be stored as another text: UTF-8 has no half of a pair.
    if (!key.isWellFormed() || value?.isWellFormed() === false) {
      return `The ${key.isWellFormed() ? `value of ${key}` : 'name of a key'} has half of a surrogate pair, which UTF-8 cannot hold.`
    }
  }
  if (total <= CONFIG_LIMITS.totalLength) return undefined
  return `The configuration has ${total} characters in all; at most ${CONFIG_LIMITS.totalLength} are taken.`
}

/** A list of no more than so many items. */
export function atMost(most: number): Validator {
  return {
    describe: () => `at most ${most} items`,
    check(key, value) {
      const { length } = value as readonly string[]
      if (length <= most) return
      throw new ConfigError(`Configuration '${key}' has ${length} items; at most ${most} are taken.`, { key })
    },
  }
}

/** Aliases that are short enough to stand in every key of theirs. */
export const shortAliases: Validator = {
  describe: () => `each at most ${CONFIG_LIMITS.aliasLength} characters`,
  check(key, value) {
    const long = (value as readonly string[]).find((alias) => alias.length > CONFIG_LIMITS.aliasLength)
    if (long === undefined) return
    throw new ConfigError(
      `Configuration '${key}' has an alias of ${long.length} characters, ${long.slice(0, 64)}…; at most ` +
        `${CONFIG_LIMITS.aliasLength} are taken.`,
      { key },
    )
  },
}
