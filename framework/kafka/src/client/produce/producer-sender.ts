import {
  ConnectError,
  KafkaUnavailableError,
  type LostRecord,
  type ProducerOptions,
  type ProducerRecord,
  RecordTooLargeError,
  type TopicPartition,
  topicPartitionName,
} from '@spillway/api'
import { backoffMs } from '../cluster/cluster.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ProduceAnswer, ProducePartition } from './produce-request.ts'
import { PartitionQueue } from './producer-batch.ts'
import type { Batch } from './producer-batch.ts'
import { BrokerError, ErrorCode, isTransient, publicError, rootMessage } from '../cluster/protocol-errors.ts'
import { BatchBuffers, type BatchProducer, recordBytes } from './record-writer.ts'
import { Signal } from '../cluster/signal.ts'
import type { TopicMetadataCache } from '../cluster/topic-metadata.ts'
import { initProducerId } from './transaction.ts'
import type { ProducerIdentity, Transaction } from './transaction.ts'

/** Settings of a {@link ProducerSender}. */
export interface ProducerSenderOptions {
  readonly acks: NonNullable<ProducerOptions['acks']>
  readonly idempotent: boolean
  readonly compression: NonNullable<ProducerOptions['compression']>
  readonly lingerMs: number
  readonly deliveryTimeoutMs: number
  readonly standing: ProducerOptions['standing']
  readonly signal: AbortSignal
  /** What was made from partitions that others have is not to be sent. */
  readonly standingLost: () => void
  readonly batchSent: (partition: TopicPartition) => void
  /** Memory has become free. */
  readonly freed: () => void
  /** Records that were appended are lost; which ones, it is told when it asks at once. */
  readonly appendedFailed: (error: Error, records: () => readonly LostRecord[]) => void
}

/** Largest request, in batches' bytes (Java: max.request.size is per record and request, 1 MiB). */
const REQUEST_BYTES = 8 * 1024 * 1024
const REQUEST_TIMEOUT_MS = 30_000
/** How soon it is asked again whether the member is one still, ms. */
const DOUBT_MS = 20
const MESSAGE_TOO_LARGE = 10
const ACKS = { all: -1, leader: 1, none: 0 } as const
const MAX_SEQUENCE = 0x7fffffff
const LOST_SEQUENCE = new Set<number>([ErrorCode.outOfOrderSequenceNumber, ErrorCode.unknownProducerId])

/**
 * Sends what was added, in order per partition: one batch of a partition is under way at a time, so that neither a
 * retry nor a lost connection can turn two of them around.
 */
export class ProducerSender {
  readonly #cluster: Cluster
  readonly #topics: TopicMetadataCache
  readonly #transaction: Transaction | undefined
  readonly #options: ProducerSenderOptions
  readonly #lane: ReturnType<Cluster['lane']>
  /** By topic, then by the partition's number. */
  readonly #byTopic = new Map<string, PartitionQueue[]>()
  readonly #queues: PartitionQueue[] = []
  readonly #buffers = new BatchBuffers()
  readonly #signal: Signal
  readonly #requests = new Set<Promise<void>>()
  #bufferedBytes = 0
  #identity: ProducerIdentity | undefined
  #isFlushing = false
  #idle = Promise.withResolvers<void>()
  #loop: Promise<void> | undefined

