import assert from 'node:assert/strict'

import { numbered, pollUntil, until, valuesOf } from './harness.ts'
import type { Case } from './harness.ts'
import { JAVA_PARTITIONS as javaKeys } from './java-partitions.ts'

/** What a producer promises outside of transactions. */
export const producerCases: readonly Case[] = [
  {
    name: 'sends a key to the partition that Java’s producer would',
    async run(kafka) {
      for (const partitions of [1, 6, 12, 50]) {
        const topic = await kafka.topic(partitions)
        const sent = await kafka.producer().send(
          javaKeys.map(({ key, keyHex }) => ({
            topic,
            key: keyHex === undefined ? Buffer.from(key ?? '') : Buffer.from(keyHex, 'hex'),
          })),
        )
        assert.deepEqual(
          sent.map(({ partition }) => partition),
          javaKeys.map(({ partition }) => partition[String(partitions)]),
        )
      }
    },
  },
  {
    name: 'answers with the place of each record, in the order sent',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const producer = kafka.producer()
      const sent = await producer.send([1, 0, 1, 1, 0].map((partition) => ({ topic, partition })))
      assert.deepEqual(
        sent.map(({ partition, offset }) => [partition, offset]),
        [
          [1, 0n],
          [0, 0n],
          [1, 1n],
          [1, 2n],
          [0, 1n],
        ],
      )
      assert.deepEqual(await producer.send([]), [])
    },
  },
  {
    name: 'keeps the order of a partition over many sends side by side',
    async run(kafka) {
      const topic = await kafka.topic()
      const producer = kafka.producer({ lingerMs: 2 })
      const values = numbered('v', 500)
      await Promise.all(values.map((value) => producer.send([{ topic, value: Buffer.from(value) }])))
      const member = kafka.member(topic)
      await pollUntil([member], () => member.records.length >= 500, '500 records')
      assert.deepEqual(valuesOf(member.records), values)
    },
  },
  {
    name: 'waits for lingerMs, so that records travel together',
    async run(kafka) {
      const topic = await kafka.topic(1)
      const lingering = kafka.producer({ lingerMs: 60_000 })
      let isSent = false
      const first = lingering.send([{ topic }]).then(([sent]) => {
        isSent = true
        return sent?.offset
      })
      // Others go and come back meanwhile.
      for (let i = 0; i < 3; i++) await kafka.producer().send([{ topic }])
      assert.equal(isSent, false)
      // A batch that is full does not wait: the record travels with it.
      const value = Buffer.alloc(300_000)
      void lingering.send([{ topic, value }])
      const second = lingering.send([{ topic, value }])
      assert.equal(await first, 3n)
      await lingering.close()
      assert.equal((await second)[0]?.offset, 5n)
    },
  },
  {
    name: 'acknowledges per acks, idempotent or not',
    async run(kafka) {
      const topic = await kafka.topic()
      for (const acks of ['all', 'leader', 'none'] as const) {
        const [sent] = await kafka
          .producer({ acks, idempotent: false })
          .send([{ topic, value: Buffer.from(acks) }])
        assert.equal(sent?.offset, { all: 0n, leader: 1n, none: -1n }[acks])
      }
      await kafka.producer({ idempotent: true }).send([{ topic, value: Buffer.from('idempotent') }])
      const member = kafka.member(topic)
      await pollUntil([member], () => member.records.length === 4, 'four records')
      assert.deepEqual(valuesOf(member.records), ['all', 'leader', 'none', 'idempotent'])
    },
  },
  {
    name: 'splits what is too large together, and refuses a record that is too large alone',
    async run(kafka) {
      const topic = await kafka.topic(1, { 'max.message.bytes': '20000' })
      const producer = kafka.producer()
      const values = numbered('x'.repeat(5_000), 20)
      await producer.send(values.map((value) => ({ topic, value: Buffer.from(value) })))
      await assert.rejects(
        producer.send([{ topic, value: Buffer.alloc(30_000) }]),
        (error: Error) => error.message.includes(`${topic}-0`) && error.message.includes('max.message.bytes'),
      )
      await producer.send([{ topic, value: Buffer.from('after') }])
      const member = kafka.member(topic)
      await pollUntil([member], () => member.records.length === 21, 'all records')
      assert.deepEqual(valuesOf(member.records), [...values, 'after'])
    },
  },
  {
    name: 'refuses a partition that the topic does not have',
    async run(kafka) {
      const topic = await kafka.topic(2)
      await assert.rejects(
        kafka.producer().send([{ topic, partition: 2 }]),
        new RegExp(`${topic} has 2 partitions`),
      )
      // One that was asked for too early is found once it is there.
      const producer = kafka.producer()
      await assert.rejects(producer.send([{ topic, partition: 2 }]))
      await kafka.admin.createPartitions(topic, 3)
      await until(
        async () => (await producer.send([{ topic, partition: 2 }]).catch(() => [])).length === 1,
        'it',
      )
    },
  },
  {
    name: 'sends what is under way before it closes, and nothing after',
    async run(kafka) {
      const topic = await kafka.topic()
      const producer = kafka.producer({ lingerMs: 60_000 })
      // Two batches: the first is full and goes at once, and then the second waits in the producer for others.
      const value = Buffer.alloc(300_000)
      const full = producer.send([{ topic, value }])
      const sending = producer.send([{ topic, value }, { topic }])
      await full
      await producer.close()
      assert.equal((await sending).length, 2)
      await producer.close()
      await assert.rejects(producer.send([{ topic }]))
    },
  },
]
