import { DataError } from '../../errors/connect-errors.ts'
import type { ErrorRow } from '../../errors/define-errors.ts'
import { apiErrors } from '../../errors/error-rows.ts'

/** A text that a regular expression could not be matched with in the time or memory that it had. */
export class SlowRegexError extends DataError {
  static override readonly row: ErrorRow = apiErrors.rows.SlowRegexError
  /** The key that the pattern stands in, as far as it is known where it is used; empty where none is. */
  readonly key: string
  readonly #pattern: string
  readonly #what: string

  constructor(pattern: string, key: string, what: string) {
    super(
      `${what}: the regular expression ${shortened(pattern)}${key === '' ? '' : ` (${key})`} backtracks without end; ` +
        'change it so that no two of its repeated parts match the same text',
    )
    this.key = key
    this.#pattern = pattern
    this.#what = what
  }

  /** The same with the whole key: a part of a chain does not know what stands before its own keys. */
  below(prefix: string): SlowRegexError {
    return new SlowRegexError(this.#pattern, prefix + this.key, this.#what)
  }
}

/** A pattern as errors show it. */
export function shortened(pattern: string): string {
  return pattern.length > 200 ? `${pattern.slice(0, 200)}…` : pattern
}
