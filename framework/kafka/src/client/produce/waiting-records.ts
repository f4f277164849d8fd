import type { LostRecord, ProducerRecord } from '@spillway/api'
import { type TimedRecord, recordBytes } from './record-writer.ts'

/** A record that waits, and what comes back with it where it is lost. */
export interface WaitingRecord {
  readonly record: TimedRecord
  readonly origin: object | undefined
  readonly originOffset: bigint
}

/** Appended records whose topic's partitions are not known yet, with copies of what they are made of, in order. */
export class WaitingRecords {
  readonly #admit: (topic: string) => Promise<void>
  readonly #place: (record: WaitingRecord) => void
  readonly #failed: (error: Error, records: () => readonly LostRecord[]) => void
  readonly #byTopic = new Map<string, WaitingRecord[]>()
  readonly #arrivals = new Set<Promise<void>>()
  #bytes = 0

  /** @param admit resolves when the topic is known */
  constructor(
    admit: (topic: string) => Promise<void>,
    place: (record: WaitingRecord) => void,
    failed: (error: Error, records: () => readonly LostRecord[]) => void,
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

  add(record: ProducerRecord, timestamp: number, origin: object | undefined, originOffset: bigint): void {
    const list = this.#byTopic.get(record.topic)
    const copy = { record: copied(record, timestamp), origin, originOffset }
    this.#bytes += recordBytes(copy.record)
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
    for (const each of records) {
      this.#bytes -= recordBytes(each.record)
      if (failure !== undefined) continue
      try {
        this.#place(each)
      } catch (error) {
        this.#failed(error as Error, () => [lostOf(each)])
      }
    }
    if (failure !== undefined && records.length > 0) this.#failed(failure, () => records.map(lostOf))
  }
}

function lostOf({ record, origin, originOffset }: WaitingRecord): LostRecord {
  const { topic, partition, key, value, headers, timestamp } = record
  return {
    topic,
    partition,
    key: key ?? null,
    value: value ?? null,
    headers: headers as LostRecord['headers'],
    timestamp,
    origin,
    originOffset,
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

function copyOf(bytes: Uint8Array | null | undefined): Buffer | null {
  return bytes === null || bytes === undefined ? null : Buffer.from(bytes)
}
