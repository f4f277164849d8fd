import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

import { IS_LONG, keys, numbered, pollUntil } from './harness.ts'
import type { Case } from './harness.ts'
import { CommitFailedError } from '@spillway/api'

const SESSION_MS = IS_LONG ? 6_000 : 1_000
const UPLOAD_MS = IS_LONG ? 30_000 : 3_000

/** How long a membership lasts, and what its end means for commits. */
export const membershipCases: readonly Case[] = [
  {
    name: 'stays a member through an upload much longer than the session time-out',
    timeoutMs: 90_000,
    async run(kafka) {
      const topic = await kafka.topic(2)
      const member = kafka.member(topic, {
        sessionTimeoutMs: SESSION_MS,
        heartbeatIntervalMs: SESSION_MS / 4,
      })
      await kafka.produce(topic, numbered('v', 10))
      await pollUntil([member], () => member.records.length === 10, 'the records')
      const before = member.consumer.membership()
      await delay(UPLOAD_MS)
      assert.deepEqual(member.consumer.membership(), before)
      await member.consumer.commit(
        new Map([
          [
            { topic, partition: 0 },
            { offset: 10n, metadata: 'uploaded' },
          ],
        ]),
      )
      assert.deepEqual(
        await member.consumer.committed([
          { topic, partition: 0 },
          { topic, partition: 1 },
        ]),
        [{ offset: 10n, metadata: 'uploaded' }, null],
      )
      assert.deepEqual(await member.consumer.poll(100), [])
      assert.equal(member.events.length, 1)
    },
  },
  {
    name: 'refuses the commit of a member that was removed, and tells that its partitions are lost',
    async run(kafka) {
      const topic = await kafka.topic()
      const groupId = kafka.name('group')
      const member = kafka.member(topic, { groupId, heartbeatIntervalMs: 60_000, sessionTimeoutMs: 120_000 })
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      const { memberId } = member.consumer.membership() ?? {}
      assert.ok(memberId)
      await kafka.admin.removeMembers(groupId, [memberId])
      const offsets = new Map([[{ topic, partition: 0 }, { offset: 1n }]])
      await assert.rejects(member.consumer.commit(offsets), CommitFailedError)
      await pollUntil([member], () => member.events.length === 3, 'lost and assigned anew')
      assert.deepEqual(
        member.events.map(([kind]) => kind),
        ['assigned', 'lost', 'assigned'],
      )
      await member.consumer.commit(offsets)
    },
  },
  {
    name: 'refuses the commit of a stale generation',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const groupId = kafka.name('group')
      const slow = kafka.member(topic, { groupId, maxPollIntervalMs: 1_500, sessionTimeoutMs: 1_000 })
      await pollUntil([slow], () => slow.consumer.assignment().length === 2, 'an assignment')
      const quick = kafka.member(topic, { groupId })
      await pollUntil(
        [quick],
        () => quick.consumer.assignment().length === 2,
        'the group without the slow one',
      )
      const offsets = new Map([[{ topic, partition: 0 }, { offset: 1n }]])
      await assert.rejects(slow.consumer.commit(offsets), CommitFailedError)
      assert.deepEqual(await kafka.admin.listGroupOffsets(groupId), [])
    },
  },
  {
    name: 'refuses the commit of a partition that is not assigned',
    async run(kafka) {
      const topic = await kafka.topic()
      const member = kafka.member(topic)
      await pollUntil([member], () => member.consumer.assignment().length === 1, 'an assignment')
      const offsets = new Map([[{ topic, partition: 5 }, { offset: 1n }]])
      await assert.rejects(member.consumer.commit(offsets), CommitFailedError)
    },
  },
  {
    name: 'leaves nothing behind that holds up the group, at whatever moment of its joining it is closed',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const groupId = kafka.name('group')
      const staying = kafka.member(topic, { groupId })
      await pollUntil([staying], () => staying.consumer.assignment().length === 2, 'an assignment')
      const passing = Array.from({ length: 60 }, async (_, ms) => {
        const { consumer } = kafka.member(topic, { groupId, sessionTimeoutMs: 45_000 })
        await consumer.poll(ms * 5)
        await consumer.close()
      })
      let haveGone = false
      const gone = Promise.all(passing).then(() => {
        haveGone = true
      })
      await pollUntil([staying], () => haveGone, 'all others gone')
      await gone
      const coming = kafka.member(topic, { groupId })
      await pollUntil(
        [staying, coming],
        () => [staying, coming].every(({ consumer }) => consumer.assignment().length === 1),
        'a rebalance of those that are there',
        10_000,
      )
    },
  },
  {
    name: 'leaves the group when nobody polls for max.poll.interval.ms, and comes back with the next poll',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const groupId = kafka.name('group')
      const idle = kafka.member(topic, { groupId, maxPollIntervalMs: 1_000, sessionTimeoutMs: 10_000 })
      await pollUntil([idle], () => idle.consumer.assignment().length === 2, 'an assignment')
      await delay(2_000)
      assert.equal(idle.consumer.membership(), undefined)
      assert.equal((await kafka.admin.describeGroup(groupId)).members.length, 0)
      await pollUntil([idle], () => idle.events.length === 3, 'the way back')
      const both = [`${topic}-0`, `${topic}-1`]
      assert.deepEqual(idle.events, [
        ['assigned', both],
        ['lost', both],
        ['assigned', both],
      ])
    },
  },
  {
    name: 'keeps a static member’s partitions while it is away',
    async run(kafka) {
      const topic = await kafka.topic(2)
      const options = { groupId: kafka.name('group'), sessionTimeoutMs: 20_000 }
      const first = kafka.member(topic, { ...options, groupInstanceId: 'one' })
      const second = kafka.member(topic, { ...options, groupInstanceId: 'two' })
      await pollUntil(
        [first, second],
        () => first.consumer.assignment().length === 1 && second.consumer.assignment().length === 1,
        'one partition each',
      )
      const before = keys(first.consumer.assignment())
      await first.consumer.close()
      const events = second.events.length
      const back = kafka.member(topic, { ...options, groupInstanceId: 'one' })
      await pollUntil([back, second], () => back.consumer.assignment().length === 1, 'the return')
      assert.deepEqual(keys(back.consumer.assignment()), before)
      assert.equal(second.events.length, events)
      const { members } = await kafka.admin.describeGroup(options.groupId)
      assert.deepEqual(members.map(({ groupInstanceId }) => groupInstanceId).sort(), ['one', 'two'])
    },
  },
  {
    name: 'ends a static member whose instance id another one takes',
    async run(kafka) {
      const topic = await kafka.topic()
      const options = { groupId: kafka.name('group'), groupInstanceId: 'same' }
      const old = kafka.member(topic, options)
      await pollUntil([old], () => old.consumer.assignment().length === 1, 'an assignment')
      const fresh = kafka.member(topic, options)
      await pollUntil([fresh], () => fresh.consumer.assignment().length === 1, 'the other one')
      await assert.rejects(
        pollUntil([old], () => false, 'an error'),
        /FENCED_INSTANCE_ID/,
      )
    },
  },
]
