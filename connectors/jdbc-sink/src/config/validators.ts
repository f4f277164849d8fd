import { ConfigError, type Validator } from '@spillway/api'
import { isTimeZone } from '../values/time-zone.ts'

/** One of some lower-case words, written all in lower or all in UPPER case (Java: `EnumValidator`). */
export function enumerator(...options: string[]): Validator {
  const accepted = [...options, ...options.map((option) => option.toUpperCase())]
  return {
    options,
    describe: () => `[${options.join(', ')}]`,
    check(key, value) {
      if (!accepted.includes(value as string))
        throw ConfigError.invalidValue(key, value, 'Invalid enumerator')
    },
  }
}

/** One of some words in exactly this case. */
export function exactEnumerator(...options: string[]): Validator {
  return {
    options,
    describe: () => `[${options.join(', ')}]`,
    check(key, value) {
      if (!options.includes(value as string)) throw ConfigError.invalidValue(key, value, 'Invalid enumerator')
    },
  }
}

/** `always` or `never` (Java: `QuoteMethod.get`). */
export const quoteMethod: Validator = {
  options: ['always', 'never'],
  describe: () => '[always, never]',
  check(key, value) {
    const written = String(value).toLowerCase()
    if (written === 'always' || written === 'never') return
    throw new ConfigError(`No matching QuoteMethod found for '${String(value)}'`, { key })
  },
}

export const TABLE_TYPES = ['TABLE', 'PARTITIONED TABLE', 'VIEW'] as const

/** Kinds of tables, upper or lower case, at least one (Java: `TableType`). */
export const tableTypes: Validator = {
  options: TABLE_TYPES,
  describe: () => `[${TABLE_TYPES.join(', ')}]`,
  check(key, value) {
    const types = (value as string[]).filter((type) => type !== '')
    if (types.length === 0) {
      throw ConfigError.invalidValue(
        key,
        '',
        `At least one value must be specified. Valid values are: ${TABLE_TYPES.join(', ')}`,
      )
    }
    for (const type of types) {
      const known = TABLE_TYPES.some((option) => type === option || type === option.toLowerCase())
      if (!known) throw ConfigError.invalidValue(key, type, 'Invalid enumerator')
    }
  },
}

/** A time zone by name or offset (Java: `TimeZoneValidator`). */
export const timeZone: Validator = {
  describe: () => 'a time zone: a name of the IANA database, UTC, or an offset such as +02:00',
  check(key, value) {
    if (isTimeZone(String(value))) return
    throw ConfigError.invalidValue(
      key,
      value,
      'Invalid time zone. See the list of valid time zones at https://www.iana.org/time-zones',
    )
  },
}

/** `topic:table` entries (Aiven's connector). */
export const topicTableList: Validator = {
  describe: () => 'topic:table, separated by commas',
  check(key, value) {
    for (const entry of value as string[]) {
      if (entry.split(':').length === 2 && !entry.startsWith(':') && !entry.endsWith(':')) continue
      throw new ConfigError(
        `Invalid topics to tables mapping: "${entry}" (key ${key}) must be written topic:table`,
        { key },
      )
    }
  },
}

/** `jdbc:` and a database this connector knows. */
export const jdbcUrl: Validator = {
  describe: () => 'jdbc:postgresql://…, jdbc:mysql://…, jdbc:mariadb://… or jdbc:sqlite:…',
  check(key, value) {
    if (!/^jdbc:[^:]+:.*$/s.test(String(value))) {
      // The URL may hold a password: only its beginning is repeated.
      throw new ConfigError(`Not a valid JDBC URL: ${withoutCredentials(String(value))}`, { key })
    }
  },
}

/** A URL as messages may show it: no user, no password. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, '//****@').replace(/((?:password|user|sslpassword)=)[^&;]*/gi, '$1****')
}
