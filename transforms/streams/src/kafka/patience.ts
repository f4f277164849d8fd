import { type Clock, RetriableError, UnknownTopicError } from '@spillway/api'
import { messageOf } from '../core/errors.ts'
import type { StreamsLogger } from './streams-logger.ts'

/** How long until a request that failed is tried again, ms. */
const retryMs = 200
/** How often failures that may pass are told, ms. */
const failureLogMs = 10_000

/** Tries again what Kafka cannot do at present, for `task.timeout.ms`. */
export class Patience {
  readonly #clock: Clock
  readonly #logger: StreamsLogger
  readonly #timeoutMs: number
  readonly #signal: AbortSignal
  #toldAt = -Infinity

  /** @param signal from then on nothing is waited for */
  constructor(clock: Clock, logger: StreamsLogger, timeoutMs: number, signal: AbortSignal) {
    this.#clock = clock
    this.#logger = logger
    this.#timeoutMs = timeoutMs
    this.#signal = signal
  }

  /** @throws what does not pass */
  async with<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const since = this.#clock.monotonic()
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        if (!this.mayPass(error, since)) throw error
        this.tell(what, error)
        await this.#clock.sleep(retryMs)
      }
    }
  }

  /** Now and then: a broker that is away fails several times a second. */
  tell(what: string, error: unknown): void {
    const now = this.#clock.monotonic()
    if (now - this.#toldAt < failureLogMs) return
    this.#toldAt = now
    this.#logger.warn(`${what} failed, and is tried again: ${messageOf(error)}`)
  }

  mayPass(error: unknown, since: number): boolean {
    // A topic of the application's own that was deleted is made anew.
    const isPassing = error instanceof RetriableError || error instanceof UnknownTopicError
    if (this.#signal.aborted || !isPassing) return false
    return this.#clock.monotonic() - since < this.#timeoutMs
  }
}
