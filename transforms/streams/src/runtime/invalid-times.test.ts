import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import {
  Consumed,
  Produced,
  Record,
  Serdes,
  StreamsBuilder,
  TopologyTestDriver,
  correctedTimestampExtractor,
  failOnInvalidTimestamp,
  logAndSkipOnInvalidTimestamp,
  usePartitionTimeOnInvalidTimestamp,
  wallclockTimestampExtractor,
} from '../index.ts'
import type { TimestampExtractor } from '../index.ts'

/** A loop without end is ended by the harness, which then tells what was tried last. */
const harnessMs = 120_000

test('no time of a record makes any operator loop, or come out as a time that is none', async (context) => {
  const seed = fc.readConfigureGlobal().seed ?? 1
  const file = join(import.meta.dirname, 'fixtures/hostile-times.ts')
  const worker = new Worker(file, { workerData: { seed, runs: 10 }, execArgv: ['--conditions=development'] })
  let last: unknown = 'nothing'
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  worker.on('message', (message) => {
    last = message
    if (message === 'done') resolve()
  })
  worker.on('error', reject)
  const timer = setTimeout(
    () => reject(new Error(`the worker never came back from: ${String(last)}`)),
    harnessMs,
  )
  try {
    await promise
  } catch (error) {
    context.diagnostic(`seed ${seed}, last: ${String(last)}`)
    throw error
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
})

interface Outcome {
  readonly out: readonly number[]
  readonly dropped: Readonly<{ [reason: string]: number }>
  readonly error: string | null
}

function piped(extractor: TimestampExtractor<string, string> | null, times: readonly unknown[]): Outcome {
  const builder = new StreamsBuilder()
  builder
    .stream('in', Consumed.with(Serdes.string(), Serdes.string(), extractor))
    .to('out', Produced.with(Serdes.string(), Serdes.string()))
  using driver = new TopologyTestDriver(builder.build(), {}, 0)
  const input = driver.createInputTopic('in', Serdes.string(), Serdes.string())
  const output = driver.createOutputTopic('out', Serdes.string(), Serdes.string())
  let error: string | null = null
  try {
    for (const time of times) input.pipeInput('k', 'v', time as number)
  } catch (thrown) {
    error = (thrown as Error).message
  }
  const reasons = ['negative-timestamp', 'invalid-timestamp']
  const counts = reasons.map((reason) => [reason, driver.droppedRecords(reason)] as const)
  return {
    out: output.readRecordsToList().map(({ timestamp }) => timestamp ?? -1),
    dropped: Object.fromEntries(counts.filter(([, count]) => count > 0)),
    error,
  }
}

/** Numbers that are no times: what a topic, or a function of the user's, may come with. */
const noTimes = [Number.NaN, JSON.parse('1e999') as number, 1.5, 2 ** 53, 1_700_000_000_000_000_000]

describe('a timestamp that is no safe integer follows the rule of invalid timestamps:', () => {
  for (const time of noTimes) {
    test(`${time} fails, is skipped, or gets the time of the partition`, () => {
      const failed = piped(failOnInvalidTimestamp, [7, time])
      assert.deepEqual(failed.out, [7])
      assert.ok(
        failed.error?.startsWith(`Input record of in-0@1 has invalid timestamp ${time}`),
        failed.error ?? '',
      )
      assert.equal(
        piped(null, [time]).error?.startsWith('Input record of in-0@0 has invalid timestamp'),
        true,
      )
      const skipped = { out: [7, 8], dropped: { 'invalid-timestamp': 1 }, error: null }
      assert.deepEqual(piped(logAndSkipOnInvalidTimestamp, [7, time, 8]), skipped)
      assert.deepEqual(piped(usePartitionTimeOnInvalidTimestamp, [7, time, 8]).out, [7, 7, 8])
      assert.match(piped(usePartitionTimeOnInvalidTimestamp, [time]).error ?? '', /partition time is unknown/)
    })

    test(`${time} from an extractor is skipped, as Java skips a negative one`, () => {
      const given = [7, time, 8, -1]
      const mine: TimestampExtractor<string, string> = () => given.shift() as number
      const dropped = { 'invalid-timestamp': 1, 'negative-timestamp': 1 }
      assert.deepEqual(piped(mine, [0, 0, 0, 0]), { out: [7, 8], dropped, error: null })
      assert.deepEqual(
        piped(
          wallclockTimestampExtractor(() => time),
          [0],
        ).out,
        [],
      )
      const corrected = correctedTimestampExtractor(() => ({ event: 0, sent: 0, received: time }))
      assert.deepEqual(piped(corrected, [0]).out, [])
    })
  }
})

describe('an extractor must give a number:', () => {
  for (const [shown, wrong] of Object.entries({
    "'1700000000000' (string)": '1700000000000',
    '1700000000000n (bigint)': 1_700_000_000_000n,
    undefined,
    null: null,
    'true (boolean)': true,
    '1970-01-01T00:00:00.005Z (object)': new Date(5),
  })) {
    test(`${shown} is an error that tells the record`, () => {
      const expected =
        'Fatal user code error in TimestampExtractor callback for record in-0@0: it must give milliseconds since ' +
        `the epoch as a number, got ${shown}.`
      assert.equal(piped(() => wrong as never, [0]).error, expected)
    })
  }

  test('and the times of a device are numbers, not texts that would be joined', () => {
    for (const name of ['event', 'sent', 'received']) {
      const wrong = correctedTimestampExtractor(
        () => ({ event: 1, sent: 1, received: 1, [name]: '5' }) as never,
      )
      assert.match(piped(wrong, [0]).error ?? '', new RegExp(`time "${name}" of in-0@0 as a number`))
    }
  })
})

test('a record cannot be made with a time that is none', () => {
  for (const time of [...noTimes, Number.NEGATIVE_INFINITY, -1, '5', 5n, null, undefined, new Date(5)]) {
    assert.throws(() => new Record('k', 'v', time as never), {
      name: 'StreamsException',
      message: 'Malformed Record',
    })
    assert.throws(() => new Record('k', 'v', 0).withTimestamp(time as never), {
      message: 'Malformed Record',
    })
  }
})

test('the driver refuses times and durations that are none, where they are given', () => {
  const builder = new StreamsBuilder()
  builder.stream('in', Consumed.with(Serdes.string(), Serdes.string()))
  const topology = builder.build()
  using driver = new TopologyTestDriver(topology, {}, 0)
  const input = driver.createInputTopic('in', Serdes.string(), Serdes.string())
  for (const wrong of [...noTimes, '5', 5n, null, true] as number[]) {
    for (const act of [
      () => driver.advanceWallClockTime(wrong),
      () => input.advanceTime(wrong),
      () => driver.createInputTopic('in', Serdes.string(), Serdes.string(), 0, wrong),
      () => driver.createInputTopic('in', Serdes.string(), Serdes.string(), wrong),
      () => input.pipeKeyValueList([['a', 'b']], 0, wrong),
      () => new TopologyTestDriver(topology, {}, { initialWallClockTime: wrong, partitions: wrong }),
      () => new TopologyTestDriver(topology, {}, { partitions: wrong }),
      () => new TopologyTestDriver(topology, {}, { partitions: { in: wrong } }),
      () => new TopologyTestDriver(topology, {}, { commitEveryRecords: wrong ?? 0 }),
    ])
      assert.throws(act, { name: 'IllegalArgumentException' })
  }
  for (const wrong of ['5', 5n, {}, true] as unknown as number[])
    assert.throws(() => input.pipeInput('k', 'v', wrong), { name: 'IllegalArgumentException' })
})
