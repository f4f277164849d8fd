import assert from 'node:assert/strict'

import { keys, pollUntil, until } from './harness.ts'
import type { Case, Harness, Member } from './harness.ts'
import { IllegalWorkerStateError } from '@spillway/api'
import type { AssignorCluster, AssignorMember, MemberAssignment, PartitionAssignor } from '@spillway/api'

/** An assignor that notes what it is asked and told, and deals partitions out in the order of the members' user data. */
class NotingAssignor implements PartitionAssignor {
  readonly name: string = 'spillway-streams'
  readonly cooperative: boolean
  readonly told: (readonly [partitions: string[], userData: string, generation: number])[] = []
  readonly asked: AssignorMember[][] = []
  data: string
  before: () => Promise<void> = () => Promise.resolve()

  constructor(data: string, cooperative = false) {
    this.data = data
    this.cooperative = cooperative
  }

  subscriptionUserData(topics: readonly string[]): Buffer {
    return Buffer.from(`${this.data} ${topics.length}`)
  }

  async assign(
    { partitionCounts }: AssignorCluster,
    members: readonly AssignorMember[],
  ): Promise<Map<string, MemberAssignment>> {
    this.asked.push([...members])
    await this.before()
    const ordered = [...members].sort((a, b) => (String(a.userData) < String(b.userData) ? -1 : 1))
    const all = [...partitionCounts].flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    )
    return new Map(
      ordered.map(({ memberId, userData }, i) => [
        memberId,
        {
          partitions: all.filter(({ partition }) => partition % ordered.length === i),
          userData: Buffer.from(`for ${String(userData)}`),
        },
      ]),
    )
  }

  onAssignment(
    partitions: Parameters<NonNullable<PartitionAssignor['onAssignment']>>[0],
    userData: Buffer | null,
    generation: number,
  ): Promise<void> {
    this.told.push([keys(partitions), String(userData), generation])
    return Promise.resolve()
  }
}

function join(kafka: Harness, topic: string, groupId: string, assignor: PartitionAssignor): Member {
  return kafka.member(topic, { groupId, partitionAssignmentStrategy: [assignor] })
}

