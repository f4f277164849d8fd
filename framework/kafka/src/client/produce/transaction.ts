import {
  CommitFailedError,
  ConnectError,
  type ConsumerGroupMetadata,
  IllegalWorkerStateError,
  type MemberlessGroup,
  type OffsetAndMetadata,
  ProducerFencedError,
  type TopicPartition,
  topicPartitionName,
} from '@spillway/api'
import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  describeGroupsV5,
  endTxnV3,
  initProducerIdV4,
  txnOffsetCommitV3,
} from '@platformatic/kafka'

import { isCoordinatorMoved } from '../cluster/cluster.ts'
import type { Cluster, RetryOptions, Target } from '../cluster/cluster.ts'
import { byTopic } from '../group/consumer-protocol.ts'
import { COMMIT_UNKNOWN_TOPIC_MS } from '../offsets.ts'
import { BrokerError, ErrorCode, check } from '../cluster/protocol-errors.ts'

/** A producer as the brokers know it. */
export interface ProducerIdentity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

const COMMIT_REFUSED = new Set<number>([ErrorCode.illegalGeneration, ErrorCode.unknownMemberId])

/** Asks for a producer id; with a transactional id this fences every older holder of it. */
export async function initProducerId(
  cluster: Cluster,
  transactionalId: string | null,
  transactionTimeoutMs: number,
  before: ProducerIdentity | undefined,
  options: RetryOptions,
): Promise<ProducerIdentity> {
  const target: Target = transactionalId === null ? 'any' : { transactionalId }
  const { producerId, producerEpoch } = await cluster.call(
    transactionalId === null
      ? 'asking for a producer id'
      : `initializing transactional id ${transactionalId}`,
    target,
    initProducerIdV4.api,
    [transactionalId, transactionTimeoutMs, before?.producerId ?? -1n, before?.producerEpoch ?? -1],
    ({ errorCode }) => [[errorCode]],
    options,
  )
  return { producerId, producerEpoch }
}

async function countMembers(cluster: Cluster, groupId: string, options: RetryOptions): Promise<number> {
  const { groups } = await cluster.call(
    `describing group ${groupId}`,
    { group: groupId },
    describeGroupsV5.api,
    [[groupId], false],
    (response) => response.groups.map(({ errorCode }) => [errorCode] as const),
    options,
  )
  return groups[0]?.members?.length ?? 0
}

/** The transactions of one producer, one after the other (Java: `TransactionManager`). */
export class Transaction {
  readonly id: string
  readonly #cluster: Cluster
  readonly #timeoutMs: number
  readonly #retry: RetryOptions
  readonly #partitions = new Set<string>()
  #identity: ProducerIdentity | undefined
  #isOpen = false
  #hasOffsets = false
  #failure: Error | undefined
  /** The group did not take the offsets: nothing is committed without them. */
  #refusal: CommitFailedError | undefined

  constructor(cluster: Cluster, id: string, timeoutMs: number, retry: RetryOptions) {
    this.#cluster = cluster
    this.id = id
    this.#timeoutMs = timeoutMs
    this.#retry = retry
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** @throws {IllegalWorkerStateError} before {@link init} */
  get identity(): ProducerIdentity {
    if (this.#identity !== undefined) return this.#identity
    throw new IllegalWorkerStateError(`Transactional id ${this.id}: call initTransactions() first`)
  }

  async init(): Promise<void> {
    this.#identity = await initProducerId(this.#cluster, this.id, this.#timeoutMs, undefined, this.#retry)
  }

  begin(): void {
    if (this.identity !== undefined && this.#isOpen) {
      throw new IllegalWorkerStateError(`Transactional id ${this.id}: a transaction is open already`)
    }
    this.#isOpen = true
  }

  /** The open transaction can only be aborted from here on. */
  failed(error: Error): void {
    if (this.#isOpen) this.#failure ??= error
  }

  /** Makes these partitions part of the transaction, before anything is sent to them. */
  async addPartitions(partitions: readonly TopicPartition[]): Promise<void> {
    this.#assertOpen()
    const fresh = partitions.filter((partition) => !this.#partitions.has(topicPartitionName(partition)))
    if (fresh.length === 0) return
    const topics = [...byTopic(fresh)].map(([name, numbers]) => ({ name, partitions: numbers }))
    const transactionalId = this.id
    await this.#cluster.call(
      `adding partitions to the transaction of ${transactionalId}`,
      { transactionalId },
      addPartitionsToTxnV3.api,
      [[{ transactionalId, ...this.identity, verifyOnly: false, topics }]],
      ({ resultsByTransaction }) =>
        resultsByTransaction
          .flatMap(({ topicResults }) => topicResults)
          .flatMap(({ resultsByPartition }) => resultsByPartition)
          .map(({ partitionErrorCode }) => [partitionErrorCode] as const),
      this.#retry,
    )
    for (const partition of fresh) this.#partitions.add(topicPartitionName(partition))
  }

  async sendOffsets(
    offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>,
    group: ConsumerGroupMetadata | MemberlessGroup,
  ): Promise<void> {
    this.#assertOpen()
    const { groupId } = group
    const [generation, memberId, groupInstanceId] = await this.#identityIn(group)
    const { producerId, producerEpoch } = this.identity
    const transactionalId = this.id
    const doing = `committing offsets of group ${groupId} in the transaction of ${transactionalId}`
    await this.#cluster.call(
      doing,
      { transactionalId },
      addOffsetsToTxnV3.api,
      [transactionalId, producerId, producerEpoch, groupId],
      ({ errorCode }) => [[errorCode]],
      this.#retry,
    )
    this.#hasOffsets = true
    const byKey = new Map([...offsets].map(([partition, offset]) => [topicPartitionName(partition), offset]))
    const topics = [...byTopic([...offsets.keys()])].map(([name, partitions]) => ({
      name,
      partitions: partitions.map((partitionIndex) => {
        const offset = byKey.get(topicPartitionName({ topic: name, partition: partitionIndex }))
        return {
          partitionIndex,
          committedOffset: offset?.offset ?? -1n,
          committedLeaderEpoch: -1,
          committedMetadata: offset?.metadata ?? '',
        }
      }),
    }))
    const target = { group: groupId }
    await this.#cluster.retry(
      doing,
      async () => {
        const response = await this.#cluster.request(target, txnOffsetCommitV3.api, [
          transactionalId,
          groupId,
          producerId,
          producerEpoch,
          generation,
          memberId,
          groupInstanceId,
          topics,
        ])
        for (const { errorCode } of response.topics.flatMap(({ partitions }) => partitions)) {
          if (isCoordinatorMoved(errorCode)) this.#cluster.forgetCoordinator(target)
          if (!COMMIT_REFUSED.has(errorCode)) check(errorCode, doing)
          else {
            const cause = new BrokerError(errorCode, doing)
            this.#refusal = new CommitFailedError(`${cause.message}; abort the transaction`, { cause })
            throw this.#refusal
          }
        }
      },
      { ...this.#retry, unknownTopicMs: COMMIT_UNKNOWN_TOPIC_MS },
    )
    this.#refusal = undefined
  }

