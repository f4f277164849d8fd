import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { keys, numbered, pollUntil, valuesOf } from './harness.ts'
import type { Case } from './harness.ts'

const MIB = 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes in buffers that somebody holds. */
function heldBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

/** Fetching: what a consumer reads, where it begins, what holds it up. */
export const consumerCases: readonly Case[] = [
  {
    name: 'joins its group, is assigned every partition, and reads each in order',
    async run(kafka) {
      const topic = await kafka.topic(3)
      for (const partition of [0, 1, 2]) await kafka.produce(topic, numbered(`p${partition}-`, 50), partition)
      const member = kafka.member(topic)
      await pollUntil([member], () => member.records.length >= 150, '150 records')
      assert.deepEqual(member.events, [['assigned', [`${topic}-0`, `${topic}-1`, `${topic}-2`]]])
      for (const partition of [0, 1, 2]) {
        const own = member.records.filter((record) => record.partition === partition)
        assert.deepEqual(valuesOf(own), numbered(`p${partition}-`, 50))
        assert.deepEqual(
          own.map(({ offset }) => offset),
          own.map((_, i) => BigInt(i)),
        )
      }
    },
  },
  {
    name: 'returns at most maxPollRecords records, and none when the time is up',
    async run(kafka) {
      const topic = await kafka.topic()
      await kafka.produce(topic, numbered('v', 25))
      const { consumer } = kafka.member(topic, { maxPollRecords: 10 })
      const sizes: number[] = []
      while (sizes.reduce((sum, size) => sum + size, 0) < 25) {
        const { length } = await consumer.poll(1_000)
        if (length > 0) sizes.push(length)
      }
      assert.ok(sizes.every((size) => size <= 10))
      const begin = performance.now()
      assert.deepEqual(await consumer.poll(300), [])
      const took = performance.now() - begin
      assert.ok(took >= 290 && took < 2_000, `${took} ms`)
    },
  },
  {
    name: 'begins at the committed offset, and where there is none at the earliest',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const groupId = kafka.name('group')
      await kafka.produce(topic, numbered('a', 10), 0)
      await kafka.produce(topic, numbered('b', 10), 1)
      await kafka.admin.alterGroupOffsets(groupId, new Map([[{ topic, partition: 0 }, { offset: 7n }]]))
      const member = kafka.member(topic, { groupId })
      await pollUntil([member], () => member.records.length >= 13, '13 records')
      assert.deepEqual(valuesOf(member.records).sort(), ['a7', 'a8', 'a9', ...numbered('b', 10)])
    },
  },
  {
    name: 'begins at the end with auto.offset.reset=latest',
    async run(kafka) {
      const topic = await kafka.topic()
      await kafka.produce(topic, ['old'])
      const member = kafka.member(topic, { autoOffsetReset: 'latest' })
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      assert.equal(await member.consumer.position({ topic, partition: 0 }), 1n)
      await kafka.produce(topic, ['new'])
      await pollUntil([member], () => member.records.length > 0, 'a record')
      assert.deepEqual(valuesOf(member.records), ['new'])
    },
  },
  {
    name: 'fails with auto.offset.reset=none where nothing is committed, naming the partition and the remedy',
    async run(kafka) {
      const topic = await kafka.topic()
      const member = kafka.member(topic, { autoOffsetReset: 'none' })
      await assert.rejects(
        pollUntil([member], () => false, 'an error'),
        (error: Error) => error.message.includes(`${topic}-0`) && error.message.includes('auto.offset.reset'),
      )
    },
  },
  {
    name: 'resets a position that lies outside of the log',
    async run(kafka) {
      const topic = await kafka.topic()
      const groupId = kafka.name('group')
      await kafka.produce(topic, ['a', 'b'])
      const far = 9_007_199_254_740_993n
      await kafka.admin.alterGroupOffsets(groupId, new Map([[{ topic, partition: 0 }, { offset: far }]]))
      const member = kafka.member(topic, { groupId })
      assert.deepEqual(await member.consumer.committed([{ topic, partition: 0 }]), [{ offset: far }])
      await pollUntil([member], () => member.records.length === 2, 'both records')
      assert.deepEqual(valuesOf(member.records), ['a', 'b'])
    },
  },
  {
    name: 'seeks backward and forward, and tells its position and lag',
    async run(kafka) {
      const topic = await kafka.topic()
      const at = { topic, partition: 0 }
      await kafka.produce(topic, numbered('v', 100))
      const member = kafka.member(topic, { maxPollRecords: 10 })
      await pollUntil([member], () => member.records.length === 10, 'ten records')
      assert.equal(await member.consumer.position(at), 10n)
      assert.equal(member.consumer.lag(at), 90n)
      member.consumer.seek(at, 95n)
      assert.equal(await member.consumer.position(at), 95n)
      member.records.length = 0
      await pollUntil([member], () => member.records.length >= 5, 'the last five')
      assert.deepEqual(valuesOf(member.records), ['v95', 'v96', 'v97', 'v98', 'v99'])
      assert.equal(member.consumer.lag(at), 0n)
      member.consumer.seek(at, 3n)
      member.records.length = 0
      await pollUntil([member], () => member.records.length > 0, 'a record')
      assert.equal(String(member.records[0]?.value), 'v3')
    },
  },
  {
    name: 'begins where onAssigned seeks to',
    async run(kafka) {
      const topic = await kafka.topic()
      await kafka.produce(topic, numbered('v', 10))
      const member = kafka.member(
        topic,
        {},
        {
          onAssigned: (partitions) => {
            for (const partition of partitions) member.consumer.seek(partition, 8n)
            return Promise.resolve()
          },
        },
      )
      await pollUntil([member], () => member.records.length === 2, 'two records')
      assert.deepEqual(valuesOf(member.records), ['v8', 'v9'])
    },
  },
  {
    name: 'pauses and resumes single partitions, holding back even what was fetched',
    async run(kafka) {
      const topic = await kafka.topic(2)
      await kafka.produce(topic, numbered('a', 20), 0)
      await kafka.produce(topic, numbered('b', 20), 1)
      const paused = { topic, partition: 0 }
      const member = kafka.member(topic, { maxPollRecords: 1 })
      await pollUntil([member], () => member.records.length === 2, 'the first records')
      member.consumer.pause([paused])
      const before = member.records.filter(({ partition }) => partition === 0).length
      await pollUntil([member], () => valuesOf(member.records).includes('b19'), 'all of the other partition')
      assert.deepEqual(await member.consumer.poll(300), [])
      assert.equal(member.records.filter(({ partition }) => partition === 0).length, before)
      assert.deepEqual(keys(member.consumer.paused()), [`${topic}-0`])
      member.consumer.resume([paused])
      assert.deepEqual(member.consumer.paused(), [])
      await pollUntil([member], () => member.records.length === 40, 'the rest')
      assert.deepEqual(valuesOf(member.records.filter(({ partition }) => partition === 0)), numbered('a', 20))
    },
  },
  {
    name: 'goes on with the other partitions while a paused one fills the whole budget',
    async run(kafka) {
      const topic = await kafka.topic(2)
      await kafka.produce(topic, numbered('x'.repeat(50_000), 10), 0)
      const member = kafka.member(topic, { fetchAheadBytes: 100_000, maxPollRecords: 1 })
      await pollUntil([member], () => member.records.length === 1, 'a record')
      member.consumer.pause([{ topic, partition: 0 }])
      await kafka.produce(topic, ['small'], 1)
      await pollUntil([member], () => member.records.length === 2, 'the other partition')
      assert.equal(member.records[1]?.partition, 1)
      member.consumer.resume([{ topic, partition: 0 }])
      await pollUntil([member], () => member.records.length === 11, 'the rest')
    },
  },
  {
    name: 'fetches ahead no more bytes than it may',
    async run(kafka) {
      const topic = await kafka.topic(4)
      const producer = kafka.producer()
      const value = Buffer.alloc(64 * 1024, 'x')
      for (let i = 0; i < 20; i++) {
        await producer.send(
          [0, 1, 2, 3].flatMap((partition) => Array.from({ length: 8 }, () => ({ topic, partition, value }))),
        )
      }
      const { consumer } = kafka.member(topic, {
        fetchAheadBytes: 2 * MIB,
        maxPartitionFetchBytes: 16 * MIB,
        maxPollRecords: 1,
      })
      const before = heldBytes()
      while ((await consumer.poll(1_000)).length === 0);
      // Time for a client without a bound to fetch all of the 40 MiB.
      await delay(1_000)
      const grown = heldBytes() - before
      assert.ok(grown < 12 * MIB, `${grown} bytes are held for a budget of 2 MiB`)
    },
  },
  {
    name: 'ends a waiting poll on wakeup',
    async run(kafka) {
      const topic = await kafka.topic()
      const { consumer } = kafka.member(topic)
      await consumer.poll(2_000)
      const begin = performance.now()
      const polling = consumer.poll(20_000)
      setTimeout(() => consumer.wakeup(), 100)
      assert.deepEqual(await polling, [])
      assert.ok(performance.now() - begin < 5_000)
    },
  },
  {
    name: 'keeps headers with their order and repeats, null keys and values, and timestamps',
    async run(kafka) {
      // Without this a broker refuses what lies more than an hour ahead.
      const topic = await kafka.topic(1, { 'message.timestamp.after.max.ms': '9223372036854775807' })
      const headers = [
        { key: 'trace', value: Buffer.from([0, 255]) },
        { key: 'trace', value: Buffer.from('again') },
        { key: 'naïve', value: Buffer.alloc(0) },
      ]
      await kafka.producer().send([
        { topic, key: Buffer.from('k'), value: Buffer.from('v'), headers, timestamp: 1_700_000_000_123 },
        { topic, key: null, value: null, timestamp: 4_000_000_000_000 },
        { topic, key: Buffer.alloc(0), value: Buffer.alloc(0), timestamp: 0 },
      ])
      const member = kafka.member(topic)
      await pollUntil([member], () => member.records.length === 3, 'three records')
      const [first, second, third] = member.records
      assert.deepEqual(first?.headers, headers)
      assert.deepEqual([String(first?.key), String(first?.value)], ['k', 'v'])
      assert.deepEqual([second?.key, second?.value, second?.headers], [null, null, []])
      assert.deepEqual([third?.key?.length, third?.value?.length], [0, 0])
      assert.deepEqual(
        member.records.map(({ timestamp }) => timestamp),
        [1_700_000_000_123, 4_000_000_000_000, 0],
      )
      assert.ok(member.records.every(({ timestampType }) => timestampType === 'CreateTime'))
    },
  },
  {
    name: 'keeps headers without a value',
    async run(kafka) {
      const topic = await kafka.topic()
      const headers = [
        { key: 'trace', value: null },
        { key: 'trace', value: Buffer.from('v') },
      ]
      await kafka.producer().send([{ topic, headers }])
      const member = kafka.member(topic)
      await pollUntil([member], () => member.records.length === 1, 'the record')
      assert.deepEqual(member.records[0]?.headers, headers)
    },
  },
  {
    name: 'tells the broker’s timestamp where the topic has LogAppendTime',
    async run(kafka) {
      const topic = await kafka.topic(1, { 'message.timestamp.type': 'LogAppendTime' })
      await kafka.producer().send([{ topic, value: Buffer.from('v'), timestamp: 1_000 }])
      const member = kafka.member(topic)
      await pollUntil([member], () => member.records.length === 1, 'a record')
      assert.equal(member.records[0]?.timestampType, 'LogAppendTime')
      assert.ok(Math.abs((member.records[0]?.timestamp ?? 0) - Date.now()) < 60_000)
    },
  },
  {
    name: 'reads batches of every codec',
    async run(kafka) {
      const topic = await kafka.topic()
      const expected: string[] = []
      for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
        const values = numbered(`${compression} `.repeat(40), 200)
        await kafka
          .producer({ compression })
          .send(values.map((value) => ({ topic, value: Buffer.from(value) })))
        expected.push(...values)
      }
      const member = kafka.member(topic)
      await pollUntil([member], () => member.records.length === 1_000, 'all records')
      assert.deepEqual(valuesOf(member.records), expected)
    },
  },
  {
    name: 'refuses a batch that unpacks to more than it may, once what lies before it was handed out',
    async run(kafka) {
      for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
        const topic = await kafka.topic()
        const producer = kafka.producer({ compression })
        for (const value of [Buffer.from('before'), Buffer.alloc(3 * MIB), Buffer.from('after')])
          await producer.send([{ topic, value }])
        const member = kafka.member(topic, { maxDecompressedBatchBytes: MIB })
        const partition = { topic, partition: 0 }
        await pollUntil([member], () => member.records.length === 1, 'the record before')
        const expected = {
          name: 'DataError',
          message: new RegExp(
            `^${topic}-0@1: a ${compression} batch of \\d+ bytes unpacks to .*more than the ${MIB} that ` +
              'max\\.decompressed\\.batch\\.bytes of the consumer allows: .* offset set to 2$',
          ),
        }
        for (let tries = 0; tries < 2; tries++) await assert.rejects(member.consumer.poll(10_000), expected)
        assert.equal(await member.consumer.position(partition), 1n)
        member.consumer.seek(partition, 2n)
        await pollUntil([member], () => member.records.length === 2, 'the record after')
        assert.deepEqual(valuesOf(member.records), ['before', 'after'])
      }
    },
  },
  {
    name: 'reads a record larger than every fetch limit',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const value = Buffer.alloc(700_000, 'y')
      await kafka.producer().send([0, 1].map((partition) => ({ topic, partition, value })))
      const member = kafka.member(topic, {
        fetchAheadBytes: 1_000,
        fetchMaxBytes: 1_000,
        maxPartitionFetchBytes: 1_000,
      })
      await pollUntil([member], () => member.records.length === 2, 'both records')
      assert.ok(member.records.every((record) => record.value?.equals(value) === true))
    },
  },
  {
    name: 'closes twice without harm, leaves its group at once, and polls no more',
    async run(kafka) {
      const topic = await kafka.topic()
      const groupId = kafka.name('group')
      const member = kafka.member(topic, { groupId })
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      await Promise.all([member.consumer.close(), member.consumer.close()])
      await member.consumer.close()
      assert.deepEqual(member.events.at(-1), ['revoked', [`${topic}-0`]])
      assert.equal((await kafka.admin.describeGroup(groupId)).state, 'Empty')
      await assert.rejects(member.consumer.poll(0))
    },
  },
  {
    name: 'closes while a poll waits',
    async run(kafka) {
      const topic = await kafka.topic()
      const member = kafka.member(topic)
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      const polling = member.consumer.poll(30_000)
      const begin = performance.now()
      await member.consumer.close()
      assert.deepEqual(await polling, [])
      assert.ok(performance.now() - begin < 5_000)
    },
  },
]
