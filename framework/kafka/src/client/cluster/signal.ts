import type { Clock } from '@spillway/api'
import { MAX_TIMER_MS } from './within.ts'

const WOKEN = new Error('woken')

/** A waiting place for one caller: {@link notify} ends the present wait, or the next one. */
export class Signal {
  readonly #clock: Clock
  #pending = false
  #waiting: AbortController | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  notify(): void {
    this.#pending = true
    this.#waiting?.abort(WOKEN)
  }

  /** Resolves at {@link notify} or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#pending && timeoutMs > 0) {
      this.#waiting = new AbortController()
      const { signal } = this.#waiting
      await this.#clock.sleep(Math.min(timeoutMs, MAX_TIMER_MS), signal).catch(() => undefined)
      this.#waiting = undefined
    }
    this.#pending = false
  }
}
