import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TopicPartition } from '../../framework/api/src/kafka/port.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'

test('a consumer that stood still for longer than its session gives no record of what others may have', async () => {
  const topic = uniqueName('stood-still')
  await createTopic(topic)
  await produce(Array.from({ length: 500 }, (_, n) => ({ topic, value: Buffer.from(`v${n}`) })))
  const consumer = kafka().consumer({
    groupId: topic,
    clientId: 'stood-still',
    sessionTimeoutMs: 1_000,
    heartbeatIntervalMs: 200,
    maxPollRecords: 10,
  })
  const events: string[] = []
  const noted = (what: string) => async (partitions: readonly TopicPartition[]) =>
    void events.push(`${what} ${partitions.length}`)
  consumer.subscribe(
    { topics: [topic] },
    { onAssigned: noted('assigned'), onRevoked: noted('revoked'), onLost: noted('lost') },
  )
  try {
    while (!events.includes('10 records')) {
      const records = await consumer.poll(100)
      if (records.length > 0) events.push(`${records.length} records`)
    }
    // As a process that was stopped, or one that was busy in one turn of its loop.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500)
    while (events.at(-1) !== '10 records' || events.length < 4) {
      const records = await consumer.poll(0)
      if (records.length > 0) events.push(`${records.length} records`)
    }
    assert.deepEqual(events, ['assigned 1', '10 records', 'lost 1', 'assigned 1', '10 records'])
  } finally {
    await consumer.close()
  }
})
