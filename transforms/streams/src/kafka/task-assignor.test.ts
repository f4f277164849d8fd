import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AssignorMember, type TopicPartition, topicPartitionName } from '@spillway/api'
import fc from 'fast-check'
import { HostInfo } from './queries/host-info.ts'
import { type HostTasks, planDigest } from './queries/host-tasks.ts'
import { TaskAssignor } from './task-assignor.ts'
import type { PlannedTask, TaskPlan } from './topics/topology-topics.ts'

/** Tasks of two sub-topologies: one with state that joins two topics, one without. */
function tasksOver(partitions: number): ReadonlyMap<string, PlannedTask> {
  const tasks = Array.from({ length: partitions }, (_, partition): PlannedTask[] => [
    { id: `0_${partition}`, partition, nodes: [], topics: ['left', 'right'], isStateful: true },
    { id: `1_${partition}`, partition, nodes: [], topics: ['plain'], isStateful: false },
  ])
  return new Map(tasks.flat().map((task) => [task.id, task]))
}

function planOver(partitions: number): TaskPlan {
  return { tasks: tasksOver(partitions), internalPartitions: new Map() }
}

/** Where a process can be asked: those of P2 cannot. */
function hostOf(process: string): HostInfo | null {
  return process === 'P2' ? null : new HostInfo(process.toLowerCase(), 80)
}

class Member {
  readonly id: string
  readonly process: string
  readonly assignor: TaskAssignor
  owned: readonly TopicPartition[] = []
  generation = -1
  refusal: string | null = null
  standby: readonly string[] = []
  isShutdownRequested = false
  isToldToShutDown = false
  hosts: readonly HostTasks[] = []
  planDigest: string | undefined

  constructor(id: string, process: string, group: Group, fingerprint = 'one') {
    this.id = id
    this.process = process
    this.assignor = new TaskAssignor({
      applicationId: 'app',
      processId: process,
      host: hostOf(process),
      fingerprint,
      standbyReplicas: 1,
      acceptableLag: 10_000n,
      lags: () => new Map(),
      plan: () => Promise.resolve(planOver(group.partitions)),
      isShutdownRequested: () => this.isShutdownRequested,
      assigned: ({ standby, refusal, isShutdown, hosts, planDigest: digest }) => {
        this.hosts = hosts
        this.planDigest = digest
        this.standby = standby
        this.refusal = refusal
        this.isToldToShutDown = isShutdown
        return true
      },
    })
  }

  view(): AssignorMember {
    const { id, owned, generation } = this
    const userData = this.assignor.subscriptionUserData()
    return { memberId: id, groupInstanceId: null, topics: [], userData, owned, generation, rack: null }
  }
}

/** A group as the cooperative protocol runs it, without a broker. */
class Group {
  partitions = 4
  members: Member[] = []
  generation = 0
  #serial = 0

  join(process: string, fingerprint?: string): Member {
    const member = new Member(`m-${this.#serial++}`, process, this, fingerprint)
    this.members.push(member)
    return member
  }

  /** One rebalance; true when somebody gave something up, so that another one follows. */
  async round(): Promise<boolean> {
    this.generation++
    const [leader] = this.members
    if (leader === undefined) return false
    const before = new Map(
      this.members.flatMap(({ id, owned, generation }) =>
        generation === this.generation - 1 ? owned.map((at) => [topicPartitionName(at), id] as const) : [],
      ),
    )
    const assigned = await leader.assignor.assign(
      { partitionCounts: new Map() },
      this.members.map((member) => member.view()),
    )
    let isGivenUp = false
    const given = new Map<string, string>()
    for (const member of this.members) {
      const { partitions, userData } = assigned.get(member.id) ?? { partitions: [], userData: null }
      const keys = new Set(partitions.map(topicPartitionName))
      if (member.owned.some((at) => !keys.has(topicPartitionName(at)))) isGivenUp = true
      for (const key of keys) {
        assert.ok(!given.has(key), `${key} has one owner`)
        given.set(key, member.id)
        assert.equal(
          before.get(key) ?? member.id,
          member.id,
          `${key} was given up before somebody else gets it`,
        )
      }
      for (const { topic, partition } of partitions)
        if (topic === 'left') assert.ok(keys.has(`right-${partition}`), `0_${partition} comes whole`)
      member.owned = partitions
      member.generation = this.generation
      member.assignor.onAssignment(partitions, userData)
    }
    return isGivenUp
  }

  /** Rebalances until nobody gives anything up. */
  async settle(): Promise<number> {
    for (let rounds = 1; ; rounds++) {
      if (!(await this.round())) return rounds
      assert.ok(rounds < 10, 'it settles')
    }
  }

  /** Who has each partition. */
  owners(): ReadonlyMap<string, Member> {
    return new Map(
      this.members.flatMap((member) => member.owned.map((at) => [topicPartitionName(at), member] as const)),
    )
  }

  allTasks(): readonly string[] {
    return this.members.flatMap(({ owned }) => owned.map(topicPartitionName)).sort()
  }
}

/** What a member was told of all hosts is what their members have. */
function assertHosts(told: Member, group: Group): void {
  const wanted = new Map<string, { active: string[]; standby: string[] }>()
  const byPartition = new Map(
    [...tasksOver(group.partitions).values()].map(({ id, topics, partition }) => [
      `${topics[0]}-${partition}`,
      id,
    ]),
  )
  for (const { process, owned, standby } of group.members) {
    const host = hostOf(process)?.toString()
    if (host === undefined) continue
    const tasks = wanted.get(host) ?? { active: [], standby: [] }
    wanted.set(host, tasks)
    tasks.active.push(...owned.flatMap((at) => byPartition.get(topicPartitionName(at)) ?? []))
    tasks.standby.push(...standby)
  }
  const found = told.hosts.map(({ host, active, standby }) => [
    host.toString(),
    { active: [...active].sort(), standby: [...standby].sort() },
  ])
  const sorted = [...wanted].map(([host, { active, standby }]) => [
    host,
    { active: active.sort(), standby: standby.sort() },
  ])
  assert.deepEqual(new Map(found as never), new Map(sorted as never))
  assert.equal(told.planDigest, wanted.size === 0 ? undefined : planDigest(planOver(group.partitions)))
}

