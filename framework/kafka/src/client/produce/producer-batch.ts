import type { ConsumerRecord, LostRecord, ProducerRecord, RecordMetadata } from '@spillway/api'
import { RecordReader } from '../fetch/record-reader.ts'
import type { ProducePartition } from './produce-request.ts'
import { RecordOrigins } from './record-origins.ts'
import { BATCH_BYTES, type BatchBuffers, BatchWriter, recordBytes } from './record-writer.ts'

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

/** A record whose sender awaits it. Those that were appended have none. */
interface Entry {
  readonly call: SendCall
  readonly index: number
  /** Which of the batch's records it is. */
  readonly at: number
}

const NO_PRODUCER = { producerId: -1n, producerEpoch: -1, baseSequence: -1, isTransactional: false } as const

/** Records of one partition that are sent together. */
export class Batch {
  readonly topic: string
  readonly partition: number
  readonly createdAt: number
  readonly writer: BatchWriter
  /** Set with the first attempt: every further one must send the very same, or it could be stored twice. */
  sealed: ProducePartition | undefined
  #entries: Entry[] | undefined
  #origins: RecordOrigins | undefined

  constructor(topic: string, partition: number, writer: BatchWriter, createdAt: number) {
    this.topic = topic
    this.partition = partition
    this.writer = writer
    this.createdAt = createdAt
  }

  get count(): number {
    return this.writer.count
  }

  get bytes(): number {
    return this.writer.length
  }

  /** Whether some of its records were appended: nobody waits for them one by one. */
  get hasAppended(): boolean {
    return (this.#entries?.length ?? 0) < this.count
  }

  /** @param bound what {@link recordBytes} says of the record */
  add(
    record: ProducerRecord,
    timestamp: number,
    bound: number,
    origin: object | undefined,
    originOffset: bigint,
  ): void {
    if (origin !== undefined) this.#origins ??= new RecordOrigins()
    this.#origins?.set(this.writer.count, origin, originOffset)
    this.writer.add(record, timestamp, bound)
  }

  /** The record added last is record `index` of this call. */
  awaitedBy(call: SendCall, index: number): void {
    this.#entries ??= []
    this.#entries.push({ call, index, at: this.count - 1 })
  }

  /** Its records, read back from what was written: valid while the batch is. */
  records(): ConsumerRecord[] {
    const records: ConsumerRecord[] = []
    const bytes = this.writer.finish('none', NO_PRODUCER)
    const options = { aborted: [], maxBatchBytes: bytes.length }
    new RecordReader(this.topic, this.partition, bytes, 0n, options).read(records, Infinity)
    return records
  }

  /** Those of its records that were appended, for whoever has to do without them. */
  lost(): readonly LostRecord[] {
    const { topic, partition } = this
    const awaited = new Set(this.#entries?.map(({ at }) => at))
    return this.records().flatMap(({ key, value, headers, timestamp }, at) =>
      awaited.has(at) ? [] : [{ topic, partition, key, value, headers, timestamp, ...this.#originAt(at) }],
    )
  }

  /** Two batches of half the records each, to be sealed anew. */
  halves(buffers: BatchBuffers): [Batch, Batch] {
    const records = this.records()
    const middle = Math.ceil(records.length / 2)
    const half = (from: number, to: number): Batch => {
      const writer = new BatchWriter(buffers, this.bytes)
      const batch = new Batch(this.topic, this.partition, writer, this.createdAt)
      for (let at = from; at < to; at++) {
        const record = records[at] as ConsumerRecord
        const { origin, originOffset } = this.#originAt(at)
        batch.add(record, record.timestamp, recordBytes(record), origin, originOffset)
      }
      batch.#entries = this.#entries
        ?.filter(({ at }) => at >= from && at < to)
        .map((entry) => ({ ...entry, at: entry.at - from }))
      return batch
    }
    return [half(0, middle), half(middle, records.length)]
  }

  /** @param baseOffset offset of the first record, -1 where the broker did not tell */
  acknowledge(baseOffset: bigint): void {
    const { topic, partition } = this
    for (const { call, index, at } of this.#entries ?? []) {
      call.acknowledge(index, { topic, partition, offset: baseOffset < 0n ? -1n : baseOffset + BigInt(at) })
    }
  }

  #originAt(at: number): { readonly origin: object | undefined; readonly originOffset: bigint } {
    return { origin: this.#origins?.originOf(at), originOffset: this.#origins?.offsetOf(at) ?? -1n }
  }

  fail(error: Error): void {
    for (const call of new Set(this.#entries?.map((entry) => entry.call))) call.fail(error)
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
  /** No attempt before this time (of the monotonic clock). */
  notBefore = 0
  tries = 0
  /** Offset of the last record that the broker has acknowledged, where it told. */
  acknowledged: bigint | undefined
  /** What the last batch took: the next one is likely to take as much. */
  #lastBytes = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** The last batch, while it is open and has room for a record of up to so many bytes. */
  open(bound: number): Batch | undefined {
    const last = this.batches[this.batches.length - 1]
    if (last === undefined || last.sealed !== undefined || last.bytes + bound > BATCH_BYTES) return undefined
    return this.isInFlight && this.batches.length === 1 ? undefined : last
  }

  /** A new last batch. */
  begin(buffers: BatchBuffers, now: number): Batch {
    const batch = new Batch(this.topic, this.partition, new BatchWriter(buffers, this.#lastBytes), now)
    this.batches.push(batch)
    return batch
  }

  acknowledge(batch: Batch, baseOffset: bigint): void {
    this.#lastBytes = batch.bytes
    if (baseOffset >= 0n) this.acknowledged = baseOffset + BigInt(batch.count - 1)
    batch.acknowledge(baseOffset)
  }
}
