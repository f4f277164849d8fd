import assert from 'node:assert/strict'

import { identityOf, pollUntil } from './harness.ts'
import type { Case } from './harness.ts'
import { ConnectError, IllegalWorkerStateError } from '@spillway/api'
import { CommitFailedError, FencedInstanceIdError, UnsupportedByClientError } from '@spillway/api'

/** Offsets in a transaction are taken from who holds the partitions, and from nobody else (KIP-447). */
export const fencingCases: readonly Case[] = [
  {
    name: 'refuses offsets in a transaction of an identity that names no member',
    async run(kafka) {
      const topic = await kafka.topic()
      const groupId = kafka.name('group')
      const member = kafka.member(topic, { groupId })
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      const identity = identityOf(member)
      const producer = kafka.producer({ transactionalId: kafka.name('transaction') })
      await producer.initTransactions()
      const offsets = new Map([[{ topic, partition: 0 }, { offset: 5n }]])
      // What a client without an identity sends: the coordinator would take it.
      for (const none of [
        { ...identity, memberId: '', generation: -1 },
        { ...identity, memberId: '' },
        { ...identity, generation: -1 },
      ]) {
        await producer.beginTransaction()
        await assert.rejects(producer.sendOffsetsToTransaction(offsets, none), IllegalWorkerStateError)
        await assert.rejects(producer.commitTransaction(), ConnectError)
        await producer.abortTransaction()
      }
      await producer.beginTransaction()
      await assert.rejects(
        producer.sendOffsetsToTransaction(offsets, { groupId, memberless: true }),
        (error: Error) => error instanceof CommitFailedError && error.message.includes('has 1 members'),
      )
      await producer.abortTransaction()
      assert.deepEqual(await member.consumer.committed([{ topic, partition: 0 }]), [null])
    },
  },
  {
    name: 'refuses offsets in a transaction of members that the group does not know (any more)',
    async run(kafka) {
      const topic = await kafka.topic()
      const groupId = kafka.name('group')
      const options = { groupId, groupInstanceId: 'one', sessionTimeoutMs: 10_000 }
      // Under read_committed, offsets of a transaction that still ends are waited for.
      const first = kafka.member(topic, { ...options, isolationLevel: 'read_committed' })
      await pollUntil([first], () => first.consumer.assignment().length === 1, 'an assignment')
      const old = identityOf(first)
      assert.equal(old.groupInstanceId, 'one')
      const offsets = new Map([
        [
          { topic, partition: 0 },
          { offset: 5n, metadata: 'partition time' },
        ],
      ])
      const producer = kafka.producer({ transactionalId: kafka.name('transaction') })
      await producer.initTransactions()
      await producer.beginTransaction()
      await producer.sendOffsetsToTransaction(offsets, old)
      await producer.commitTransaction()
      assert.deepEqual(await first.consumer.committed([{ topic, partition: 0 }]), [
        { offset: 5n, metadata: 'partition time' },
      ])
      // The next one takes the place of the first, with its generation: the member id tells them apart.
      const second = kafka.member(topic, options)
      await pollUntil([second], () => second.consumer.assignment().length === 1, 'an assignment')
      const fresh = identityOf(second)
      for (const [wrong, refusal] of [
        [old, FencedInstanceIdError],
        [{ ...fresh, memberId: 'nobody' }, FencedInstanceIdError],
        [{ ...fresh, groupInstanceId: 'two' }, CommitFailedError],
      ] as const) {
        await producer.beginTransaction()
        await assert.rejects(producer.sendOffsetsToTransaction(offsets, wrong), refusal)
        await producer.abortTransaction()
      }
      await producer.beginTransaction()
      await producer.sendOffsetsToTransaction(offsets, fresh)
      await producer.commitTransaction()
    },
  },
  {
    name: 'keeps offsets with a transaction for a group that has no members',
    async run(kafka) {
      const topic = await kafka.topic()
      const groupId = kafka.name('group')
      const producer = kafka.producer({ transactionalId: kafka.name('transaction') })
      await producer.initTransactions()
      await producer.beginTransaction()
      const offsets = new Map([
        [
          { topic, partition: 0 },
          { offset: 5n, metadata: 'progress' },
        ],
      ])
      await producer.sendOffsetsToTransaction(offsets, { groupId, memberless: true })
      await producer.commitTransaction()
      const [found] = await kafka
        .consumer({ groupId, isolationLevel: 'read_committed' })
        .committed([{ topic, partition: 0 }])
      assert.deepEqual(found, { offset: 5n, metadata: 'progress' })
    },
  },
]

/** What a client without KIP-447 does instead. */
export const unfencedCases: readonly Case[] = [
  {
    name: 'refuses a member’s offsets in a transaction by name',
    async run(kafka) {
      const topic = await kafka.topic()
      const member = kafka.member(topic)
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      const producer = kafka.producer({ transactionalId: kafka.name('transaction') })
      await producer.initTransactions()
      await producer.beginTransaction()
      await assert.rejects(
        producer.sendOffsetsToTransaction(
          new Map([[{ topic, partition: 0 }, { offset: 1n }]]),
          identityOf(member),
        ),
        (error: Error) =>
          error instanceof UnsupportedByClientError && error.message.includes('kafka.client=platformatic'),
      )
      await assert.rejects(producer.commitTransaction(), ConnectError)
      await producer.abortTransaction()
    },
  },
]
