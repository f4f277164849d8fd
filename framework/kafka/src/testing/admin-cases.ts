import assert from 'node:assert/strict'

import { keys, pollUntil, until } from './harness.ts'
import type { Case } from './harness.ts'
import { TopicExistsError, UnknownTopicError } from '@spillway/api'

/** Administration. */
export const adminCases: readonly Case[] = [
  {
    name: 'creates, describes, lists, widens and deletes topics',
    async run(kafka) {
      const { admin } = kafka
      const topic = kafka.name('admin')
      await admin.createTopics([
        { name: topic, partitions: 2, replicationFactor: -1, configs: { 'cleanup.policy': 'compact' } },
      ])
      await assert.rejects(
        admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1 }]),
        (error: unknown) => error instanceof TopicExistsError && error.message.includes(topic),
      )
      await until(async () => (await admin.listTopics()).includes(topic), 'the topic in the list')
      const [described, ...others] = await admin.describeTopics([topic, kafka.name('missing')])
      assert.deepEqual(others, [])
      assert.deepEqual([described?.name, described?.partitions, described?.internal], [topic, 2, false])
      assert.equal((await admin.topicConfigs(topic))['cleanup.policy'], 'compact')
      await admin.createPartitions(topic, 5)
      await until(async () => (await admin.describeTopics([topic]))[0]?.partitions === 5, 'five partitions')
      await admin.deleteTopics([topic])
      await until(async () => !(await admin.listTopics()).includes(topic), 'the topic gone')
      await assert.rejects(admin.deleteTopics([topic]), UnknownTopicError)
      assert.match(await admin.clusterId(), /\S/)
    },
  },
  {
    name: 'tells a topic’s id (KIP-516)',
    async run(kafka) {
      const [described] = await kafka.admin.describeTopics([await kafka.topic()])
      assert.match(described?.topicId ?? '', /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/)
    },
  },
  {
    name: 'creates a topic with the broker’s own number of partitions',
    async run(kafka) {
      const topic = await kafka.topic(-1)
      assert.ok(((await kafka.admin.describeTopics([topic]))[0]?.partitions ?? 0) >= 1)
    },
  },
  {
    name: 'lists offsets: first, last, and at a timestamp',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const timestamps = [1_000, 2_000, 3_000]
      await kafka.producer().send(timestamps.map((timestamp) => ({ topic, partition: 0, timestamp })))
      const partitions = [
        { topic, partition: 1 },
        { topic, partition: 0 },
      ]
      assert.deepEqual(await kafka.admin.listOffsets(partitions, 'earliest'), [0n, 0n])
      assert.deepEqual(await kafka.admin.listOffsets(partitions, 'latest'), [0n, 3n])
      assert.deepEqual(await kafka.admin.listOffsets(partitions, { timestamp: 1_500 }), [-1n, 1n])
    },
  },
  {
    name: 'alters a group’s offsets, exact beyond 2^53, and deletes the group',
    async run(kafka) {
      const { admin } = kafka
      const topic = await kafka.topic(2)
      const groupId = kafka.name('group')
      const [zero, one] = [
        { topic, partition: 0 },
        { topic, partition: 1 },
      ]
      const far = 9_007_199_254_740_993n
      await admin.alterGroupOffsets(
        groupId,
        new Map([
          [zero, { offset: far, metadata: 'far' }],
          [one, { offset: 3n }],
        ]),
      )
      assert.deepEqual(await admin.listGroupOffsets(groupId), [
        { partition: zero, offset: { offset: far, metadata: 'far' } },
        { partition: one, offset: { offset: 3n } },
      ])
      await admin.deleteGroup(groupId)
      assert.deepEqual(await admin.listGroupOffsets(groupId), [])
      await admin.deleteGroup(groupId)
    },
  },
  {
    name: 'deletes the offsets of single partitions',
    async run(kafka) {
      const { admin } = kafka
      const topic = await kafka.topic(2)
      const groupId = kafka.name('group')
      const [zero, one] = [
        { topic, partition: 0 },
        { topic, partition: 1 },
      ]
      await admin.alterGroupOffsets(
        groupId,
        new Map([
          [zero, { offset: 1n }],
          [one, { offset: 3n }],
        ]),
      )
      await admin.deleteGroupOffsets(groupId, [zero])
      assert.deepEqual(await admin.listGroupOffsets(groupId), [{ partition: one, offset: { offset: 3n } }])
    },
  },
  {
    name: 'refuses to alter or delete the offsets of a group that is at work',
    async run(kafka) {
      const topic = await kafka.topic()
      const groupId = kafka.name('group')
      const member = kafka.member(topic, { groupId })
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      await assert.rejects(
        kafka.admin.alterGroupOffsets(groupId, new Map([[{ topic, partition: 0 }, { offset: 1n }]])),
      )
      await assert.rejects(kafka.admin.deleteGroupOffsets(groupId, [{ topic, partition: 0 }]))
      await assert.rejects(kafka.admin.deleteGroup(groupId), /NON_EMPTY_GROUP/)
    },
  },
  {
    name: 'describes a group, and removes members of it (KIP-571)',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const groupId = kafka.name('group')
      // Not polled after its removal, it does not come back.
      const first = kafka.member(topic, { groupId, clientId: 'one' })
      const second = kafka.member(topic, { groupId, clientId: 'two' })
      await pollUntil([first, second], () => second.consumer.assignment().length === 1, 'one partition each')
      await until(async () => (await kafka.admin.describeGroup(groupId)).state === 'Stable', 'a stable group')
      const group = await kafka.admin.describeGroup(groupId)
      assert.deepEqual([group.state, group.protocolType], ['Stable', 'consumer'])
      assert.deepEqual(group.members.map(({ clientId }) => clientId).sort(), ['one', 'two'])
      const gone = first.consumer.membership()?.memberId ?? ''
      await kafka.admin.removeMembers(groupId, [gone])
      await pollUntil([second], () => second.consumer.assignment().length === 2, 'both partitions')
      assert.deepEqual(keys(second.consumer.assignment()), [`${topic}-0`, `${topic}-1`])
      await kafka.admin.removeMembers(groupId, [gone])
      assert.equal((await kafka.admin.describeGroup(kafka.name('nobody'))).members.length, 0)
    },
  },
]
