import assert from 'node:assert/strict'
import { setImmediate as immediate } from 'node:timers/promises'

import { numbered, pollUntil, until, valuesOf } from './harness.ts'
import type { Case } from './harness.ts'
import { ConnectError, IllegalWorkerStateError } from '@spillway/api'
import type { GroupStanding, ProducerRecord } from '@spillway/api'

interface Named {
  readonly name: string
}

/** What a producer promises of records that nobody awaits one by one. */
export const appendCases: readonly Case[] = [
  {
    name: 'appends in order, tells the last offset acknowledged, and keeps nothing of the caller’s bytes',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const producer = kafka.producer()
      const bytes = Buffer.alloc(8)
      const key = Buffer.alloc(4)
      for (let i = 0; i < 2_000; i++) {
        bytes.write(`value${String(i).padStart(3, '0').slice(-3)}`)
        key.writeInt32BE(i)
        // The topic is new to the producer: the first of them wait for its partitions to be known.
        if (i === 1_000) await producer.flush()
        producer.append({ topic, partition: i % 2, key, value: bytes, headers: [{ key: 'h', value: key }] })
      }
      bytes.fill(0)
      key.fill(0)
      await producer.flush()
      assert.equal(producer.acknowledged(topic, 0), 999n)
      assert.equal(producer.acknowledged(topic, 1), 999n)
      assert.equal(producer.acknowledged(topic, 7), undefined)
      const member = kafka.member(topic)
      await pollUntil([member], () => member.records.length >= 2_000, 'all records')
      for (const partition of [0, 1]) {
        const own = member.records.filter((record) => record.partition === partition)
        assert.deepEqual(
          own.map((record) => [
            record.key?.readInt32BE(),
            String(record.value),
            record.headers[0]?.value?.readInt32BE(),
          ]),
          Array.from({ length: 1_000 }, (_, n) => {
            const i = n * 2 + partition
            return [i, `value${String(i).padStart(3, '0').slice(-3)}`, i]
          }),
        )
      }
    },
  },
  {
    name: 'sends nothing while its owner’s membership is doubtful, and never what was made from lost partitions',
    async run(kafka) {
      const topic = await kafka.topic()
      let standing: GroupStanding = 'doubtful'
      let asked = 0
      const lost: unknown[] = []
      const producer = kafka.producer({
        standing: () => {
          asked++
          return standing
        },
        lost: (records) => lost.push(...records),
      })
      const append = (value: string): void => producer.append({ topic, value: Buffer.from(value) })
      append('dropped')
      await until(() => asked > 3, 'the standing to be asked for')
      standing = 'lost'
      await producer.flush()
      append('dropped too')
      producer.dropUnsent()
      standing = 'doubtful'
      append('kept')
      const flushed = producer.flush()
      const before = asked
      await until(() => asked > before + 3, 'the standing to be asked for')
      standing = 'sure'
      await flushed
      assert.equal(producer.acknowledged(topic, 0), 0n)
      assert.deepEqual(lost, [])
      const member = kafka.member(topic)
      await pollUntil([member], () => member.records.length > 0, 'the record')
      assert.deepEqual(valuesOf(member.records), ['kept'])
    },
  },
  {
    name: 'appends to where send does: keys, times, compressed or not, with sends between them',
    async run(kafka) {
      for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
        const topic = await kafka.topic(6)
        const producer = kafka.producer({ compression })
        const records: ProducerRecord[] = numbered('k', 60).map((text, i) => ({
          topic,
          key: Buffer.from(text),
          value: i % 7 === 0 ? null : Buffer.from(text.repeat(i)),
          timestamp: 1_000_000_000_000 - i * 100_000,
        }))
        await producer.send(records)
        for (const record of records) producer.append(record)
        await Promise.all([producer.flush(), producer.send(records)])
        const member = kafka.member(topic)
        await pollUntil([member], () => member.records.length >= 180, 'all records')
        const seen = new Map<string, string[]>()
        for (const { partition, key, value, timestamp } of member.records) {
          const list = seen.get(String(key)) ?? []
          seen.set(String(key), [...list, `${partition} ${timestamp} ${value?.toString()}`])
        }
        for (const [key, [first, ...others]] of seen) assert.deepEqual(others, [first, first], key)
        assert.equal(seen.size, 60)
      }
    },
  },
  {
    name: 'feels pressure while the buffer is full, and refuses who never heeds it',
    async run(kafka) {
      const topic = await kafka.topic()
      const producer = kafka.producer({ bufferMemory: 100_000 })
      const value = Buffer.alloc(1_000)
      let waits = 0
      for (let i = 0; i < 1_000; i++) {
        producer.append({ topic, value })
        const pressure = producer.pressure()
        if (pressure === undefined) continue
        waits++
        await pressure
        assert.equal(producer.pressure(), undefined)
      }
      assert.ok(waits >= 5, `${waits} waits`)
      let taken = 1_000n
      assert.throws(() => {
        for (; taken < 2_000n; taken++) producer.append({ topic, value })
      }, IllegalWorkerStateError)
      assert.ok(taken < 1_500n, `${taken} records taken`)
      await producer.flush()
      assert.equal(producer.pressure(), undefined)
      // What was taken is there, what was refused is not.
      assert.equal(producer.acknowledged(topic, 0), taken - 1n)
    },
  },
  {
    name: 'tells a failure at every append and flush until it is handled',
    async run(kafka) {
      const topic = await kafka.topic(1, { 'max.message.bytes': '20000' })
      const producer = kafka.producer()
      producer.append({ topic, value: Buffer.alloc(30_000) })
      producer.append({ topic, value: Buffer.from('beside') })
      await assert.rejects(producer.flush(), /max\.message\.bytes/)
      await assert.rejects(producer.flush(), /max\.message\.bytes/)
      assert.throws(() => producer.append({ topic }), /max\.message\.bytes/)
      assert.match(String(producer.takeFailure()), /max\.message\.bytes/)
      assert.equal(producer.takeFailure(), undefined)
      producer.append({ topic, value: Buffer.from('after') })
      await producer.flush()
      assert.equal(producer.acknowledged(topic, 0), 1n)
      // Before the topic is known nobody can be told at once.
      const other = kafka.producer()
      other.append({ topic, partition: 9 })
      await assert.rejects(other.flush(), /has 1 partitions/)
      assert.ok(other.takeFailure() instanceof ConnectError)
      // Nor of a partition that was not there when the topic was last looked at: it may have come since.
      await kafka.admin.createPartitions(topic, 10)
      await until(async () => (await kafka.admin.describeTopics([topic]))[0]?.partitions === 10, 'partitions')
      await until(async () => {
        other.append({ topic, partition: 9 })
        return await other.flush().then(
          () => true,
          () => other.takeFailure() === undefined,
        )
      }, 'the new partition')
      assert.equal(other.acknowledged(topic, 9), 0n)
    },
  },
  {
    name: 'gives lost records back, with where each came from, and goes on with the others',
    async run(kafka) {
      const topic = await kafka.topic(1, { 'max.message.bytes': '20000' })
      const lost: string[] = []
      const producer = kafka.producer({
        lost: (records, error) => {
          assert.match(error.message, /max\.message\.bytes|has 1 partitions/)
          for (const { key, value, headers, timestamp, partition, origin, originOffset } of records)
            lost.push(
              [
                key,
                value?.length,
                headers[0]?.value,
                timestamp,
                partition,
                (origin as Named)?.name,
                originOffset,
              ].join(' '),
            )
        },
      })
      const origins: readonly Named[] = [{ name: 'left' }, { name: 'right' }]
      const expected: string[] = []
      for (let i = 0; i < 300; i++) {
        const isLarge = i % 50 === 7
        const origin = i < 100 ? undefined : origins[(i >> 2) % 2]
        const offset = 2n ** 62n + BigInt(i)
        const value = Buffer.alloc(isLarge ? 30_000 : 10)
        const headers = [{ key: 'h', value: Buffer.from(`h${i}`) }]
        producer.append(
          { topic, key: Buffer.from(`k${i}`), value, headers, timestamp: 1_000 + i },
          origin,
          offset,
        )
        // Others may be sent in the same batch, which are answered for one by one.
        if (i % 60 === 3) void producer.send([{ topic, value: Buffer.from('awaited') }])
        if (isLarge)
          expected.push(
            `k${i} 30000 h${i} ${1_000 + i} 0 ${origin?.name ?? ''} ${origin === undefined ? -1n : offset}`,
          )
      }
      await producer.flush()
      assert.deepEqual(
        lost.map((line) => (line.includes('  ') ? line.replace(/ \d+$/, ' -1') : line)),
        expected,
      )
      assert.equal(producer.takeFailure(), undefined)
      assert.equal(producer.acknowledged(topic, 0), 298n)
      const other = kafka.producer({
        lost: (records) => lost.push(`waited ${records.length} ${String(records[0]?.originOffset)}`),
      })
      other.append({ topic, partition: 9 }, origins[0], 5n)
      await other.flush()
      assert.equal(lost.at(-1), 'waited 1 5')
    },
  },
  {
    name: 'splits appended records that are too large together',
    async run(kafka) {
      const topic = await kafka.topic(1, { 'max.message.bytes': '20000' })
      const producer = kafka.producer()
      const values = numbered('x'.repeat(5_000), 30)
      for (const value of values) producer.append({ topic, value: Buffer.from(value) })
      await producer.flush()
      assert.equal(producer.acknowledged(topic, 0), 29n)
      const member = kafka.member(topic)
      await pollUntil([member], () => member.records.length >= 30, 'all records')
      assert.deepEqual(valuesOf(member.records), values)
    },
  },
  {
    name: 'appends inside of transactions only, and forgets with an abort',
    async run(kafka) {
      const topic = await kafka.topic(1, { 'max.message.bytes': '20000' })
      const producer = kafka.producer({ transactionalId: kafka.name('transaction') })
      await producer.initTransactions()
      assert.throws(() => producer.append({ topic }), /beginTransaction/)
      await producer.beginTransaction()
      producer.append({ topic, value: Buffer.from('dropped') })
      producer.append({ topic, value: Buffer.alloc(30_000) })
      await assert.rejects(producer.commitTransaction(), /can only be aborted/)
      assert.throws(() => producer.append({ topic }), /max\.message\.bytes/)
      await producer.abortTransaction()
      await producer.beginTransaction()
      producer.append({ topic, value: Buffer.from('aborted') })
      await producer.flush()
      producer.append({ topic, value: Buffer.from('under way') })
      await producer.abortTransaction()
      await producer.beginTransaction()
      for (const value of numbered('kept', 500)) producer.append({ topic, value: Buffer.from(value) })
      await producer.commitTransaction()
      const member = kafka.member(topic, { isolationLevel: 'read_committed' })
      await pollUntil([member], () => member.records.length >= 500, 'what was committed')
      assert.deepEqual(valuesOf(member.records), numbered('kept', 500))
    },
  },
  {
    name: 'sends what was appended before it closes, and nothing after',
    async run(kafka) {
      const topic = await kafka.topic()
      const producer = kafka.producer({ lingerMs: 60_000 })
      for (const value of numbered('v', 10)) producer.append({ topic, value: Buffer.from(value) })
      await immediate()
      await producer.close()
      assert.throws(() => producer.append({ topic }), IllegalWorkerStateError)
      await until(
        async () => (await kafka.admin.listOffsets([{ topic, partition: 0 }], 'latest'))[0] === 10n,
        'ten',
      )
    },
  },
]
