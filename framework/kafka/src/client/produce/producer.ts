import {
  type Clock,
  type ClusterOptions,
  CommitFailedError,
  ConfigError,
  ConnectError,
  type ConsumerGroupMetadata,
  IllegalWorkerStateError,
  type LostRecord,
  type MemberlessGroup,
  type OffsetAndMetadata,
  partitionForKey,
  type Producer,
  type ProducerOptions,
  type ProducerRecord,
  type RecordMetadata,
  type TopicPartition,
} from '@spillway/api'

import { Cluster } from '../cluster/cluster.ts'
import type { RetryOptions } from '../cluster/cluster.ts'
import type { Connect } from '../cluster/connections.ts'
import { type Batch, SendCall } from './producer-batch.ts'
import { ProducerSender } from './producer-sender.ts'
import { within } from '../cluster/within.ts'
import { WaitingRecords } from './waiting-records.ts'
import { TopicMetadataCache } from '../cluster/topic-metadata.ts'
import { Transaction } from './transaction.ts'

/** How long a record waits for its topic to appear (Java: max.block.ms). */
const MAX_BLOCK_MS = 60_000
/** How long a record may be on its way, attempts and all (Java: delivery.timeout.ms). */
const DELIVERY_TIMEOUT_MS = 120_000
/** Bytes that are sent and not acknowledged (Java: buffer.memory). */
const BUFFER_BYTES = 32 * 1024 * 1024
/** Who appends without regard to pressure is refused at so many times the buffer: memory is bounded all the same. */
const MAX_OVERRUN = 4
/** How long `close` waits for what is under way; what is not acknowledged by then fails. */
const CLOSE_TIMEOUT_MS = 30_000

