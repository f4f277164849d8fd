import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers } from './headers.ts'
import { SinkRecord } from './sink-record.ts'

function lazyRecord(read: () => unknown): SinkRecord {
  return new SinkRecord({
    topic: 't',
    kafkaPartition: 0,
    keySchema: null,
    key: null,
    valueSchema: null,
    value: undefined,
    lazyValue: {
      get value() {
        return read()
      },
    },
    kafkaOffset: 0n,
    timestamp: null,
    timestampType: 'NoTimestampType',
    headers: new Headers(),
    valueText: Buffer.from('{"a":1}'),
    isTextCompact: true,
  })
}

test('a lazy value is made when it is first asked for, and kept', () => {
  let reads = 0
  const record = lazyRecord(() => ({ read: ++reads }))
  assert.equal(reads, 0)
  const first = record.value
  assert.deepEqual(first, { read: 1 })
  assert.equal(record.value, first)
})

test('a record with another topic leaves a lazy value unread, one with another value forgets it', () => {
  let reads = 0
  const record = lazyRecord(() => ++reads)
  const renamed = record.with({ topic: 'u' })
  assert.equal(reads, 0)
  assert.equal(renamed.isTextCompact, true)
  assert.equal(renamed.value, 1)
  const changed = record.with({ value: 'x' })
  assert.equal(changed.value, 'x')
  assert.deepEqual([changed.valueText, changed.isTextCompact], [null, false])
  assert.equal(record.with({ value: undefined }).value, undefined)
})

test('a record may be given another lazy value, with its text', () => {
  let reads = 0
  const text = Buffer.from('{"b":2}')
  const lazyValue = {
    get value() {
      return ++reads
    },
  }
  const changed = lazyRecord(() => 'before').with({ lazyValue, valueText: text, isTextCompact: true })
  assert.equal(reads, 0)
  assert.deepEqual([changed.valueText, changed.isTextCompact], [text, true])
  assert.equal(changed.value, 1)
  const other = lazyRecord(() => 'before').with({ lazyValue })
  assert.deepEqual([other.valueText, other.isTextCompact], [null, false], 'the text was of the value before')
})
