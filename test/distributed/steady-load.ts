import { setTimeout as delay } from 'node:timers/promises'
import type { Producer, ProducerRecord } from '../../framework/api/src/kafka/port.ts'
import { kafka } from '../support/topics.ts'

const TICK_MS = 100

/** Produces the places 0, 1, 2, … of every partition of some topics at a steady rate, each place once. */
export class SteadyLoad {
  readonly #topics: readonly string[]
  readonly #partitions: number
  readonly #placesPerSecond: number
  readonly #abort = new AbortController()
  readonly #done: Promise<void>
  readonly #producer: Producer = kafka().producer({ clientId: 'load', compression: 'none', idempotent: true })
  #places = 0

  /**
   * @param partitions of each topic
   * @param rate records per second over all of them
   */
  constructor(topics: readonly string[], partitions: number, rate: number) {
    this.#topics = topics
    this.#partitions = partitions
    this.#placesPerSecond = rate / (topics.length * partitions)
    this.#done = this.#run()
  }

  /** How many every partition has. */
  get places(): number {
    return this.#places
  }

  /** Stops at a multiple of `unit` places, all of them acknowledged. Idempotent. */
  async stop(unit = 1): Promise<void> {
    if (this.#abort.signal.aborted) return
    this.#abort.abort()
    await this.#done
    await this.#sendUpTo(Math.ceil(this.#places / unit) * unit)
    await this.#producer.close()
  }

  async #run(): Promise<void> {
    const began = performance.now()
    while (!this.#abort.signal.aborted) {
      await this.#sendUpTo(Math.floor(((performance.now() - began) / 1_000) * this.#placesPerSecond))
      await delay(TICK_MS)
    }
  }

  async #sendUpTo(places: number): Promise<void> {
    const records: ProducerRecord[] = []
    for (let place = this.#places; place < places; place++) {
      for (const topic of this.#topics) {
        for (let partition = 0; partition < this.#partitions; partition++) {
          records.push({ topic, partition, value: Buffer.from(JSON.stringify({ topic, partition, place })) })
        }
      }
    }
    this.#places = Math.max(this.#places, places)
    if (records.length > 0) await this.#producer.send(records)
  }
}
