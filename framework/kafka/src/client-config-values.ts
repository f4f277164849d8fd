import { ConfigError } from '@spillway/api'

/** Kafka client configuration, key to text. */
export type ClientConfig = Readonly<Record<string, string | undefined>>

/** A whole number of at least `min`. */
export function readInt(config: ClientConfig, key: string, min: number): number | undefined {
  const text = config[key]?.trim()
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value
  throw ConfigError.invalidValue(key, text, `it must be a whole number of at least ${min}`)
}

/** `true` or `false`, in any case. */
export function readBoolean(config: ClientConfig, key: string): boolean | undefined {
  const text = config[key]?.trim().toLowerCase()
  if (text === undefined) return undefined
  if (text === 'true' || text === 'false') return text === 'true'
  throw ConfigError.invalidValue(key, config[key], 'it must be true or false')
}

/** One of a few words; their case does not matter. */
export function readChoice<T extends string>(
  config: ClientConfig,
  key: string,
  choices: readonly T[],
): T | undefined {
  const text = config[key]?.trim().toLowerCase()
  if (text === undefined) return undefined
  const choice = choices.find((candidate) => candidate.toLowerCase() === text)
  if (choice !== undefined) return choice
  throw ConfigError.invalidValue(key, config[key], `it must be one of ${choices.join(', ')}`)
}

/** Words separated by commas. */
export function readList(config: ClientConfig, key: string): string[] | undefined {
  return config[key]
    ?.split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}
