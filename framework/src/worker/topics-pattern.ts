import type { Logger } from 'pino'
import { JavaRegex } from '../config/java-regex/java-regex.ts'
import { SlowRegexError } from '../config/java-regex/slow-regex-error.ts'
import type { TopicPattern } from '../kafka/port.ts'

/** A topic has at most 249 characters: what matches one at all does so in microseconds. */
const LIMIT_MS = 100
/** Names that are remembered to be told of once, and of those the ones that are shown. */
const MAX_TOLD = 1000
const MAX_SHOWN = 3

/**
 * The topics of `topics.regex`. A topic that cannot be matched in time is not read: anybody who may create a topic could
 * stop the task otherwise. It is logged once, and {@link notice} tells of it.
 */
export class TopicsPattern implements TopicPattern {
  readonly #regex: JavaRegex
  readonly #logger: Logger | null
  readonly #slow = new Set<string>()

  constructor(pattern: string, logger: Logger | null) {
    this.#regex = JavaRegex.compile(pattern, { key: 'topics.regex', limitMs: LIMIT_MS })
    this.#logger = logger
  }

  matches(topic: string): boolean {
    try {
      const matches = this.#regex.matches(topic)
      this.#slow.delete(topic)
      return matches
    } catch (error) {
      if (!(error instanceof SlowRegexError)) throw error
      if (!this.#slow.has(topic) && this.#slow.size < MAX_TOLD) {
        this.#slow.add(topic)
        this.#logger?.warn({ err: error }, `Topic ${topic} is not read: ${error.message}`)
      }
      return false
    }
  }

  /** For the status of the task: which topics are not read, null where all could be matched. */
  notice(): string | null {
    if (this.#slow.size === 0) return null
    const shown = [...this.#slow].slice(0, MAX_SHOWN).join(', ')
    const more = this.#slow.size > MAX_SHOWN ? ` and ${this.#slow.size - MAX_SHOWN} more` : ''
    return `Not read, as topics.regex takes too long to match their names: ${shown}${more}.`
  }
}
