import type { GroupAssignment, GroupCallbacks, GroupIdentity, GroupMemberOptions } from '@spillway/api'

import { heartbeatV4, joinGroupV7, leaveGroupV4, syncGroupV5 } from '@platformatic/kafka'

import { DEFAULT_REQUEST_TIMEOUT_MS, backoffMs, isCoordinatorMoved } from '../cluster/cluster.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Lane } from '../cluster/connections.ts'
import type { ProblemReporter } from '../cluster/problems.ts'
import { BrokerError, ErrorCode, check, isTransient, publicError } from '../cluster/protocol-errors.ts'
import { within } from '../cluster/within.ts'

type JoinGroupResponse = ReturnType<typeof joinGroupV7.parseResponse>

/** How a join ended: with an assignment, or with the membership gone. */
type JoinOutcome =
  { readonly kind: 'joined'; readonly assignment: GroupAssignment } | { readonly kind: 'lost' }

const FATAL_TO_HEARTBEATS = new Set<number>([ErrorCode.fencedInstanceId, ErrorCode.groupAuthorizationFailed])
/** A coordinator that does not answer must not keep a client from closing; the session time-out does its work. */
const LEAVE_TIMEOUT_MS = 5_000
const MEMBERSHIP_GONE = new Set<number>([ErrorCode.illegalGeneration, ErrorCode.unknownMemberId])

/**
 * A member of a group by Kafka's classic protocol (Java: `AbstractCoordinator`), for any protocol type.
 *
 * Joins and heartbeats run in the background; the callbacks run only inside {@link step}, which the owner calls from
 * its poll. Heartbeats go on while a callback runs, so one that takes longer than the session time-out costs nothing,
 * up to `rebalanceTimeoutMs`: who does not come back to {@link step} within it leaves the group.
 */
export class GroupMember {
  readonly #cluster: Cluster
  readonly #options: GroupMemberOptions
  readonly #callbacks: GroupCallbacks
  readonly #changed: () => void
  readonly #reporter: ProblemReporter
  readonly #joinLane: Lane
  readonly #lane: Lane
  readonly #abort = new AbortController()

  #memberId = ''
  #generation = -1
  /** When the last request was sent that the coordinator has answered as to a member, ms. */
  #confirmed = 0
  #protocol = ''
  #rejoinReason: string | undefined = 'joining for the first time'
  #join: Promise<void> | undefined
  #outcome: JoinOutcome | undefined
  #fatal: Error | undefined
  #lost = false
  #beating = false
  #heartbeats: Promise<void> | undefined
  #lastStep: number

  /**
   * @param changed called when {@link step} has something to do
   * @param reporter told of every failure that is retried, and of every success
   */
  constructor(
    cluster: Cluster,
    options: GroupMemberOptions,
    callbacks: GroupCallbacks,
    changed: () => void,
    reporter: ProblemReporter,
  ) {
    this.#cluster = cluster
    this.#lastStep = cluster.clock.monotonic()
    this.#options = options
    this.#callbacks = callbacks
    this.#changed = changed
    this.#reporter = reporter
    // A join waits at the coordinator until all members have come: as long as they may take, and a little.
    this.#joinLane = cluster.lane('join', options.rebalanceTimeoutMs + DEFAULT_REQUEST_TIMEOUT_MS)
    this.#lane = cluster.lane('coordinator')
  }

  /** Connection to the coordinator that no join holds up: for commits. */
  get lane(): Lane {
    return this.#lane
  }

