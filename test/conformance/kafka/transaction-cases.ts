import assert from 'node:assert/strict'

import { identityOf, numbered, pollUntil, valuesOf } from './harness.ts'
import type { Case } from './harness.ts'
import { CommitFailedError, ProducerFencedError } from '../../../framework/api/src/kafka/kafka-errors.ts'

/** Transactions, from both ends. */
export const transactionCases: readonly Case[] = [
  {
    name: 'reads, under read_committed, only what was committed, and steps over the rest',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const producer = kafka.producer({ transactionalId: kafka.name('transaction') })
      await producer.initTransactions()
      for (let round = 0; round < 6; round++) {
        const isKept = round % 2 === 0
        await producer.beginTransaction()
        for (const partition of [0, 1]) {
          const values = numbered(`${isKept ? 'kept' : 'dropped'}${round}-`, 20)
          await producer.send(values.map((value) => ({ topic, partition, value: Buffer.from(value) })))
        }
        if (isKept) await producer.commitTransaction()
        else await producer.abortTransaction()
      }
      const committed = kafka.member(topic, { isolationLevel: 'read_committed' })
      await pollUntil([committed], () => committed.records.length >= 120, 'what was committed')
      assert.ok(valuesOf(committed.records).every((value) => value.startsWith('kept')))
      // Six rounds of twenty records and a marker each.
      for (const partition of [0, 1]) {
        await pollUntil([committed], () => committed.consumer.lag({ topic, partition }) === 0n, 'no lag')
        assert.equal(await committed.consumer.position({ topic, partition }), 126n)
      }
      const all = kafka.member(topic)
      await pollUntil([all], () => all.records.length >= 240, 'everything')
      assert.equal(valuesOf(all.records).filter((value) => value.startsWith('dropped')).length, 120)
    },
  },
  {
    name: 'holds back an open transaction under read_committed, and what follows it',
    async run(kafka) {
      const topic = await kafka.topic()
      const producer = kafka.producer({ transactionalId: kafka.name('transaction') })
      await producer.initTransactions()
      await producer.beginTransaction()
      await producer.send([{ topic, value: Buffer.from('open') }])
      await kafka.produce(topic, ['after'])
      const member = kafka.member(topic, { isolationLevel: 'read_committed' })
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      assert.deepEqual(await member.consumer.poll(500), [])
      await producer.commitTransaction()
      await pollUntil([member], () => member.records.length === 2, 'both records')
      assert.deepEqual(valuesOf(member.records), ['open', 'after'])
    },
  },
  {
    name: 'commits a group’s offsets with the transaction, and not when it is aborted',
    async run(kafka) {
      const topic = await kafka.topic()
      const groupId = kafka.name('group')
      const at = { topic, partition: 0 }
      const member = kafka.member(topic, { groupId })
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      const group = identityOf(member)
      const producer = kafka.producer({ transactionalId: kafka.name('transaction') })
      await producer.initTransactions()
      await producer.beginTransaction()
      await producer.sendOffsetsToTransaction(new Map([[at, { offset: 5n, metadata: 'm' }]]), group)
      await producer.commitTransaction()
      const isolated = kafka.consumer({ groupId, isolationLevel: 'read_committed' })
      assert.deepEqual(await isolated.committed([at]), [{ offset: 5n, metadata: 'm' }])
      await producer.beginTransaction()
      await producer.sendOffsetsToTransaction(new Map([[at, { offset: 9n }]]), group)
      await producer.abortTransaction()
      assert.deepEqual(await isolated.committed([at]), [{ offset: 5n, metadata: 'm' }])
    },
  },
  {
    name: 'refuses a group’s offsets from a stale generation (KIP-447)',
    async run(kafka) {
      const topic = await kafka.topic()
      const groupId = kafka.name('group')
      const member = kafka.member(topic, { groupId })
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      const identity = identityOf(member)
      const producer = kafka.producer({ transactionalId: kafka.name('transaction') })
      await producer.initTransactions()
      await producer.beginTransaction()
      const offsets = new Map([[{ topic, partition: 0 }, { offset: 5n }]])
      await assert.rejects(
        producer.sendOffsetsToTransaction(offsets, { ...identity, generation: identity.generation - 1 }),
        CommitFailedError,
      )
      await assert.rejects(producer.commitTransaction())
      await producer.abortTransaction()
      await producer.beginTransaction()
      await producer.sendOffsetsToTransaction(offsets, identity)
      await producer.commitTransaction()
    },
  },
  {
    name: 'fences the producer whose transactional id a newer one takes',
    async run(kafka) {
      const topic = await kafka.topic()
      const transactionalId = kafka.name('transaction')
      const old = kafka.producer({ transactionalId })
      await old.initTransactions()
      await old.beginTransaction()
      await old.send([{ topic, value: Buffer.from('old') }])
      const fresh = kafka.producer({ transactionalId })
      await fresh.initTransactions()
      await assert.rejects(old.commitTransaction(), ProducerFencedError)
      await fresh.beginTransaction()
      await fresh.send([{ topic, value: Buffer.from('new') }])
      await fresh.commitTransaction()
      const member = kafka.member(topic, { isolationLevel: 'read_committed' })
      await pollUntil([member], () => member.records.length > 0, 'the new record')
      assert.deepEqual(valuesOf(member.records), ['new'])
    },
  },
  {
    name: 'asks for a transaction before it sends',
    async run(kafka) {
      const topic = await kafka.topic()
      const producer = kafka.producer({ transactionalId: kafka.name('transaction') })
      await assert.rejects(producer.beginTransaction(), /initTransactions/)
      await producer.initTransactions()
      await assert.rejects(producer.send([{ topic }]), /beginTransaction/)
      await assert.rejects(kafka.producer().initTransactions(), /transactional\.id/)
    },
  },
]
