import { Buffer } from 'node:buffer'
import {
  type AssignorCluster,
  type AssignorMember,
  type MemberAssignment,
  type PartitionAssignor,
  type TopicPartition,
  topicPartitionName,
} from '@spillway/api'
import type { HostInfo } from './queries/host-info.ts'
import { type HostTasks, type WireHost, hostsOf, planDigest, wireHosts } from './queries/host-tasks.ts'
import { balanceTasks, type BalanceMember } from './task-balance.ts'
import type { PlannedTask, TaskPlan } from './topics/topology-topics.ts'

/**
 * Version of the bytes that members exchange: raised where who knows only the one before could not take part. Fields that may be left
 * out are added without that: members of an older release pass over them.
 */
const version = 1

/** What a thread tells the leader. */
interface Subscription {
  readonly version: number
  readonly processId: string
  readonly fingerprint: string
  /** Changelog records that the process lacks, by task whose state it keeps; as text, since they are 64 bits. */
  readonly lags: Readonly<Record<string, string>>
  /** Set where all clients of the application are to shut down. */
  readonly isShutdown?: boolean
  /** Where its process can be asked, `host:port`. */
  readonly host?: string
}

/** What the leader tells a thread, beside its partitions. */
export interface TaskInstructions {
  /** Tasks to keep copies of. */
  readonly standby: readonly string[]
  /** Why the member cannot take part, null when it can. */
  readonly refusal: string | null
  /** The application shuts down: one of its clients has asked for it (Java: `AssignorError.SHUTDOWN_REQUESTED`). */
  readonly isShutdown: boolean
  /** The tasks of all that can be asked, and of which plan they are (KIP-535). */
  readonly hosts: readonly HostTasks[]
  readonly planDigest: string | undefined
}

interface Instructions extends Omit<TaskInstructions, 'hosts' | 'planDigest'> {
  readonly version: number
  /** Of the topology whose tasks these are. Left out by older releases, and where all shut down. */
  readonly fingerprint?: string
  /** Left out where nobody can be asked. */
  readonly hosts?: readonly WireHost[]
  readonly planDigest?: string
}

/** What a thread must know and do around an assignment. */
export interface TaskAssignorSettings {
  readonly applicationId: string
  readonly processId: string
  /** `application.server`; null: this process cannot be asked. */
  readonly host: HostInfo | null
  /** Of the topology: members that have another one are refused. */
  readonly fingerprint: string
  readonly standbyReplicas: number
  /** `acceptable.recovery.lag` */
  readonly acceptableLag: bigint
  /** What the process has of which task's state. */
  readonly lags: () => ReadonlyMap<string, bigint>
  /** The tasks over topics as they are, once the application's own topics are there. */
  readonly plan: (partitionCounts: ReadonlyMap<string, number>) => Promise<TaskPlan>
  /** Whether all clients of the application are to be told to shut down. */
  readonly isShutdownRequested: () => boolean
  /** Told on each member, in each generation. False: it is of the member's life before, which has ended. */
  readonly assigned: (instructions: TaskInstructions) => boolean
}

/**
 * Assigns tasks by assigning the partitions they read. The protocol has a name of its own, so that a coordinator refuses to mix
 * threads of ours with those of Java in one group (decision 0009).
 */
export class TaskAssignor implements PartitionAssignor {
  readonly name = 'spillway-streams'
  readonly cooperative = true
  readonly #settings: TaskAssignorSettings

  constructor(settings: TaskAssignorSettings) {
    this.#settings = settings
  }

  subscriptionUserData(): Buffer {
    const { processId, fingerprint, lags, isShutdownRequested, host } = this.#settings
    const texts = Object.fromEntries([...lags()].map(([task, lag]) => [task, lag.toString()]))
    const isShutdown = isShutdownRequested()
    return encode({
      version,
      processId,
      fingerprint,
      lags: texts,
      isShutdown,
      ...(host === null ? {} : { host: host.toString() }),
    } satisfies Subscription)
  }

  async assign(
    { partitionCounts }: AssignorCluster,
    members: readonly AssignorMember[],
  ): Promise<ReadonlyMap<string, MemberAssignment>> {
    const known = members.map((member) => ({ member, subscription: subscriptionOf(member) }))
    if (known.some(({ subscription }) => subscription?.isShutdown === true)) return shutdownOf(members)
    const leading = this.#leadingFingerprint(known)
    const accepted = known.filter(({ subscription }) => subscription?.fingerprint === leading)
    const plan = await this.#settings.plan(partitionCounts)
    const { tasks } = plan
    const holders = holdersOf(members)
    const ownerOf = ownersOf(tasks, holders)
    const { standbyReplicas, acceptableLag } = this.#settings
    const balance = balanceTasks({
      members: accepted.map(({ member, subscription }) =>
        balanceMember(member.memberId, subscription as Subscription, ownerOf),
      ),
      tasks: [...tasks.values()],
      standbyReplicas,
      acceptableLag,
    })
    const hosts = wireHosts(
      accepted.flatMap(({ member: { memberId }, subscription }) => {
        const given = balance.get(memberId)
        return subscription?.host === undefined || given === undefined
          ? []
          : [{ host: subscription.host, ...given }]
      }),
    )
    const askable = hosts.length === 0 ? {} : { hosts, planDigest: planDigest(plan) }
    const assignments = new Map<string, MemberAssignment>()
    for (const { memberId } of members) {
      const given = balance.get(memberId)
      const refusal =
        given === undefined ? this.#refusal(accepted.map(({ member }) => member.memberId)) : null
      const partitions = (given?.active ?? [])
        .map((id) => partitionsOf(tasks.get(id)))
        // What somebody else still holds comes in the round after it was given up: a task comes whole or not at all.
        .filter((each) => each.every((at) => (holders.get(topicPartitionName(at)) ?? memberId) === memberId))
        .flat()
      const instructions: Instructions = {
        version,
        standby: given?.standby ?? [],
        refusal,
        isShutdown: false,
        fingerprint: leading,
        ...(refusal === null ? askable : {}),
      }
      assignments.set(memberId, { partitions, userData: encode(instructions) })
    }
    return assignments
  }

