import assert from 'node:assert/strict'
import test from 'node:test'

import { Headers } from '../../../api/src/data/headers.ts'
import { INT32, SchemaBuilder } from '../../../api/src/data/schema-builder.ts'
import type { Schema } from '../../../api/src/data/schema.ts'
import { SinkRecord } from '../../../api/src/data/sink-record.ts'
import { ProjectionNotices } from './projection-notices.ts'

const schema = (name: string): Schema => SchemaBuilder.struct().name(name).field('id', INT32).build()

function record(offset: number, valueSchema: Schema, topic = 'orders'): SinkRecord {
  return new SinkRecord({
    topic,
    kafkaPartition: 0,
    kafkaOffset: BigInt(offset),
    keySchema: null,
    key: null,
    valueSchema,
    value: null,
    timestamp: null,
    timestampType: 'NoTimestampType',
    headers: new Headers(),
  })
}

test('equal schemas are told once per topic, others each', () => {
  const lines: string[] = []
  const notices = new ProjectionNotices((line) => lines.push(line))
  for (const [offset, name, topic] of [
    [0, 'a', 'orders'],
    [1, 'a', 'orders'],
    [2, 'b', 'orders'],
    [3, 'a', 'refunds'],
  ] as const) {
    notices.projected(record(offset, schema(name), topic), schema('file'), () => ['gone'])
  }
  assert.deepEqual(
    lines.map((line) => line.split(':')[0]),
    ['Record orders-0@0', 'Record orders-0@2', 'Record refunds-0@3'],
  )
})

test('a pair of schemas is looked at once, and nothing is told where nothing goes', () => {
  const notices = new ProjectionNotices(() => assert.fail('nothing is to be told'))
  const [from, to] = [schema('a'), schema('file')]
  let looks = 0
  for (let offset = 0; offset < 3; offset++) {
    notices.projected(record(offset, from), to, () => {
      looks++
      return []
    })
  }
  assert.equal(looks, 1)
})

test('lines and the fields they name have an end', () => {
  const lines: string[] = []
  const notices = new ProjectionNotices((line) => lines.push(line))
  const fields = Array.from({ length: 25 }, (_, i) => `f${i}`)
  for (let i = 0; i < 300; i++) notices.projected(record(i, schema(`s${i}`)), schema('file'), () => fields)
  assert.equal(lines.length, 101)
  assert.match(lines[0] ?? '', /f8, f9 and 15 more, which/)
  assert.match(lines.at(-1) ?? '', /are not told/)
})
