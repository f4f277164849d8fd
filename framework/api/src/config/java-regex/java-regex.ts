import { ConfigError } from '../../errors/connect-errors.ts'
import { type Clock, systemClock } from '../../time/clock.ts'
import type { Validator } from '../validators.ts'
import { guardedExec } from './guarded-exec.ts'
import { parseReplacement, type Replacement } from './java-replacement.ts'
import { MatchBudget } from './match-budget.ts'
import { shortened, SlowRegexError } from './slow-regex-error.ts'
import { translateJavaRegex, type Translation } from './translate.ts'

/** Beyond this length a pattern with two loops, which takes time by the square of the length, is watched too. */
const LONG_TEXT = 1000
/** A pattern without loops that has more ways than this to match is watched. */
const MANY_WAYS = 100
const TIME_LIMIT_MS = 1000

/** What else there is to know of a pattern. */
export interface JavaRegexOptions {
  /** The configuration key that it stands in, for errors. */
  readonly key?: string
  /** Longest time of one match, ms. Default 1000: too much for a thread that answers requests. */
  readonly limitMs?: number
  readonly clock?: Clock
}

/**
 * A regular expression in Java's syntax (Java: `java.util.regex.Pattern`): named groups, POSIX and Unicode classes,
 * class intersection, quoting, inline flags, possessive quantifiers and atomic groups. Refused with a clear error:
 * `\G`, `\X`, `\N`, Unicode blocks (`\p{InGreek}`) and the flag U. A back reference to a group that took no part
 * matches nothing at all in Java and the empty text here.
 *
 * Time is bounded: a pattern whose repeated parts are ambiguous, such as `(a+)+`, is matched under a watchdog of one
 * second, and of less after each time-out ({@link MatchBudget}). All others take at most quadratic time in the length of
 * a short text. A pattern has at most 20,000 characters, 1,000 repetitions, 5,000
 * alternatives, 500 classes and groups 200 deep.
 *
 * @example JavaRegex.compile('(?<name>\\p{Lower}+)-.*').matches('orders-1') // true
 */
export class JavaRegex {
  readonly pattern: string
  readonly #translation: Translation
  readonly #key: string
  readonly #budget: MatchBudget
  readonly #whole: RegExp
  #anywhere: RegExp | undefined

  private constructor(pattern: string, translation: Translation, options: JavaRegexOptions) {
    this.pattern = pattern
    this.#translation = translation
    this.#key = options.key ?? ''
    this.#budget = new MatchBudget(options.limitMs ?? TIME_LIMIT_MS, options.clock ?? systemClock)
    this.#whole = new RegExp(`^(?:${translation.source})$`, 'v')
    // Only the first match tells whether V8 has room for it.
    this.#whole.test('')
  }

  /** @throws {ConfigError} in the words of Java's `PatternSyntaxException`. */
  static compile(pattern: string, options: JavaRegexOptions = {}): JavaRegex {
    const translation = translateJavaRegex(pattern)
    try {
      return new JavaRegex(pattern, translation, options)
    } catch (cause) {
      throw new ConfigError(`Unsupported regular expression: ${shortened(pattern)}`, { cause })
    }
  }

  /** True where the whole text matches (Java: `Matcher.matches`). @throws {SlowRegexError} where it takes too long. */
  matches(text: string): boolean {
    return this.#exec(this.#whole, text, this.#translation.loops) !== null
  }

  /** True where a part of the text matches (Java: `Matcher.find`). @throws {SlowRegexError} as {@link matches}. */
  finds(text: string): boolean {
    return this.#find(text, 0) !== null
  }

  /** Reads a replacement for this pattern. @throws {ConfigError} for one that does not fit it. */
  replacement(text: string): Replacement {
    return parseReplacement(text, this.#translation)
  }

  /** The text with its first match replaced (Java: `Matcher.replaceFirst`). @throws {SlowRegexError} as {@link matches}. */
  replaceFirst(text: string, replacement: Replacement): string {
    const found = this.#find(text, 0)
    if (found === null) return text
    return (
      text.slice(0, found.index) + expanded(found, replacement) + text.slice(found.index + found[0].length)
    )
  }

  /** The text with every match replaced (Java: `Matcher.replaceAll`). @throws {SlowRegexError} as {@link matches}. */
  replaceAll(text: string, replacement: Replacement): string {
    let result = ''
    let copied = 0
    for (let at = 0; at <= text.length;) {
      const found = this.#find(text, at)
      if (found === null) break
      result += text.slice(copied, found.index) + expanded(found, replacement)
      copied = found.index + found[0].length
      // An empty match is not found again where it is.
      at = found[0] === '' ? copied + String.fromCodePoint(text.codePointAt(copied) ?? 0).length : copied
    }
    return result + text.slice(copied)
  }

  #find(text: string, from: number): RegExpExecArray | null {
    this.#anywhere ??= new RegExp(this.#translation.source, 'gv')
    this.#anywhere.lastIndex = from
    // To look for where it begins is a loop more.
    return this.#exec(this.#anywhere, text, this.#translation.loops + 1)
  }

  #exec(regex: RegExp, text: string, loops: number): RegExpExecArray | null {
    const { isRisky, ways } = this.#translation
    const isWatched = isRisky || ways > MANY_WAYS || loops > 2 || (loops === 2 && text.length > LONG_TEXT)
    const limitMs = isWatched ? this.#budget.limitFor(text) : Infinity
    try {
      if (!isWatched) return regex.exec(text)
      const found = limitMs === 0 ? 'timed out' : guardedExec(regex, text, limitMs)
      if (found !== 'timed out') return found
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause
      const what = `Matching a text of ${text.length} characters takes more memory than there is for it`
      throw new SlowRegexError(this.pattern, this.#key, what)
    }
    if (limitMs > 0) this.#budget.timedOut(text, limitMs)
    const what =
      limitMs > 0
        ? `Matching a text of ${text.length} characters took longer than ${limitMs} ms`
        : `A text of ${text.length} characters was not matched after ${this.#budget.timeouts} time-outs within a minute`
    throw new SlowRegexError(this.pattern, this.#key, what)
  }
}

function expanded(found: RegExpExecArray, replacement: Replacement): string {
  return replacement
    .map((part) =>
      typeof part === 'string' ? part : part === 0 ? found[0] : (found.groups?.[`g${part}`] ?? ''),
    )
    .join('')
}

/** What is wrong with a replacement for a pattern, undefined where nothing is or the pattern itself is wrong. */
export function replacementProblem(pattern: unknown, replacement: unknown): string | undefined {
  if (typeof pattern !== 'string' || typeof replacement !== 'string') return undefined
  try {
    JavaRegex.compile(pattern).replacement(replacement)
    return undefined
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
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
