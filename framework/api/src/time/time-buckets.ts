import type { JodaPattern } from './joda-pattern.ts'

const CACHED_BUCKETS = 4096

/**
 * Turns a time into the text of the bucket it lies in (Java: `TimeBasedPartitioner.encodedPartitionForTimestamp`).
 *
 * Buckets are cut in local time, so days begin at midnight and the two 01:xx hours of an autumn night are one bucket.
 * As in Java, division truncates: local times before 1970 land one bucket late.
 */
export class TimeBuckets {
  readonly #pattern: JodaPattern
  readonly #durationMs: number
  readonly #divide: (quotient: number) => number
  readonly #texts = new Map<number, string>()
  #lastBucket = NaN
  #lastText = ''

  /** @param rounding `floor` puts times before 1970 where they belong. */
  constructor(pattern: JodaPattern, durationMs: number, rounding: 'truncate' | 'floor' = 'truncate') {
    this.#pattern = pattern
    this.#durationMs = durationMs
    this.#divide = rounding === 'floor' ? Math.floor : Math.trunc
  }

  /** The bucket's text. Costs an integer division and a look-up while times stay within a few thousand buckets. */
  encode(utcMs: number): string {
    const localMs = utcMs + this.#pattern.zone.offsetAt(utcMs)
    const bucket = this.#divide(localMs / this.#durationMs)
    if (bucket === this.#lastBucket) return this.#lastText
    let text = this.#texts.get(bucket)
    if (text === undefined) {
      text = this.#pattern.format(this.#pattern.localToUtc(bucket * this.#durationMs))
      if (this.#texts.size >= CACHED_BUCKETS) this.#texts.clear()
      this.#texts.set(bucket, text)
    }
    this.#lastBucket = bucket
    this.#lastText = text
    return text
  }
}
