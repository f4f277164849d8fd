import { compilePattern, type PatternItem } from './compile-pattern.ts'
import { formatDate } from './format-date.ts'
import { DateParser } from './parse-date.ts'

export { PatternError } from './compile-pattern.ts'

/** The furthest instant that a JavaScript date can hold. */
const MAX_MILLIS = 8.64e15

/**
 * Writes and reads instants by a pattern (Java: `java.text.SimpleDateFormat` in UTC and the locale en_US, lenient).
 *
 * Every letter of Java's is known. Reading a time zone knows GMT, offsets and the common abbreviations of Europe and
 * North America, not every name Java has.
 */
export class SimpleDateFormat {
  readonly pattern: string
  readonly #items: readonly PatternItem[]
  readonly #parser: DateParser

  /**
   * @param now by which years of two digits are understood: they lie between 80 years before and 20 after.
   * @throws {PatternError} for a pattern that Java refuses.
   */
  constructor(pattern: string, now: number = Date.now()) {
    this.pattern = pattern
    this.#items = compilePattern(pattern)
    const start = new Date(now)
    start.setUTCFullYear(start.getUTCFullYear() - 80)
    this.#parser = new DateParser(this.#items, {
      startYear: start.getUTCFullYear(),
      startMillis: start.getTime(),
    })
  }

  format(millis: number): string {
    return formatDate(this.#items, millis)
  }

  /** Milliseconds since the epoch; undefined where the text does not follow the pattern. */
  parse(text: string): number | undefined {
    const millis = this.#parser.parse(text)
    return millis === undefined || Math.abs(millis) > MAX_MILLIS ? undefined : millis
  }
}
