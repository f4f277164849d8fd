import { ConfigError, type Validator } from '@spillway/api'

/** `replace.null.with.default` as ten of the transformations have it (KIP-1040). */
export const replaceNullWithDefault = {
  type: 'boolean',
  default: true,
  importance: 'medium',
  doc: 'What stands for a null in a field that has a default: the default (true), or the null itself (false).',
} as const

/** A list without empty items; `canBeEmpty` where leaving it out means something. */
export function listOfNames(canBeEmpty = false): Validator {
  return {
    describe: () => (canBeEmpty ? 'list of names' : 'non-empty list of names'),
    check(key, value) {
      const names = value as readonly string[]
      if (names.length === 0 && !canBeEmpty) {
        throw new ConfigError(
          `Configuration '${key}' must not be empty. Valid values include: any non-empty value`,
          { key },
        )
      }
      if (names.includes(''))
        throw new ConfigError(`Configuration '${key}' values must not be empty.`, { key })
    },
  }
}
