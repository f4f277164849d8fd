import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestBucket } from '../support/objects.ts'
import { until } from '../support/until.ts'

const POLL_MS = 100

interface Cursor {
  readonly name: string
  /** The next object's key, by the offset it begins at. */
  readonly keyAt: (offset: number) => string
  next: number
  /** When each object was first seen, `performance.now()`. */
  readonly seen: number[]
}

/**
 * Sees every object of `flush` records as it comes into the store, partition by partition: what a reader of the sink
 * sees, whatever a status says.
 */
export class SinkWatch {
  readonly #bucket: TestBucket
  readonly #flush: number
  readonly #cursors: readonly Cursor[]
  readonly #abort = new AbortController()
  readonly #done: Promise<void>

  constructor(bucket: TestBucket, topics: readonly string[], partitions: number, flush: number) {
    this.#bucket = bucket
    this.#flush = flush
    this.#cursors = topics.flatMap((topic) =>
      Array.from({ length: partitions }, (_, partition) => ({
        name: `${topic}-${partition}`,
        keyAt: (offset: number) =>
          `topics/${topic}/partition=${partition}/${topic}+${partition}+${String(offset).padStart(10, '0')}.json`,
        next: 0,
        seen: [],
      })),
    )
    this.#done = this.#run()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#done
  }

  /** Keys of the objects that hold the first `places` records of every partition, with the offset each begins at. */
  *keysUpTo(places: number): Iterable<{ readonly key: string; readonly offset: number }> {
    for (const { keyAt } of this.#cursors) {
      for (let offset = 0; offset < places; offset += this.#flush) yield { key: keyAt(offset), offset }
    }
  }

  /** Resolves when the record at this place of every partition is in the store. */
  async untilAllHave(place: number, timeoutMs: number): Promise<void> {
    const missing = (): Cursor[] => this.#cursors.filter(({ next }) => next <= place)
    try {
      await until('the records are in the store', () => missing().length === 0, timeoutMs)
    } catch (cause) {
      const which = missing().map(({ name, next }) => `${name}@${next}`)
      throw new Error(`Place ${place} is not in the store of ${which.join(', ')}`, { cause })
    }
  }

  /** The longest time since a moment in which a partition had no new object, in ms, and whose that was. */
  longestSilence(since: number): { readonly ms: number; readonly partition: string } {
    let longest = { ms: 0, partition: '' }
    for (const { name, seen } of this.#cursors) {
      let before = since
      for (const at of [...seen.filter((one) => one > since), performance.now()]) {
        if (at - before > longest.ms) longest = { ms: at - before, partition: name }
        before = at
      }
    }
    return longest
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      await Promise.all(this.#cursors.map((cursor) => this.#follow(cursor)))
      await delay(POLL_MS)
    }
  }

  async #follow(cursor: Cursor): Promise<void> {
    while (!this.#abort.signal.aborted && (await this.#exists(cursor.keyAt(cursor.next)))) {
      cursor.next += this.#flush
      cursor.seen.push(performance.now())
    }
  }

  async #exists(key: string): Promise<boolean> {
    try {
      await this.#bucket.client.send(new HeadObjectCommand({ Bucket: this.#bucket.name, Key: key }))
      return true
    } catch (error) {
      if (error instanceof Error && error.name === 'NotFound') return false
      throw error
    }
  }
}
