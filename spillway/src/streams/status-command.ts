import type { Admin, GroupDescription, TopicPartition } from '@spillway/api'
import type { TopologyDescription } from '@spillway/streams'
import { nameOf, withAdmin } from './cluster.ts'
import { loadTopology } from './load-topology.ts'
import { applicationIdOf, type ConfigOptions, readStreamsConfig } from './streams-config-file.ts'

export type StatusOptions = ConfigOptions & { readonly json?: true }

/** A partition that a member reads. */
interface PartitionStatus {
  readonly topic: string
  readonly partition: number
  /** Null: nothing was committed. */
  readonly committed: string | null
  readonly end: string
  readonly lag: string
}

interface TaskStatus {
  /** `<sub-topology>_<partition>`; the partition's own name where the topology is not known. */
  readonly task: string
  readonly lag: string
  readonly partitions: readonly PartitionStatus[]
}

interface MemberStatus {
  readonly memberId: string
  readonly clientId: string
  readonly groupInstanceId?: string
  readonly tasks: readonly TaskStatus[]
}

/**
 * `spillway streams status`: who is in the group of an application, what each works on, and how far that is behind. Lag counts
 * from what is committed, so an application that keeps up still shows what came since its last commit.
 *
 * @returns exit code: 0 where the group has members, 1 where it has none.
 */
export async function statusCommand(module: string | undefined, options: StatusOptions): Promise<number> {
  const file = await readStreamsConfig(options)
  const loaded = module === undefined ? undefined : await loadTopology(module, file)
  const config = loaded?.config ?? file
  const applicationId = applicationIdOf(config)
  return await withAdmin(config, async (admin) => {
    const group = await admin.describeGroup(applicationId)
    const taskOf = tasksOf(applicationId, loaded?.topology.describe())
    const members = await membersOf(admin, group, taskOf)
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify({ applicationId, state: group.state, members })}\n`
        : table(applicationId, group.state, members),
    )
    return members.length > 0 ? 0 : 1
  })
}

/** The task that reads a partition. */
function tasksOf(
  applicationId: string,
  topology: TopologyDescription | undefined,
): (partition: TopicPartition) => string {
  const sources = (topology?.subtopologies ?? []).flatMap(({ id, nodes }) =>
    nodes.filter(({ kind }) => kind === 'source').map((node) => ({ id, node })),
  )
  return (at) => {
    const own = at.topic.startsWith(`${applicationId}-`)
      ? at.topic.slice(applicationId.length + 1)
      : undefined
    const found =
      sources.find(({ node }) => node.topics.some((topic) => topic === at.topic || topic === own)) ??
      sources.find(
        ({ node }) => node.pattern !== null && new RegExp(`^(?:${node.pattern.source})$`).test(at.topic),
      )
    return found === undefined ? nameOf(at) : `${found.id}_${at.partition}`
  }
}

async function membersOf(
  admin: Admin,
  group: GroupDescription,
  taskOf: (partition: TopicPartition) => string,
): Promise<MemberStatus[]> {
  const partitions = group.members.flatMap((member) => [...member.partitions])
  const committed = new Map(
    (await admin.listGroupOffsets(group.groupId)).map(({ partition, offset }) => [
      nameOf(partition),
      offset.offset,
    ]),
  )
  const begins = partitions.length === 0 ? [] : await admin.listOffsets(partitions, 'earliest')
  const ends = partitions.length === 0 ? [] : await admin.listOffsets(partitions, 'latest')
  const begin = new Map(partitions.map((at, index) => [nameOf(at), begins[index] as bigint]))
  const end = new Map(partitions.map((at, index) => [nameOf(at), ends[index] as bigint]))
  const lagOf = (at: TopicPartition): bigint =>
    (end.get(nameOf(at)) as bigint) - (committed.get(nameOf(at)) ?? (begin.get(nameOf(at)) as bigint))
  return group.members.map(({ memberId, clientId, groupInstanceId, partitions: held }) => {
    const byTask = Map.groupBy(held, taskOf)
    return {
      memberId,
      clientId,
      ...(groupInstanceId !== undefined && { groupInstanceId }),
      tasks: [...byTask]
        .map(([task, parts]) => ({
          task,
          lag: String(parts.reduce((sum, at) => sum + lagOf(at), 0n)),
          partitions: parts.map((at) => ({
            topic: at.topic,
            partition: at.partition,
            committed: committed.get(nameOf(at))?.toString() ?? null,
            end: String(end.get(nameOf(at))),
            lag: String(lagOf(at)),
          })),
        }))
        .sort((a, b) => a.task.localeCompare(b.task, 'en', { numeric: true })),
    }
  })
}

function table(applicationId: string, state: string, members: readonly MemberStatus[]): string {
  if (members.length === 0) return `${applicationId}: ${state}, no members\n`
  const rows = [['MEMBER', 'TASK', 'LAG', 'PARTITIONS']]
  for (const { clientId, tasks } of members) {
    if (tasks.length === 0) rows.push([clientId, '-', '-', '-'])
    for (const { task, lag, partitions } of tasks) {
      const list = partitions.map((each) => `${nameOf(each)}@${each.committed ?? '-'}/${each.end}`)
      rows.push([clientId, task, lag, list.join(' ')])
    }
  }
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const text = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return `${applicationId}: ${state}, ${members.length} members\n${text.join('\n')}\n`
}
