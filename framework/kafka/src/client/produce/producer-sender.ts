import { ConnectError, KafkaUnavailableError, type ProducerOptions, type TopicPartition } from '@spillway/api'
import { backoffMs } from '../cluster/cluster.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { partitionKey } from '../fetch/partition-state.ts'
import type { ProduceAnswer, ProducePartition } from './produce-request.ts'
import { PartitionQueue } from './producer-batch.ts'
import type { Batch, Entry } from './producer-batch.ts'
import { BrokerError, ErrorCode, isTransient, publicError, rootMessage } from '../cluster/protocol-errors.ts'
import type { BatchProducer } from './record-writer.ts'
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
  readonly signal: AbortSignal
  readonly batchSent: (partition: TopicPartition) => void
}

/** Largest batch, uncompressed: well under the brokers' default of 1 MiB. */
const BATCH_BYTES = 512 * 1024
/** Largest request, in batches' bytes (Java: max.request.size is per record and request, 1 MiB). */
const REQUEST_BYTES = 8 * 1024 * 1024
const REQUEST_TIMEOUT_MS = 30_000
/** How long a record may be on its way, attempts and all (Java: delivery.timeout.ms). */
const DELIVERY_TIMEOUT_MS = 120_000
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
  readonly #queues = new Map<string, PartitionQueue>()
  readonly #signal = new Signal()
  readonly #requests = new Set<Promise<void>>()
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
    this.#topics = topics
    this.#transaction = transaction
    this.#options = options
    this.#lane = cluster.lane('produce', REQUEST_TIMEOUT_MS)
    options.signal.addEventListener('abort', () => this.#signal.notify())
  }

  add(partition: TopicPartition, entry: Entry): void {
    const key = partitionKey(partition)
    let queue = this.#queues.get(key)
    if (queue === undefined) {
      queue = new PartitionQueue(partition.topic, partition.partition)
      this.#queues.set(key, queue)
    }
    queue.add(entry, BATCH_BYTES)
  }

  /** To be called after {@link add}. */
  wake(): void {
    this.#loop ??= this.#run()
    this.#signal.notify()
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
    for (const queue of this.#queues.values()) {
      const kept = queue.batches.filter(
        (batch, i) => batch.sealed !== undefined || (i === 0 && queue.isInFlight),
      )
      for (const batch of queue.batches.splice(0)) if (!kept.includes(batch)) batch.fail(error)
      queue.batches.push(...kept)
    }
  }

  async ended(): Promise<void> {
    await this.#loop
    await Promise.all(this.#requests)
  }

  #hasWork(): boolean {
    return [...this.#queues.values()].some(({ batches }) => batches.length > 0)
  }

  async #run(): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted) {
      const [ready, waitMs] = this.#ready()
      if (ready.length > 0) await this.#dispatch(ready)
      else await this.#signal.wait(waitMs)
    }
    this.#failAll(new ConnectError('The producer was closed before the record was acknowledged'))
  }

  /** Queues whose first batch is due, and how long until the next one is. */
  #ready(): [PartitionQueue[], number] {
    const now = performance.now()
    const ready: PartitionQueue[] = []
    let waitMs = Infinity
    for (const queue of this.#queues.values()) {
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
    const byPartition = new Map(answers.map((answer) => [partitionKey(answer), answer]))
    for (const queue of queues) {
      const answer = byPartition.get(partitionKey(queue))
      const doing = `sending to ${partitionKey(queue)}`
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
    queue.isInFlight = false
    queue.tries = 0
    if (batch !== undefined) {
      this.#options.batchSent(queue)
      batch.acknowledge(baseOffset)
    }
    this.#finished()
  }

  /** Decides what a failed attempt at the first batch of a queue leads to: another one, or the end. */
  #settle(queue: PartitionQueue, error: unknown): void {
    const batch = queue.batches[0]
    queue.isInFlight = false
    if (batch === undefined) return
    const code = error instanceof BrokerError ? error.errorCode : ErrorCode.none
    if (code === MESSAGE_TOO_LARGE && batch.entries.length > 1) {
      queue.batches.splice(0, 1, ...batch.halves())
      if (batch.sealed !== undefined) queue.sequence = batch.sealed.producer.baseSequence
    } else if (LOST_SEQUENCE.has(code) && this.#transaction === undefined) {
      // The broker no longer knows this producer: go on as a new one.
      this.#identity = undefined
      batch.sealed = undefined
    } else if (!isTransient(error) || this.#isExpired(batch)) {
      this.#fail(queue, batch, this.#finalError(batch, error))
    }
    if (isTransient(error)) this.#topics.forget(queue.topic)
    queue.notBefore = performance.now() + backoffMs(queue.tries++)
    this.#finished()
  }

  #isExpired(batch: Batch): boolean {
    return performance.now() - batch.createdAt > DELIVERY_TIMEOUT_MS || this.#options.signal.aborted
  }

  #finalError(batch: Batch, error: unknown): Error {
    if (isTransient(error)) {
      return new KafkaUnavailableError(
        `sending to ${partitionKey(batch)}: not acknowledged in ${DELIVERY_TIMEOUT_MS} ms: ${rootMessage(error)}`,
        { cause: error },
      )
    }
    if (error instanceof BrokerError && error.errorCode === MESSAGE_TOO_LARGE) {
      return new ConnectError(
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
    batch.fail(error)
  }

  #failAll(error: ConnectError): void {
    for (const queue of this.#queues.values()) for (const batch of queue.batches.splice(0)) batch.fail(error)
    this.#finished()
  }

  #finished(): void {
    this.#signal.notify()
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
    if (batch === undefined) throw new ConnectError(`nothing to send to ${partitionKey(queue)}`)
    batch.sealed ??= {
      topic: queue.topic,
      partition: queue.partition,
      records: batch.entries.map(({ record }) => record),
      producer: this.#producerOf(queue, batch.entries.length),
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