  constructor(
    cluster: Cluster,
    topics: TopicMetadataCache,
    transaction: Transaction | undefined,
    options: ProducerSenderOptions,
  ) {
    this.#cluster = cluster
    this.#signal = new Signal(cluster.clock)
    this.#topics = topics
    this.#transaction = transaction
    this.#options = options
    this.#lane = cluster.lane('produce', REQUEST_TIMEOUT_MS)
    options.signal.addEventListener('abort', () => this.#signal.notify())
  }

  /** Bytes of batches that are not answered yet. */
  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** Offset of the last record of a partition that was acknowledged. */
  acknowledged(topic: string, partition: number): bigint | undefined {
    return this.#byTopic.get(topic)?.[partition]?.acknowledged
  }

  /** Writes the record into the batch of its partition: what it is made of may change afterwards. */
  add(
    topic: string,
    partition: number,
    record: ProducerRecord,
    timestamp: number,
    origin: object | undefined,
    originOffset: bigint,
  ): Batch {
    const queue = this.#byTopic.get(topic)?.[partition] ?? this.#newQueue(topic, partition)
    const bound = recordBytes(record)
    let batch = queue.open(bound)
    const isNew = batch === undefined
    batch ??= queue.begin(this.#buffers, this.#cluster.clock.monotonic())
    const before = isNew ? 0 : batch.bytes
    batch.add(record, timestamp, bound, origin, originOffset)
    this.#bufferedBytes += batch.bytes - before
    if (isNew) this.#wake()
    return batch
  }

  /** Resolves when all that was added is answered, well or not. */
  async flush(): Promise<void> {
    while (this.#hasWork()) {
      this.#isFlushing = true
      this.#signal.notify()
      await this.#idle.promise
    }
    this.#isFlushing = false
  }

  /** Drops what no attempt was made for yet. */
  failUnsent(error: Error): void {
    for (const queue of this.#queues) {
      const kept = queue.batches.filter(
        (batch, i) => batch.sealed !== undefined || (i === 0 && queue.isInFlight),
      )
      for (const batch of queue.batches.splice(0)) if (!kept.includes(batch)) this.#drop(batch, error)
      queue.batches.push(...kept)
    }
    this.#finished()
  }

  async ended(): Promise<void> {
    await this.#loop
    await Promise.all(this.#requests)
  }

  #newQueue(topic: string, partition: number): PartitionQueue {
    const queue = new PartitionQueue(topic, partition)
    const ofTopic = this.#byTopic.get(topic) ?? []
    this.#byTopic.set(topic, ofTopic)
    ofTopic[partition] = queue
    this.#queues.push(queue)
    return queue
  }

  #wake(): void {
    this.#loop ??= this.#run()
    this.#signal.notify()
  }

  #hasWork(): boolean {
    return this.#bufferedBytes > 0
  }