  /**
   * Generation, member id and instance id of the request. The coordinator checks nothing of -1 and '', so they are never
   * sent for a group that may have members.
   */
  async #identityIn(
    group: ConsumerGroupMetadata | MemberlessGroup,
  ): Promise<readonly [generation: number, memberId: string, groupInstanceId: string | null]> {
    const { groupId } = group
    if (!('memberless' in group)) {
      const { generation, memberId, groupInstanceId } = group
      if (generation >= 0 && memberId !== '') return [generation, memberId, groupInstanceId]
      throw new IllegalWorkerStateError(
        `committing offsets of group ${groupId} in the transaction of ${this.id}: generation ${generation} and member id ` +
          `"${memberId}" name no member, so nobody who was replaced would be fenced; give the consumer's membership()`,
      )
    }
    const members = await countMembers(this.#cluster, groupId, this.#retry)
    if (members === 0) return [-1, '', null]
    throw new CommitFailedError(
      `committing offsets of group ${groupId} in the transaction of ${this.id}: the group has ${members} members, and only ` +
        'they may commit; abort the transaction',
    )
  }

  /**
   * @throws {ProducerFencedError} where it is another's now, or the coordinator has timed it out: the producer is of no more use
   * @throws {ConnectError} where something in it failed: abort it
   */
  async commit(): Promise<void> {
    this.#assertOpen()
    if (this.#failure instanceof ProducerFencedError) throw this.#failure
    const cause = this.#failure ?? this.#refusal
    if (cause !== undefined)
      throw new ConnectError(`The transaction of ${this.id} has failed and can only be aborted`, { cause })
    await this.#end(true)
  }

  async abort(): Promise<void> {
    if (!this.#isOpen)
      throw new IllegalWorkerStateError(`Transactional id ${this.id}: no transaction is open`)
    const failure = this.#failure
    await this.#end(false)
    // What became of a batch that failed is not known, so neither is the next sequence number: begin anew (KIP-360).
    if (failure !== undefined && !(failure instanceof ProducerFencedError)) {
      this.#identity = await initProducerId(
        this.#cluster,
        this.id,
        this.#timeoutMs,
        this.#identity,
        this.#retry,
      )
    }
  }

  async #end(isCommit: boolean): Promise<void> {
    const transactionalId = this.id
    const { producerId, producerEpoch } = this.identity
    if (this.#partitions.size > 0 || this.#hasOffsets) {
      await this.#cluster.call(
        `${isCommit ? 'committing' : 'aborting'} the transaction of ${transactionalId}`,
        { transactionalId },
        endTxnV3.api,
        [transactionalId, producerId, producerEpoch, isCommit],
        ({ errorCode }) => [[errorCode]],
        this.#retry,
      )
    }
    this.#isOpen = false
    this.#hasOffsets = false
    this.#failure = undefined
    this.#refusal = undefined
    this.#partitions.clear()
  }

  #assertOpen(): void {
    if (this.#isOpen) return
    throw new IllegalWorkerStateError(
      `Transactional id ${this.id}: no transaction is open; call beginTransaction()`,
    )
  }
}
