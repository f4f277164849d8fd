import assert from 'node:assert/strict'

import { keys, numbered, pollUntil, until } from './harness.ts'
import type { Case } from './harness.ts'
import { ConnectError } from '../../../framework/api/src/errors/connect-errors.ts'
import { TopicExistsError, UnknownTopicError } from '../../../framework/api/src/kafka/kafka-errors.ts'

/** What an application needs that owns topics: to create, check, purge them, and to reset its group. */
export const adminTopicsCases: readonly Case[] = [
  {
    name: 'answers for each topic to create: made, there already, refused',
    async run(kafka) {
      const { admin } = kafka
      const there = await kafka.topic(3, { 'cleanup.policy': 'delete' })
      const fresh = kafka.name('fresh')
      const topics = [
        { name: there, partitions: 1, replicationFactor: 1, configs: { 'cleanup.policy': 'compact' } },
        { name: fresh, partitions: 2, replicationFactor: 1, configs: { 'cleanup.policy': 'compact,delete' } },
        {
          name: kafka.name('bad'),
          partitions: 1,
          replicationFactor: 1,
          configs: { 'retention.ms': 'never' },
        },
        { name: kafka.name('none'), partitions: 0, replicationFactor: 1 },
        { name: kafka.name('many'), partitions: 1, replicationFactor: 30 },
        { name: 'not a name', partitions: 1, replicationFactor: 1 },
      ]
      for (const validateOnly of [true, false]) {
        const answers = await admin.createTopicsEach(topics, { validateOnly })
        assert.deepEqual(
          answers.map(({ name, error }) => [name, error?.constructor]),
          topics.map(({ name }, i) => [
            name,
            [TopicExistsError, undefined][i] ?? (i < 2 ? undefined : ConnectError),
          ]),
        )
        for (const { name, error } of answers.slice(2))
          assert.ok(error?.message.includes(name), error?.message)
        if (validateOnly) assert.deepEqual(await admin.describeTopics([fresh]), [])
      }
      await until(async () => (await admin.describeTopics([fresh])).length === 1, 'the topic')
      // What is there is read, to be compared with what was wanted.
      assert.equal((await admin.describeTopics([there]))[0]?.partitions, 3)
      assert.equal((await admin.topicConfigs(there))['cleanup.policy'], 'delete')
      assert.equal((await admin.topicConfigs(fresh))['cleanup.policy'], 'compact,delete')
      await admin.deleteTopics([fresh])
      assert.deepEqual(await admin.createTopicsEach([]), [])
    },
  },
  {
    name: 'deletes records before offsets, and tells the first that is kept',
    async run(kafka) {
      const { admin } = kafka
      const topic = await kafka.topic(3)
      const at = (partition: number): { topic: string; partition: number } => ({ topic, partition })
      for (const partition of [0, 1, 2]) await kafka.produce(topic, numbered('v', 10), partition)
      const before = new Map([
        [at(2), 4n],
        [at(0), -1n],
      ])
      assert.deepEqual(await admin.deleteRecords(before), [4n, 10n])
      assert.deepEqual(await admin.listOffsets([at(0), at(1), at(2)], 'earliest'), [10n, 0n, 4n])
      // Purging goes on behind what was purged before, and up to the end at most.
      assert.deepEqual(await admin.deleteRecords(new Map([[at(2), 2n]])), [4n])
      await assert.rejects(
        admin.deleteRecords(new Map([[at(2), 11n]])),
        (error: Error) => error instanceof ConnectError && error.message.includes(`${topic}-2`),
      )
      await assert.rejects(admin.deleteRecords(new Map([[at(9), 1n]])), UnknownTopicError)
      const compacted = await kafka.topic(1, { 'cleanup.policy': 'compact' })
      await assert.rejects(
        admin.deleteRecords(new Map([[{ topic: compacted, partition: 0 }, 0n]])),
        /POLICY_VIOLATION/,
      )
      assert.deepEqual(await admin.deleteRecords(new Map()), [])
    },
  },
  {
    name: 'lists and describes groups, and lets one be reset once it is empty',
    async run(kafka) {
      const { admin } = kafka
      const topic = await kafka.topic(2)
      const groupId = kafka.name('group')
      const member = kafka.member(topic, { groupId, clientId: 'one' })
      await pollUntil([member], () => member.consumer.assignment().length === 2, 'an assignment')
      await until(async () => (await admin.describeGroup(groupId)).state === 'Stable', 'a stable group')
      const described = await admin.describeGroup(groupId)
      assert.equal(described.protocol, 'range')
      assert.deepEqual(keys(described.members[0]?.partitions ?? []), [`${topic}-0`, `${topic}-1`])
      const listed = (await admin.listGroups()).find((group) => group.groupId === groupId)
      assert.equal(listed?.protocolType, 'consumer')
      assert.ok(listed.state === undefined || listed.state === 'Stable', listed.state)
      const offsets = new Map([
        [{ topic, partition: 0 }, { offset: 0n }],
        [
          { topic, partition: 1 },
          { offset: 7n, metadata: 'reset' },
        ],
      ])
      await assert.rejects(admin.alterGroupOffsets(groupId, offsets))
      await assert.rejects(admin.deleteGroup(groupId), /NON_EMPTY_GROUP/)
      await member.consumer.close()
      await until(async () => (await admin.describeGroup(groupId)).members.length === 0, 'an empty group')
      await admin.alterGroupOffsets(groupId, offsets)
      assert.deepEqual(
        (await admin.listGroupOffsets(groupId)).map(({ offset }) => offset),
        [{ offset: 0n }, { offset: 7n, metadata: 'reset' }],
      )
      await admin.deleteGroup(groupId)
      assert.ok(!(await admin.listGroups()).some((group) => group.groupId === groupId))
      assert.equal((await admin.describeGroup(groupId)).state, 'Dead')
    },
  },
]
