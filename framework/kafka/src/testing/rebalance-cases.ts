import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

import { keys, numbered, pollUntil, until, valuesOf } from './harness.ts'
import type { Case, Harness, Member } from './harness.ts'
import { UnknownTopicError } from '@spillway/api'
import type { OffsetAndMetadata, TopicPartition } from '@spillway/api'

/** Commits where a member stands. */
async function commitPositions({ consumer }: Member, partitions: readonly TopicPartition[]): Promise<void> {
  const offsets = new Map<TopicPartition, OffsetAndMetadata>()
  for (const partition of partitions) offsets.set(partition, { offset: await consumer.position(partition) })
  await consumer.commit(offsets)
}

function isSpread(members: readonly Member[], partitions: number): boolean {
  const counts = members.map(({ consumer }) => consumer.assignment().length)
  return (
    counts.reduce((sum, count) => sum + count, 0) === partitions &&
    Math.max(...counts) - Math.min(...counts) <= 1
  )
}

/** Two members come, one goes; every record is read once and every partition has one owner at a time. */
async function handOver(kafka: Harness, strategy: readonly string[]): Promise<void> {
  const topic = await kafka.topic(4)
  const groupId = kafka.name('group')
  const options = { groupId, partitionAssignmentStrategy: strategy, maxPollRecords: 5 }
  for (const partition of [0, 1, 2, 3]) await kafka.produce(topic, numbered(`p${partition}-`, 100), partition)
  const owners = new Map<string, Member>()
  const join = (): Member => {
    const member = kafka.member(topic, options, {
      onAssigned: (partitions) => {
        for (const key of keys(partitions)) {
          assert.equal(owners.get(key), undefined, `${key} has an owner already`)
          owners.set(key, member)
        }
        return Promise.resolve()
      },
      onRevoked: async (partitions) => {
        await commitPositions(member, partitions)
        for (const key of keys(partitions)) owners.delete(key)
      },
    })
    return member
  }
  const first = join()
  await pollUntil([first], () => first.records.length >= 20, 'a beginning')
  const second = join()
  await pollUntil([first, second], () => isSpread([first, second], 4), 'two partitions each')
  await pollUntil([first, second], () => second.records.length >= 20, 'records for the second')
  await second.consumer.close()
  await pollUntil([first], () => first.records.length + second.records.length >= 400, 'all records')
  const all = valuesOf([...first.records, ...second.records])
  assert.deepEqual(all.sort(), [0, 1, 2, 3].flatMap((partition) => numbered(`p${partition}-`, 100)).sort())
}

