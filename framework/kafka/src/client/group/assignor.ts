import type { AssignorMember, TopicPartition } from '@spillway/api'

/** A member as an assignor sees it. */
export type GroupMemberView = AssignorMember

/** Partitions per member id. */
export type Assignment = Map<string, TopicPartition[]>

/** How a leader spreads partitions (Java: `ConsumerPartitionAssignor`). */
export interface Assignor {
  /** Its name in the group protocol. */
  readonly name: string
  /** Whether members may keep their partitions while they rejoin (KIP-429). */
  readonly cooperative: boolean
  userData(owned: readonly TopicPartition[], generation: number): Buffer | null
  /** @param partitionCounts partitions per topic; topics that do not exist are absent */
  assign(members: readonly GroupMemberView[], partitionCounts: ReadonlyMap<string, number>): Assignment
}
