import type { Clock } from '@spillway/api'
import type { Logger } from 'pino'

const WINDOW_MS = 60_000
const LINES = 20

/** Warnings that strangers can cause: no more than some in a minute, and how many were left out. */
export class LimitedLog {
  readonly #logger: Logger
  readonly #clock: Clock
  #since = -Infinity
  #lines = 0
  #leftOut = 0

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger
    this.#clock = clock
  }

  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    const now = this.#clock.now()
    if (now - this.#since >= WINDOW_MS) {
      const leftOut = this.#leftOut
      this.#since = now
      this.#lines = 0
      this.#leftOut = 0
      if (leftOut > 0) this.#logger.warn(`${leftOut} more warnings of this kind were left out`)
    }
    if (this.#lines >= LINES) {
      this.#leftOut++
      return
    }
    this.#lines++
    this.#logger.warn(fields, message)
  }
}