  onAssignment(_partitions: readonly TopicPartition[], userData: Buffer | null): boolean {
    const instructions = decode<Instructions>(userData)
    const { fingerprint } = instructions ?? {}
    const isOfThis = fingerprint === this.#settings.fingerprint
    // A static member may come back with another topology, and is given what the one before had, be it a refusal.
    if (fingerprint !== undefined && isOfThis !== ((instructions?.refusal ?? null) === null)) return false
    return this.#settings.assigned({
      standby: instructions?.standby ?? [],
      refusal: instructions?.refusal ?? null,
      isShutdown: instructions?.isShutdown === true,
      hosts: hostsOf(instructions?.hosts),
      planDigest: instructions?.planDigest,
    })
  }

  /** The topology of those who hold most tasks goes on; where none does, the leader's. */
  #leadingFingerprint(
    members: readonly { readonly member: AssignorMember; readonly subscription: Subscription | null }[],
  ): string {
    const held = new Map<string, number>()
    for (const { member, subscription } of members) {
      if (subscription === null || member.owned.length === 0) continue
      const { fingerprint } = subscription
      held.set(fingerprint, (held.get(fingerprint) ?? 0) + member.owned.length)
    }
    const [first] = [...held].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
    return first?.[0] ?? this.#settings.fingerprint
  }

  #refusal(accepted: readonly string[]): string {
    return (
      `the members of application ${this.#settings.applicationId} (${accepted.join(', ')}) run another topology than this one, ` +
      'or another version of it. Stop them first, or give the new version an application.id of its own'
    )
  }
}

/** Nobody gets anything: all are told to stop. */
function shutdownOf(members: readonly AssignorMember[]): ReadonlyMap<string, MemberAssignment> {
  const instructions: Instructions = { version, standby: [], refusal: null, isShutdown: true }
  return new Map(
    members.map(({ memberId }) => [memberId, { partitions: [], userData: encode(instructions) }]),
  )
}

function balanceMember(
  id: string,
  { processId, lags }: Subscription,
  ownerOf: ReadonlyMap<string, string>,
): BalanceMember {
  const owned = new Set([...ownerOf].filter(([, owner]) => owner === id).map(([task]) => task))
  const parsed = new Map(Object.entries(lags).map(([task, lag]) => [task, BigInt(lag)]))
  return { id, processId, owned, lags: parsed }
}

/** The member that has a task now, by task: of several that have a part of it one. */
function ownersOf(
  tasks: ReadonlyMap<string, PlannedTask>,
  holders: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  for (const [id, task] of tasks) {
    const [holder] = partitionsOf(task)
      .flatMap((at) => holders.get(topicPartitionName(at)) ?? [])
      .sort()
    if (holder !== undefined) owners.set(id, holder)
  }
  return owners
}

/** Partitions that somebody holds. */
function holdersOf(members: readonly AssignorMember[]): ReadonlyMap<string, string> {
  const newest = new Map<string, { readonly id: string; readonly generation: number }>()
  for (const { memberId, owned, generation } of members) {
    for (const at of owned) {
      const key = topicPartitionName(at)
      // A member that missed a generation may claim what another one has got since.
      if ((newest.get(key)?.generation ?? -2) < generation) newest.set(key, { id: memberId, generation })
    }
  }
  return new Map([...newest].map(([key, { id }]) => [key, id]))
}

/** The task that reads a partition, by `topic-partition`. */
export function tasksByPartition(tasks: ReadonlyMap<string, PlannedTask>): ReadonlyMap<string, string> {
  const byPartition = new Map<string, string>()
  for (const { id, topics, partition } of tasks.values())
    for (const topic of topics) byPartition.set(topicPartitionName({ topic, partition }), id)
  return byPartition
}

function partitionsOf(task: PlannedTask | undefined): readonly TopicPartition[] {
  return task?.topics.map((topic) => ({ topic, partition: task.partition })) ?? []
}

function subscriptionOf(member: AssignorMember): Subscription | null {
  const found = decode<Subscription>(member.userData)
  return found?.version === version ? found : null
}

function encode(data: Subscription | Instructions): Buffer {
  return Buffer.from(JSON.stringify(data), 'utf8')
}

/** Null for bytes that are none of ours. */
function decode<T extends object>(data: Buffer | null): T | null {
  if (data === null) return null
  try {
    const found: unknown = JSON.parse(data.toString('utf8'))
    return typeof found === 'object' ? (found as T | null) : null
  } catch {
    return null
  }
}
