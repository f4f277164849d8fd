/**
 * The port to Kafka: all that the rest of Spillway may ask of a Kafka client. Adapters live beside this file and
 * are the only code that imports a client; one conformance suite (test/conformance/kafka) holds for each of them.
 */

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A position to commit: the offset of the next record to read, and free text kept with it. */
export interface OffsetAndMetadata {
  /** Next offset to read. */
  readonly offset: bigint
  readonly metadata?: string
}

/** Where a record's timestamp comes from (Java: `TimestampType`). */
export type TimestampType = 'NoTimestampType' | 'CreateTime' | 'LogAppendTime'

/** A header as it lies in the record: the value is null or bytes. */
export interface RawHeader {
  readonly key: string
  readonly value: Buffer | null
}

/** A record as the broker keeps it. Buffers are slices of the fetch response: copy what must outlive the batch. */
export interface ConsumerRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Milliseconds since the epoch, -1 where the record has none. */
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RawHeader[]
}

/**
 * What a consumer calls around a rebalance (Java: `ConsumerRebalanceListener`), never with an empty list. All three are awaited by the consumer
 * before the group moves on, and run only inside {@link Consumer.poll} or {@link Consumer.close}, so they never
 * overlap the caller's own work. While one runs the member keeps its place in the group (heartbeats go on).
 */
export interface RebalanceListener {
  /** New partitions; positions may be sought here. */
  onAssigned(partitions: readonly TopicPartition[]): Promise<void>
  /** Partitions about to be given up; commits made here are accepted. */
  onRevoked(partitions: readonly TopicPartition[]): Promise<void>
  /** Partitions already given to others (session expired, fenced): commits would be refused. */
  onLost(partitions: readonly TopicPartition[]): Promise<void>
}

/** Decides on topics by their whole names. */
export interface TopicPattern {
  matches(topic: string): boolean
}

export type Subscription = { readonly topics: readonly string[] } | { readonly pattern: TopicPattern }

/** Default of `maxDecompressedBatchBytes`: 128 MiB. */
export const DEFAULT_MAX_DECOMPRESSED_BATCH_BYTES = 128 * 1024 * 1024

/** Settings of a consumer; the names are Kafka's, in camel case. Times in milliseconds, sizes in bytes. */
export interface ConsumerOptions {
  /** Without it only {@link Consumer.assign} is possible, and nothing is committed. */
  readonly groupId?: string
  readonly clientId: string
  /** Where to start without a committed offset. Default earliest. */
  readonly autoOffsetReset?: 'earliest' | 'latest' | 'none'
  /** Default `read_uncommitted`, as Kafka's. */
  readonly isolationLevel?: 'read_uncommitted' | 'read_committed'
  readonly sessionTimeoutMs?: number
  readonly heartbeatIntervalMs?: number
  /** Rebalance time-out: how long a member may take between polls (Java: max.poll.interval.ms). Default 300000. */
  readonly maxPollIntervalMs?: number
  readonly maxPollRecords?: number
  readonly fetchMinBytes?: number
  readonly fetchMaxBytes?: number
  readonly fetchMaxWaitMs?: number
  readonly maxPartitionFetchBytes?: number
  /** Upper bound of bytes fetched ahead and not yet polled, over all partitions. Default 32 MiB. */
  readonly fetchAheadBytes?: number
  /** Largest size of a compressed batch once it is unpacked; a larger one fails {@link Consumer.poll}. Default 128 MiB. */
  readonly maxDecompressedBatchBytes?: number
  readonly metadataMaxAgeMs?: number
  readonly groupInstanceId?: string
  /** Assignor names in order of preference: range, roundrobin, sticky?, cooperative-sticky. Default range, cooperative-sticky. */
  readonly partitionAssignmentStrategy?: readonly string[]
  readonly clientRack?: string
  /** Whether a broker that creates topics on demand may do so for a subscribed one. Default true, as Kafka's. */
  readonly allowAutoCreateTopics?: boolean
}

/** What keeps a client from its work at present: it goes on trying. */
export interface ConnectionProblem {
  /** The last failure, with its cause. */
  readonly error: Error
  /** When the trouble began, ms since the epoch. */
  readonly since: number
  /** Failures since then. */
  readonly failures: number
}

/** A partition to read, and where from. */
export interface AssignedPartition extends TopicPartition {
  /** Without it: where it stands, where it was assigned before; else the committed offset; else `autoOffsetReset`. */
  readonly offset?: bigint
}

/**
 * Reads partitions (Java: `KafkaConsumer`): those that its consumer group gives it, by {@link subscribe}, or those that its
 * caller names, by {@link assign}. One caller at a time.
 *
 * Connection losses, leader changes and coordinator moves are retried inside; what reaches the caller is final
 * (authorization, unknown group configuration, `auto.offset.reset=none` without an offset).
 */
