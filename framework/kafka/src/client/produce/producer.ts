import { setTimeout as delay } from 'node:timers/promises'
import {
  type ClusterOptions,
  ConfigError,
  ConnectError,
  IllegalWorkerStateError,
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
import { SendCall } from './producer-batch.ts'
import { ProducerSender } from './producer-sender.ts'
import { recordBytes } from './record-writer.ts'
import { TopicMetadataCache } from '../cluster/topic-metadata.ts'
import { Transaction } from './transaction.ts'
import type { TransactionGroup } from './transaction.ts'

/** How long `send` waits for a topic to appear (Java: max.block.ms). */
const MAX_BLOCK_MS = 60_000
/** Records that are sent and not acknowledged (Java: buffer.memory). */
const BUFFER_BYTES = 32 * 1024 * 1024
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
  #bufferedBytes = 0
  #room = Promise.withResolvers<void>()
  #admission: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(clusterOptions: ClusterOptions, options: ProducerOptions, connect: Connect) {
    const acks = options.acks ?? 'all'
    const idempotent = options.idempotent ?? acks === 'all'
    if (acks !== 'all' && (idempotent || options.transactionalId !== undefined)) {
      throw new ConfigError('acks must be all for an idempotent or transactional producer', { key: 'acks' })
    }
    this.#cluster = new Cluster(options.clientId, clusterOptions, connect)
    this.#topics = new TopicMetadataCache(this.#cluster)
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
      signal: this.#abort.signal,
      batchSent: ({ topic }) => this.#sticky.delete(topic),
    })
  }

  async send(records: readonly ProducerRecord[]): Promise<RecordMetadata[]> {
    this.#assertOpen()
    if (this.#transaction !== undefined && !this.#transaction.isOpen) {
      throw new IllegalWorkerStateError(
        'A transactional producer sends inside of a transaction: call beginTransaction()',
      )
    }
    if (records.length === 0) return []
    await this.#admit(new Set(records.map(({ topic }) => topic)))
    const call = new SendCall(records.length)
    let bytes = 0
    const timestamp = Date.now()
    for (let index = 0; index < records.length; index++) {
      const record = records[index]
      if (record === undefined) continue
      bytes += recordBytes(record)
      const timed =
        record.timestamp === undefined ? { ...record, timestamp } : { ...record, timestamp: record.timestamp }
      this.#sender.add(this.#partitionOf(record), { record: timed, call, index })
    }
    this.#bufferedBytes += bytes
    this.#sender.wake()
    try {
      return await call.done
    } finally {
      this.#bufferedBytes -= bytes
      this.#room.resolve()
      this.#room = Promise.withResolvers()
    }
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
    group: TransactionGroup,
  ): Promise<void> {
    this.#assertOpen()
    const transaction = this.#transactional()
    try {
      await transaction.sendOffsets(offsets, group)
    } catch (error) {
      if (error instanceof Error) transaction.failed(error)
      throw error
    }
  }

  async commitTransaction(): Promise<void> {
    this.#assertOpen()
    await this.#sender.flush()
    await this.#transactional().commit()
  }

  async abortTransaction(): Promise<void> {
    this.#assertOpen()
    const transaction = this.#transactional()
    this.#sender.failUnsent(new ConnectError(`The transaction of ${transaction.id} is being aborted`))
    await this.#sender.flush()
    await transaction.abort()
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
    while (this.#bufferedBytes > BUFFER_BYTES) await this.#room.promise
    if (this.#topics.known(name) !== undefined) return
    await this.#cluster.retry(`reading the metadata of topic ${name}`, () => this.#topics.topic(name), {
      timeoutMs: MAX_BLOCK_MS,
      signal: this.#abort.signal,
    })
  }

  #partitionOf(record: ProducerRecord): TopicPartition {
    const { topic } = record
    const partitions = this.#topics.known(topic)?.partitions.length ?? 1
    if (record.partition !== undefined) {
      if (record.partition < partitions && record.partition >= 0)
        return { topic, partition: record.partition }
      throw new ConnectError(
        `Topic ${topic} has ${partitions} partitions, so none of number ${record.partition}`,
      )
    }
    if (record.key !== undefined && record.key !== null) {
      return { topic, partition: partitionForKey(record.key, partitions) }
    }
    const sticky = this.#sticky.get(topic) ?? Math.floor(Math.random() * partitions)
    this.#sticky.set(topic, sticky)
    return { topic, partition: sticky }
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
      await Promise.race([this.#sender.flush(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
    } finally {
      this.#abort.abort()
      await this.#cluster.close()
      await this.#sender.ended()
    }
  }
}
