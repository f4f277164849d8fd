import assert from 'node:assert/strict'

import type { Case, Harness } from './harness.ts'
import type { GroupAssignment, GroupMembership } from '@spillway/api'

interface Worker {
  readonly membership: GroupMembership
  readonly url: string
  readonly events: string[]
  assignment: GroupAssignment | undefined
}

/** A member of a group of workers, whose leader tells each how many there are and whose it is. */
function worker(kafka: Harness, groupId: string, url: string): Worker {
  const events: string[] = []
  const membership = kafka.client.groupMember(
    {
      groupId,
      clientId: url,
      protocolType: 'connect',
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs: 200,
      rebalanceTimeoutMs: 10_000,
    },
    {
      protocols: () => [{ name: 'sessioned', metadata: Buffer.from(url) }],
      assign: (protocol, members) => {
        const urls = members.map(({ metadata }) => String(metadata)).sort()
        return Promise.resolve(
          new Map(
            members.map(({ memberId, metadata }) => [
              memberId,
              Buffer.from(`${protocol} ${metadata.toString()} ${urls.join()}`),
            ]),
          ),
        )
      },
      beforeJoin: () => Promise.resolve(void events.push('before')),
      onJoined: (assignment) => {
        made.assignment = assignment
        return Promise.resolve(void events.push('joined'))
      },
      onLost: () => Promise.resolve(void events.push('lost')),
    },
  )
  kafka.later(() => membership.close())
  const made: Worker = { membership, url, events, assignment: undefined }
  return made
}

async function pollBoth(workers: readonly Worker[], condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!condition()) {
    assert.ok(performance.now() < deadline, JSON.stringify(workers.map(({ events }) => events)))
    await Promise.all(workers.map(({ membership }) => membership.poll(50)))
  }
}

/** Groups of other protocol types than `consumer`. */
export const groupMemberCases: readonly Case[] = [
  {
    name: 'joins a group of workers, whose leader assigns bytes to each',
    async run(kafka) {
      const groupId = kafka.name('workers')
      const one = worker(kafka, groupId, 'one')
      await pollBoth([one], () => one.assignment !== undefined)
      assert.equal(String(one.assignment?.assignment), 'sessioned one one')
      assert.equal(one.assignment?.leaderId, one.assignment?.memberId)
      const two = worker(kafka, groupId, 'two')
      await pollBoth([one, two], () => two.assignment !== undefined && one.assignment?.generation === 2)
      assert.equal(String(one.assignment?.assignment), 'sessioned one one,two')
      assert.equal(String(two.assignment?.assignment), 'sessioned two one,two')
      const group = await kafka.admin.describeGroup(groupId)
      assert.deepEqual([group.protocolType, group.state, group.members.length], ['connect', 'Stable', 2])
      assert.deepEqual(one.events, ['before', 'joined', 'before', 'joined'])
    },
  },
  {
    name: 'rejoins on request, and its group goes on without it once it closes',
    async run(kafka) {
      const groupId = kafka.name('workers')
      const workers = [worker(kafka, groupId, 'one'), worker(kafka, groupId, 'two')] as const
      const [one, two] = workers
      await pollBoth(workers, () =>
        workers.every(({ assignment }) => String(assignment?.assignment).endsWith('one,two')),
      )
      const generation = one.membership.identity()?.generation ?? 0
      // A coordinator passes over a follower that comes back with the same metadata; never over the leader.
      const leader = workers.find(({ assignment }) => assignment?.leaderId === assignment?.memberId)
      leader?.membership.requestRejoin('a connector has come')
      await pollBoth(workers, () =>
        workers.every(({ assignment }) => (assignment?.generation ?? 0) > generation),
      )
      await two.membership.close()
      await two.membership.close()
      await pollBoth([one], () => String(one.assignment?.assignment) === 'sessioned one one')
    },
  },
  {
    name: 'tells a worker that was removed from its group, which then joins anew',
    async run(kafka) {
      const groupId = kafka.name('workers')
      const one = worker(kafka, groupId, 'one')
      await pollBoth([one], () => one.assignment !== undefined)
      await kafka.admin.removeMembers(groupId, [one.assignment?.memberId ?? ''])
      await pollBoth([one], () => one.events.length >= 5)
      assert.deepEqual(one.events, ['before', 'joined', 'lost', 'before', 'joined'])
    },
  },
]