export interface Consumer {
  /**
   * @throws {InvalidGroupIdError} without a group.
   * @throws {IllegalWorkerStateError} where partitions are assigned.
   */
  subscribe(subscription: Subscription, listener: RebalanceListener): void
  /**
   * Reads these partitions and no others, in the place of those of an earlier call, without joining any group. None ends it.
   * @throws {IllegalWorkerStateError} after {@link subscribe}.
   */
  assign(partitions: readonly AssignedPartition[]): void
  /**
   * Next records, at most `maxPollRecords`; an empty array when none came within `timeoutMs` or after
   * {@link wakeup}. Joins, revokes and assigns as needed. Never returns a record of a paused partition.
   */
  poll(timeoutMs: number): Promise<ConsumerRecord[]>
  /** Ends a waiting {@link poll} early; safe from anywhere. */
  wakeup(): void
  assignment(): readonly TopicPartition[]
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  paused(): readonly TopicPartition[]
  /** Next {@link poll} of the partition starts here; drops what was fetched ahead. */
  seek(partition: TopicPartition, offset: bigint): void
  /** Offset of the next record that {@link poll} returns. */
  position(partition: TopicPartition): Promise<bigint>
  /**
   * Commits for the current generation; without a subscription for the group, of any partitions, as long as it has no
   * members.
   * @throws {CommitFailedError} where the group has moved on (fenced, stale generation, partition not owned), or has members.
   * @throws {InvalidGroupIdError} without a group.
   */
  commit(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void>
  /** @throws {InvalidGroupIdError} without a group. */
  committed(partitions: readonly TopicPartition[]): Promise<(OffsetAndMetadata | null)[]>
  /** First offsets that are kept (Java: `beginningOffsets`). The partitions need not be assigned. */
  beginningOffsets(partitions: readonly TopicPartition[]): Promise<bigint[]>
  /** Offsets that a reader of this isolation level comes to (Java: `endOffsets`). The partitions need not be assigned. */
  endOffsets(partitions: readonly TopicPartition[]): Promise<bigint[]>
  /** End offset minus position per assigned partition as of the last fetch; absent where unknown. */
  lag(partition: TopicPartition): bigint | undefined
  /** The present membership: for diagnosis, and for {@link Producer.sendOffsetsToTransaction} (Java: `groupMetadata`). */
  membership(): ConsumerGroupMetadata | undefined
  /** Why nothing moves: set while the brokers cannot be reached or answer with errors, undefined when all is well. */
  lastProblem(): ConnectionProblem | undefined
  /** Revokes (awaiting the listener), leaves the group, closes connections. Idempotent. */
  close(): Promise<void>
}

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

/** A member as its group knows it. */
export interface GroupIdentity {
  readonly memberId: string
  readonly generation: number
  /** Name of the protocol (assignor) that the coordinator has chosen. */
  readonly protocol: string
}

/** What a member was given in one generation. */
export interface GroupAssignment extends GroupIdentity {
  readonly leaderId: string
  /** Bytes that the leader made for this member; empty where it made none. */
  readonly assignment: Buffer
}

/** A member as the leader sees it. */
export interface GroupMemberMetadata {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Buffer
}

/**
 * What a group of any protocol type does around a rebalance. `beforeJoin`, `onJoined` and `onLost` are awaited and run
 * only inside {@link GroupMembership.poll}; heartbeats go on while they run.
 */
export interface GroupCallbacks {
  /** Protocols in order of preference, with this member's metadata; asked before every join. */
  protocols(): readonly { readonly name: string; readonly metadata: Buffer }[]
  /** Runs in the background, on the leader only: bytes per member id. */
  assign(
    protocol: string,
    members: readonly GroupMemberMetadata[],
    leaderId: string,
  ): Promise<ReadonlyMap<string, Buffer>>
  /** The group is about to rebalance; commits of the present generation are still accepted. */
  beforeJoin(): Promise<void>
  onJoined(assignment: GroupAssignment): Promise<void>
  /** The membership has ended: others may already have what this member held. */
  onLost(): Promise<void>
}

/** Settings of a member. Times in milliseconds. */
export interface GroupMemberOptions {
  readonly groupId: string
  /** `consumer` for consumer groups, `connect` for the workers of a Connect cluster. */
  readonly protocolType: string
  readonly groupInstanceId?: string
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** Longest time between two polls, callbacks included. */
  readonly rebalanceTimeoutMs: number
}

/**
 * Membership alone, without fetching, for groups that share other things than partitions (Java:
 * `WorkerGroupMember`). One caller at a time.
 */
export interface GroupMembership {
  /** Joins, runs the callbacks that are due, and returns after the first of them, `timeoutMs` or {@link wakeup}. */
  poll(timeoutMs: number): Promise<void>
  wakeup(): void
  /** Joins anew at the next {@link poll}. */
  requestRejoin(reason: string): void
  identity(): GroupIdentity | undefined
  lastProblem(): ConnectionProblem | undefined
  /** Leaves the group and closes connections. Runs no callback. Idempotent. */
  close(): Promise<void>
}

/** A record to produce. Timestamps in ms since the epoch. */
export interface ProducerRecord {
  readonly topic: string
  /** Without it, Java's murmur2 default partitioner decides. */
  readonly partition?: number
  readonly key?: Buffer | null
  readonly value?: Buffer | null
  readonly headers?: readonly RawHeader[]
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
}

/**
 * A producer (Java: `KafkaProducer`). Records go out by {@link append}, or by {@link send} for those that await each;
 * a partition's order is kept among the ones and among the others.
 */
export interface Producer {
  /**
   * Takes a record over, at once: its bytes are copied, nothing of it is kept. It is sent with others when the caller
   * comes to await something.
   * @throws {IllegalWorkerStateError} outside of a transaction, where the producer has them; at four times `bufferMemory`
   * @throws {ConnectError} the failure of an earlier record, until it is handled: see {@link takeFailure}
   */
  append(record: ProducerRecord): void
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
   * @throws {CommitFailedError} where the group has moved on; the transaction must be aborted
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

export interface NewTopic {
  readonly name: string
  /** -1 = broker default. */
  readonly partitions: number
  /** -1 = broker default. */
  readonly replicationFactor: number
  readonly configs?: Readonly<Record<string, string>>
}

export interface TopicDescription {
  readonly name: string
  /** KIP-516 topic id, hexadecimal with dashes. */
  readonly topicId: string
  readonly partitions: number
  readonly internal: boolean
}

/** What a group looks like from outside. */
export interface GroupDescription {
  readonly groupId: string
  readonly state: string
  readonly protocolType: string
  readonly members: readonly {
    readonly memberId: string
    readonly clientId: string
    readonly groupInstanceId?: string
  }[]
}

/** Administration (Java: `Admin`). */
export interface Admin {
  clusterId(): Promise<string>
  listTopics(): Promise<string[]>
  /** Descriptions of those that exist. */
  describeTopics(names: readonly string[]): Promise<TopicDescription[]>
  /** @throws {TopicExistsError} for a topic that exists. */
  createTopics(topics: readonly NewTopic[]): Promise<void>
  createPartitions(topic: string, total: number): Promise<void>
  deleteTopics(names: readonly string[]): Promise<void>
  topicConfigs(name: string): Promise<Readonly<Record<string, string | null>>>
  listOffsets(
    partitions: readonly TopicPartition[],
    at: 'earliest' | 'latest' | { readonly timestamp: number },
  ): Promise<bigint[]>
  listGroupOffsets(groupId: string): Promise<{ partition: TopicPartition; offset: OffsetAndMetadata }[]>
  alterGroupOffsets(groupId: string, offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void>
  /** Forgets single partitions' offsets of a group. */
  deleteGroupOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void>
  /** Deletes a whole group; a missing one is fine. */
  deleteGroup(groupId: string): Promise<void>
  describeGroup(groupId: string): Promise<GroupDescription>
  /** Ends members' membership (KIP-571), by member id. */
  removeMembers(groupId: string, memberIds: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** How to reach and to trust a cluster; the names are Kafka's client configuration keys. */
export interface ClusterOptions {
  readonly bootstrapServers: readonly string[]
  readonly securityProtocol?: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'
    readonly username?: string
    readonly password?: string
    readonly token?: () => Promise<string>
  }
  readonly tls?: {
    readonly ca?: string
    readonly cert?: string
    readonly key?: string
    readonly passphrase?: string
    readonly verifyHostname?: boolean
  }
  readonly requestTimeoutMs?: number
  readonly connectionsMaxIdleMs?: number
}

/** An adapter: makes the clients above for one cluster. */
export interface KafkaClient {
  /** `platformatic`, `kafkajs`. */
  readonly name: string
  consumer(options: ConsumerOptions): Consumer
  /** @throws {UnsupportedByClientError} where the client cannot join groups of other types than `consumer` */
  groupMember(
    options: GroupMemberOptions & { readonly clientId: string },
    callbacks: GroupCallbacks,
  ): GroupMembership
  producer(options: ProducerOptions): Producer
  admin(options?: { readonly clientId?: string }): Admin
}
