/** Length of a window, ms (Java: `metrics.sample.window.ms`). */
const windowMs = 30_000

class Window {
  startMs = 0
  count = 0
  sum = 0
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY

  begin(startMs: number): void {
    this.startMs = startMs
    this.count = 0
    this.sum = 0
    this.min = Number.POSITIVE_INFINITY
    this.max = Number.NEGATIVE_INFINITY
  }
}

/**
 * What was measured lately: in the window that runs and the one before, so over half a minute to a minute. Corresponds to Java's
 * `SampledStat` with two samples. Times are passed in, in ms of one clock: to record costs no look at it.
 */
export class Sampled {
  #current = new Window()
  #before = new Window()
  #total = 0
  #count = 0

  constructor(now: number) {
    this.#current.begin(now)
    this.#before.begin(now)
  }

  record(value: number, now: number): void {
    if (now - this.#current.startMs >= windowMs) this.#turn(now)
    const window = this.#current
    window.count++
    window.sum += value
    if (value < window.min) window.min = value
    if (value > window.max) window.max = value
    this.#total += value
    this.#count++
  }

  /** Sum of all that was ever recorded. */
  get total(): number {
    return this.#total
  }

  /** How often anything was recorded. */
  get count(): number {
    return this.#count
  }

  /** Not a number where nothing was recorded lately, as the others are. */
  average(now: number): number {
    this.#refresh(now)
    return (this.#current.sum + this.#before.sum) / (this.#current.count + this.#before.count)
  }

  min(now: number): number {
    this.#refresh(now)
    return finiteOrNaN(Math.min(this.#current.min, this.#before.min))
  }

  max(now: number): number {
    this.#refresh(now)
    return finiteOrNaN(Math.max(this.#current.max, this.#before.max))
  }

  /** Sum per second. */
  rate(now: number): number {
    return this.#sum(now) / (this.#elapsedMs(now) / 1000)
  }

  /** How often per second. */
  frequency(now: number): number {
    this.#refresh(now)
    return (this.#current.count + this.#before.count) / (this.#elapsedMs(now) / 1000)
  }

  /** Of what was recorded in ms: how much of the time it took, 0 to 1. */
  share(now: number): number {
    return Math.min(1, this.#sum(now) / this.#elapsedMs(now))
  }

  #sum(now: number): number {
    this.#refresh(now)
    return this.#current.sum + this.#before.sum
  }

  /** One window at least, as in Java: a first record is no rate of thousands. */
  #elapsedMs(now: number): number {
    return Math.max(windowMs, now - this.#before.startMs)
  }

  #refresh(now: number): void {
    if (now - this.#current.startMs >= windowMs) this.#turn(now)
  }

  #turn(now: number): void {
    const { startMs } = this.#current
    const passed = this.#before
    this.#before = this.#current
    this.#current = passed
    // What is older than one window is none of lately.
    if (now - startMs >= 2 * windowMs) this.#before.begin(now - windowMs)
    this.#current.begin(now)
  }
}

function finiteOrNaN(value: number): number {
  return Number.isFinite(value) ? value : Number.NaN
}