type Step = { readonly kind: 'join' | 'leave' | 'back' | 'widen'; readonly at: number }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ kind: fc.constantFrom('join', 'join', 'leave', 'back', 'widen'), at: fc.nat(5) }),
  { minLength: 1, maxLength: 12 },
)

test('a group settles in two rounds when members come, go, come back with old claims, and topics grow', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const group = new Group()
      const gone: Member[] = []
      group.join('P0')
      await group.settle()
      for (const { kind, at } of list) {
        const member = group.members[at % Math.max(1, group.members.length)]
        const [before, stayed] = [group.owners(), new Set(group.members)]
        if (kind === 'join') group.join(`P${at % 3}`)
        else if (kind === 'leave' && member !== undefined && group.members.length > 1) {
          group.members = group.members.filter((each) => each !== member)
          gone.push(member)
        } else if (kind === 'back') {
          // It claims what it had when it missed a generation.
          const back = gone.shift()
          if (back === undefined) continue
          group.members.splice(at % group.members.length, 0, back)
        } else if (kind === 'widen') group.partitions++
        const rounds = await group.settle()
        assert.ok(rounds <= 2, `it settled in ${rounds} rounds`)
        const wanted = [...tasksOver(group.partitions).values()].flatMap(({ topics, partition }) =>
          topics.map((topic) => `${topic}-${partition}`),
        )
        assert.deepEqual(group.allTasks(), wanted.sort())
        for (const each of group.members) assertHosts(each, group)
        if (kind === 'widen') continue
        for (const [key, owner] of group.owners()) {
          // One without state may have to go from one to another, so that numbers of all and of those with state are even.
          if (key.startsWith('plain')) continue
          const former = before.get(key)
          if (former === undefined || former === owner || !group.members.includes(former)) continue
          assert.ok(!stayed.has(owner), `${key} went from ${former.id} to ${owner.id}, who were both there`)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('a member that comes back with old claims takes nothing from who has it now', async () => {
  const group = new Group()
  const [first, second] = [group.join('P0'), group.join('P1')]
  await group.settle()
  group.members = [second]
  await group.settle()
  const held = second.owned.map(topicPartitionName)
  group.members = [first, second]
  await group.round()
  for (const at of second.owned) assert.ok(held.includes(topicPartitionName(at)))
  assert.deepEqual(first.owned, [])
})

test('a member of a release without hosts takes part: it cannot be asked, and as leader tells nobody of hosts', async () => {
  const group = new Group()
  const first = group.join('P0')
  const older = group.join('P1')
  const without = (data: Buffer | null): Buffer => {
    const {
      host: _host,
      hosts: _hosts,
      planDigest: _digest,
      ...rest
    } = JSON.parse(String(data)) as Record<string, unknown>
    return Buffer.from(JSON.stringify(rest))
  }
  const views = [first.view(), { ...older.view(), userData: without(older.view().userData) }]
  const assigned = await first.assignor.assign({ partitionCounts: new Map() }, views)
  for (const { id, assignor } of group.members) {
    const { partitions, userData } = assigned.get(id) ?? { partitions: [], userData: null }
    assert.equal(partitions.length, 6)
    assignor.onAssignment(partitions, userData)
  }
  assert.deepEqual(
    first.hosts.map(({ host, active }) => [host.toString(), active.length]),
    [['p0:80', 4]],
  )
  // As an older leader writes it.
  first.assignor.onAssignment([], without(assigned.get(first.id)?.userData ?? null))
  assert.deepEqual([first.hosts, first.planDigest, first.refusal], [[], undefined, null])
})

test('members of another topology are refused by name, and those that work go on', async () => {
  const group = new Group()
  const first = group.join('P0')
  await group.settle()
  const held = first.owned.map(topicPartitionName)
  // It leads, and is refused all the same.
  const other = new Member('other', 'P1', group, 'two')
  group.members = [other, first]
  await group.settle()
  assert.match(
    other.refusal ?? '',
    /the members of application app \(m-0\) run another topology than this one/,
  )
  assert.equal(first.refusal, null)
  assert.deepEqual([first.owned.map(topicPartitionName), other.owned], [held, []])
})

test('one member that asks for it shuts all of them down, of whatever topology', async () => {
  const group = new Group()
  group.join('P0')
  const second = group.join('P1')
  group.join('P2', 'two')
  await group.settle()
  second.isShutdownRequested = true
  await group.round()
  assert.deepEqual(
    group.members.map(({ isToldToShutDown, owned }) => [isToldToShutDown, owned.length]),
    [
      [true, 0],
      [true, 0],
      [true, 0],
    ],
  )
})

test('bytes that are none of ours are refused, not read', async () => {
  const group = new Group()
  const first = group.join('P0')
  await group.settle()
  for (const userData of [
    null,
    Buffer.from('{'),
    Buffer.from('7'),
    Buffer.from('{"version":9}'),
    Buffer.from('{"version":1}'),
  ]) {
    const stranger = { ...first.view(), memberId: 'stranger', userData, owned: [] }
    const assigned = await first.assignor.assign({ partitionCounts: new Map() }, [first.view(), stranger])
    assert.deepEqual(assigned.get('stranger')?.partitions, [])
    assert.equal(assigned.get('m-0')?.partitions.length, first.owned.length)
  }
})
