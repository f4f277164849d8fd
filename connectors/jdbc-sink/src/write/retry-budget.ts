/** How many times rows that refer to missing ones are tried again. */
const REFERENCE_RETRIES = 3
const CONTENTION_RETRIES = 50
const MAX_CONTENTION_DELAY_MS = 500

/** Counts the tries of one batch, by kind of error; a batch that succeeds starts all counts anew. */
export class RetryBudget {
  readonly #maxRetries: number
  readonly #random: () => number
  #retries = 0
  #references = 0
  #contentions = 0
  #hasRefreshed = false

  constructor(maxRetries: number, random: () => number) {
    this.#maxRetries = maxRetries
    this.#random = random
  }

  succeeded(): void {
    this.#retries = 0
    this.#references = 0
    this.#contentions = 0
    this.#hasRefreshed = false
  }

  /** One more try later, of max.retries. */
  mayRetry(): boolean {
    return this.#retries++ < this.#maxRetries
  }

  get areUsedUp(): boolean {
    return this.#retries > this.#maxRetries
  }

  mayWaitForReference(): boolean {
    return this.#references++ < Math.min(REFERENCE_RETRIES, this.#maxRetries)
  }

  get hasRefreshed(): boolean {
    return this.#hasRefreshed
  }

  /** Once per batch the catalog is read again. */
  mayRefresh(): boolean {
    const may = !this.#hasRefreshed
    this.#hasRefreshed = true
    return may
  }

  /** Milliseconds until the next try after a deadlock, random and growing; undefined after many. */
  nextContentionDelay(): number | undefined {
    if (this.#contentions++ >= CONTENTION_RETRIES) {
      this.#contentions = 0
      return undefined
    }
    const bound = Math.min(MAX_CONTENTION_DELAY_MS, 4 * 2 ** Math.min(this.#contentions, 10))
    return Math.ceil(this.#random() * bound)
  }
}
