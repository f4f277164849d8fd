import type { Clock } from '@spillway/framework'

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now: number
  #sleepers: Sleeper[] = []

  constructor(now: number) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error)
        return
      }
      const sleeper = { until: this.#now + ms, wake: resolve }
      this.#sleepers.push(sleeper)
      const onAbort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** How many wait for this clock. */
  get sleepers(): number {
    return this.#sleepers.length
  }

  advance(ms: number): void {
    this.set(this.#now + ms)
  }

  set(now: number): void {
    this.#now = now
    const due = this.#sleepers.filter((sleeper) => sleeper.until <= now)
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.until > now)
    for (const sleeper of due) sleeper.wake()
  }
}
