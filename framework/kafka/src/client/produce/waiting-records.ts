import type { ProducerRecord } from '@spillway/api'
import { type TimedRecord, recordBytes } from './record-writer.ts'

/** Appended records whose topic's partitions are not known yet, with copies of what they are made of, in order. */
export class WaitingRecords {
  readonly #admit: (topic: string) => Promise<void>
  readonly #place: (record: TimedRecord) => void
  readonly #failed: (error: Error) => void
  readonly #byTopic = new Map<string, TimedRecord[]>()
  readonly #arrivals = new Set<Promise<void>>()
  #bytes = 0

  /** @param admit resolves when the topic is known */
  constructor(
    admit: (topic: string) => Promise<void>,
    place: (record: TimedRecord) => void,
    failed: (error: Error) => void,
  ) {
    this.#admit = admit
    this.#place = place
    this.#failed = failed
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Whoever comes later waits behind them. */
  has(topic: string): boolean {
    return this.#byTopic.size > 0 && this.#byTopic.has(topic)
  }

  add(record: ProducerRecord, timestamp: number): void {
    const list = this.#byTopic.get(record.topic)
    const copy = copied(record, timestamp)
    this.#bytes += recordBytes(copy)
    if (list !== undefined) {
      list.push(copy)
      return
    }
    this.#byTopic.set(record.topic, [copy])
    const arrival = this.#arrive(record.topic).finally(() => this.#arrivals.delete(arrival))
    this.#arrivals.add(arrival)
  }

  /** Resolves when none is left, placed or failed. */
  async settled(): Promise<void> {
    while (this.#arrivals.size > 0) await Promise.all(this.#arrivals)
  }

  drop(): void {
    this.#byTopic.clear()
    this.#bytes = 0
  }

  /** Never rejects. */
  async #arrive(topic: string): Promise<void> {
    let failure: Error | undefined
    try {
      await this.#admit(topic)
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
    }
    const records = this.#byTopic.get(topic) ?? []
    this.#byTopic.delete(topic)
    for (const record of records) {
      this.#bytes -= recordBytes(record)
      try {
        if (failure === undefined) this.#place(record)
      } catch (error) {
        failure ??= error as Error
      }
    }
    if (failure !== undefined && records.length > 0) this.#failed(failure)
  }
}

function copied(record: ProducerRecord, timestamp: number): TimedRecord {
  const { key, value, headers } = record
  return {
    ...record,
    timestamp,
    key: copyOf(key),
    value: copyOf(value),
    headers: (headers ?? []).map((header) => ({ key: header.key, value: copyOf(header.value) })),
  }
}

function copyOf(bytes: Buffer | null | undefined): Buffer | null {
  return bytes === null || bytes === undefined ? null : Buffer.from(bytes)
}
