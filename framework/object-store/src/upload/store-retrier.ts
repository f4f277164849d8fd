import { type Clock, isRetriable } from '@spillway/api'

/** Longest pause between two tries, in ms, where nothing else is said. */
const MAX_DELAY_MS = 30_000

export interface StoreRetrierOptions {
  readonly clock: Clock
  /** Tries after the first that nobody need hear of; what fails longer is shown. */
  readonly quietRetries: number
  /** Bound of the first pause in ms; it doubles with every try. */
  readonly backoffMs: number
  /** Longest pause in ms; 30 s. */
  readonly maxBackoffMs?: number
  /** Told what the store keeps failing at, and null once it works again. */
  readonly onTrouble: (text: string | null) => void
  /** From 0 to 1; for tests. */
  readonly random?: () => number
}

/**
 * Tries requests to the store again for as long as they may pass: an outage of the store is no fault of the task, so
 * it is waited out and shown, never a failure. Pauses have full jitter: many tasks do not come back at once.
 */
export class StoreRetrier {
  readonly #options: StoreRetrierOptions
  readonly #troubled = new Set<object>()
  #retries = 0

  constructor(options: StoreRetrierOptions) {
    this.#options = options
  }

  /** True while some request fails beyond the quiet tries. */
  get inTrouble(): boolean {
    return this.#troubled.size > 0
  }

  /** Tries after the first, since start. */
  get retries(): number {
    return this.#retries
  }

  /**
   * @param request what is tried; must be safe to try again after an answer was lost.
   * @param options.givesUp for what is not worth waiting for: throws what still fails after the quiet tries.
   * @throws what is not retriable, or the signal's reason where it aborts.
   */
  async run<T>(
    request: () => Promise<T>,
    signal: AbortSignal,
    { givesUp = false }: { readonly givesUp?: boolean } = {},
  ): Promise<T> {
    const mark = {}
    try {
      for (let attempt = 1; ; attempt++) {
        signal.throwIfAborted()
        try {
          return await request()
        } catch (error) {
          signal.throwIfAborted()
          if (!isRetriable(error) || (givesUp && attempt > this.#options.quietRetries)) throw error
          await this.#pause(attempt, error as Error, mark, signal)
        }
      }
    } finally {
      if (this.#troubled.delete(mark) && this.#troubled.size === 0) this.#options.onTrouble(null)
    }
  }

  async #pause(attempt: number, error: Error, mark: object, signal: AbortSignal): Promise<void> {
    const bound = Math.min(
      this.#options.maxBackoffMs ?? MAX_DELAY_MS,
      this.#options.backoffMs * 2 ** Math.min(attempt - 1, 30),
    )
    const delay = Math.round((this.#options.random ?? Math.random)() * bound)
    this.#retries++
    if (attempt > this.#options.quietRetries) {
      this.#troubled.add(mark)
      this.#options.onTrouble(
        `Waiting for the store: ${error.message} (tried ${attempt} times, next try in ${delay} ms). ` +
          'Consumption is paused until it answers; nothing is lost.',
      )
    }
    await this.#options.clock.sleep(delay, signal)
  }
}