/** How partitions move, and what members may do meanwhile. */
export const rebalanceCases: readonly Case[] = [
  { name: 'hands partitions over without loss or repeat: range', run: (kafka) => handOver(kafka, ['range']) },
  {
    name: 'hands partitions over without loss or repeat: roundrobin',
    run: (kafka) => handOver(kafka, ['roundrobin']),
  },
  {
    name: 'hands partitions over without loss or repeat: sticky',
    run: (kafka) => handOver(kafka, ['sticky']),
  },
  {
    name: 'hands partitions over without loss or repeat: cooperative-sticky',
    run: (kafka) => handOver(kafka, ['cooperative-sticky']),
  },
  {
    name: 'awaits onRevoked, with a commit inside, before others get the partitions',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const groupId = kafka.name('group')
      await kafka.produce(topic, numbered('a', 10), 0)
      await kafka.produce(topic, numbered('b', 10), 1)
      const order: string[] = []
      const first = kafka.member(
        topic,
        { groupId },
        {
          onRevoked: async (partitions) => {
            order.push('revoking')
            await delay(500)
            await commitPositions(first, partitions)
            order.push('revoked')
          },
        },
      )
      await pollUntil([first], () => first.records.length === 20, 'all records')
      const second = kafka.member(
        topic,
        { groupId },
        {
          onAssigned: () => Promise.resolve(void order.push('assigned to the second')),
        },
      )
      await pollUntil([first, second], () => isSpread([first, second], 2), 'one partition each')
      assert.deepEqual(order, ['revoking', 'revoked', 'assigned to the second'])
      assert.deepEqual(await second.consumer.poll(300), [])
      assert.deepEqual(second.records, [])
    },
  },
  {
    name: 'stays a member, its commit accepted, when onRevoked takes longer than the session time-out',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const groupId = kafka.name('group')
      await kafka.produce(topic, ['a'], 0)
      await kafka.produce(topic, ['b'], 1)
      const options = { groupId, sessionTimeoutMs: 1_000, heartbeatIntervalMs: 250 }
      let committed: unknown = 'not tried'
      const first = kafka.member(topic, options, {
        onRevoked: async (partitions) => {
          if (committed !== 'not tried') return
          const before = first.consumer.membership()
          await delay(3_000)
          committed = await commitPositions(first, partitions).catch((error: unknown) => error)
          assert.deepEqual(first.consumer.membership(), before)
        },
      })
      await pollUntil([first], () => first.records.length === 2, 'both records')
      const second = kafka.member(topic, options)
      await pollUntil([first, second], () => isSpread([first, second], 2), 'one partition each')
      assert.equal(committed, undefined)
      assert.ok(!first.events.some(([kind]) => kind === 'lost'))
      const offsets = await kafka.admin.listGroupOffsets(groupId)
      assert.deepEqual(
        offsets.map(({ offset }) => offset.offset),
        [1n, 1n],
      )
    },
  },
  {
    name: 'goes on reading what it keeps while cooperative members exchange the rest',
    async run(kafka) {
      const topic = await kafka.topic(4)
      const options = { groupId: kafka.name('group'), partitionAssignmentStrategy: ['cooperative-sticky'] }
      const first = kafka.member(topic, options)
      await pollUntil([first], () => first.consumer.assignment().length === 4, 'all partitions')
      const second = kafka.member(topic, options)
      await pollUntil([first, second], () => isSpread([first, second], 4), 'two partitions each')
      const revoked = first.events
        .filter(([kind]) => kind === 'revoked')
        .flatMap(([, partitions]) => partitions)
      assert.equal(revoked.length, 2)
      assert.deepEqual(keys(second.consumer.assignment()), revoked.sort())
      assert.equal(first.events.filter(([kind]) => kind === 'assigned').length, 1)
    },
  },
  {
    name: 'accepts commits of what it keeps throughout a cooperative rebalance',
    async run(kafka) {
      const topic = await kafka.topic(4)
      const options = { groupId: kafka.name('group'), partitionAssignmentStrategy: ['cooperative-sticky'] }
      const first = kafka.member(topic, options)
      await pollUntil([first], () => first.consumer.assignment().length === 4, 'all partitions')
      const second = kafka.member(topic, options)
      let commits = 0
      while (!isSpread([first, second], 4)) {
        await Promise.all([first.consumer.poll(10), second.consumer.poll(10)])
        const [kept] = first.consumer.assignment()
        assert.ok(kept)
        await first.consumer.commit(new Map([[kept, { offset: BigInt(++commits) }]]))
      }
      assert.ok(commits > 0)
    },
  },
  {
    name: 'waits for a topic that does not exist, saying so, and reads it once it does',
    async run(kafka) {
      const topic = kafka.name('late')
      const member = kafka.member(topic)
      assert.deepEqual(await member.consumer.poll(500), [])
      assert.deepEqual(member.consumer.assignment(), [])
      const problem = member.consumer.lastProblem()?.error
      assert.ok(problem instanceof UnknownTopicError && problem.message.includes(topic), String(problem))
      await kafka.createTopic(topic, 2)
      await kafka.produce(topic, ['here'], 1)
      await pollUntil([member], () => member.records.length === 1, 'the record')
      assert.deepEqual(member.events, [['assigned', [`${topic}-0`, `${topic}-1`]]])
      await until(() => member.consumer.lastProblem() === undefined, 'no problem any more')
    },
  },
  {
    name: 'takes on partitions that are added to its topic',
    async run(kafka) {
      const topic = await kafka.topic(1)
      const member = kafka.member(topic, { metadataMaxAgeMs: 300 })
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'one partition')
      await kafka.createPartitions(topic, 3)
      await kafka.produce(topic, ['added'], 2)
      await pollUntil([member], () => member.records.length === 1, 'the record of a new partition')
      assert.equal(member.consumer.assignment().length, 3)
    },
  },
  {
    name: 'follows the topics that match its pattern',
    async run(kafka) {
      const prefix = kafka.name('pattern')
      await kafka.createTopic(`${prefix}-a`)
      await kafka.createTopic(`${prefix}-a-not`)
      const member = kafka.member(
        { pattern: { matches: (name) => new RegExp(`^${prefix}-[a-z]$`).test(name) } },
        { metadataMaxAgeMs: 300 },
      )
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'the first topic')
      await kafka.createTopic(`${prefix}-b`)
      await kafka.produce(`${prefix}-b`, ['new'])
      await pollUntil([member], () => member.records.length === 1, 'the record of the second')
      assert.deepEqual(keys(member.consumer.assignment()), [`${prefix}-a-0`, `${prefix}-b-0`])
    },
  },
  {
    name: 'changes its subscription',
    async run(kafka) {
      const [one, two] = [await kafka.topic(), await kafka.topic()]
      const member = kafka.member(one)
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'the first topic')
      member.consumer.subscribe(
        { topics: [two] },
        {
          onAssigned: () => Promise.resolve(),
          onRevoked: () => Promise.resolve(),
          onLost: () => Promise.resolve(),
        },
      )
      await pollUntil(
        [member],
        () => keys(member.consumer.assignment()).join() === `${two}-0`,
        'the second topic',
      )
    },
  },
  {
    name: 'gives the partitions of a member that closes to the others at once',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const options = { groupId: kafka.name('group'), sessionTimeoutMs: 30_000 }
      const [first, second] = [kafka.member(topic, options), kafka.member(topic, options)]
      await pollUntil([first, second], () => isSpread([first, second], 2), 'one partition each')
      await first.consumer.close()
      const begin = performance.now()
      await pollUntil([second], () => second.consumer.assignment().length === 2, 'both partitions')
      assert.ok(performance.now() - begin < 10_000)
      const { members } = await kafka.admin.describeGroup(options.groupId)
      assert.equal(members.length, 1)
      await until(() => second.consumer.lastProblem() === undefined, 'no problem')
    },
  },
]
