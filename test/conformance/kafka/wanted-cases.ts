import assert from 'node:assert/strict'

import { numbered, pollUntil, until, valuesOf } from './harness.ts'
import type { Case } from './harness.ts'
import type { ConsumerRecord } from '../../../framework/api/src/kafka/port.ts'

/** Polls for some partitions, and what is known of the others without asking. */
export const wantedCases: readonly Case[] = [
  {
    name: 'polls the wanted partitions alone, however much lies fetched of the others',
    async run(kafka) {
      const topic = await kafka.topic(4)
      const values = numbered('x'.repeat(1_000), 200)
      for (const partition of [0, 1, 2, 3]) await kafka.produce(topic, values, partition)
      const consumer = kafka.consumer({ fetchAheadBytes: 100_000, maxPartitionFetchBytes: 60_000 })
      const partitions = [0, 1, 2, 3].map((partition) => ({ topic, partition }))
      consumer.assign(partitions.map((one) => ({ ...one, offset: 0n })))
      const records: ConsumerRecord[] = []
      for (const partition of [3, 0, 2]) {
        const own: ConsumerRecord[] = []
        await until(async () => {
          own.push(
            ...(await consumer.poll(100, [
              { topic, partition },
              { topic: 'not-assigned', partition: 0 },
            ])),
          )
          return own.length >= 200
        }, `all of partition ${partition}`)
        assert.deepEqual(valuesOf(own), values)
        assert.deepEqual(new Set(own.map((record) => record.partition)), new Set([partition]))
        records.push(...own)
      }
      assert.deepEqual(await consumer.poll(50, []), [])
      assert.deepEqual(await consumer.poll(50, [{ topic, partition: 3 }]), [])
      assert.equal(await consumer.position({ topic, partition: 1 }), 0n)
      await until(async () => {
        records.push(...(await consumer.poll(100)))
        return records.length >= 800
      }, 'the rest')
      assert.deepEqual(valuesOf(records.slice(600)), values)
    },
  },
  {
    name: 'keeps the bytes of polled records until their partition is polled again (reuseRecordBytes)',
    async run(kafka) {
      const topic = await kafka.topic(2)
      for (const compression of ['none', 'zstd'] as const) {
        const producer = kafka.producer({ compression })
        for (let i = 0; i < 3_000; i++) {
          const text = `${compression} ${i} `.repeat(30)
          producer.append({ topic, partition: i % 2, key: Buffer.from(String(i)), value: Buffer.from(text) })
        }
        await producer.flush()
      }
      const consumer = kafka.consumer({
        reuseRecordBytes: true,
        maxPollRecords: 300,
        maxPartitionFetchBytes: 60_000,
      })
      const partitions = [0, 1].map((partition) => ({ topic, partition }))
      consumer.assign(partitions.map((one) => ({ ...one, offset: 0n })))
      const held: ConsumerRecord[][] = [[], []]
      let seen = 0
      for (let turn = 0; seen < 6_000; turn++) {
        const partition = turn % 2
        const records = await consumer.poll(200, [{ topic, partition }])
        held[partition] = records
        seen += records.length
        for (const { key, value, offset, partition: of } of held.flat()) {
          const i = (Number(offset) % 1_500) * 2 + of
          const text = `${offset < 1_500n ? 'none' : 'zstd'} ${i} `
          assert.deepEqual([String(key), String(value).slice(0, text.length)], [String(i), text])
        }
      }
      assert.equal(seen, 6_000)
    },
  },
  {
    name: 'tells end and lag as of the last fetch, of partitions that are not wanted too (KIP-695)',
    async run(kafka) {
      const topic = await kafka.topic(3)
      await kafka.produce(topic, numbered('v', 10), 0)
      await kafka.produce(topic, numbered('v', 7), 1)
      const member = kafka.member(topic)
      await pollUntil([member], () => member.records.length === 17, 'all records')
      const at = (partition: number): { topic: string; partition: number } => ({ topic, partition })
      assert.deepEqual(
        [0, 1, 9].map((partition) => [
          member.consumer.endOffset(at(partition)),
          member.consumer.lag(at(partition)),
        ]),
        [
          [10n, 0n],
          [7n, 0n],
          [undefined, undefined],
        ],
      )
      await kafka.produce(topic, numbered('more', 5), 1)
      await until(async () => {
        assert.deepEqual(await member.consumer.poll(100, [at(0), at(2)]), [])
        return member.consumer.lag(at(1)) === 5n
      }, 'a lag of 5')
      assert.equal(member.consumer.endOffset(at(2)), 0n)
    },
  },
  {
    name: 'ends, under read_committed, where the oldest open transaction begins',
    async run(kafka) {
      const topic = await kafka.topic()
      const at = { topic, partition: 0 }
      await kafka.produce(topic, numbered('v', 3))
      const producer = kafka.producer({ transactionalId: kafka.name('transaction') })
      await producer.initTransactions()
      await producer.beginTransaction()
      await producer.send([{ topic }, { topic }])
      const committed = kafka.member(topic, { isolationLevel: 'read_committed' })
      const all = kafka.member(topic)
      await pollUntil(
        [committed, all],
        () => all.records.length === 5 && committed.records.length === 3,
        'records',
      )
      const { admin } = kafka
      assert.deepEqual(
        [
          await committed.consumer.endOffsets([at]),
          await all.consumer.endOffsets([at]),
          await admin.listOffsets([at], 'latest', 'read_committed'),
          await admin.listOffsets([at], 'latest', 'read_uncommitted'),
          await admin.listOffsets([at], 'latest'),
        ],
        [[3n], [5n], [3n], [5n], [5n]],
      )
      assert.deepEqual([committed.consumer.endOffset(at), committed.consumer.lag(at)], [3n, 0n])
      assert.deepEqual([all.consumer.endOffset(at), all.consumer.lag(at)], [5n, 0n])
      await producer.commitTransaction()
      // The marker takes an offset, and nobody is ever behind because of it.
      await until(async () => {
        await committed.consumer.poll(50)
        return committed.consumer.endOffset(at) === 6n && committed.consumer.lag(at) === 0n
      }, 'the end behind the marker')
    },
  },
]
