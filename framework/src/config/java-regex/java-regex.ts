import { ConfigError } from '../../errors/connect-errors.ts'
import type { Validator } from '../validators.ts'
import { guardedExec } from './guarded-exec.ts'
import { parseReplacement, type Replacement } from './java-replacement.ts'
import { translateJavaRegex, type Translation } from './translate.ts'

/** Beyond this length a pattern with two loops, which takes time by the square of the length, is watched too. */
const LONG_TEXT = 1000
/** Beyond 2 to this power the ways in which a text may match are too many to try without a watch. */
const MANY_CHOICES = 12

/**
 * A regular expression in Java's syntax (Java: `java.util.regex.Pattern`): named groups, POSIX and Unicode classes,
 * class intersection, quoting, inline flags, possessive quantifiers and atomic groups. Refused with a clear error:
 * `\G`, `\X`, `\N`, Unicode blocks (`\p{InGreek}`) and the flag U. A back reference to a group that took no part
 * matches nothing at all in Java and the empty text here.
 *
 * Time is bounded: a pattern whose repeated parts are ambiguous, such as `(a+)+`, is matched under a watchdog of one
 * second. All others take at most quadratic time in the length of a short text.
 *
 * @example JavaRegex.compile('(?<name>\\p{Lower}+)-.*').matches('orders-1') // true
 */
export class JavaRegex {
  readonly pattern: string
  readonly #translation: Translation
  readonly #whole: RegExp
  readonly #anywhere: RegExp

  private constructor(pattern: string, translation: Translation) {
    this.pattern = pattern
    this.#translation = translation
    this.#whole = new RegExp(`^(?:${translation.source})$`, 'v')
    this.#anywhere = new RegExp(translation.source, 'v')
  }

  /** @throws {ConfigError} in the words of Java's `PatternSyntaxException`. */
  static compile(pattern: string): JavaRegex {
    const translation = translated(pattern)
    try {
      return new JavaRegex(pattern, translation)
    } catch (cause) {
      throw new ConfigError(`Unsupported regular expression: ${pattern}`, { cause })
    }
  }

  /**
   * True where the whole text matches (Java: `Matcher.matches`).
   * @param limitMs how long it may take, in ms; a second where it is not said.
   * @throws {DataError} where it takes too long.
   */
  matches(text: string, limitMs?: number): boolean {
    return this.#exec(this.#whole, text, limitMs) !== null
  }

  /** Reads a replacement for this pattern. @throws {ConfigError} for one that does not fit it. */
  replacement(text: string): Replacement {
    return parseReplacement(text, this.#translation)
  }

  /** The text with its first match replaced (Java: `Matcher.replaceFirst`). @throws {DataError} as {@link matches}. */
  replaceFirst(text: string, replacement: Replacement): string {
    const found = this.#exec(this.#anywhere, text)
    if (found === null) return text
    const expanded = replacement.map((part) =>
      typeof part === 'string' ? part : part === 0 ? found[0] : (found.groups?.[`g${part}`] ?? ''),
    )
    return text.slice(0, found.index) + expanded.join('') + text.slice(found.index + found[0].length)
  }

  #exec(regex: RegExp, text: string, limitMs?: number): RegExpExecArray | null {
    const { isRisky, loops, choices } = this.#translation
    const isWatched =
      isRisky || loops > 2 || choices > MANY_CHOICES || (loops === 2 && text.length > LONG_TEXT)
    return isWatched ? guardedExec(regex, text, limitMs) : regex.exec(text)
  }
}

function translated(pattern: string): Translation {
  try {
    return translateJavaRegex(pattern)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new ConfigError(`A regular expression of ${pattern.length} characters is nested too deeply`, {
      cause,
    })
  }
}

/** A text that {@link JavaRegex} takes. */
export const javaRegexValidator: Validator = {
  describe: () => 'valid regex',
  check(key, value) {
    if (typeof value !== 'string') return
    try {
      JavaRegex.compile(value)
    } catch (cause) {
      throw new ConfigError(
        `Invalid value ${value} for configuration ${key}: Invalid regex: ${(cause as Error).message}`,
        { key, cause },
      )
    }
  },
}
