import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { TopicNotices } from './topic-notices.ts'

suite('topic notices', () => {
  let now = 1_000
  const clock = { now: () => now, monotonic: () => now, sleep: async () => {} }

  test('A38: a topic is told at once, and again with later records, but not more than every tenth of a second', () => {
    const told: string[] = []
    const notices = new TopicNotices(clock, (topic) => told.push(topic))
    const records = [{ topic: 'a' }, { topic: 'b' }, { topic: 'a' }]
    notices.seen(records)
    assert.deepEqual(told, ['a', 'b'])
    now += 99
    notices.seen([{ topic: 'a' }])
    notices.seen([])
    assert.deepEqual(told, ['a', 'b'])
    now += 1
    notices.seen([])
    assert.deepEqual(told, ['a', 'b', 'a'], 'what was held back is told when its time has come')
    now += 1_000
    notices.seen([])
    assert.deepEqual(told, ['a', 'b', 'a'], 'without records there is nothing to tell')
  })
})
