import assert from 'node:assert/strict'
import test from 'node:test'

import { Headers } from '../../../api/src/data/headers.ts'
import { SinkRecord } from '../../../api/src/data/sink-record.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import { timeZone } from '../../../api/src/time/index.ts'
import { Rotation, type RotationSettings } from './rotation.ts'

const OFF: RotationSettings = {
  flushSize: 1000,
  rotateIntervalMs: -1,
  rotateOnPartitionChange: true,
  rotateScheduleIntervalMs: -1,
  zone: timeZone('UTC'),
  maxOpenFiles: -1,
}
const timed: Partitioner = {
  encodePartition: () => 'p',
  extractTimestamp: (record) => record.timestamp ?? NaN,
}
const untimed: Partitioner = { encodePartition: () => 'p' }

const record = (timestamp: number): SinkRecord =>
  new SinkRecord({
    topic: 't',
    kafkaPartition: 0,
    keySchema: null,
    key: null,
    valueSchema: null,
    value: 1,
    kafkaOffset: 0n,
    timestamp,
    timestampType: 'CreateTime',
    headers: new Headers(),
  })

test('rotate.interval.ms counts from the first record, at the interval and not before it', () => {
  const rotation = new Rotation({ ...OFF, rotateIntervalMs: 100 }, timed, 0)
  rotation.written(rotation.timestampOf(record(1000), 0), 'p')
  assert.equal(rotation.dueBefore(1099, 'p', 0), undefined)
  assert.equal(rotation.dueBefore(1100, 'p', 0), 'rotate.interval.ms')
  assert.equal(rotation.dueBefore(-5000, 'p', 0), undefined, 'time that goes backwards triggers nothing')
})

test('rotate.interval.ms has no effect on a partitioner that does not work by time', () => {
  const rotation = new Rotation({ ...OFF, rotateIntervalMs: 100 }, untimed, 0)
  rotation.written(rotation.timestampOf(record(1000), 0), 'p')
  assert.equal(rotation.dueBefore(rotation.timestampOf(record(9_999_999), 0), 'q', 0), undefined)
})

test('another output partition counts only together with rotate.interval.ms, and can be turned off', () => {
  const on = new Rotation({ ...OFF, rotateIntervalMs: 100 }, timed, 0)
  on.written(0, 'p')
  assert.equal(on.dueBefore(1, 'q', 0), 'rotate.file.on.partition.change')
  const off = new Rotation({ ...OFF, rotateIntervalMs: 100, rotateOnPartitionChange: false }, timed, 0)
  off.written(0, 'p')
  assert.equal(off.dueBefore(1, 'q', 0), undefined)
})

test('a record that was not written does not start the clock', () => {
  const rotation = new Rotation({ ...OFF, rotateIntervalMs: 100 }, timed, 0)
  rotation.timestampOf(record(0), 0)
  rotation.written(500, 'p')
  assert.equal(rotation.dueBefore(599, 'p', 0), undefined)
})

test('the schedule is a grid of wall-clock time, and rotates what is open only', () => {
  const rotation = new Rotation({ ...OFF, rotateScheduleIntervalMs: 600_000 }, untimed, 60_000)
  assert.equal(rotation.nextScheduled, 600_000)
  assert.equal(rotation.dueWhenIdle(700_000), undefined)
  rotation.beginWrite(700_000)
  assert.equal(rotation.nextScheduled, 1_200_000)
  rotation.written(NaN, 'p')
  assert.equal(rotation.dueWhenIdle(1_199_999), undefined)
  assert.equal(rotation.dueWhenIdle(1_200_000), 'rotate.schedule.interval.ms')
  rotation.rotated('rotate.schedule.interval.ms', 1_200_000)
  assert.equal(rotation.nextScheduled, 1_800_000)
})

test('flush.size counts records over all output partitions', () => {
  const rotation = new Rotation({ ...OFF, flushSize: 2 }, untimed, 0)
  rotation.written(NaN, 'p')
  assert.equal(rotation.isFull, false)
  rotation.written(NaN, 'q')
  assert.equal(rotation.dueWhenIdle(0), 'flush.size')
  rotation.rotated('flush.size', 0)
  assert.equal(rotation.dueWhenIdle(0), undefined)
})