  async #run(): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted) {
      if (this.#hasWork() && this.#isDoubtful()) {
        await this.#signal.wait(DOUBT_MS)
        continue
      }
      const [ready, waitMs] = this.#ready()
      if (ready.length > 0) await this.#dispatch(ready)
      else await this.#signal.wait(waitMs)
    }
    this.#failAll(new ConnectError('The producer was closed before the record was acknowledged'))
  }

  #isDoubtful(): boolean {
    const standing = this.#options.standing?.()
    if (standing === 'lost') this.#options.standingLost()
    return standing === 'doubtful'
  }

  /** Queues whose first batch is due, and how long until the next one is. */
  #ready(): [PartitionQueue[], number] {
    const now = this.#cluster.clock.monotonic()
    const ready: PartitionQueue[] = []
    let waitMs = Infinity
    for (const queue of this.#queues) {
      const first = queue.batches[0]
      if (first === undefined || queue.isInFlight) continue
      const isFull = queue.batches.length > 1 || first.sealed !== undefined || this.#isFlushing
      const due = Math.max(queue.notBefore, isFull ? 0 : first.createdAt + this.#options.lingerMs)
      if (due <= now) ready.push(queue)
      else waitMs = Math.min(waitMs, due - now)
    }
    return [ready, waitMs]
  }

  async #dispatch(queues: readonly PartitionQueue[]): Promise<void> {
    for (const queue of queues) queue.isInFlight = true
    const byLeader = new Map<number, PartitionQueue[]>()
    try {
      if (this.#transaction !== undefined) await this.#transaction.addPartitions(queues)
      else if (this.#options.idempotent) await this.#ensureIdentity()
    } catch (error) {
      for (const queue of queues) this.#settle(queue, error)
      return
    }
    for (const queue of queues) {
      try {
        const leader = await this.#topics.leaderOf(queue)
        const own = byLeader.get(leader)
        if (own === undefined) byLeader.set(leader, [queue])
        else own.push(queue)
      } catch (error) {
        this.#settle(queue, error)
      }
    }
    for (const [leader, own] of byLeader) {
      for (const part of inRequests(own)) {
        const request = this.#request(leader, part).finally(() => this.#requests.delete(request))
        this.#requests.add(request)
      }
    }
  }

  /** Never rejects. */
  async #request(leader: number, queues: readonly PartitionQueue[]): Promise<void> {
    try {
      const partitions = queues.map((queue) => this.#seal(queue))
      const acks = ACKS[this.#options.acks]
      const settings = {
        transactionalId: this.#transaction?.id ?? null,
        acks,
        timeoutMs: REQUEST_TIMEOUT_MS,
        compression: this.#options.compression,
      }
      const answers = await this.#cluster.produce(leader, settings, partitions, this.#lane)
      if (acks === 0) for (const queue of queues) this.#acknowledge(queue, -1n)
      else this.#accept(queues, answers)
    } catch (error) {
      for (const queue of queues) this.#settle(queue, error)
    }
  }

  #accept(queues: readonly PartitionQueue[], answers: readonly ProduceAnswer[]): void {
    const byPartition = new Map(answers.map((answer) => [topicPartitionName(answer), answer]))
    for (const queue of queues) {
      const answer = byPartition.get(topicPartitionName(queue))
      const doing = `sending to ${topicPartitionName(queue)}`
      if (answer === undefined) this.#settle(queue, new BrokerError(ErrorCode.unknownServerError, doing))
      else if (
        answer.errorCode === ErrorCode.none ||
        answer.errorCode === ErrorCode.duplicateSequenceNumber
      ) {
        this.#acknowledge(queue, answer.baseOffset)
      } else this.#settle(queue, new BrokerError(answer.errorCode, doing, answer.errorMessage))
    }
  }

  #acknowledge(queue: PartitionQueue, baseOffset: bigint): void {
    const batch = queue.batches.shift()
    const isFirstTry = queue.tries === 0
    queue.isInFlight = false
    queue.tries = 0
    if (batch !== undefined) {
      this.#options.batchSent(queue)
      queue.acknowledge(batch, baseOffset)
      this.#bufferedBytes -= batch.bytes
      // After a lost connection, or without an answer, somebody may still be reading from it.
      if (isFirstTry && this.#options.acks !== 'none') batch.writer.release()
    }
    this.#finished()
  }

  /** Decides what a failed attempt at the first batch of a queue leads to: another one, or the end. */
  #settle(queue: PartitionQueue, error: unknown): void {
    const batch = queue.batches[0]
    queue.isInFlight = false
    if (batch === undefined) return
    const code = error instanceof BrokerError ? error.errorCode : ErrorCode.none
    if (code === MESSAGE_TOO_LARGE && batch.count > 1) {
      const halves = batch.halves(this.#buffers)
      queue.batches.splice(0, 1, ...halves)
      this.#bufferedBytes += halves[0].bytes + halves[1].bytes - batch.bytes
      if (batch.sealed !== undefined) queue.sequence = batch.sealed.producer.baseSequence
    } else if (LOST_SEQUENCE.has(code) && this.#transaction === undefined) {
      // The broker no longer knows this producer: go on as a new one.
      this.#identity = undefined
      batch.sealed = undefined
    } else if (!isTransient(error) || this.#isExpired(batch)) {
      this.#fail(queue, batch, this.#finalError(batch, error))
    }
    if (isTransient(error) || LOST_SEQUENCE.has(code)) {
      if (isTransient(error)) this.#topics.forget(queue.topic)
      queue.notBefore = this.#cluster.clock.monotonic() + backoffMs(queue.tries++)
    }
    // What is in the place of a batch that was too large, or behind one that is lost, has no reason to wait.
    this.#finished()
  }

  #isExpired(batch: Batch): boolean {
    return (
      this.#cluster.clock.monotonic() - batch.createdAt > this.#options.deliveryTimeoutMs ||
      this.#options.signal.aborted
    )
  }

  #finalError(batch: Batch, error: unknown): Error {
    if (isTransient(error)) {
      return new KafkaUnavailableError(
        `sending to ${topicPartitionName(batch)}: not acknowledged in ${this.#options.deliveryTimeoutMs} ms (delivery.timeout.ms): ${rootMessage(error)}`,
        { cause: error },
      )
    }
    if (error instanceof BrokerError && error.errorCode === MESSAGE_TOO_LARGE) {
      return new RecordTooLargeError(
        `${error.message} (about ${batch.bytes} bytes); raise max.message.bytes of topic ${batch.topic}`,
        { cause: error },
      )
    }
    return publicError(error)
  }

  #fail(queue: PartitionQueue, batch: Batch, error: Error): void {
    queue.batches.shift()
    queue.tries = 0
    // Whether the brokers have it is not known, so neither is the next sequence number.
    if (batch.sealed !== undefined) this.#identity = undefined
    this.#transaction?.failed(error)
    this.#drop(batch, error)
  }

  #drop(batch: Batch, error: Error): void {
    this.#bufferedBytes -= batch.bytes
    if (batch.hasAppended) this.#options.appendedFailed(error, () => batch.lost())
    batch.fail(error)
  }

  #failAll(error: ConnectError): void {
    for (const queue of this.#queues) {
      for (const batch of queue.batches.splice(0)) this.#drop(batch, error)
    }
    this.#finished()
  }

  #finished(): void {
    this.#signal.notify()
    this.#options.freed()
    if (this.#hasWork()) return
    this.#idle.resolve()
    this.#idle = Promise.withResolvers()
  }

  async #ensureIdentity(): Promise<void> {
    this.#identity ??= await initProducerId(this.#cluster, null, REQUEST_TIMEOUT_MS, undefined, {
      timeoutMs: REQUEST_TIMEOUT_MS,
      signal: this.#options.signal,
    })
  }

  #seal(queue: PartitionQueue): ProducePartition {
    const batch = queue.batches[0]
    if (batch === undefined) throw new ConnectError(`nothing to send to ${topicPartitionName(queue)}`)
    batch.sealed ??= {
      topic: queue.topic,
      partition: queue.partition,
      batch,
      producer: this.#producerOf(queue, batch.count),
    }
    return batch.sealed
  }

  #producerOf(queue: PartitionQueue, records: number): BatchProducer {
    const identity = this.#transaction?.identity ?? this.#identity
    if (identity === undefined) {
      return { producerId: -1n, producerEpoch: -1, baseSequence: -1, isTransactional: false }
    }
    const key = `${identity.producerId}/${identity.producerEpoch}`
    if (queue.producerKey !== key) {
      queue.producerKey = key
      queue.sequence = 0
    }
    const baseSequence = queue.sequence
    // Sequence numbers wrap around to zero past the largest int32.
    queue.sequence = (baseSequence + records) % (MAX_SEQUENCE + 1)
    return { ...identity, baseSequence, isTransactional: this.#transaction !== undefined }
  }
}

/** As many queues to a request as its size allows. */
function inRequests(queues: readonly PartitionQueue[]): PartitionQueue[][] {
  const requests: PartitionQueue[][] = []
  let bytes = Infinity
  for (const queue of queues) {
    const size = queue.batches[0]?.bytes ?? 0
    if (bytes + size > REQUEST_BYTES) {
      requests.push([])
      bytes = 0
    }
    requests.at(-1)?.push(queue)
    bytes += size
  }
  return requests
}
