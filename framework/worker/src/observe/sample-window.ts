interface Sample {
  startedAt: number
  count: number
  sum: number
  max: number
}

/** Kafka's `metrics.sample.window.ms` and `metrics.num.samples` by default: two samples of 30 s. */
const SAMPLE_MS = 30_000

/**
 * Average, maximum and rate of the last 30 to 60 seconds (Java: the `Avg`, `Max` and `Rate` of a Kafka `Sensor`). It
 * keeps two samples, whatever it is given.
 */
export class SampleWindow {
  readonly #now: () => number
  #previous: Sample | undefined
  #current: Sample

  /** @param now milliseconds; only differences count. */
  constructor(now: () => number) {
    this.#now = now
    this.#current = empty(now())
  }

  record(value: number): void {
    this.#turn()
    const sample = this.#current
    sample.count++
    sample.sum += value
    if (value > sample.max) sample.max = value
  }

  get isEmpty(): boolean {
    this.#turn()
    return this.#current.count + (this.#previous?.count ?? 0) === 0
  }

  /** 0 where nothing was recorded. */
  get average(): number {
    this.#turn()
    const count = this.#current.count + (this.#previous?.count ?? 0)
    return count === 0 ? 0 : this.#sum() / count
  }

  get max(): number {
    this.#turn()
    return Math.max(this.#current.max, this.#previous?.max ?? 0)
  }

  /** Sum of the values per second. */
  get rate(): number {
    this.#turn()
    // Right after the start a few records would look like a storm.
    const ms = Math.max(this.#now() - (this.#previous ?? this.#current).startedAt, 1_000)
    return (this.#sum() * 1_000) / ms
  }

  #sum(): number {
    return this.#current.sum + (this.#previous?.sum ?? 0)
  }

  /** Begins a new sample where the present one is over. */
  #turn(): void {
    const now = this.#now()
    const age = now - this.#current.startedAt
    if (age < SAMPLE_MS) return
    this.#previous = age < 2 * SAMPLE_MS ? this.#current : undefined
    this.#current = empty(now)
  }
}

function empty(startedAt: number): Sample {
  return { startedAt, count: 0, sum: 0, max: 0 }
}
