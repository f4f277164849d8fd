/**
 * The port to Kafka: all that the rest of Spillway may ask of a Kafka client. Adapters live beside this file and
 * are the only code that imports a client; one conformance suite (`@spillway/kafka/testing`) holds for each of them.
 */

import type { ConnectError } from '../errors/connect-errors.ts'
import type { PartitionAssignor } from './partition-assignor.ts'
import type { ConsumerGroupMetadata, GroupStanding, Producer, ProducerOptions } from './producer-port.ts'
import type { OffsetAndMetadata, RawHeader, TopicPartition } from './topic-partition.ts'

export type * from './partition-assignor.ts'
export type * from './producer-port.ts'
export type * from './topic-partition.ts'

/** Where a record's timestamp comes from (Java: `TimestampType`). */
export type TimestampType = 'NoTimestampType' | 'CreateTime' | 'LogAppendTime'

/**
 * A record as the broker keeps it. Its buffers are slices of what was fetched of the partition, which one of them keeps
 * in memory; under `reuseRecordBytes` they have an end.
 */
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
  /**
   * Whether the bytes of polled records are used again: keys, values and headers' values are then valid until the next
   * {@link Consumer.poll} that wants their partition, a seek of it, and its end here: after `onRevoked`, before `onLost`. Who
   * keeps some longer copies them. Default false: they stay as long as somebody holds them. See docs/decisions/0015.
   */
  readonly reuseRecordBytes?: boolean
  /** Largest size of a compressed batch once it is unpacked; a larger one fails {@link Consumer.poll}. Default 128 MiB. */
  readonly maxDecompressedBatchBytes?: number
  readonly metadataMaxAgeMs?: number
  readonly groupInstanceId?: string
  /**
   * Assignors in order of preference: by name (range, roundrobin, sticky, cooperative-sticky) or as objects. Default range,
   * cooperative-sticky. The protocol is cooperative where all of them are.
   */
  readonly partitionAssignmentStrategy?: readonly (string | PartitionAssignor)[]
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
   *
   * @param wanted the partitions to return records of, those that are not assigned (any more) left aside; without it all.
   *   What was fetched of the others stays fetched, within `fetchAheadBytes`: unlike `pause`, nothing is fetched again.
   */
  poll(timeoutMs: number, wanted?: readonly TopicPartition[]): Promise<ConsumerRecord[]>
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
  /**
   * {@link endOffset} minus position (Java: `currentLag`, KIP-695): more than 0 where the broker has records that were not
   * polled yet. Undefined before the first answer, and for a partition that is not assigned.
   */
  lag(partition: TopicPartition): bigint | undefined
  /**
   * End of an assigned partition as of the last answer to a fetch, without a request: under `read_committed` the last stable
   * offset. Undefined before the first one.
   */
  endOffset(partition: TopicPartition): bigint | undefined
  /**
   * Joins the group anew at the next {@link poll}, so that the leader assigns again (Java: `enforceRebalance`).
   * @throws {IllegalWorkerStateError} without a subscription
   */
  enforceRebalance(reason: string): void
  /** The present membership: for diagnosis, and for {@link Producer.sendOffsetsToTransaction} (Java: `groupMetadata`). */
  membership(): ConsumerGroupMetadata | undefined
  /**
   * Whether others may have what is assigned here: `doubtful` after a pause longer than the session, until a heartbeat is answered;
   * `lost` from the end of a membership until the listener has heard of it. Asks nobody.
   */
  standing(): GroupStanding
  /** Why nothing moves: set while the brokers cannot be reached or answer with errors, undefined when all is well. */
  lastProblem(): ConnectionProblem | undefined
  /** Revokes (awaiting the listener), leaves the group, closes connections. Idempotent. */
  close(): Promise<void>
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

export interface NewTopic {
  readonly name: string
  /** -1 = broker default. */
  readonly partitions: number
  /** -1 = broker default. */
  readonly replicationFactor: number
  readonly configs?: Readonly<Record<string, string>>
}

/** What became of one topic to create (Java: a future of `CreateTopicsResult`). */
export interface TopicCreation {
  readonly name: string
  /** Why there is none: {@link TopicExistsError}, {@link KafkaAuthError}, or a ConnectError in the broker's words. */
  readonly error?: ConnectError
}

export interface TopicDescription {
  readonly name: string
  /** KIP-516 topic id, hexadecimal with dashes. */
  readonly topicId: string
  readonly partitions: number
  readonly internal: boolean
}

/** A group, as its coordinator lists it. */
export interface GroupListing {
  readonly groupId: string
  /** `consumer`, `connect`; empty where the group only keeps offsets. */
  readonly protocolType: string
  /** `Stable`, `Empty`, ...; undefined where the client cannot ask for it. */
  readonly state?: string
}

/** What a group looks like from outside. */
export interface GroupDescription {
  readonly groupId: string
  /** `Dead` for a group that does not exist. */
  readonly state: string
  readonly protocolType: string
  /** Name of the assignor that its members agreed on; empty where there are none. */
  readonly protocol: string
  readonly members: readonly {
    readonly memberId: string
    readonly clientId: string
    readonly groupInstanceId?: string
    /** What it was assigned; none for groups of another type than `consumer`. */
    readonly partitions: readonly TopicPartition[]
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
  /**
   * Creates each topic that can be, and answers for each in the order given. An answer that was lost may make a topic of
   * ours one that exists: look at what it is.
   * @param options `validateOnly` has the broker check without creating
   */
  createTopicsEach(
    topics: readonly NewTopic[],
    options?: { readonly validateOnly?: boolean },
  ): Promise<TopicCreation[]>
  /**
   * Deletes the records before these offsets, -1 for all there are now (Java: `deleteRecords`). Answers with the first offset
   * that is kept of each, in the order of the map.
   * @throws {ConnectError} for an offset behind the end, and for a topic whose `cleanup.policy` is compact alone
   */
  deleteRecords(before: ReadonlyMap<TopicPartition, bigint>): Promise<bigint[]>
  createPartitions(topic: string, total: number): Promise<void>
  deleteTopics(names: readonly string[]): Promise<void>
  topicConfigs(name: string): Promise<Readonly<Record<string, string | null>>>
  listOffsets(
    partitions: readonly TopicPartition[],
    at: 'earliest' | 'latest' | { readonly timestamp: number },
    /** Under `read_committed` latest is the last stable offset. Default `read_uncommitted`. */
    isolationLevel?: 'read_uncommitted' | 'read_committed',
  ): Promise<bigint[]>
  listGroupOffsets(groupId: string): Promise<{ partition: TopicPartition; offset: OffsetAndMetadata }[]>
  alterGroupOffsets(groupId: string, offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void>
  /** Forgets single partitions' offsets of a group. */
  deleteGroupOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void>
  /** Groups of all brokers, by id. */
  listGroups(): Promise<GroupListing[]>
  /**
   * Deletes a whole group; a missing one is fine.
   * @throws {ConnectError} NON_EMPTY_GROUP while it has members
   */
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
