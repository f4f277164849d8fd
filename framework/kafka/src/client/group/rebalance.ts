import {
  ConnectError,
  type GroupAssignment,
  type GroupCallbacks,
  type GroupMemberMetadata,
  type PartitionAssignor,
  type RebalanceListener,
  type TopicPartition,
  topicPartitionName,
} from '@spillway/api'
import type { AssignedPartitions } from '../assigned-partitions.ts'
import type { Cluster, ClusterMetadata } from '../cluster/cluster.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './consumer-protocol.ts'
import { type GroupAssignor, groupAssignor } from './group-assignor.ts'
import type { GroupMember } from './group-member.ts'
import type { SubscriptionMetadata } from '../cluster/subscription-metadata.ts'

/** What a {@link Rebalance} works on. */
export interface RebalanceParts {
  readonly cluster: Cluster
  readonly metadata: SubscriptionMetadata
  readonly partitions: AssignedPartitions
  readonly member: () => GroupMember
  readonly signal: AbortSignal
  /** Whether the member has a `group.instance.id`. */
  readonly isStatic: boolean
  readonly onProblem: (error: unknown) => void
}

/**
 * The consumer's side of its group's rebalances (Java: `ConsumerCoordinator`): what it tells the group, what it gives
 * up and takes on, and, on the leader, who gets what.
 */
export class Rebalance implements GroupCallbacks {
  readonly #parts: RebalanceParts
  readonly #assignors: readonly GroupAssignor[]
  readonly #rack: string | null
  /** Cooperative where every assignor is, eager otherwise, as Java decides it. */
  readonly #isCooperative: boolean
  #listener: RebalanceListener | undefined
  /** What was held in the last generation, for the sticky assignor. */
  #lastOwned: readonly TopicPartition[] = []
  #lastGeneration = -1
  #joinedTopics = ''
  /** A static leader that comes back is not told that it leads (KIP-814): each static member looks after what it reads. */
  #followsAsStatic = false
  /** Partition counts that the present assignment was made from; on the leader, and on static members. */
  #assignedCounts: ReadonlyMap<string, number> | undefined

  constructor(
    parts: RebalanceParts,
    strategy: readonly (string | PartitionAssignor)[],
    rack: string | undefined,
  ) {
    this.#parts = parts
    this.#rack = rack ?? null
    this.#assignors = strategy.map(groupAssignor)
    this.#isCooperative = this.#assignors.every(({ cooperative }) => cooperative)
  }

  set listener(listener: RebalanceListener) {
    this.#listener = listener
  }

