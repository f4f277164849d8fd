import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Clock } from '../../../api/src/time/clock.ts'
import type { Converter, HeaderConverter } from '../../../api/src/connector/converter.ts'
import type { Transformation } from '../../../api/src/connector/transformation.ts'
import type { SinkRecord } from '../../../api/src/data/sink-record.ts'
import { DataError, RetriableError } from '../../../api/src/errors/connect-errors.ts'
import { errorConfig } from '../failures/error-config.ts'
import { ErrorHandler } from '../failures/error-handler.ts'
import { ErrorMetrics } from '../failures/error-metrics.ts'
import type { FailedOperation } from '../failures/failed-operation.ts'
import type { ConsumerRecord } from '../../../api/src/kafka/port.ts'
import { RecordPipeline } from './record-pipeline.ts'

/** A clock that moves only when somebody sleeps. */
function movingClock(): Clock & { slept: number[] } {
  let now = 1_000
  const slept: number[] = []
  return {
    slept,
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      slept.push(ms)
      now += ms
    },
  }
}

const text: Converter = {
  configure() {},
  toConnectData: (_topic, bytes) => {
    if (bytes?.toString() === 'bad') throw new DataError('bad value')
    return { schema: null, value: bytes?.toString() ?? null }
  },
  fromConnectData: () => null,
}
const header: HeaderConverter = {
  configure() {},
  toConnectHeader: (_topic, key, bytes) => ({ key, schema: null, value: bytes?.toString() ?? null }),
  fromConnectHeader: () => null,
}

const records = (...values: string[]): ConsumerRecord[] =>
  values.map((value, i) => ({
    topic: 't',
    partition: 0,
    offset: BigInt(i),
    timestamp: -1,
    timestampType: 'CreateTime',
    key: null,
    value: Buffer.from(value),
    headers: [{ key: 'h', value: Buffer.from('x') }],
  }))

function pipeline(config: Record<string, string>, ...transformations: Transformation[]) {
  const clock = movingClock()
  let stretches = 0
  const metrics = new ErrorMetrics()
  const reported: FailedOperation[] = []
  const errors = new ErrorHandler({
    config: errorConfig.parse(config),
    reporters: [{ report: async (failed) => void reported.push(failed), close: async () => {} }],
    metrics,
    clock,
    signal: new AbortController().signal,
  })
  const built = new RecordPipeline({
    key: { className: 'Key', instance: text },
    value: { className: 'Value', instance: text },
    header: { className: 'Header', instance: header },
    transforms: transformations.map((transformation, i) => ({
      alias: `t${i}`,
      prefix: `transforms.t${i}.`,
      className: `Transform${i}`,
      transformation,
      predicate: null,
      predicateAlias: null,
      negate: false,
    })),
    errors,
    clock,
    onWork: () => void stretches++,
  })
  return { built, reported, metrics, clock, stretches: () => stretches }
}

const transform = (apply: Transformation['apply']): Transformation => ({ configure() {}, apply })

