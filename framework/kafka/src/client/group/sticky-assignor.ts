import { type TopicPartition, topicPartitionName } from '@spillway/api'
import type { Assignment, GroupMemberView } from './assignor.ts'
import { decodeStickyUserData } from './consumer-protocol.ts'

interface Seat {
  readonly memberId: string
  readonly topics: ReadonlySet<string>
  readonly partitions: Map<string, TopicPartition>
}

/**
 * Spreads partitions evenly while each stays where it was as far as evenness allows (Java: `AbstractStickyAssignor`).
 *
 * Invariant at the end: no member could take a partition from another that has two more than it.
 */
export function assignSticky(
  members: readonly GroupMemberView[],
  partitionCounts: ReadonlyMap<string, number>,
): Assignment {
  const seats = members.map<Seat>((member) => ({
    memberId: member.memberId,
    topics: new Set(member.topics),
    partitions: new Map(),
  }))
  const free = keepPrevious(members, seats, partitionCounts)
  for (const partition of free) {
    const seat = smallest(seats.filter(({ topics }) => topics.has(partition.topic)))
    seat?.partitions.set(topicPartitionName(partition), partition)
  }
  while (moveOne(seats));
  return new Map(seats.map(({ memberId, partitions }) => [memberId, [...partitions.values()]]))
}

/**
 * Takes back every partition that would go straight from one member to another: its owner gives it up first, and
 * the next rebalance, which it asks for itself, assigns it.
 */
export function withoutTransfers(members: readonly GroupMemberView[], assignment: Assignment): Assignment {
  const owners = currentOwners(members)
  return new Map(
    [...assignment].map(([memberId, partitions]) => [
      memberId,
      partitions.filter((partition) => (owners.get(topicPartitionName(partition)) ?? memberId) === memberId),
    ]),
  )
}

/** Puts every partition back to its valid owner; returns those that have none. */
function keepPrevious(
  members: readonly GroupMemberView[],
  seats: readonly Seat[],
  partitionCounts: ReadonlyMap<string, number>,
): TopicPartition[] {
  const owners = currentOwners(members)
  const seatOf = new Map(seats.map((seat) => [seat.memberId, seat]))
  const free: TopicPartition[] = []
  for (const [topic, count] of [...partitionCounts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (let partition = 0; partition < count; partition++) {
      const at = { topic, partition }
      const seat = seatOf.get(owners.get(topicPartitionName(at)) ?? '')
      if (seat?.topics.has(topic) === true) seat.partitions.set(topicPartitionName(at), at)
      else free.push(at)
    }
  }
  return free
}

/** Where two members claim one partition the younger generation wins; in the same one nobody does. */
function currentOwners(members: readonly GroupMemberView[]): Map<string, string> {
  const claims = new Map<string, { memberId: string; generation: number }>()
  for (const member of members) {
    const { owned, generation } = claimOf(member)
    for (const partition of owned) {
      const key = topicPartitionName(partition)
      const other = claims.get(key)
      if (other === undefined || other.generation < generation) {
        claims.set(key, { memberId: member.memberId, generation })
      } else if (other.generation === generation) {
        claims.set(key, { memberId: '', generation })
      }
    }
  }
  return new Map(
    [...claims].filter(([, { memberId }]) => memberId !== '').map(([key, c]) => [key, c.memberId]),
  )
}

function claimOf(member: GroupMemberView): { owned: readonly TopicPartition[]; generation: number } {
  const { owned, generation, userData } = member
  if (owned.length > 0) {
    const known = generation < 0 && userData?.length === 4 ? userData.readInt32BE(0) : generation
    return { owned, generation: known }
  }
  // Eight bytes are the least that the eager assignor writes: no topics, and a generation.
  return userData !== null && userData.length >= 8 ? decodeStickyUserData(userData) : { owned, generation }
}

/** Moves one partition from a fuller member to one that has at least two less; false where none can move. */
function moveOne(seats: readonly Seat[]): boolean {
  const bySize = [...seats].sort((a, b) => b.partitions.size - a.partitions.size)
  for (const from of bySize) {
    for (const to of bySize.toReversed()) {
      if (from.partitions.size - to.partitions.size < 2) break
      for (const [key, partition] of from.partitions) {
        if (!to.topics.has(partition.topic)) continue
        from.partitions.delete(key)
        to.partitions.set(key, partition)
        return true
      }
    }
  }
  return false
}

function smallest(seats: readonly Seat[]): Seat | undefined {
  let best = seats[0]
  for (const seat of seats) if (best !== undefined && seat.partitions.size < best.partitions.size) best = seat
  return best
}
