import type { Admin, Clock } from '@spillway/api'
import { StreamsException } from '../../core/errors.ts'
import type { TopicWidths } from '../record-collector.ts'

/** How long a topic may stay unknown (Java: `max.block.ms`). */
const maxBlockMs = 60_000
/** How long a topic of others may be missing: brokers hear of a new one one after the other. */
const graceMs = 5_000
const retryMs = 100

/** Partition counts of topics, asked for once each. A topic that gets more partitions meanwhile is asked for again. */
export class KnownTopics implements TopicWidths {
  readonly #admin: Admin
  readonly #clock: Clock
  readonly #counts = new Map<string, number>()

  constructor(admin: Admin, clock: Clock) {
    this.#admin = admin
    this.#clock = clock
  }

  known(topic: string): number | undefined {
    return this.#counts.get(topic)
  }

  /** Asks for all of them again; those that do not exist are left out. */
  async refresh(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (topics.length === 0) return new Map()
    const found = new Map(
      (await this.#admin.describeTopics(topics)).map(({ name, partitions }) => [name, partitions]),
    )
    for (const [name, count] of found) this.#counts.set(name, count)
    return found
  }

  /** Asks for topics that should be there, for a while where they are not; those that do not exist are left out. */
  async refreshPatiently(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const until = this.#clock.now() + graceMs
    for (;;) {
      const found = await this.refresh(topics)
      if (found.size === topics.length || this.#clock.now() >= until) return found
      await this.#clock.sleep(retryMs)
    }
  }

  async find(topic: string): Promise<number> {
    const until = this.#clock.now() + maxBlockMs
    for (;;) {
      const count = this.#counts.get(topic) ?? (await this.refresh([topic])).get(topic)
      if (count !== undefined) return count
      if (this.#clock.now() >= until) {
        throw new StreamsException(
          `Could not get partition information for topic ${topic}: it was not there for ${maxBlockMs / 1000} s. Create it.`,
        )
      }
      await this.#clock.sleep(retryMs)
    }
  }
}