  /** Member id and generation, while there is a membership. */
  identity(): GroupIdentity | undefined {
    if (this.#generation < 0) return undefined
    return { memberId: this.#memberId, generation: this.#generation, protocol: this.#protocol }
  }

  /**
   * The coordinator has not confirmed the membership for as long as its session or a rebalance lasts: others may have what was held
   * here, as after a process stood still. The next heartbeat tells.
   */
  get isDoubtful(): boolean {
    const { sessionTimeoutMs, rebalanceTimeoutMs, heartbeatIntervalMs } = this.#options
    // Between two heartbeats that are answered in time nothing is doubtful.
    const sureMs = Math.min(sessionTimeoutMs, Math.max(rebalanceTimeoutMs, 2 * heartbeatIntervalMs))
    return (
      this.#generation >= 0 &&
      this.#join === undefined &&
      this.#cluster.clock.monotonic() - this.#confirmed > sureMs
    )
  }

  /** The join under way, if any; it never rejects. */
  joining(): Promise<void> | undefined {
    return this.#join
  }

  /** Joins anew at the next {@link step}. */
  requestRejoin(reason: string): void {
    this.#rejoinReason ??= reason
    this.#changed()
  }

  /** Ends the present membership as the coordinator has told (a commit was refused, say). */
  membershipLost(): void {
    if (this.#generation < 0) return
    this.#forget()
    this.#lost = true
    this.requestRejoin('the coordinator has ended the membership')
  }

  /** Does all that is due and can be done without waiting for other members; runs callbacks. */
  async step(): Promise<void> {
    for (;;) {
      this.#lastStep = this.#cluster.clock.monotonic()
      if (this.#fatal !== undefined) throw this.#fatal
      if (this.#lost) {
        this.#lost = false
        await this.#callbacks.onLost()
      } else if (this.#outcome !== undefined) {
        const outcome = this.#outcome
        this.#outcome = undefined
        if (outcome.kind === 'joined') await this.#callbacks.onJoined(outcome.assignment)
      } else if (
        this.#rejoinReason !== undefined &&
        this.#join === undefined &&
        !this.#abort.signal.aborted
      ) {
        await this.#callbacks.beforeJoin()
        // The membership may have ended meanwhile, and what was held with it: tell that first.
        if (this.#lost) continue
        this.#rejoinReason = undefined
        this.#startJoin()
      } else {
        return
      }
    }
  }

  /** The owner waits inside its poll, which is as good as a step for `rebalanceTimeoutMs`. */
  touch(): void {
    this.#lastStep = this.#cluster.clock.monotonic()
  }

  /** Stops heartbeats and leaves the group, unless the member is static: its place waits for its return. */
  async leave(): Promise<void> {
    if (this.#abort.signal.aborted) return
    this.#abort.abort()
    this.#beating = false
    const leaving = this.#leaveWhereItIs('the client is closing')
    await within(this.#cluster.clock, LEAVE_TIMEOUT_MS, leaving)
    this.#forget()
  }

  /** Resolves when nothing runs any more: after {@link leave}, once the connections are closed. */
  async ended(): Promise<void> {
    await this.#heartbeats
    await this.#join
  }

  #startJoin(): void {
    this.#beating = false
    this.#join = this.#joinLoop()
      .then(
        (outcome) => {
          this.#outcome = outcome
          if (outcome?.kind === 'lost') this.#rejoinReason ??= 'the membership has ended while joining'
        },
        (error: unknown) => {
          if (!this.#abort.signal.aborted) this.#fatal = publicError(error)
        },
      )
      .then(() => {
        this.#join = undefined
        this.#changed()
      })
  }

  async #joinLoop(): Promise<JoinOutcome | undefined> {
    for (let tries = 0; !this.#abort.signal.aborted; tries++) {
      try {
        const outcome = await this.#joinOnce()
        if (outcome !== undefined) return outcome
        tries = -1
      } catch (error) {
        if (error instanceof BrokerError && isCoordinatorMoved(error.errorCode)) this.#coordinatorMoved()
        else if (!isTransient(error)) throw error
        this.#reporter.problem(error)
        await this.#cluster.clock.sleep(backoffMs(tries), this.#abort.signal)
      }
    }
    return undefined
  }

  /** One JoinGroup and SyncGroup; undefined asks for the next one at once. */
  async #joinOnce(): Promise<JoinOutcome | undefined> {
    const {
      groupId,
      groupInstanceId = null,
      protocolType,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
    } = this.#options
    const doing = `joining group ${groupId}${named(groupInstanceId)}`
    const protocols = this.#callbacks.protocols().map(({ name, metadata }) => ({ name, metadata }))
    const joined = await this.#cluster.request(
      { group: groupId },
      joinGroupV7.api,
      [
        groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        this.#memberId,
        groupInstanceId,
        protocolType,
        protocols,
      ],
      this.#joinLane,
    )
    switch (joined.errorCode) {
      case ErrorCode.memberIdRequired:
        this.#memberId = joined.memberId
        return undefined
      case ErrorCode.rebalanceInProgress:
        return undefined
      case ErrorCode.unknownMemberId:
      case ErrorCode.illegalGeneration:
        return this.#lostWhileJoining()
    }
    check(joined.errorCode, doing)
    this.#memberId = joined.memberId
    this.#generation = joined.generationId
    this.#protocol = joined.protocolName ?? ''
    this.#startHeartbeats()
    return this.#sync(joined)
  }

  async #sync(joined: JoinGroupResponse): Promise<JoinOutcome | undefined> {
    const { groupId, groupInstanceId = null, protocolType } = this.#options
    const assignments = joined.leader === joined.memberId ? await this.#assignAll(joined) : []
    const synced = await this.#cluster.request(
      { group: groupId },
      syncGroupV5.api,
      [
        groupId,
        joined.generationId,
        joined.memberId,
        groupInstanceId,
        protocolType,
        this.#protocol,
        assignments,
      ],
      this.#joinLane,
    )
    if (synced.errorCode === ErrorCode.rebalanceInProgress) return undefined
    if (MEMBERSHIP_GONE.has(synced.errorCode)) return this.#lostWhileJoining()
    check(synced.errorCode, `synchronizing group ${groupId}`)
    // Ended by a heartbeat meanwhile: what was assigned is no longer ours.
    if (this.#generation !== joined.generationId) return { kind: 'lost' }
    this.#confirmed = this.#cluster.clock.monotonic()
    this.#reporter.ok()
    return {
      kind: 'joined',
      assignment: {
        memberId: joined.memberId,
        generation: joined.generationId,
        protocol: this.#protocol,
        leaderId: joined.leader,
        assignment: synced.assignment,
      },
    }
  }

  async #assignAll(joined: JoinGroupResponse): Promise<{ memberId: string; assignment: Buffer }[]> {
    const members = joined.members.map(({ memberId, groupInstanceId, metadata }) => ({
      memberId,
      groupInstanceId: groupInstanceId ?? null,
      metadata,
    }))
    const assigned = await this.#callbacks.assign(this.#protocol, members, joined.memberId)
    return [...assigned].map(([memberId, assignment]) => ({ memberId, assignment }))
  }

  #lostWhileJoining(): JoinOutcome {
    this.#lost ||= this.#generation >= 0
    this.#forget()
    return { kind: 'lost' }
  }

  #coordinatorMoved(): void {
    this.#cluster.forgetCoordinator({ group: this.#options.groupId })
  }

