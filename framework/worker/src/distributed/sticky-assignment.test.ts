import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { planAssignment } from './sticky-assignment.ts'

type Held = ReadonlyMap<string, readonly string[]>

/** Rebalances as the workers do, revocations first, until nothing more is taken away. */
function settle(units: readonly string[], held: Held): { held: Held; rounds: number } {
  for (let rounds = 1; ; rounds++) {
    const plan = planAssignment(units, held)
    held = plan.assigned
    if (plan.revoked.size === 0) return { held, rounds }
  }
}

function counts(held: Held): number[] {
  return [...held.values()].map((units) => units.length).toSorted((a, b) => a - b)
}

const tasks = (connector: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${connector}-${i}`)

suite('planAssignment', () => {
  test('shares new work equally, and each connector too', () => {
    const { assigned, revoked } = planAssignment(
      [...tasks('a', 3), ...tasks('b', 3)],
      new Map([
        ['m1', []],
        ['m2', []],
        ['m3', []],
      ]),
    )
    assert.deepEqual(counts(assigned), [2, 2, 2])
    for (const units of assigned.values()) {
      assert.deepEqual(new Set(units.map((unit) => unit[0])), new Set(['a', 'b']))
    }
    assert.equal(revoked.size, 0)
  })

  test('gives the work of a member that is gone to the others, who keep what they have', () => {
    const held = new Map([
      ['m1', ['a-0', 'a-1']],
      ['m2', ['a-2', 'a-3']],
    ])
    const { assigned, revoked } = planAssignment(tasks('a', 6), held)
    assert.deepEqual(assigned.get('m1')?.slice(0, 2), ['a-0', 'a-1'])
    assert.deepEqual(assigned.get('m2')?.slice(0, 2), ['a-2', 'a-3'])
    assert.deepEqual(counts(assigned), [3, 3])
    assert.equal(revoked.size, 0)
  })

  test('takes work away for a member that has joined, and gives it only in the rebalance after', () => {
    const held = new Map([
      ['m1', tasks('a', 3)],
      ['m2', tasks('b', 3)],
      ['m3', []],
    ])
    const units = [...tasks('a', 3), ...tasks('b', 3)]
    const first = planAssignment(units, held)
    assert.deepEqual(counts(first.assigned), [0, 2, 2])
    assert.deepEqual(
      [...first.revoked].map(([member, taken]) => [member, taken.length]),
      [
        ['m2', 1],
        ['m1', 1],
      ],
    )
    const second = planAssignment(units, first.assigned)
    assert.deepEqual(counts(second.assigned), [2, 2, 2])
    assert.equal(second.revoked.size, 0)
  })

  test('leaves what waits to nobody, and moves nothing meanwhile', () => {
    const held = new Map([
      ['m1', ['a-0', 'a-1']],
      ['m2', []],
    ])
    const { assigned, revoked } = planAssignment(tasks('a', 4), held, new Set(['a-2', 'a-3']))
    assert.deepEqual(assigned, held)
    assert.equal(revoked.size, 0)
  })

  test('whatever members have, all work ends up at one member each, equally, with no move too many', () => {
    const scenario = fc.record({
      units: fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c-1'), fc.nat(9)), {
        maxLength: 30,
        selector: (unit) => unit.join('-'),
      }),
      members: fc.integer({ min: 1, max: 6 }),
      owners: fc.array(fc.nat(8), { minLength: 30, maxLength: 30 }),
    })
    fc.assert(
      fc.property(scenario, ({ units: pairs, members, owners }) => {
        const units = pairs.map((pair) => pair.join('-'))
        const held = new Map(Array.from({ length: members }, (_, m) => [`m${m}`, [] as string[]]))
        units.forEach((unit, i) => held.get(`m${owners[i]}`)?.push(unit))
        held.get('m0')?.push('gone-0')
        const end = settle(units, held)
        assert.deepEqual([...end.held.values()].flat().toSorted(), units.toSorted())
        const sizes = counts(end.held)
        assert.ok((sizes.at(-1) ?? 0) - (sizes[0] ?? 0) <= 1)
        assert.ok(end.rounds <= 2)
        const least = Math.ceil(units.length / members)
        for (const [member, before] of held) {
          const kept = before.filter((unit) => end.held.get(member)?.includes(unit))
          const real = before.filter((unit) => units.includes(unit))
          assert.ok(kept.length >= Math.min(real.length, least - 1), `${member} lost more than it had to`)
        }
        assert.deepEqual(planAssignment(units, end.held).assigned, end.held)
      }),
      { verbose: 1 },
    )
  })
})
