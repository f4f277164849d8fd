import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ErrorMetrics } from '../failures/error-metrics.ts'
import { SampleWindow } from './sample-window.ts'
import { TaskMetrics } from './task-metrics.ts'

/** Milliseconds that pass when told to. */
function handClock(): { now: () => number; pass: (ms: number) => void } {
  let ms = 5_000
  return { now: () => ms, pass: (by) => (ms += by) }
}

suite('sample windows', () => {
  test('average, maximum and rate are of the present and the previous half minute', () => {
    const clock = handClock()
    const window = new SampleWindow(clock.now)
    window.record(10)
    clock.pass(30_000)
    window.record(20)
    assert.deepEqual([window.average, window.max, window.rate], [15, 20, 1])
    clock.pass(30_000)
    assert.deepEqual([window.average, window.max], [20, 20])
    clock.pass(30_000)
    assert.deepEqual([window.isEmpty, window.average, window.max, window.rate], [true, 0, 0, 0])
  })

  test('after a long silence nothing old is left', () => {
    const clock = handClock()
    const window = new SampleWindow(clock.now)
    window.record(10)
    clock.pass(60_000)
    assert.ok(window.isEmpty)
  })

  test('the first second does not exaggerate the rate', () => {
    const clock = handClock()
    const window = new SampleWindow(clock.now)
    clock.pass(1)
    window.record(500)
    assert.equal(window.rate, 500)
  })
})

suite('task metrics', () => {
  test('records, batches and their times are counted', () => {
    const clock = handClock()
    const metrics = new TaskMetrics(new ErrorMetrics(), clock.now)
    clock.pass(10_000)
    metrics.read(100)
    metrics.put(60, 4)
    metrics.put(30, 8)
    const { sinkTask, connectorTask } = metrics.snapshot(3, 7, [])
    assert.deepEqual(
      {
        read: sinkTask.sink_record_read_total,
        readRate: sinkTask.sink_record_read_rate,
        sent: sinkTask.sink_record_send_total,
        active: sinkTask.sink_record_active_count,
        partitions: sinkTask.partition_count,
        putMax: sinkTask.put_batch_max_time_ms,
        putAverage: sinkTask.put_batch_avg_time_ms,
        batchMax: connectorTask.batch_size_max,
        batchAverage: connectorTask.batch_size_avg,
      },
      {
        read: 100,
        readRate: 10,
        sent: 90,
        active: 7,
        partitions: 3,
        putMax: 8,
        putAverage: 6,
        batchMax: 60,
        batchAverage: 45,
      },
    )
  })

  test('commits are counted by how they ended; before the first there is no share of failures', () => {
    const metrics = new TaskMetrics(new ErrorMetrics(), handClock().now)
    const before = metrics.snapshot(0, 0, []).connectorTask
    assert.deepEqual(
      [before.offset_commit_failure_percentage, before.offset_commit_success_percentage],
      [0, 0],
    )
    metrics.committed(true, 10)
    metrics.committed(true, 20)
    metrics.committed(true, 30)
    metrics.committed(false, 100)
    const { sinkTask, connectorTask } = metrics.snapshot(0, 0, [])
    assert.deepEqual([sinkTask.offset_commit_seq_no, sinkTask.offset_commit_completion_total], [4, 3])
    assert.deepEqual(connectorTask, {
      ...connectorTask,
      offset_commit_failure_percentage: 0.25,
      offset_commit_success_percentage: 0.75,
      offset_commit_max_time_ms: 100,
      offset_commit_avg_time_ms: 40,
    })
  })

  test('errors come from the counters of the error handler', () => {
    const errors = new ErrorMetrics()
    const metrics = new TaskMetrics(errors, handClock().now)
    errors.totalRecordsSkipped = 2
    errors.deadLetterQueueProduceFailures = 1
    const { taskError } = metrics.snapshot(0, 0, [])
    assert.deepEqual([taskError.total_records_skipped, taskError.deadletterqueue_produce_failures], [2, 1])
  })
})
