import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import fc from 'fast-check'

import type { TopicPartition } from '../../../../api/src/kafka/port.ts'
import type { Assignment, GroupMemberView } from './assignor.ts'
import { ASSIGNOR_NAMES, assignorNamed } from './assignors.ts'

function member(memberId: string, topics: string[], more: Partial<GroupMemberView> = {}): GroupMemberView {
  return {
    memberId,
    groupInstanceId: null,
    topics,
    userData: null,
    owned: [],
    generation: -1,
    rack: null,
    ...more,
  }
}

function assign(
  name: string,
  members: readonly GroupMemberView[],
  counts: Record<string, number>,
): Assignment {
  const assignor = assignorNamed(name)
  assert.ok(assignor)
  return assignor.assign(members, new Map(Object.entries(counts)))
}

function shown(assignment: Assignment): Record<string, string> {
  return Object.fromEntries(
    [...assignment].map(([id, partitions]) => [
      id,
      partitions.map(({ topic, partition }) => topic + partition).join(' '),
    ]),
  )
}

const topic = fc.constantFrom('a', 'b', 'c')
const group = fc.record({
  counts: fc.dictionary(topic, fc.integer({ min: 1, max: 9 }), { noNullPrototype: true }),
  members: fc
    .array(fc.uniqueArray(topic, { maxLength: 3 }), { minLength: 1, maxLength: 6 })
    .map((topics) => topics.map((own, i) => member(`m${i}`, own))),
})

function allPartitions({
  counts,
  members,
}: {
  counts: Record<string, number>
  members: GroupMemberView[]
}): string[] {
  const subscribed = new Set(members.flatMap(({ topics }) => topics))
  return Object.entries(counts)
    .filter(([name]) => subscribed.has(name))
    .flatMap(([name, count]) => Array.from({ length: count }, (_, i) => `${name}${i}`))
    .sort()
}

describe('assignors', () => {
  for (const name of ASSIGNOR_NAMES) {
    test(`${name} gives every partition to exactly one member that has subscribed to it`, () => {
      fc.assert(
        fc.property(group, (one) => {
          const assignment = assign(name, one.members, one.counts)
          const given = [...assignment.values()].flat().map((at) => `${at.topic}${at.partition}`)
          assert.deepEqual(given.sort(), allPartitions(one))
          for (const { memberId, topics } of one.members) {
            assert.ok(assignment.get(memberId)?.every((at) => topics.includes(at.topic)))
          }
        }),
      )
    })
  }

  test('range gives the first members of each topic one more, in order of member id', () => {
    const members = [member('y', ['a', 'b']), member('x', ['a', 'b']), member('z', ['b'])]
    assert.deepEqual(shown(assign('range', members, { a: 3, b: 4 })), {
      x: 'a0 a1 b0 b1',
      y: 'a2 b2',
      z: 'b3',
    })
  })

  test('range and roundrobin put static members first, by instance id', () => {
    const members = [
      member('a', ['t']),
      member('z', ['t'], { groupInstanceId: 'i2' }),
      member('y', ['t'], { groupInstanceId: 'i1' }),
    ]
    assert.deepEqual(shown(assign('range', members, { t: 3 })), { a: 't2', z: 't1', y: 't0' })
    assert.deepEqual(shown(assign('roundrobin', members, { t: 4 })), { a: 't2', z: 't1', y: 't0 t3' })
  })

  test('roundrobin deals out the partitions of all topics in turn, past members that do not want them', () => {
    const members = [member('x', ['a']), member('y', ['a', 'b']), member('z', ['a', 'b'])]
    assert.deepEqual(shown(assign('roundrobin', members, { a: 1, b: 3 })), { x: 'a0', y: 'b0 b2', z: 'b1' })
  })

  test('sticky leaves partitions where they are as far as evenness allows', () => {
    const at = (partition: number): TopicPartition => ({ topic: 't', partition })
    const members = [
      member('x', ['t'], { owned: [at(0), at(1), at(2), at(3)], generation: 4 }),
      member('y', ['t'], { owned: [at(4)], generation: 4 }),
      member('z', ['t']),
    ]
    const assignment = assign('sticky', members, { t: 6 })
    assert.deepEqual([...assignment.values()].map(({ length }) => length).sort(), [2, 2, 2])
    const kept = assignment.get('x')?.filter(({ partition }) => partition < 4)
    assert.equal(kept?.length, 2)
    assert.ok(assignment.get('y')?.some(({ partition }) => partition === 4))
  })

  test('sticky believes the younger of two claims, and neither of two from one generation', () => {
    const owned = [{ topic: 't', partition: 0 }]
    const claim = (generation: number): Partial<GroupMemberView> => ({ owned, generation })
    const members = [member('x', ['t'], claim(3)), member('y', ['t'], claim(4))]
    assert.deepEqual(shown(assign('sticky', members, { t: 1 })), { x: '', y: 't0' })
    const even = [member('x', ['t'], claim(4)), member('y', ['t'], claim(4))]
    assert.equal([...assign('cooperative-sticky', even, { t: 1 }).values()].flat().length, 1)
  })

  test('sticky is as even as the subscriptions allow, and settled once it is', () => {
    fc.assert(
      fc.property(group, ({ counts, members }) => {
        const first = assign('sticky', members, counts)
        for (const from of members) {
          for (const to of members) {
            const movable = first.get(from.memberId)?.some((at) => to.topics.includes(at.topic)) === true
            const difference = (first.get(from.memberId)?.length ?? 0) - (first.get(to.memberId)?.length ?? 0)
            assert.ok(!movable || difference < 2)
          }
        }
        const again = assign(
          'sticky',
          members.map((one) => ({ ...one, owned: first.get(one.memberId) ?? [], generation: 1 })),
          counts,
        )
        for (const { memberId } of members) {
          assert.deepEqual(
            shown(again)[memberId]?.split(' ').sort(),
            shown(first)[memberId]?.split(' ').sort(),
          )
        }
      }),
    )
  })

  test('cooperative-sticky never gives a partition to one member while another still holds it', () => {
    fc.assert(
      fc.property(group, fc.nat(5), ({ counts, members }, joined) => {
        const before = assign('sticky', members.slice(0, joined + 1), counts)
        const now = members.map((one) => ({ ...one, owned: before.get(one.memberId) ?? [], generation: 1 }))
        const after = assign('cooperative-sticky', now, counts)
        const owners = new Map(
          now.flatMap((one) => one.owned.map((at) => [at.topic + at.partition, one.memberId])),
        )
        for (const [memberId, partitions] of after) {
          for (const at of partitions) assert.equal(owners.get(at.topic + at.partition) ?? memberId, memberId)
        }
      }),
    )
  })
})
