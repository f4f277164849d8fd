import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { LostWork } from './lost-work.ts'

const UNITS = ['a-0', 'a-1', 'a-2', 'a-3']
const BOTH = new Map([
  ['m1', ['a-0', 'a-1']],
  ['m2', ['a-2', 'a-3']],
])
const ALONE = new Map([['m1', ['a-0', 'a-1']]])

/** A leader that has shared the units between two members, at the time that the clock shows. */
function leader(maxDelayMs: number): { lost: LostWork; clock: { time: number } } {
  const clock = { time: 1_000 }
  const lost = new LostWork(maxDelayMs, { now: () => clock.time } as never)
  lost.decided(BOTH, new Set())
  return { lost, clock }
}

suite('LostWork', () => {
  test('without a delay the work of a member that is gone waits for nothing', () => {
    const { lost } = leader(0)
    assert.deepEqual(lost.waiting(UNITS, ALONE), { units: new Set(), delayMs: 0 })
  })

  test('A70: with a delay it waits so long and no longer', () => {
    const { lost, clock } = leader(5_000)
    const first = lost.waiting(UNITS, ALONE)
    assert.deepEqual(first, { units: new Set(['a-2', 'a-3']), delayMs: 5_000 })
    lost.decided(ALONE, first.units)
    clock.time += 2_000
    const second = lost.waiting(UNITS, ALONE)
    assert.deepEqual(second, { units: new Set(['a-2', 'a-3']), delayMs: 3_000 })
    lost.decided(ALONE, second.units)
    clock.time += 3_000
    assert.deepEqual(lost.waiting(UNITS, ALONE), { units: new Set(), delayMs: 0 })
  })

  test('A70: a worker that returns within the delay gets it at once', () => {
    const { lost, clock } = leader(5_000)
    lost.decided(ALONE, lost.waiting(UNITS, ALONE).units)
    clock.time += 1_000
    const returned = new Map([...ALONE, ['m3', []]])
    assert.deepEqual(lost.waiting(UNITS, returned), { units: new Set(), delayMs: 0 })
  })

  test('work that is new, deleted, or taken away for another member does not wait', () => {
    const { lost } = leader(5_000)
    assert.deepEqual(lost.waiting([...UNITS, 'b-0'], BOTH).units, new Set())
    assert.deepEqual(lost.waiting(['a-0', 'a-1'], ALONE).units, new Set())
    const afterRevocation = new Map([
      ['m1', ['a-0', 'a-1']],
      ['m2', ['a-2']],
    ])
    lost.decided(afterRevocation, new Set())
    assert.deepEqual(lost.waiting(UNITS, afterRevocation).units, new Set())
  })
})
