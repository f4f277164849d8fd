import type { Clock } from '@spillway/api'

const HEALTHY_MS = 60 * 60 * 1000

/** `errors.restart.*` of a connector. */
export interface RestartSettings {
  /** Restarts in a row; -1 without end, 0 none. */
  readonly max: number
  readonly delayMs: number
  readonly delayMaxMs: number
}

/** Counts the restarts of one task and says when the next one is due. */
export class RestartPolicy {
  readonly #settings: RestartSettings
  readonly #clock: Clock
  #restarts = 0
  #lastFailureAt = 0

  constructor(settings: RestartSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
  }

  /** Restarts since the task was last well. */
  get restarts(): number {
    return this.#restarts
  }

  /** The task has failed with a retriable error: ms until its restart, or undefined where there is to be none. */
  failed(): number | undefined {
    const now = this.#clock.now()
    if (now - this.#lastFailureAt > HEALTHY_MS) this.#restarts = 0
    this.#lastFailureAt = now
    const { max, delayMs, delayMaxMs } = this.#settings
    if (max !== -1 && this.#restarts >= max) return undefined
    const delay = Math.min(delayMs * 2 ** Math.min(this.#restarts, 30), delayMaxMs)
    this.#restarts++
    return delay
  }
}
