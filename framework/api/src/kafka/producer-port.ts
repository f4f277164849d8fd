import type { OffsetAndMetadata, RawHeader, TopicPartition } from './topic-partition.ts'

/** A consumer as its group knows it, to fence those that the group has left behind (Java: `ConsumerGroupMetadata`, KIP-447). */
export interface ConsumerGroupMetadata {
  readonly groupId: string
  readonly memberId: string
  readonly generation: number
  /** Null for a member that is not static. */
  readonly groupInstanceId: string | null
}

/**
 * A group that never has members: a name to keep progress under. Its commits are fenced by the transactional id alone, and
 * refused while anybody is a member.
 */
export interface MemberlessGroup {
  readonly groupId: string
  readonly memberless: true
}

/** A record to produce. Timestamps in ms since the epoch. */
export interface ProducerRecord {
  readonly topic: string
  /** Without it, Java's murmur2 default partitioner decides. */
  readonly partition?: number
  readonly key?: Uint8Array | null
  readonly value?: Uint8Array | null
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[]
  readonly timestamp?: number
}

/** Where a produced record came to lie. */
export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

export interface ProducerOptions {
  readonly clientId: string
  readonly acks?: 'all' | 'leader' | 'none'
  readonly idempotent?: boolean
  readonly transactionalId?: string
  readonly transactionTimeoutMs?: number
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly lingerMs?: number
  /** Bytes appended or sent and not acknowledged at which {@link Producer.pressure} is felt (Java: buffer.memory). Default 32 MiB. */
  readonly bufferMemory?: number
  /** How long a record may be on its way, all attempts together, before it is lost (Java: delivery.timeout.ms). Default 120000. */
  readonly deliveryTimeoutMs?: number
  /** How long a record waits for its topic to be known (Java: max.block.ms). Default 60000. */
  readonly maxBlockMs?: number
  /** Whether a broker that creates topics on demand may do so for one that is produced to. Default true, as Kafka's. */
  readonly allowAutoCreateTopics?: boolean
  /**
   * Told of appended records that are lost, batch by batch and in order: then {@link Producer.append} and {@link Producer.flush} go on
   * without a word, and it is up to the owner what becomes of them. It must not throw. Not told of what an abort drops.
   */
  readonly lost?: (records: readonly LostRecord[], error: Error) => void
  /**
   * Asked before batches are sent, for who produces from partitions of a group: while it is `doubtful` they wait, once it is `lost`
   * what was not sent is dropped without a word, since others do it again. See {@link Consumer.standing}.
   */
  readonly standing?: () => GroupStanding
}

/** Whether what a member holds of its group is still its own. */
export type GroupStanding = 'sure' | 'doubtful' | 'lost'

/** An appended record that was not acknowledged. */
export interface LostRecord {
  readonly topic: string
  /** Undefined where none was chosen yet: the topic is not known. */
  readonly partition: number | undefined
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RawHeader[]
  readonly timestamp: number
  /** What it was appended with. */
  readonly origin: object | undefined
  readonly originOffset: bigint
}

/**
 * A producer (Java: `KafkaProducer`). Records go out by {@link append}, or by {@link send} for those that await each;
 * a partition's order is kept among the ones and among the others.
 */
export interface Producer {
  /**
   * Takes a record over, at once: its bytes are copied, nothing of it is kept. It is sent with others when the caller
   * comes to await something.
   *
   * @param origin comes back with the record where it is {@link ProducerOptions.lost}. It is kept until the record is acknowledged;
   *   one for many records costs next to nothing
   * @param originOffset so does this number of 64 bits
   * @throws {IllegalWorkerStateError} outside of a transaction, where the producer has them; at four times `bufferMemory`
   * @throws {ConnectError} the failure of an earlier record, until it is handled: see {@link takeFailure}
   */
  append(record: ProducerRecord, origin?: object, originOffset?: bigint): void
  /**
   * Undefined while there is room; else what to await before more is appended: resolves when there is room again, and
   * when the topics appended to are known.
   */
  pressure(): Promise<void> | undefined
  /**
   * Resolves when all that was appended is acknowledged.
   * @throws {ConnectError} the first failure of an appended record, until it is handled: see {@link takeFailure}
   */
  flush(): Promise<void>
  /**
   * Handles the failure of appended records: it is returned, and append and flush go on without it. The records are
   * lost. {@link abortTransaction} does so too.
   */
  takeFailure(): Error | undefined
  /** Drops what was appended and never tried to be sent; nobody is told. For who has lost what the records were made from. */
  dropUnsent(): void
  /** Offset of the last record of a partition that this producer has had acknowledged; undefined before, and without acks. */
  acknowledged(topic: string, partition: number): bigint | undefined
  /** Resolves when the broker has acknowledged per `acks`. */
  send(records: readonly ProducerRecord[]): Promise<RecordMetadata[]>
  /** Registers the transactional id and fences older holders of it (Java: `initTransactions`). */
  initTransactions(): Promise<void>
  beginTransaction(): Promise<void>
  /**
   * Makes offsets, and the texts kept with them, part of the transaction. The identity is required: without it the
   * coordinator would take the commit of a member that it has replaced.
   * @throws {CommitFailedError} where the group has moved on. The transaction must be aborted, unless the consumer is the same
   *   member in a newer generation: then they may be sent again with that
   * @throws {IllegalWorkerStateError} for an identity that is none (no generation, no member id)
   * @throws {UnsupportedByClientError} over kafkajs, which sends no identity
   */
  sendOffsetsToTransaction(
    offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>,
    group: ConsumerGroupMetadata | MemberlessGroup,
  ): Promise<void>
  commitTransaction(): Promise<void>
  abortTransaction(): Promise<void>
  close(): Promise<void>
}
