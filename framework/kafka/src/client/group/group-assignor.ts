import {
  type AssignorCluster,
  type AssignorMember,
  ConfigError,
  type MemberAssignment,
  type PartitionAssignor,
  type TopicPartition,
} from '@spillway/api'
import { ASSIGNOR_NAMES, assignorNamed } from './assignors.ts'

/** An assignor as a rebalance uses it, whether it is one of Kafka's or the caller's. */
export interface GroupAssignor {
  readonly name: string
  readonly cooperative: boolean
  userData(topics: readonly string[], owned: readonly TopicPartition[], generation: number): Buffer | null
  assign(
    cluster: AssignorCluster,
    members: readonly AssignorMember[],
  ): Promise<ReadonlyMap<string, MemberAssignment>>
  /** False: it is none for this member. */
  onAssignment(assignment: MemberAssignment, generation: number): Promise<boolean>
}

/** @throws {ConfigError} for a name that is none of Kafka's assignors' */
export function groupAssignor(assignor: string | PartitionAssignor): GroupAssignor {
  return typeof assignor === 'string' ? namedAssignor(assignor) : givenAssignor(assignor)
}

function namedAssignor(name: string): GroupAssignor {
  const assignor = assignorNamed(name)
  if (assignor === undefined) {
    const key = 'partition.assignment.strategy'
    const names = ASSIGNOR_NAMES.join(', ')
    throw new ConfigError(`Invalid value ${name} for configuration ${key}: it must be one of ${names}`, {
      key,
    })
  }
  return {
    name,
    cooperative: assignor.cooperative,
    userData: (_topics, owned, generation) => assignor.userData(owned, generation),
    assign(cluster, members) {
      const assigned = assignor.assign(members, cluster.partitionCounts)
      return Promise.resolve(
        new Map([...assigned].map(([memberId, partitions]) => [memberId, { partitions, userData: null }])),
      )
    },
    onAssignment: () => Promise.resolve(true),
  }
}

function givenAssignor(assignor: PartitionAssignor): GroupAssignor {
  return {
    name: assignor.name,
    cooperative: assignor.cooperative,
    userData: (topics) => assignor.subscriptionUserData(topics),
    assign: async (cluster, members) => assignor.assign(cluster, members),
    onAssignment: async ({ partitions, userData }, generation) =>
      (await assignor.onAssignment?.(partitions, userData, generation)) !== false,
  }
}
