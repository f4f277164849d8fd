import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { systemClock } from '../../../api/src/time/clock.ts'
import type { SinkTask } from '../../../api/src/connector/sink-task.ts'
import { Headers } from '../../../api/src/data/headers.ts'
import { SinkRecord } from '../../../api/src/data/sink-record.ts'
import { DataError, RetriableError } from '../../../api/src/errors/connect-errors.ts'
import { errorConfig } from '../failures/error-config.ts'
import { ErrorHandler } from '../failures/error-handler.ts'
import { ErrorMetrics } from '../failures/error-metrics.ts'
import type { FailedOperation } from '../failures/failed-operation.ts'
import type { ConsumerRecord } from '../../../api/src/kafka/port.ts'
import { PutDelivery } from './put-delivery.ts'

/** Writes all of a put or nothing, as a transaction does. */
class TransactionalTask implements SinkTask {
  readonly isPutAtomic: boolean
  readonly written: number[] = []
  readonly #check: (value: number) => void

  constructor(check: (value: number) => void, isPutAtomic = true) {
    this.#check = check
    this.isPutAtomic = isPutAtomic
  }

  initialize(): void {}
  async start(): Promise<void> {}
  async open(): Promise<void> {}
  async put(records: readonly SinkRecord[]): Promise<void> {
    const values = records.map((record) => record.value as number)
    values.forEach(this.#check)
    this.written.push(...values)
  }
  async preCommit(consumed: Awaited<ReturnType<SinkTask['preCommit']>>): ReturnType<SinkTask['preCommit']> {
    return consumed
  }
  async close(): Promise<void> {}
  async stop(): Promise<void> {}
}

function record(value: number, raw = consumed(value)): SinkRecord {
  return new SinkRecord({
    topic: 't',
    kafkaPartition: 0,
    keySchema: null,
    key: null,
    valueSchema: null,
    value,
    kafkaOffset: raw.offset,
    timestamp: null,
    timestampType: 'NoTimestampType',
    headers: new Headers(),
    origin: raw,
  })
}

function consumed(n: number): ConsumerRecord {
  const base = { topic: 't', partition: 0, timestamp: -1, timestampType: 'CreateTime' as const }
  return { ...base, offset: BigInt(n), key: null, value: null, headers: [] }
}

function delivery(task: SinkTask, tolerance: 'all' | 'none') {
  const reported: FailedOperation[] = []
  const errors = new ErrorHandler({
    config: errorConfig.parse({ 'errors.tolerance': tolerance }),
    reporters: [{ report: async (failed) => void reported.push(failed), close: async () => {} }],
    metrics: new ErrorMetrics(),
    clock: systemClock,
    signal: new AbortController().signal,
  })
  return { reported, delivery: new PutDelivery({ task, className: 'Task', errors }) }
}

suite('PutDelivery', () => {
  test('finds every bad record by halving; all others are written once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.array(fc.nat(59)), async (count, badOnes) => {
        const bad = new Set(badOnes.filter((n) => n < count))
        const task = new TransactionalTask((value) => {
          if (bad.has(value)) throw new DataError(`bad ${value}`)
        })
        const { reported, delivery: put } = delivery(task, 'all')
        const batch = Array.from({ length: count }, (_, n) => record(n))
        assert.deepEqual((await put.deliver(batch)).remaining, [])
        assert.deepEqual(
          task.written,
          batch.map((r) => r.value).filter((n) => !bad.has(n as number)),
        )
        assert.deepEqual(
          reported.map((failed) => Number(failed.record.offset)),
          [...bad].toSorted((a, b) => a - b),
        )
      }),
    )
  })

  test('records that a transformation made of one offset are never parted', async () => {
    const raw = consumed(7)
    const task = new TransactionalTask((value) => {
      if (value === 2) throw new DataError('bad')
    })
    const { reported, delivery: put } = delivery(task, 'all')
    await put.deliver([record(0), record(1, raw), record(2, raw), record(3, raw), record(4)])
    assert.deepEqual(task.written, [0, 4])
    assert.equal(reported.length, 1)
    assert.equal(reported[0]?.stage, 'TASK_PUT')
  })

  test('a RetriableError hands back what is not delivered yet, in order', async () => {
    let down = false
    const task = new TransactionalTask((value) => {
      if (value === 1) throw new DataError('bad')
      if (value === 3 && down) throw new RetriableError('store down')
    })
    const { delivery: put } = delivery(task, 'all')
    down = true
    const first = await put.deliver([0, 1, 2, 3].map((n) => record(n)))
    assert.deepEqual(
      first.remaining.map((r) => r.value),
      [2, 3],
    )
    down = false
    assert.deepEqual((await put.deliver(first.remaining)).remaining, [])
    assert.deepEqual(task.written, [0, 2, 3])
  })

  test('B8: fails the task where records may not be skipped, or where a failed put may have written some', async () => {
    const bad = (value: number): void => {
      if (value === 1) throw new DataError('bad')
    }
    const batch = [record(0), record(1)]
    const message = 'Exiting WorkerSinkTask due to unrecoverable exception.'
    await assert.rejects(delivery(new TransactionalTask(bad), 'none').delivery.deliver(batch), { message })
    await assert.rejects(delivery(new TransactionalTask(bad, false), 'all').delivery.deliver(batch), {
      message,
    })
  })
})
