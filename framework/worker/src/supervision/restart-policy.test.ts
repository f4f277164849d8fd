import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { RestartPolicy } from './restart-policy.ts'

suite('RestartPolicy', () => {
  const policyAt = (max: number): { policy: RestartPolicy; pass: (ms: number) => void } => {
    let now = 1_000_000_000
    const clock = { now: () => now, monotonic: () => now, sleep: async () => {} }
    return {
      policy: new RestartPolicy({ max, delayMs: 100, delayMaxMs: 1_000 }, clock),
      pass: (ms) => {
        now += ms
      },
    }
  }

  test('doubles the pause up to its bound, and ends after max restarts', () => {
    const { policy } = policyAt(6)
    const pauses = Array.from({ length: 7 }, () => policy.failed())
    assert.deepEqual(pauses, [100, 200, 400, 800, 1000, 1000, undefined])
  })

  test('0 restarts nothing, as Kafka Connect; -1 never ends', () => {
    assert.equal(policyAt(0).policy.failed(), undefined)
    const { policy } = policyAt(-1)
    for (let i = 0; i < 1000; i++) assert.notEqual(policy.failed(), undefined)
  })

  test('an hour without failure begins the count anew', () => {
    const { policy, pass } = policyAt(1)
    assert.equal(policy.failed(), 100)
    assert.equal(policy.failed(), undefined)
    pass(61 * 60 * 1000)
    assert.equal(policy.failed(), 100)
    assert.equal(policy.restarts, 1)
  })
})