  #forget(): void {
    this.#beating = false
    this.#generation = -1
    this.#memberId = ''
  }

  #startHeartbeats(): void {
    this.#beating = true
    this.#heartbeats ??= this.#heartbeatLoop().finally(() => {
      this.#heartbeats = undefined
      if (this.#beating && !this.#abort.signal.aborted) this.#startHeartbeats()
    })
  }

  async #heartbeatLoop(): Promise<void> {
    while (this.#beating) {
      try {
        await this.#cluster.clock.sleep(this.#options.heartbeatIntervalMs, this.#abort.signal)
      } catch {
        return // The signal is the end of the loop, not a failure.
      }
      if (!this.#beating) return
      if (this.#cluster.clock.monotonic() - this.#lastStep > this.#options.rebalanceTimeoutMs)
        await this.#expire()
      else await this.#beat()
    }
  }

  async #beat(): Promise<void> {
    const { groupId, groupInstanceId = null } = this.#options
    const generation = this.#generation
    const sent = this.#cluster.clock.monotonic()
    try {
      const { errorCode } = await this.#cluster.request(
        { group: groupId },
        heartbeatV4.api,
        [groupId, generation, this.#memberId, groupInstanceId],
        this.#lane,
      )
      // An answer about an older generation says nothing about the present one.
      if (generation !== this.#generation || !this.#beating) return
      if (errorCode === ErrorCode.none || errorCode === ErrorCode.rebalanceInProgress) {
        const wasDoubtful = this.isDoubtful
        this.#confirmed = sent
        if (wasDoubtful) this.#changed()
        this.#reporter.ok()
      }
      if (errorCode === ErrorCode.none) return
      if (errorCode === ErrorCode.rebalanceInProgress) {
        if (this.#join === undefined) this.requestRejoin('the group is rebalancing')
      } else if (MEMBERSHIP_GONE.has(errorCode)) this.membershipLost()
      else if (FATAL_TO_HEARTBEATS.has(errorCode)) {
        this.#fail(new BrokerError(errorCode, `staying in group ${groupId}${named(groupInstanceId)}`))
      } else {
        if (isCoordinatorMoved(errorCode)) this.#coordinatorMoved()
        this.#reporter.problem(new BrokerError(errorCode, `heartbeat of group ${groupId}`))
      }
    } catch (error) {
      this.#reporter.problem(error)
    }
  }

  /** The owner has not come back for `rebalanceTimeoutMs`: let others have its part (Java: max.poll.interval.ms). */
  async #expire(): Promise<void> {
    const { groupId, rebalanceTimeoutMs } = this.#options
    const message = `no poll for ${rebalanceTimeoutMs} ms (max.poll.interval.ms): leaving group ${groupId}`
    this.#reporter.problem(new Error(message))
    await this.#leave(message)
    this.membershipLost()
  }

  #fail(error: BrokerError): void {
    this.#fatal = publicError(error)
    this.#forget()
    this.#changed()
  }

  /**
   * A coordinator makes up a member's id when it is first asked to let it in, and then holds up the whole group until
   * that member comes back or its session time-out is over. So an id that is on its way to us is awaited and given up too.
   */
  async #leaveWhereItIs(reason: string): Promise<void> {
    const left = this.#memberId
    await this.#leave(reason)
    await this.#join
    if (this.#memberId !== left) await this.#leave(reason)
  }

  async #leave(reason: string): Promise<void> {
    const { groupId, groupInstanceId } = this.#options
    if (this.#memberId === '' || groupInstanceId !== undefined) return
    try {
      await this.#cluster.request({ group: groupId }, leaveGroupV4.api, [
        groupId,
        [{ memberId: this.#memberId, reason }],
      ])
    } catch (error) {
      // The session time-out does the same, later.
      this.#reporter.problem(error)
    }
  }
}

function named(groupInstanceId: string | null): string {
  return groupInstanceId === null ? '' : ` as group.instance.id ${groupInstanceId}`
}
