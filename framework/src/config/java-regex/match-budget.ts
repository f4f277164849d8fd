import type { Clock } from '../../connector/clock.ts'

/** After this time a pattern starts afresh. */
const WINDOW_MS = 60_000
const SHORTEST_LIMIT_MS = 2
/** The budget of a window, in first limits: they take two together before they are at their shortest. */
const LIMITS_PER_WINDOW = 5
/** Topics come again with every record; longer texts are hardly ever the same twice. */
const REMEMBERED_TEXTS = 100
const REMEMBERED_LENGTH = 1000

/**
 * How much time one regular expression may waste: the breaker of {@link JavaRegex}.
 *
 * Each time-out halves what the next match gets, so that what matches at all, which takes microseconds, goes on matching
 * beside any number of texts that do not end. Where even that has used up five times the first limit within a minute,
 * nothing is tried until the minute is over.
 */
export class MatchBudget {
  readonly firstLimitMs: number
  readonly #clock: Clock
  readonly #refused = new Set<string>()
  #windowEnd = -Infinity
  #timeouts = 0
  #spentMs = 0

  constructor(firstLimitMs: number, clock: Clock) {
    this.firstLimitMs = firstLimitMs
    this.#clock = clock
  }

  /** Time-outs of the present window. */
  get timeouts(): number {
    return this.#timeouts
  }

  /** Longest that a match of this text may take, ms; 0 where it is not to be tried. */
  limitFor(text: string): number {
    if (this.#timeouts === 0) return this.firstLimitMs
    if (this.#clock.now() >= this.#windowEnd) {
      this.#timeouts = 0
      this.#spentMs = 0
      this.#refused.clear()
      return this.firstLimitMs
    }
    if (this.#spentMs >= this.firstLimitMs * LIMITS_PER_WINDOW || this.#refused.has(text)) return 0
    return Math.max(SHORTEST_LIMIT_MS, Math.floor(this.firstLimitMs / 2 ** this.#timeouts))
  }

  timedOut(text: string, limitMs: number): void {
    if (this.#timeouts === 0) this.#windowEnd = this.#clock.now() + WINDOW_MS
    this.#timeouts++
    this.#spentMs += limitMs
    if (text.length <= REMEMBERED_LENGTH && this.#refused.size < REMEMBERED_TEXTS) this.#refused.add(text)
  }
}
