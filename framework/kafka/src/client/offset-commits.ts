import { CommitFailedError, type OffsetAndMetadata, type TopicPartition } from '@spillway/api'

import type { Cluster } from './cluster/cluster.ts'
import type { GroupMember } from './group/group-member.ts'
import { COMMIT_UNKNOWN_TOPIC_MS, commitOffsets } from './offsets.ts'
import { BrokerError, ErrorCode } from './cluster/protocol-errors.ts'
import { within } from './cluster/within.ts'

const COMMIT_REFUSED = new Set<number>([
  ErrorCode.unknownMemberId,
  ErrorCode.illegalGeneration,
  ErrorCode.rebalanceInProgress,
])

/** How a consumer commits: as a member of its group, or for a group that it does not join. */
export class OffsetCommits {
  readonly #cluster: Cluster
  readonly #member: GroupMember
  readonly #instanceId: string | undefined
  readonly #timeoutMs: number

  constructor(cluster: Cluster, member: GroupMember, instanceId: string | undefined, timeoutMs: number) {
    this.#cluster = cluster
    this.#member = member
    this.#instanceId = instanceId
    this.#timeoutMs = timeoutMs
  }

  /**
   * Commits, with retries.
   * @param onProblem told of every failure that is retried
   * @throws {CommitFailedError} where the group does not take it from this consumer (any more)
   * @throws {UnknownTopicError} where the topic is gone
   */
  async commit(
    groupId: string,
    offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>,
    as: 'member' | 'alone',
    onProblem: (error: unknown) => void,
  ): Promise<void> {
    const once =
      as === 'alone'
        ? () => this.#commitAlone(groupId, offsets)
        : () => this.#commitAsMember(groupId, offsets)
    await this.#cluster.retry(`committing offsets of group ${groupId}`, once, {
      timeoutMs: this.#timeoutMs,
      unknownTopicMs: COMMIT_UNKNOWN_TOPIC_MS,
      onProblem,
    })
  }

  /** Commits for a group that this consumer is no member of. */
  async #commitAlone(
    groupId: string,
    offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>,
  ): Promise<void> {
    try {
      await commitOffsets(this.#cluster, groupId, offsets)
    } catch (error) {
      if (!(error instanceof BrokerError) || !COMMIT_REFUSED.has(error.errorCode)) throw error
      throw new CommitFailedError(
        `${error.message}; the group has members, and only they may commit: their partitions are not read with assign()`,
        { cause: error },
      )
    }
  }

  /** Commits as the present member; waits for a join under way where the coordinator says that it must end first. */
  async #commitAsMember(
    groupId: string,
    offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>,
  ): Promise<void> {
    const identity = this.#member.identity()
    if (identity === undefined) {
      throw new CommitFailedError(
        `committing offsets of group ${groupId}: this consumer is not a member of the group (any more): it was too ` +
          'slow to poll (max.poll.interval.ms) or was removed; its partitions may already be with others',
      )
    }
    const as = this.#instanceId === undefined ? identity : { ...identity, groupInstanceId: this.#instanceId }
    try {
      await commitOffsets(this.#cluster, groupId, offsets, as, this.#member.lane)
    } catch (error) {
      if (!(error instanceof BrokerError) || !COMMIT_REFUSED.has(error.errorCode)) throw error
      const joining = this.#member.joining()
      const hasMovedOn = this.#member.identity()?.generation !== identity.generation
      // A cooperative member rejoins while it goes on: what it still holds it commits in the new generation.
      if (joining !== undefined || hasMovedOn) {
        await within(this.#cluster.clock, this.#timeoutMs, joining)
        if (this.#member.identity() !== undefined && this.#member.joining() === undefined) {
          await this.#commitAsMember(groupId, offsets)
          return
        }
      }
      if (error.errorCode !== ErrorCode.rebalanceInProgress) this.#member.membershipLost()
      throw new CommitFailedError(
        `${error.message}; the group has moved on, its partitions may be with others`,
        {
          cause: error,
        },
      )
    }
  }
}
