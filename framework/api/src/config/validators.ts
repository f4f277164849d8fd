import { ConfigError } from '../errors/connect-errors.ts'
import { didYouMean } from './did-you-mean.ts'
import type { Plugins } from './plugin-kind.ts'

/** Checks one parsed value; `describe` is the "valid values" text of the reference page (Java: `ConfigDef.Validator`). */
export interface Validator {
  describe(): string
  /**
   * @param plugins those there are, where they are known.
   * @throws {ConfigError} in Kafka's words.
   */
  check(key: string, value: unknown, plugins?: Plugins): void
  /** The values a form may offer. */
  readonly options?: readonly string[]
}

/** A number between bounds, both included. */
export function range(min: number, max?: number): Validator {
  return {
    describe: () => (max === undefined ? `[${min},...]` : `[${min},...,${max}]`),
    check(key, value) {
      if (value === null) return
      if ((value as number) < min) throw ConfigError.invalidValue(key, value, `Value must be at least ${min}`)
      if (max !== undefined && (value as number) > max) {
        throw ConfigError.invalidValue(key, value, `Value must be no more than ${max}`)
      }
    },
  }
}

/** As another validator; of texts that are known and not taken it says why, and what to take instead. */
export function butNot(taken: Validator, refused: Readonly<Record<string, string>>): Validator {
  return {
    ...taken,
    check(key, value) {
      const reason = Object.hasOwn(refused, String(value)) ? refused[String(value)] : undefined
      if (reason === undefined) taken.check(key, value)
      else throw ConfigError.invalidValue(key, value, reason)
    },
  }
}

/** One of some texts, upper and lower case told apart. */
export function oneOf(...options: string[]): Validator {
  return {
    options,
    describe: () => `[${options.join(', ')}]`,
    check(key, value) {
      if (value === null || options.includes(value as string)) return
      throw ConfigError.invalidValue(
        key,
        value,
        `String must be one of: ${options.join(', ')}${hint(value as string, options)}`,
      )
    },
  }
}

/** As {@link oneOf}, in the same words, whatever the case. */
export function oneOfAnyCase(...options: string[]): Validator {
  const exact = oneOf(...options)
  return {
    ...exact,
    describe: () => `(case insensitive) ${exact.describe()}`,
    check(key, value) {
      const isKnown = options.some((option) => option.toLowerCase() === String(value).toLowerCase())
      if (!isKnown) exact.check(key, value)
    },
  }
}

/** As {@link oneOf}, in the words of Confluent's connectors for values of an enumeration. */
export function valueOf(...options: string[]): Validator {
  return {
    ...oneOf(...options),
    check(key, value) {
      if (value === null || options.includes(value as string)) return
      const why = `Value must be one of: [${options.join(', ')}]${hint(String(value), options)}`
      throw ConfigError.invalidValue(key, value, why)
    },
  }
}

/** One of some texts, whatever their case. */
export function oneOfIgnoringCase(...options: string[]): Validator {
  return {
    options,
    describe: () => `(case insensitive) [${options.join(', ')}]`,
    check(key, value) {
      if (value !== null && options.some((option) => option.toLowerCase() === String(value).toLowerCase()))
        return
      throw ConfigError.invalidValue(
        key,
        value,
        `String must be one of (case insensitive): ${options.map((o) => o.toUpperCase()).join(', ')}${hint(String(value), options)}`,
      )
    },
  }
}

/** A text or list that is not empty. */
export const nonEmpty: Validator = {
  describe: () => 'non-empty string',
  check(key, value) {
    if (value === '' || (Array.isArray(value) && value.length === 0)) {
      throw ConfigError.invalidValue(
        key,
        '',
        Array.isArray(value) ? 'Empty list' : 'String must be non-empty',
      )
    }
  },
}

/** A regular expression that compiles. */
export const regex: Validator = {
  describe: () => 'valid regex',
  check(key, value) {
    if (value === null || value === '') return
    try {
      new RegExp(value as string)
    } catch (cause) {
      throw new ConfigError(
        `Invalid value ${String(value)} for configuration ${key}: Invalid regex: ${(cause as Error).message}`,
        {
          key,
          cause,
        },
      )
    }
  },
}

/** A list of items that are no empty texts and each stand there once (Java: `ConfigDef.ValidList`, KIP-1161). */
export const distinctItems: Validator = {
  describe: () => 'no empty or duplicate items',
  check(key, value) {
    const items = value as string[]
    if (new Set(items).size !== items.length) {
      throw new ConfigError(`Configuration '${key}' values must not be duplicated.`, { key })
    }
    if (items.includes('')) throw new ConfigError(`Configuration '${key}' values must not be empty.`, { key })
  },
}

/** A list in which no alias stands twice. */
export const uniqueAliases: Validator = {
  describe: () => 'non-null string, unique transformation aliases',
  check(key, value) {
    const aliases = value as string[]
    if (new Set(aliases).size !== aliases.length) {
      throw ConfigError.invalidValue(key, `[${aliases.join(', ')}]`, 'Duplicate alias provided.')
    }
  },
}

/** Any rule of one's own. @param check returns what is wrong, or undefined. */
export function rule(description: string, check: (value: unknown) => string | undefined): Validator {
  return {
    describe: () => description,
    check(key, value) {
      const wrong = check(value)
      if (wrong !== undefined) throw ConfigError.invalidValue(key, value, wrong)
    },
  }
}

/** All of several rules, in order. */
export function allOf(...validators: Validator[]): Validator {
  const options = validators.flatMap((v) => v.options ?? [])
  return {
    ...(options.length > 0 && { options }),
    describe: () => validators.map((v) => v.describe()).join(', '),
    check(key, value) {
      for (const validator of validators) validator.check(key, value)
    },
  }
}

function hint(written: string, options: readonly string[]): string {
  const near = didYouMean(written, options)
  return near === undefined ? '' : ` (did you mean ${near}?)`
}
