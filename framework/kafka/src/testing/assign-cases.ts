import assert from 'node:assert/strict'

import { numbered, pollUntil, until, valuesOf } from './harness.ts'
import type { Case, Harness, Member } from './harness.ts'
import { CommitFailedError, InvalidGroupIdError, UnknownTopicError } from '@spillway/api'
import type { AssignedPartition, ConsumerOptions } from '@spillway/api'
import { IllegalWorkerStateError } from '@spillway/api'

/** A consumer of these partitions, without a group unless the options name one. */
export function reader(
  kafka: Harness,
  partitions: readonly AssignedPartition[],
  options: Partial<ConsumerOptions> = {},
): Member {
  const consumer = kafka.client.consumer({
    clientId: 'conformance-reader',
    fetchMaxWaitMs: 100,
    allowAutoCreateTopics: false,
    ...options,
  })
  kafka.later(() => consumer.close())
  consumer.assign(partitions)
  return { consumer, records: [], events: [] }
}

/** Reading partitions that the caller names (Java: `KafkaConsumer.assign`). */
export const assignCases: readonly Case[] = [
  {
    name: 'assign: reads the partitions it is given, from the offsets it is given, and no others',
    async run(kafka) {
      const [one, two] = [await kafka.topic(3), await kafka.topic()]
      for (const partition of [0, 1, 2]) await kafka.produce(one, numbered(`p${partition}-`, 10), partition)
      await kafka.produce(two, numbered('t', 5))
      const first = { topic: one, partition: 0 }
      const third = { topic: one, partition: 2 }
      const member = reader(kafka, [
        first,
        { ...third, offset: 7n },
        { topic: two, partition: 0, offset: 5n },
      ])
      await pollUntil([member], () => member.records.length === 13, 'the records')
      const of = ({ topic, partition }: AssignedPartition): string[] =>
        valuesOf(member.records.filter((r) => r.topic === topic && r.partition === partition))
      assert.deepEqual(of(first), numbered('p0-', 10))
      assert.deepEqual(of(third), ['p2-7', 'p2-8', 'p2-9'])
      assert.equal(await member.consumer.position(third), 10n)
      assert.equal(member.consumer.assignment().length, 3)
      assert.equal(member.consumer.membership(), undefined)
      await until(() => member.consumer.lag(third) === 0n, 'no lag')
      await kafka.produce(two, ['later'])
      await pollUntil([member], () => member.records.length === 14, 'a record that comes later')
      assert.deepEqual(await member.consumer.poll(100), [])
    },
  },
  {
    name: 'assign: two consumers of one partition both read all of it',
    async run(kafka) {
      const topic = await kafka.topic()
      await kafka.produce(topic, numbered('v', 10))
      const members = [0, 1].map(() => reader(kafka, [{ topic, partition: 0 }]))
      await pollUntil(members, () => members.every(({ records }) => records.length === 10), 'all, twice')
    },
  },
  {
    name: 'assign: begins where autoOffsetReset says, at its start and where its offset is out of range',
    async run(kafka) {
      const topic = await kafka.topic()
      await kafka.produce(topic, numbered('v', 10))
      const at = { topic, partition: 0 }
      const { consumer: latest } = reader(kafka, [at], { autoOffsetReset: 'latest' })
      assert.equal(await latest.position(at), 10n)
      const { consumer: none } = reader(kafka, [at], { autoOffsetReset: 'none' })
      await assert.rejects(
        none.position(at),
        /no offset was sought and auto\.offset\.reset is none; seek an offset/,
      )
      none.seek(at, 3n)
      assert.equal(await none.position(at), 3n)
      const lost = reader(kafka, [{ ...at, offset: 1_000n }])
      await pollUntil([lost], () => lost.records.length === 10, 'everything, from the start')
      const refused = reader(kafka, [{ ...at, offset: 1_000n }], { autoOffsetReset: 'none' })
      await assert.rejects(
        pollUntil([refused], () => false, 'an error'),
        /offset 1000 is out of range and auto\.offset\.reset is none/,
      )
    },
  },
  {
    name: 'assign: seeks, pauses and resumes as a member does',
    async run(kafka) {
      const topic = await kafka.topic(2)
      for (const partition of [0, 1]) await kafka.produce(topic, numbered(`p${partition}-`, 5), partition)
      const [held, free] = [
        { topic, partition: 0 },
        { topic, partition: 1 },
      ]
      const member = reader(kafka, [held, free])
      member.consumer.pause([held])
      await pollUntil([member], () => member.records.length === 5, 'the other partition')
      assert.deepEqual(await member.consumer.poll(300), [])
      assert.deepEqual(member.consumer.paused(), [held])
      assert.ok(member.records.every(({ partition }) => partition === 1))
      member.consumer.seek(free, 4n)
      member.consumer.seek(held, 3n)
      member.consumer.resume([held])
      await pollUntil([member], () => member.records.length === 8, 'what was sought')
      assert.deepEqual(valuesOf(member.records).slice(5).sort(), ['p0-3', 'p0-4', 'p1-4'])
      assert.throws(() => member.consumer.seek({ topic, partition: 7 }, 0n), IllegalWorkerStateError)
    },
  },
  {
    name: 'assign: takes the place of an earlier assignment; what stays goes on where it was; none ends it',
    async run(kafka) {
      const topic = await kafka.topic(3)
      for (const partition of [0, 1, 2]) await kafka.produce(topic, numbered(`p${partition}-`, 5), partition)
      const [stays, goes, comes] = [0, 1, 2].map((partition) => ({ topic, partition })) as [
        AssignedPartition,
        AssignedPartition,
        AssignedPartition,
      ]
      const member = reader(kafka, [{ ...stays, offset: 2n }, goes])
      await pollUntil([member], () => member.records.length === 8, 'the first assignment')
      member.consumer.assign([stays, comes])
      await kafka.produce(topic, ['more'], 0)
      await kafka.produce(topic, ['not read'], 1)
      await pollUntil([member], () => member.records.length === 14, 'the second assignment')
      assert.deepEqual(valuesOf(member.records).slice(8).sort(), ['more', ...numbered('p2-', 5)])
      await assert.rejects(member.consumer.position(goes), IllegalWorkerStateError)
      member.consumer.assign([])
      assert.deepEqual(member.consumer.assignment(), [])
      await assert.rejects(member.consumer.poll(0), IllegalWorkerStateError)
      member.consumer.assign([goes])
      await pollUntil([member], () => member.records.length === 20, 'anew, from the start')
    },
  },
  {
    name: 'assign: reads only what is committed under read_committed, and tells the end of it',
    async run(kafka) {
      const topic = await kafka.topic()
      const at = { topic, partition: 0 }
      const producer = kafka.producer({ transactionalId: kafka.name('transaction') })
      await producer.initTransactions()
      for (const value of ['dropped', 'kept', 'open']) {
        await producer.beginTransaction()
        await producer.send([{ topic, value: Buffer.from(value) }])
        if (value === 'dropped') await producer.abortTransaction()
        if (value === 'kept') await producer.commitTransaction()
      }
      const committed = reader(kafka, [at], { isolationLevel: 'read_committed' })
      const all = reader(kafka, [at])
      assert.deepEqual(await committed.consumer.beginningOffsets([at]), [0n])
      // Two records and their markers lie before the open one.
      assert.deepEqual(await committed.consumer.endOffsets([at]), [4n])
      assert.deepEqual(await all.consumer.endOffsets([at]), [5n])
      await pollUntil([all], () => all.records.length === 3, 'everything')
      await pollUntil([committed], () => committed.records.length === 1, 'what is committed')
      await until(async () => {
        committed.records.push(...(await committed.consumer.poll(50)))
        return (await committed.consumer.position(at)) === 4n && committed.consumer.lag(at) === 0n
      }, 'the end of what is committed')
      await producer.abortTransaction()
      assert.deepEqual(valuesOf(committed.records), ['kept'])
      assert.deepEqual(await committed.consumer.endOffsets([]), [])
    },
  },
  {
    name: 'assign: without a group whatever needs one is refused by name',
    async run(kafka) {
      const topic = await kafka.topic()
      const at = { topic, partition: 0 }
      await kafka.produce(topic, ['v'])
      for (const options of [{}, { groupId: '' }]) {
        const member = reader(kafka, [at], options)
        await pollUntil([member], () => member.records.length === 1, 'the record')
        const refusal = (method: string) => (error: unknown) =>
          error instanceof InvalidGroupIdError &&
          error.message.startsWith(`${method}() needs a consumer group`)
        await assert.rejects(member.consumer.commit(new Map([[at, { offset: 1n }]])), refusal('commit'))
        await assert.rejects(member.consumer.commit(new Map()), refusal('commit'))
        await assert.rejects(member.consumer.committed([at]), refusal('committed'))
        const none = async (): Promise<void> => {}
        const listener = { onAssigned: none, onRevoked: none, onLost: none }
        assert.throws(() => member.consumer.subscribe({ topics: [topic] }, listener), refusal('subscribe'))
        assert.deepEqual(await member.consumer.poll(50), [])
      }
    },
  },
  {
    name: 'assign: with a group it begins where that has come to, and commits as long as it has no members',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const groupId = kafka.name('group')
      const [first, second] = [
        { topic, partition: 0 },
        { topic, partition: 1 },
      ]
      await kafka.produce(topic, numbered('v', 10))
      const alone = reader(kafka, [first], { groupId })
      await pollUntil([alone], () => alone.records.length === 10, 'everything')
      await alone.consumer.commit(
        new Map([
          [first, { offset: 4n, metadata: 'mine' }],
          // Not assigned: Java takes it too.
          [second, { offset: 0n }],
        ]),
      )
      assert.deepEqual(await alone.consumer.committed([first, second]), [
        { offset: 4n, metadata: 'mine' },
        { offset: 0n },
      ])
      assert.equal((await kafka.admin.describeGroup(groupId)).members.length, 0)
      const next = reader(kafka, [first], { groupId })
      await pollUntil([next], () => next.records.length === 6, 'the rest')
      assert.deepEqual(valuesOf(next.records), numbered('v', 10).slice(4))
      const member = kafka.member(topic, { groupId })
      await pollUntil([member], () => member.consumer.assignment().length === 2, 'a member')
      await assert.rejects(
        next.consumer.commit(new Map([[first, { offset: 10n }]])),
        (error: unknown) => error instanceof CommitFailedError && error.message.includes('has members'),
      )
    },
  },
  {
    name: 'assign: excludes subscribe, and the other way round',
    async run(kafka) {
      const topic = await kafka.topic()
      const at = { topic, partition: 0 }
      const none = async (): Promise<void> => {}
      const listener = { onAssigned: none, onRevoked: none, onLost: none }
      const exclusive = /mutually exclusive/
      const member = reader(kafka, [at], { groupId: kafka.name('group') })
      assert.throws(() => member.consumer.subscribe({ topics: [topic] }, listener), exclusive)
      member.consumer.assign([])
      member.consumer.subscribe({ topics: [topic] }, listener)
      assert.throws(() => member.consumer.assign([at]), exclusive)
      assert.throws(() => member.consumer.assign([]), exclusive)
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'a membership')
      const { consumer } = reader(kafka, [])
      await assert.rejects(consumer.poll(0), /call subscribe\(\) or assign\(\) first/)
    },
  },
  {
    name: 'assign: waits for a topic or partition that is not there yet, and tells which',
    async run(kafka) {
      const topic = kafka.name('late')
      const member = reader(kafka, [{ topic, partition: 0 }], { metadataMaxAgeMs: 300 })
      await pollUntil([member], () => member.consumer.lastProblem() !== undefined, 'a problem')
      assert.ok(member.consumer.lastProblem()?.error instanceof UnknownTopicError)
      await kafka.createTopic(topic, 1)
      await kafka.produce(topic, ['first'])
      await pollUntil([member], () => member.records.length === 1, 'the record')
      member.consumer.assign([{ topic, partition: 1, offset: 0n }])
      const said = (): string => member.consumer.lastProblem()?.error.message ?? ''
      await pollUntil([member], () => said().includes('has 1 partitions, so none of number 1'), 'a problem')
      await kafka.admin.createPartitions(topic, 2)
      const producer = kafka.producer()
      await until(async () => {
        const sent = await producer
          .send([{ topic, partition: 1, value: Buffer.from('second') }])
          .catch(() => [])
        return sent.length === 1
      }, 'the new partition')
      await pollUntil([member], () => member.records.length === 2, 'its record')
      await until(async () => {
        await member.consumer.poll(50)
        return member.consumer.lastProblem() === undefined
      }, 'no problem any more')
    },
  },
  {
    name: 'assign: closes twice, while a poll waits, and polls no more',
    async run(kafka) {
      const topic = await kafka.topic()
      const { consumer } = reader(kafka, [{ topic, partition: 0 }])
      const polling = consumer.poll(30_000)
      await Promise.all([consumer.close(), consumer.close()])
      assert.deepEqual(await polling, [])
      await assert.rejects(consumer.poll(0))
      assert.throws(() => consumer.assign([]), IllegalWorkerStateError)
    },
  },
]