suite('RecordPipeline', () => {
  test('converts in order, with headers, and timestamp -1 as null (B19)', async () => {
    const out: SinkRecord[] = []
    await pipeline({}).built.convert(records('a', 'b'), out)
    assert.deepEqual(
      out.map((r) => r.value),
      ['a', 'b'],
    )
    assert.equal(out[0]?.timestamp, null)
    assert.equal(out[0]?.headers.lastWithName('h')?.value, 'x')
  })

  test('a transformation may drop a record, or put several in its place that keep its offset', async () => {
    const twice = transform((r) =>
      r.value === 'drop' ? null : [r, r.with({ value: `${String(r.value)}2` })],
    )
    const out: SinkRecord[] = []
    await pipeline(
      {},
      twice,
      transform((r) => r.with({ topic: 'u' })),
    ).built.convert(records('a', 'drop', 'b'), out)
    assert.deepEqual(
      out.map((r) => [r.topic, r.value, r.originalKafkaOffset, r.originalTopic]),
      [
        ['u', 'a', 0n, 't'],
        ['u', 'a2', 0n, 't'],
        ['u', 'b', 2n, 't'],
        ['u', 'b2', 2n, 't'],
      ],
    )
  })

  test('errors.tolerance=none reports the bad record and fails, naming its place', async () => {
    const { built, reported } = pipeline({})
    await assert.rejects(
      built.convert(records('a', 'bad'), []),
      /Tolerance exceeded in error handler.*VALUE_CONVERTER.*t-0@1/,
    )
    assert.equal(reported.length, 1)
  })

  test('errors.tolerance=all skips bad records and counts them (B4)', async () => {
    const { built, metrics } = pipeline({ 'errors.tolerance': 'all' })
    const out: SinkRecord[] = []
    await built.convert(records('bad', 'a'), out)
    assert.deepEqual(
      out.map((r) => r.value),
      ['a'],
    )
    assert.equal(metrics.totalRecordsSkipped, 1)
  })

  test('a RetriableError is tried again with doubling delays until it passes (B1)', async () => {
    let failures = 3
    const flaky = transform((r) => {
      if (r.value === 'b' && failures-- > 0) throw new RetriableError('later')
      return r
    })
    const { built, clock, metrics } = pipeline({ 'errors.retry.timeout': '10000' }, flaky)
    const out: SinkRecord[] = []
    await built.convert(records('a', 'b', 'c'), out)
    assert.deepEqual(
      out.map((r) => r.value),
      ['a', 'b', 'c'],
    )
    assert.deepEqual(clock.slept, [300, 600, 1200])
    assert.equal(metrics.totalRetries, 3)
  })

  test('a RetriableError whose time is used up fails the task under none, and is reported under all', async () => {
    const always = transform((r) => {
      if (r.value === 'b') throw new RetriableError('never')
      return r
    })
    await assert.rejects(
      pipeline({ 'errors.retry.timeout': '1000' }, always).built.convert(records('b'), []),
      /Tolerance exceeded/,
    )
    const tolerant = pipeline({ 'errors.retry.timeout': '1000', 'errors.tolerance': 'all' }, always)
    const out: SinkRecord[] = []
    await tolerant.built.convert(records('a', 'b', 'c'), out)
    assert.deepEqual(
      out.map((r) => r.value),
      ['a', 'c'],
    )
    assert.equal(tolerant.reported[0]?.stage, 'TRANSFORMATION')
    assert.equal(tolerant.reported[0]?.className, 'Transform0')
  })

  test('records that take long leave the event loop its turn between them, quick ones do not', async () => {
    for (const [ms, expected] of [
      [0, 0],
      [10, 1],
      [60, 9],
      [1000, 9],
    ] as const) {
      const made = pipeline(
        {},
        transform((r) => {
          void made.clock.sleep(ms)
          return r
        }),
      )
      let turns = 0
      let isOver = false
      const count = (): void => {
        if (isOver) return
        turns++
        setImmediate(count)
      }
      setImmediate(count)
      // Without headers nothing of a record has to wait.
      const plain = records(...'abcdefghij').map((record) => ({ ...record, headers: [] }))
      await made.built.convert(plain, [])
      isOver = true
      assert.equal(made.stretches(), expected, `${ms} ms a record`)
      assert.ok(turns >= expected, `${turns} turns for ${ms} ms a record`)
    }
  })

  test('a step that has to wait keeps the order of records', async () => {
    const slow = transform(async (r) => {
      if (r.value === 'a') await new Promise((resolve) => setImmediate(resolve))
      return r
    })
    const out: SinkRecord[] = []
    await pipeline({}, slow).built.convert(records('a', 'b'), out)
    assert.deepEqual(
      out.map((r) => r.value),
      ['a', 'b'],
    )
  })
})