/** The producer of the port on Kafka's own requests: own batches, sequence numbers and transactions. */
export class KafkaProducer implements Producer {
  readonly #cluster: Cluster
  readonly #topics: TopicMetadataCache
  readonly #transaction: Transaction | undefined
  readonly #sender: ProducerSender
  readonly #abort = new AbortController()
  /** Partition for records without a key, until its batch is sent (KIP-480). */
  readonly #sticky = new Map<string, number>()
  readonly #bufferBytes: number
  readonly #maxBlockMs: number
  readonly #lost: ProducerOptions['lost']
  readonly #waiting: WaitingRecords
  /** The first failure of an appended record that nobody has handled yet. */
  #failure: Error | undefined
  #isAborting = false
  #room = Promise.withResolvers<void>()
  #admission: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(clusterOptions: ClusterOptions, options: ProducerOptions, connect: Connect, clock: Clock) {
    const acks = options.acks ?? 'all'
    const idempotent = options.idempotent ?? acks === 'all'
    if (acks !== 'all' && (idempotent || options.transactionalId !== undefined)) {
      throw new ConfigError('acks must be all for an idempotent or transactional producer', { key: 'acks' })
    }
    this.#bufferBytes = options.bufferMemory ?? BUFFER_BYTES
    this.#maxBlockMs = options.maxBlockMs ?? MAX_BLOCK_MS
    this.#lost = options.lost
    this.#cluster = new Cluster(options.clientId, clusterOptions, connect, clock)
    this.#topics = new TopicMetadataCache(this.#cluster, options.allowAutoCreateTopics ?? true)
    const retry: RetryOptions = { signal: this.#abort.signal }
    if (options.transactionalId !== undefined) {
      const timeoutMs = options.transactionTimeoutMs ?? 60_000
      this.#transaction = new Transaction(this.#cluster, options.transactionalId, timeoutMs, retry)
    }
    this.#sender = new ProducerSender(this.#cluster, this.#topics, this.#transaction, {
      acks,
      idempotent,
      compression: options.compression ?? 'none',
      lingerMs: options.lingerMs ?? 0,
      deliveryTimeoutMs: options.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS,
      standing: options.standing,
      signal: this.#abort.signal,
      standingLost: () => this.dropUnsent(),
      batchSent: ({ topic }) => this.#sticky.delete(topic),
      freed: () => this.#makeRoom(),
      appendedFailed: this.#failed,
    })
    this.#waiting = new WaitingRecords(
      (topic) => this.#admit(new Set([topic])),
      ({ record, origin, originOffset }) => this.#place(record, record.timestamp, origin, originOffset),
      this.#failed,
    )
  }

  append(record: ProducerRecord, origin?: object, originOffset = -1n): void {
    this.#assertOpen()
    if (this.#failure !== undefined) throw this.#failure
    this.#assertTransaction()
    const buffered = this.#bufferedBytes()
    if (buffered > this.#bufferBytes && buffered > this.#bufferBytes * MAX_OVERRUN) {
      throw new IllegalWorkerStateError(
        `${buffered} bytes are appended and not acknowledged, far more than the buffer of ${this.#bufferBytes} bytes ` +
          '(buffer.memory): await pressure() between records',
      )
    }
    const timestamp = record.timestamp ?? this.#cluster.clock.now()
    const { topic } = record
    const isKnown = this.#isKnown(record)
    if (isKnown && !this.#waiting.has(topic)) {
      this.#place(record, timestamp, origin, originOffset)
      return
    }
    if (!isKnown) this.#topics.forget(topic)
    this.#waiting.add(record, timestamp, origin, originOffset)
  }

  pressure(): Promise<void> | undefined {
    return this.#hasRoom() ? undefined : this.#untilRoom()
  }

  async flush(): Promise<void> {
    this.#assertOpen()
    await this.#waiting.settled()
    await this.#sender.flush()
    if (this.#failure !== undefined) throw this.#failure
  }

  takeFailure(): Error | undefined {
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }

  dropUnsent(): void {
    // Sequence numbers still hold, as after an abort.
    this.#drop('what it was made from is with others')
  }

  acknowledged(topic: string, partition: number): bigint | undefined {
    return this.#sender.acknowledged(topic, partition)
  }

  async send(records: readonly ProducerRecord[]): Promise<RecordMetadata[]> {
    this.#assertOpen()
    this.#assertTransaction()
    if (records.length === 0) return []
    const topics = new Set(records.map(({ topic }) => topic))
    // Partitions that a topic did not have when it was last looked at may be there by now.
    for (const record of records) {
      if (record.partition !== undefined && !this.#isKnown(record)) this.#topics.forget(record.topic)
    }
    await this.#admit(topics)
    const call = new SendCall(records.length)
    const timestamp = this.#cluster.clock.now()
    for (let index = 0; index < records.length; index++) {
      const record = records[index]
      if (record === undefined) continue
      const batch = this.#place(record, record.timestamp ?? timestamp)
      batch.awaitedBy(call, index)
    }
    return await call.done
  }

  async initTransactions(): Promise<void> {
    this.#assertOpen()
    await this.#transactional().init()
  }

  beginTransaction(): Promise<void> {
    return new Promise((resolve) => {
      this.#assertOpen()
      this.#transactional().begin()
      resolve()
    })
  }

  async sendOffsetsToTransaction(
    offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>,
    group: ConsumerGroupMetadata | MemberlessGroup,
  ): Promise<void> {
    this.#assertOpen()
    const transaction = this.#transactional()
    try {
      await transaction.sendOffsets(offsets, group)
    } catch (error) {
      // A member that has just joined anew may give its offsets once more, as of the new generation.
      if (error instanceof Error && !(error instanceof CommitFailedError)) transaction.failed(error)
      throw error
    }
  }

  async commitTransaction(): Promise<void> {
    this.#assertOpen()
    await this.#waiting.settled()
    await this.#sender.flush()
    await this.#transactional().commit()
  }

  async abortTransaction(): Promise<void> {
    this.#assertOpen()
    const transaction = this.#transactional()
    this.#isAborting = true
    try {
      this.#drop(`the transaction of ${transaction.id} is being aborted`)
      await this.#sender.flush()
      await transaction.abort()
      this.#failure = undefined
    } finally {
      this.#isAborting = false
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Waits for room and for the topics; sends are let in one after the other, so that they keep their order. */
  async #admit(topics: ReadonlySet<string>): Promise<void> {
    const before = this.#admission
    const admission = (async (): Promise<void> => {
      await before
      for (const topic of topics) await this.#ensureTopic(topic)
    })()
    this.#admission = admission.catch(() => {})
    await admission
  }

  async #ensureTopic(name: string): Promise<void> {
    while (this.#sender.bufferedBytes > this.#bufferBytes) await this.#room.promise
    if (this.#topics.known(name) !== undefined) return
    await this.#cluster.retry(`reading the metadata of topic ${name}`, () => this.#topics.topic(name), {
      timeoutMs: this.#maxBlockMs,
      signal: this.#abort.signal,
    })
  }

  /** Whether its topic is, with the partition that it names. */
  #isKnown({ topic, partition = 0 }: ProducerRecord): boolean {
    return partition < this.#topics.partitions(topic)
  }

  /** Into the batch of its partition. */
  #place(record: ProducerRecord, timestamp: number, origin?: object, originOffset = -1n): Batch {
    const { topic } = record
    return this.#sender.add(topic, this.#partitionOf(record), record, timestamp, origin, originOffset)
  }

  #partitionOf({ topic, partition, key }: ProducerRecord): number {
    const partitions = this.#topics.partitions(topic)
    if (partition !== undefined) {
      if (partition < partitions && partition >= 0) return partition
      throw new ConnectError(`Topic ${topic} has ${partitions} partitions, so none of number ${partition}`)
    }
    if (key !== undefined && key !== null) return partitionForKey(key, partitions)
    const sticky = this.#sticky.get(topic) ?? Math.floor(Math.random() * partitions)
    this.#sticky.set(topic, sticky)
    return sticky
  }

  /** Nobody is told but who awaits a record. */
  #drop(reason: string): void {
    const isAborting = this.#isAborting
    this.#isAborting = true
    try {
      this.#waiting.drop()
      this.#sender.failUnsent(new ConnectError(`The record was not sent: ${reason}`))
    } finally {
      this.#isAborting = isAborting
    }
  }

  readonly #failed = (error: Error, records: () => readonly LostRecord[]): void => {
    // What is dropped was never sent, so the producer's sequence numbers still hold.
    if (!this.#isAborting) this.#noteFailure(error, records)
    this.#makeRoom()
  }

  #noteFailure(error: Error, records: () => readonly LostRecord[]): void {
    if (this.#lost === undefined) this.#failure ??= error
    else this.#lost(records(), error)
    // A record that is lost before any batch took it must not be committed without.
    this.#transaction?.failed(error)
  }

  #bufferedBytes(): number {
    return this.#sender.bufferedBytes + this.#waiting.bytes
  }

  /** Records that wait for their topic to be known are objects: few of them will do. */
  #hasRoom(): boolean {
    return this.#waiting.bytes === 0 && this.#sender.bufferedBytes <= this.#bufferBytes
  }

  #makeRoom(): void {
    if (this.#sender.bufferedBytes > this.#bufferBytes) return
    this.#room.resolve()
    this.#room = Promise.withResolvers()
  }

  async #untilRoom(): Promise<void> {
    await this.#waiting.settled()
    while (this.#sender.bufferedBytes > this.#bufferBytes && !this.#abort.signal.aborted)
      await this.#room.promise
  }

  #assertTransaction(): void {
    if (this.#transaction === undefined || this.#transaction.isOpen) return
    throw new IllegalWorkerStateError(
      'A transactional producer sends inside of a transaction: call beginTransaction()',
    )
  }

  #transactional(): Transaction {
    if (this.#transaction !== undefined) return this.#transaction
    throw new IllegalWorkerStateError('The producer has no transactional.id')
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new IllegalWorkerStateError('The producer is closed')
  }

  async #close(): Promise<void> {
    try {
      const flushed = this.#waiting.settled().then(() => this.#sender.flush())
      await within(this.#cluster.clock, CLOSE_TIMEOUT_MS, flushed)
    } finally {
      this.#abort.abort()
      await this.#cluster.close()
      await this.#sender.ended()
    }
  }
}
