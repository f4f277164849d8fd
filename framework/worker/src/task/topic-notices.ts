import type { Clock } from '@spillway/api'

/** A topic with records is told about so often and no more. */
const PAUSE_MS = 100

/**
 * Reports which topics records come from, for `GET /connectors/{c}/topics`. It reports them again from time to time,
 * because the list may be reset, but not for every batch.
 */
export class TopicNotices {
  readonly #toldAt = new Map<string, number>()
  readonly #untold = new Set<string>()
  readonly #clock: Clock
  readonly #tell: (topic: string) => void

  constructor(clock: Clock, tell: (topic: string) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  /** Called with the records of each poll, none included. */
  seen(records: readonly { readonly topic: string }[]): void {
    let previous: string | undefined
    for (const { topic } of records) {
      if (topic !== previous) this.#untold.add(topic)
      previous = topic
    }
    const now = this.#clock.now()
    for (const topic of this.#untold) {
      const last = this.#toldAt.get(topic)
      if (last !== undefined && now - last < PAUSE_MS) continue
      this.#toldAt.set(topic, now)
      this.#untold.delete(topic)
      this.#tell(topic)
    }
  }
}
