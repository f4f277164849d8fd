import type { RecordMetadata } from '@spillway/api'
import type { ProducePartition } from './produce-request.ts'
import type { TimedRecord } from './record-writer.ts'
import { recordBytes } from './record-writer.ts'

/** One call of `send`: answered when the last of its records is. */
export class SendCall {
  readonly #results: RecordMetadata[]
  readonly #done = Promise.withResolvers<RecordMetadata[]>()
  #left: number

  constructor(records: number) {
    this.#results = Array.from<RecordMetadata>({ length: records })
    this.#left = records
  }

  get done(): Promise<RecordMetadata[]> {
    return this.#done.promise
  }

  acknowledge(index: number, metadata: RecordMetadata): void {
    this.#results[index] = metadata
    if (--this.#left === 0) this.#done.resolve(this.#results)
  }

  fail(error: Error): void {
    this.#done.reject(error)
  }
}

/** A record on its way, and whom to tell. */
export interface Entry {
  readonly record: TimedRecord
  readonly call: SendCall
  readonly index: number
}

/** Records of one partition that are sent together. */
export class Batch {
  readonly topic: string
  readonly partition: number
  readonly createdAt = performance.now()
  readonly entries: Entry[] = []
  bytes = 0
  /** Set with the first attempt: every further one must send the very same, or it could be stored twice. */
  sealed: ProducePartition | undefined

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  add(entry: Entry): void {
    this.entries.push(entry)
    this.bytes += recordBytes(entry.record)
  }

  /** Two batches of half the records each, to be sealed anew. */
  halves(): [Batch, Batch] {
    const middle = Math.ceil(this.entries.length / 2)
    const halves: [Batch, Batch] = [
      new Batch(this.topic, this.partition),
      new Batch(this.topic, this.partition),
    ]
    this.entries.forEach((entry, i) => halves[i < middle ? 0 : 1].add(entry))
    return halves
  }

  /** @param baseOffset offset of the first record, -1 where the broker did not tell */
  acknowledge(baseOffset: bigint): void {
    const { topic, partition } = this
    this.entries.forEach(({ call, index }, i) => {
      call.acknowledge(index, { topic, partition, offset: baseOffset < 0n ? -1n : baseOffset + BigInt(i) })
    })
  }

  fail(error: Error): void {
    for (const call of new Set(this.entries.map((entry) => entry.call))) call.fail(error)
  }
}

/** What waits for one partition, in order; its first batch may be under way. */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  readonly batches: Batch[] = []
  isInFlight = false
  /** Next sequence number of the producer id below. */
  sequence = 0
  producerKey = ''
  /** No attempt before this time (performance.now()). */
  notBefore = 0
  tries = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** Adds to the last batch while it is open and has room. */
  add(entry: Entry, maxBytes: number): Batch {
    const last = this.batches.at(-1)
    const isOpen =
      last !== undefined && last.sealed === undefined && !(this.isInFlight && this.batches.length === 1)
    const hasRoom = isOpen && last.bytes + recordBytes(entry.record) <= maxBytes
    const batch = hasRoom ? last : new Batch(this.topic, this.partition)
    if (!hasRoom) this.batches.push(batch)
    batch.add(entry)
    return batch
  }
}
