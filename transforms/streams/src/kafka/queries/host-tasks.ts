import { createHash } from 'node:crypto'
import type { TaskPlan } from '../topics/topology-topics.ts'
import { HostInfo } from './host-info.ts'

/** Tasks of a host, as the leader has given them out. */
export interface HostTasks {
  readonly host: HostInfo
  readonly active: readonly string[]
  readonly standby: readonly string[]
}

/** Partitions by sub-topology: short, since each member gets the tasks of all. */
type WireTasks = Readonly<Record<string, readonly number[]>>

/** As {@link HostTasks}, in an assignment's bytes. */
export interface WireHost {
  readonly host: string
  readonly active: WireTasks
  readonly standby: WireTasks
}

/** A member, where it can be asked, and what it gets. */
export interface MemberHost {
  readonly host: string
  readonly active: readonly string[]
  readonly standby: readonly string[]
}

/** What the members at each host have together. */
export function wireHosts(members: Iterable<MemberHost>): readonly WireHost[] {
  const byHost = new Map<string, { active: string[]; standby: string[] }>()
  for (const { host, active, standby } of members) {
    const tasks = byHost.get(host) ?? { active: [], standby: [] }
    byHost.set(host, tasks)
    tasks.active.push(...active)
    tasks.standby.push(...standby)
  }
  return [...byHost]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([host, { active, standby }]) => ({ host, active: wireTasks(active), standby: wireTasks(standby) }))
}

/** What of it can be read: bytes of a group are input like any other. */
export function hostsOf(wire: unknown): readonly HostTasks[] {
  if (!Array.isArray(wire)) return []
  return wire.flatMap((each: unknown) => {
    const { host, active, standby } = Object(each) as Readonly<Record<keyof WireHost, unknown>>
    const info = typeof host === 'string' ? knownHost(host) : null
    return info === null ? [] : [{ host: info, active: taskIds(active), standby: taskIds(standby) }]
  })
}

/** Tells whether two members see the same topics: only then do they find a key in the same partition. */
export function planDigest({ tasks }: TaskPlan): string {
  const counts = topicCounts(tasks.values())
  const text = [...counts].map(([topic, count]) => `${topic}:${count}`).sort()
  return createHash('sha256').update(text.join('\n')).digest('hex').slice(0, 16)
}

/** Partitions of each topic that tasks read. */
export function topicCounts(
  tasks: Iterable<{ readonly topics: readonly string[]; readonly partition: number }>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { topics, partition } of tasks)
    for (const topic of topics) counts.set(topic, Math.max(counts.get(topic) ?? 0, partition + 1))
  return counts
}

function wireTasks(ids: readonly string[]): WireTasks {
  const tasks: Record<string, number[]> = {}
  for (const id of ids) {
    const [subtopology = '', partition] = id.split('_')
    ;(tasks[subtopology] ??= []).push(Number(partition))
  }
  return tasks
}

function taskIds(wire: unknown): readonly string[] {
  return Object.entries(Object(wire) as WireTasks).flatMap(([subtopology, partitions]) =>
    Array.isArray(partitions) ? partitions.map((partition) => `${subtopology}_${String(partition)}`) : [],
  )
}

function knownHost(text: string): HostInfo | null {
  try {
    return HostInfo.buildFromEndpoint(text)
  } catch {
    return null
  }
}