  protocols(): { name: string; metadata: Buffer }[] {
    const topics = this.#parts.metadata.topics()
    this.#joinedTopics = topics.join()
    const owned = this.#isCooperative ? this.#parts.partitions.list() : []
    return this.#assignors.map((assignor) => ({
      name: assignor.name,
      metadata: encodeSubscription({
        topics,
        userData: assignor.userData(topics, this.#lastOwned, this.#lastGeneration),
        owned,
        generation: this.#lastGeneration,
        rack: this.#rack,
      }),
    }))
  }

  async assign(protocol: string, members: readonly GroupMemberMetadata[]): Promise<Map<string, Buffer>> {
    const assignor = this.#chosen(protocol)
    const views = members.map(({ memberId, groupInstanceId, metadata }) => ({
      memberId,
      groupInstanceId,
      ...decodeSubscription(metadata),
    }))
    const { metadata } = this.#parts
    const groupTopics = new Set(views.flatMap(({ topics }) => topics))
    let read = await this.#readTopics(groupTopics)
    const assigned = await assignor.assign({ partitionCounts: countsOf(read) }, views)
    const isCreated = [...assigned.values()].some(({ partitions }) =>
      partitions.some(({ topic }) => !read.topics.has(topic) && groupTopics.has(topic)),
    )
    // Topics that the assignor has created are part of this assignment: to find them later must not look like a change.
    if (isCreated) read = await this.#readTopics(groupTopics)
    metadata.watch(groupTopics, read)
    const counts = countsOf(read)
    // What the assignor still sees, or sees already, is not as it was assigned: that asks for another round.
    for (const { partitions } of assigned.values())
      for (const { topic } of partitions) if (!counts.has(topic)) counts.set(topic, 0)
    this.#assignedCounts = counts
    return new Map(
      [...assigned].map(([memberId, { partitions, userData }]) => [
        memberId,
        encodeAssignment(partitions, userData),
      ]),
    )
  }

  async beforeJoin(): Promise<void> {
    if (!this.#isCooperative) {
      await this.#revoke(this.#parts.partitions.list())
      return
    }
    const topics = new Set(this.#parts.metadata.topics())
    await this.#revoke(this.#parts.partitions.list().filter(({ topic }) => !topics.has(topic)))
  }

  async onJoined({ assignment, generation, leaderId, memberId, protocol }: GroupAssignment): Promise<void> {
    this.#followsAsStatic = leaderId !== memberId && this.#parts.isStatic
    if (leaderId !== memberId) {
      this.#assignedCounts = undefined
      this.#parts.metadata.watch(new Set())
    }
    const decoded = decodeAssignment(assignment)
    const assigned = decoded.partitions
    const keys = new Set(assigned.map(topicPartitionName))
    const { partitions } = this.#parts
    const removed = partitions.list().filter((partition) => !keys.has(topicPartitionName(partition)))
    const added = assigned.filter((partition) => partitions.stateOf(partition) === undefined)
    await this.#revoke(removed)
    this.#lastOwned = assigned
    this.#lastGeneration = generation
    let isForThis = assigned.every(({ topic }) => this.#parts.metadata.reads(topic))
    try {
      if (isForThis) isForThis = await this.#chosen(protocol).onAssignment(decoded, generation)
    } catch (error) {
      // Nobody has taken the new partitions on, though the group counts on it: the next generation may.
      this.#parts.member().requestRejoin('the assignor has refused its assignment')
      throw error
    }
    // A static member is given what it had, though it may have come back as another one. The rejoin tells the group.
    if (!isForThis) {
      this.#lastOwned = []
      this.#parts.member().requestRejoin('the assignment is not for what this member reads now')
      return
    }
    partitions.add(added)
    if (added.length > 0) {
      this.#parts.metadata.requestRefresh()
      await this.#listener?.onAssigned(added)
    }
    // What was given up can only be assigned by another round (KIP-429).
    if (removed.length > 0 && this.#isCooperative)
      this.#parts.member().requestRejoin('partitions were given up')
    this.checkTopics()
  }

  async onLost(): Promise<void> {
    const lost = this.#parts.partitions.list()
    this.#lastOwned = []
    this.#lastGeneration = -1
    this.#parts.partitions.remove(lost)
    if (lost.length > 0) await this.#listener?.onLost(lost)
  }

  /** Gives everything up because the consumer closes. */
  async closing(): Promise<void> {
    if (this.#parts.member().identity() === undefined) await this.onLost()
    else await this.#revoke(this.#parts.partitions.list())
  }

  /** To be called when the metadata were refreshed: topics or partitions that came or went ask for a rebalance. */
  checkTopics(): void {
    const { metadata, member } = this.#parts
    if (member().joining() !== undefined || member().identity() === undefined) return
    if (metadata.topics().join() !== this.#joinedTopics) {
      member().requestRejoin('the topics subscribed to have changed')
      return
    }
    const now = metadata.partitionCounts(this.#followsAsStatic ? metadata.topics() : metadata.groupTopics)
    const before = this.#assignedCounts
    if (before === undefined) {
      if (this.#followsAsStatic && metadata.isCurrent) this.#assignedCounts = now
      return
    }
    const isSame = now.size === before.size && [...now].every(([topic, count]) => before.get(topic) === count)
    if (!isSame) member().requestRejoin('the number of partitions has changed')
  }

  #chosen(protocol: string): GroupAssignor {
    const assignor = this.#assignors.find(({ name }) => name === protocol)
    if (assignor !== undefined) return assignor
    throw new ConnectError(`The group chose the unknown assignor ${protocol}`)
  }

  #readTopics(topics: ReadonlySet<string>): Promise<ClusterMetadata> {
    const { cluster, signal, onProblem } = this.#parts
    return cluster.retry(
      'reading the metadata of the topics to assign',
      () => cluster.metadata([...topics]),
      { signal, onProblem },
    )
  }

  async #revoke(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return
    try {
      await this.#listener?.onRevoked(partitions)
    } finally {
      this.#parts.partitions.remove(partitions)
    }
  }
}

function countsOf({ topics }: ClusterMetadata): Map<string, number> {
  return new Map([...topics].map(([topic, { partitions }]) => [topic, partitions.length] as const))
}
