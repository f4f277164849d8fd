import assert from 'node:assert/strict'
import test from 'node:test'

import type { Clock } from '../../../api/src/time/clock.ts'
import { ConnectError, RetriableError } from '../../../api/src/errors/connect-errors.ts'
import { StoreRetrier } from './store-retrier.ts'

const never = new AbortController().signal

function retrier(random: () => number): { retrier: StoreRetrier; delays: number[]; told: (string | null)[] } {
  const delays: number[] = []
  const told: (string | null)[] = []
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (ms) => {
      delays.push(ms)
    },
  }
  const options = {
    clock,
    quietRetries: 3,
    backoffMs: 200,
    random,
    onTrouble: (text: string | null) => told.push(text),
  }
  return { retrier: new StoreRetrier(options), delays, told }
}

/** Fails so many times. */
function flaky(failures: number): () => Promise<string> {
  let calls = 0
  return async () => {
    if (calls++ < failures) throw new RetriableError('503 SlowDown')
    return 'done'
  }
}

test('doubles the bound of its pauses up to half a minute, each pause random below it', async () => {
  const bounds = retrier(() => 1)
  assert.equal(await bounds.retrier.run(flaky(12), never), 'done')
  assert.deepEqual(bounds.delays.slice(0, 9), [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000])
  const halves = retrier(() => 0.5)
  await halves.retrier.run(flaky(2), never)
  assert.deepEqual(halves.delays, [100, 200])
  assert.equal(halves.retrier.retries, 2)
})

test('tells nobody of a few failures, then what it waits for, and when that is over', async () => {
  const quiet = retrier(() => 0)
  await quiet.retrier.run(flaky(3), never)
  assert.deepEqual(quiet.told, [])
  const loud = retrier(() => 0)
  await loud.retrier.run(flaky(5), never)
  assert.match(loud.told[0] ?? '', /503 SlowDown \(tried 4 times/)
  assert.deepEqual([loud.told.length, loud.told.at(-1)], [3, null])
  assert.equal(loud.retrier.inTrouble, false)
})

test('is in trouble until the last of the failing requests has come through', async () => {
  const { retrier: both, told } = retrier(() => 0)
  let release = (): void => undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  let calls = 0
  const slow = both.run(async () => {
    if (calls++ < 4) throw new RetriableError('down')
    await gate
  }, never)
  await both.run(flaky(4), never)
  assert.equal(both.inTrouble, true)
  assert.equal(told.includes(null), false)
  release()
  await slow
  assert.equal(both.inTrouble, false)
})

test('does not try again what will not pass, nor after it was aborted', async () => {
  const { retrier: strict, delays } = retrier(() => 0)
  await assert.rejects(
    strict.run(async () => Promise.reject(new ConnectError('403 AccessDenied')), never),
    /AccessDenied/,
  )
  assert.deepEqual(delays, [])
  const abort = new AbortController()
  await assert.rejects(
    strict.run(async () => {
      abort.abort(new Error('stopped'))
      throw new RetriableError('reset')
    }, abort.signal),
    /stopped/,
  )
})

test('pauses no longer than the configuration allows', async () => {
  const delays: number[] = []
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (ms) => {
      delays.push(ms)
    },
  }
  const options = { clock, quietRetries: 9, backoffMs: 100, maxBackoffMs: 250, random: () => 1 }
  await new StoreRetrier({ ...options, onTrouble: () => undefined }).run(flaky(4), never)
  assert.deepEqual(delays, [100, 200, 250, 250])
})
