import type { Assignment, Assignor, GroupMemberView } from './assignor.ts'
import { encodeGeneration, encodeStickyUserData } from './consumer-protocol.ts'
import { assignSticky, withoutTransfers } from './sticky-assignor.ts'

/** Consecutive partitions of each topic (Java: `RangeAssignor`). */
const range: Assignor = {
  name: 'range',
  cooperative: false,
  userData: () => null,
  assign(members, partitionCounts) {
    const assignment = emptyAssignment(members)
    for (const [topic, count] of partitionCounts) {
      const subscribed = inOrder(members).filter((member) => member.topics.includes(topic))
      const each = Math.floor(count / subscribed.length)
      const extra = count % subscribed.length
      subscribed.forEach((member, index) => {
        const first = each * index + Math.min(index, extra)
        const length = each + (index < extra ? 1 : 0)
        for (let i = 0; i < length; i++) {
          assignment.get(member.memberId)?.push({ topic, partition: first + i })
        }
      })
    }
    return assignment
  },
}

/** All partitions of all topics dealt out in turn (Java: `RoundRobinAssignor`). */
const roundRobin: Assignor = {
  name: 'roundrobin',
  cooperative: false,
  userData: () => null,
  assign(members, partitionCounts) {
    const assignment = emptyAssignment(members)
    const ordered = inOrder(members)
    let turn = 0
    for (const [topic, count] of [...partitionCounts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!ordered.some((member) => member.topics.includes(topic))) continue
      for (let partition = 0; partition < count; partition++) {
        while (ordered[turn % ordered.length]?.topics.includes(topic) !== true) turn++
        assignment.get(ordered[turn % ordered.length]?.memberId ?? '')?.push({ topic, partition })
        turn++
      }
    }
    return assignment
  },
}

/** Balanced, and as near to the last assignment as balance allows (Java: `StickyAssignor`). */
const sticky: Assignor = {
  name: 'sticky',
  cooperative: false,
  userData: encodeStickyUserData,
  assign: (members, partitionCounts) => assignSticky(inOrder(members), partitionCounts),
}

/**
 * Like sticky, with the incremental protocol: a partition changes hands over two rebalances, and all others are
 * consumed without a pause (Java: `CooperativeStickyAssignor`).
 */
const cooperativeSticky: Assignor = {
  name: 'cooperative-sticky',
  cooperative: true,
  userData: (_owned, generation) => encodeGeneration(generation),
  assign: (members, partitionCounts) =>
    withoutTransfers(members, assignSticky(inOrder(members), partitionCounts)),
}

const ASSIGNORS: ReadonlyMap<string, Assignor> = new Map(
  [range, roundRobin, sticky, cooperativeSticky].map((assignor) => [assignor.name, assignor]),
)

/** Names that {@link assignorNamed} knows. */
export const ASSIGNOR_NAMES: readonly string[] = [...ASSIGNORS.keys()]

/** The assignor of this protocol name. */
export function assignorNamed(name: string): Assignor | undefined {
  return ASSIGNORS.get(name)
}

/** Java's order of members: static ones first and by instance id, then by member id. */
function inOrder<Member extends GroupMemberView>(members: readonly Member[]): Member[] {
  return [...members].sort((a, b) => {
    if (a.groupInstanceId !== null && b.groupInstanceId !== null) {
      return compare(a.groupInstanceId, b.groupInstanceId)
    }
    if (a.groupInstanceId !== null) return -1
    if (b.groupInstanceId !== null) return 1
    return compare(a.memberId, b.memberId)
  })
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function emptyAssignment(members: readonly GroupMemberView[]): Assignment {
  return new Map(members.map(({ memberId }) => [memberId, []]))
}