/** Assignors that the caller brings along (Kafka Streams' are such). */
export const assignorCases: readonly Case[] = [
  {
    name: 'carries an assignor’s user data to the leader, and its answer to each member',
    async run(kafka) {
      const topic = await kafka.topic(4)
      const groupId = kafka.name('group')
      const [a, b] = [new NotingAssignor('a'), new NotingAssignor('b')]
      const first = join(kafka, topic, groupId, a)
      await pollUntil([first], () => first.consumer.assignment().length === 4, 'all partitions')
      assert.deepEqual(a.told, [
        [keys(first.consumer.assignment()), 'for a 1', first.consumer.membership()?.generation],
      ])
      const second = join(kafka, topic, groupId, b)
      await pollUntil([first, second], () => b.told.length === 1 && a.told.length === 2, 'both assigned')
      const generation = second.consumer.membership()?.generation
      assert.deepEqual(a.told[1], [[`${topic}-0`, `${topic}-2`], 'for a 1', generation])
      assert.deepEqual(b.told[0], [[`${topic}-1`, `${topic}-3`], 'for b 1', generation])
      const seen = [...a.asked, ...b.asked].findLast((members) => members.length === 2)
      assert.deepEqual(seen?.map(({ userData }) => String(userData)).sort(), ['a 1', 'b 1'])
      assert.deepEqual(
        seen?.map(({ topics }) => topics),
        [[topic], [topic]],
      )
      // Eager: all was given up before, and nothing was held.
      assert.deepEqual(first.events[1], ['revoked', keys(first.events[0]?.[1].map(parsed) ?? [])])
      assert.deepEqual(
        seen?.flatMap(({ owned }) => owned),
        [],
      )
      await until(async () => (await kafka.admin.describeGroup(groupId)).state === 'Stable', 'a stable group')
    },
  },
  {
    name: 'enforces a rebalance in which a cooperative member keeps what it has',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const assignor = new NotingAssignor('first', true)
      const member = join(kafka, topic, kafka.name('group'), assignor)
      await pollUntil([member], () => member.consumer.assignment().length === 2, 'all partitions')
      assignor.data = 'second'
      member.consumer.enforceRebalance('tasks have become warm')
      await pollUntil([member], () => assignor.told.length === 2, 'a second assignment')
      assert.deepEqual(
        assignor.asked.map(([one]) => [String(one?.userData), one?.owned.length]),
        [
          ['first 1', 0],
          ['second 1', 2],
        ],
      )
      assert.deepEqual(member.events, [['assigned', [`${topic}-0`, `${topic}-1`]]])
      assert.throws(() => kafka.consumer().enforceRebalance('none'), IllegalWorkerStateError)
    },
  },
  {
    name: 'joins anew when the assignor refuses its assignment',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const assignor = new NotingAssignor('a', true)
      const told = assignor.onAssignment.bind(assignor)
      let refusals = 0
      assignor.onAssignment = (...args) =>
        refusals++ === 0 ? Promise.reject(new Error('not this one')) : told(...args)
      const member = join(kafka, topic, kafka.name('group'), assignor)
      await assert.rejects(
        pollUntil([member], () => member.consumer.assignment().length === 2, 'nothing'),
        /not this one/,
      )
      await pollUntil([member], () => member.consumer.assignment().length === 2, 'all partitions')
      assert.deepEqual(member.events, [['assigned', [`${topic}-0`, `${topic}-1`]]])
    },
  },
  {
    name: 'assigns a topic that its assignor has made meanwhile, and does not rebalance for it again',
    async run(kafka) {
      const topic = await kafka.topic(1)
      const made = kafka.name('made')
      class Maker extends NotingAssignor {
        override async assign(
          cluster: AssignorCluster,
          members: readonly AssignorMember[],
        ): Promise<Map<string, MemberAssignment>> {
          if (!cluster.partitionCounts.has(made)) await kafka.createTopic(made, 3)
          const counts = new Map([...cluster.partitionCounts, [made, 3]])
          return super.assign({ partitionCounts: counts }, members)
        }
      }
      const assignor = new Maker('a')
      const member = kafka.member(topic, { partitionAssignmentStrategy: [assignor], metadataMaxAgeMs: 200 })
      member.consumer.subscribe({ topics: [topic, made] }, listening(member))
      await pollUntil([member], () => member.consumer.assignment().length === 4, 'both topics')
      const { generation } = member.consumer.membership() ?? {}
      // Several refreshes of the metadata later.
      const later = performance.now() + 1_200
      await pollUntil([member], () => performance.now() > later, 'some time')
      assert.equal(member.consumer.membership()?.generation, generation)
      await kafka.produce(made, ['x'], 2)
      await pollUntil([member], () => member.records.length === 1, 'its record')
    },
  },
  {
    name: 'does not mix with members of other assignors',
    async run(kafka) {
      const topic = await kafka.topic(1)
      const groupId = kafka.name('group')
      const member = join(kafka, topic, groupId, new NotingAssignor('a'))
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      const other = kafka.member(topic, { groupId })
      await assert.rejects(
        pollUntil([other], () => other.consumer.assignment().length > 0, 'nothing'),
        /INCONSISTENT_GROUP_PROTOCOL/,
      )
    },
  },
]

function parsed(key: string): { topic: string; partition: number } {
  const dash = key.lastIndexOf('-')
  return { topic: key.slice(0, dash), partition: Number(key.slice(dash + 1)) }
}

function listening(member: Member): Parameters<Member['consumer']['subscribe']>[1] {
  return {
    onAssigned: (partitions) => Promise.resolve(void member.events.push(['assigned', keys(partitions)])),
    onRevoked: (partitions) => Promise.resolve(void member.events.push(['revoked', keys(partitions)])),
    onLost: (partitions) => Promise.resolve(void member.events.push(['lost', keys(partitions)])),
  }
}
