import { ConfigError } from '../errors/connect-errors.ts'
import { Password } from './password.ts'

/** The types of configuration values (Java: `ConfigDef.Type`). `long` is a number: durations and sizes fit 2^53. */
export type ConfigType =
  'boolean' | 'string' | 'int' | 'short' | 'long' | 'double' | 'list' | 'class' | 'password'

const LIMITS = { short: 2n ** 15n, int: 2n ** 31n, long: 2n ** 63n } as const

/**
 * Reads one value as Kafka's `ConfigDef.parseType` does: texts are trimmed, numbers and booleans may come as text or
 * as themselves, a list is separated by commas.
 *
 * @throws {ConfigError} `Invalid value V for configuration K: …`
 */
export function parseValue(key: string, type: ConfigType, value: unknown): unknown {
  if (value === null || value === undefined) return null
  const text = typeof value === 'string' ? value.trim() : undefined
  switch (type) {
    case 'boolean':
      if (typeof value === 'boolean') return value
      if (text?.toLowerCase() === 'true') return true
      if (text?.toLowerCase() === 'false') return false
      throw ConfigError.invalidValue(key, value, 'Expected value to be either true or false')
    case 'string':
    case 'class':
      if (text !== undefined) return text
      if (typeof value === 'number' || typeof value === 'boolean') return String(value)
      throw ConfigError.invalidValue(
        key,
        value,
        `Expected value to be a string, but it was a ${typeof value}`,
      )
    case 'password':
      if (value instanceof Password) return value
      if (text !== undefined) return new Password(text)
      throw new ConfigError(
        `Invalid value [hidden] for configuration ${key}: Expected value to be a string`,
        { key },
      )
    case 'short':
    case 'int':
    case 'long':
      return parseInteger(key, type, text ?? value)
    case 'double': {
      const number = Number(text ?? value)
      if (text === '' || Number.isNaN(number)) {
        throw ConfigError.invalidValue(key, value, 'Not a number of type DOUBLE')
      }
      return number
    }
    case 'list':
      if (Array.isArray(value)) return value.map(String)
      if (text === undefined) throw ConfigError.invalidValue(key, value, 'Expected a comma separated list.')
      return text === '' ? [] : text.split(',').map((item) => item.trim())
  }
}

function parseInteger(key: string, type: 'short' | 'int' | 'long', value: unknown): number {
  const digits = String(value)
  if (!/^[+-]?\d+$/.test(digits) || digits.length > 20) {
    throw ConfigError.invalidValue(key, value, `Not a number of type ${type.toUpperCase()}`)
  }
  const exact = BigInt(digits)
  const limit = LIMITS[type]
  if (exact < -limit || exact >= limit) {
    throw ConfigError.invalidValue(key, value, `Not a number of type ${type.toUpperCase()}`)
  }
  return Number(exact)
}

/** The digits of a long that a number holds to its own precision; Java's greatest stays what it is. */
function longText(value: number): string {
  const exact = BigInt(value)
  return String(exact >= LIMITS.long ? LIMITS.long - 1n : exact)
}

/** A value as text: what REST answers and documents show. Secrets stay hidden. */
export function renderValue(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.join(',')
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return longText(value as number)
  return String(value)
}
