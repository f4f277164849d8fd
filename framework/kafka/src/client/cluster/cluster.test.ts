import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { Clock } from '../../../../api/src/time/clock.ts'
import { Cluster } from './cluster.ts'
import { BrokerError, ErrorCode } from './protocol-errors.ts'
import { Signal } from './signal.ts'
import { within } from './within.ts'

/** Time that passes only while somebody sleeps. The wall clock beside it runs backwards. */
function movingClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = []
  let at = 0
  return {
    slept,
    now: () => -at,
    monotonic: () => at,
    sleep: async (ms, signal) => {
      await Promise.resolve()
      signal?.throwIfAborted()
      slept.push(ms)
      at += ms
    },
  }
}

/** Retries need no connection. */
function clusterWith(clock: Clock): Cluster {
  return new Cluster(
    'test',
    { bootstrapServers: ['nowhere:1'] },
    () => ({
      request: () => Promise.reject(new Error('nothing is sent')),
      fetch: () => Promise.reject(new Error('nothing is sent')),
      produce: () => Promise.reject(new Error('nothing is sent')),
      close: () => Promise.resolve(),
    }),
    clock,
  )
}

describe('Cluster.retry', () => {
  const cases = [
    ['another transaction of the id still ends', ErrorCode.concurrentTransactions, [20, 20, 20, 20, 20, 20]],
    ['the coordinator moves', ErrorCode.notCoordinator, [50, 100, 200, 400, 800, 1000]],
    ['the coordinator loads', ErrorCode.coordinatorLoadInProgress, [50, 100, 200, 400, 800, 1000]],
  ] as const
  for (const [what, code, pauses] of cases) {
    test(`pauses while ${what}`, async () => {
      const clock = movingClock()
      let tries = 0
      await clusterWith(clock).retry('testing', () => {
        if (tries++ < pauses.length) return Promise.reject(new BrokerError(code, 'testing'))
        return Promise.resolve()
      })
      assert.deepEqual(clock.slept, pauses)
    })
  }

  test('ends when its time is up, by the monotonic clock', async () => {
    const clock = movingClock()
    const failing = clusterWith(clock).retry(
      'testing',
      () => Promise.reject(new BrokerError(ErrorCode.notCoordinator, 'testing')),
      { timeoutMs: 1_000 },
    )
    await assert.rejects(failing, /NOT_COORDINATOR/)
    assert.equal(
      clock.slept.reduce((sum, ms) => sum + ms, 0),
      1_000,
    )
  })
})

test('waits end by the clock, or earlier', async () => {
  const clock = movingClock()
  await within(clock, 500, new Promise(() => {}))
  assert.deepEqual(clock.slept, [500])
  await within(clock, 500, Promise.resolve())
  const signal = new Signal(clock)
  await signal.wait(300)
  signal.notify()
  await signal.wait(300)
  assert.equal(clock.slept.filter((ms) => ms === 300).length, 1)
})
