import type { TopicPartition } from './topic-partition.ts'

/** A member as an assignor sees it (Java: `ConsumerPartitionAssignor.Subscription`). */
export interface AssignorMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** Topics it subscribes to. */
  readonly topics: readonly string[]
  /** What its {@link PartitionAssignor.subscriptionUserData} said. */
  readonly userData: Buffer | null
  /** Partitions it holds; none where the protocol is eager, or the member of a client that does not tell. */
  readonly owned: readonly TopicPartition[]
  /** Generation in which it got them, -1 where unknown. */
  readonly generation: number
  readonly rack: string | null
}

/** What an assignor gives to a member. */
export interface MemberAssignment {
  readonly partitions: readonly TopicPartition[]
  /** Reaches {@link PartitionAssignor.onAssignment} of the member. */
  readonly userData: Buffer | null
}

/** The topics of a group as its leader has just read them. */
export interface AssignorCluster {
  /** Partitions per topic that a member subscribes to; topics that do not exist are absent. */
  readonly partitionCounts: ReadonlyMap<string, number>
}

/** How the leader of a group spreads partitions, and what it tells its members besides (Java: `ConsumerPartitionAssignor`). */
export interface PartitionAssignor {
  /** In the group's protocol. Members without a name in common are refused by the coordinator. */
  readonly name: string
  /**
   * Whether members keep their partitions while they rejoin (KIP-429). Then `assign` must not give a member what another one
   * still holds: that takes a second round, which comes by itself when the holder has given it up.
   */
  readonly cooperative: boolean
  /** Asked before each join. */
  subscriptionUserData(topics: readonly string[]): Buffer | null
  /**
   * Runs in the background, on the leader only: an assignment per member id. Topics may be created here. An error ends the
   * leader's membership: what members should know of goes into their user data.
   */
  assign(
    cluster: AssignorCluster,
    members: readonly AssignorMember[],
  ): ReadonlyMap<string, MemberAssignment> | Promise<ReadonlyMap<string, MemberAssignment>>
  /**
   * Runs on each member inside `Consumer.poll`, in each generation: after partitions were revoked, before
   * `RebalanceListener.onAssigned`. What it throws, poll throws, and the member joins anew. False: the assignment is not for what
   * the member is now, as a static one may be given after a restart; it takes nothing of it and joins anew.
   */
  onAssignment?(
    partitions: readonly TopicPartition[],
    userData: Buffer | null,
    generation: number,
  ): boolean | void | Promise<boolean | void>
}
