import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { TopicsPattern } from './topics-pattern.ts'

test('a topic whose name takes too long to match is left out, logged once and told in the notice; the others are read', () => {
  const lines: string[] = []
  const logger = pino({}, { write: (line: string) => void lines.push(line) })
  const pattern = new TopicsPattern('(a+)+|orders', logger)
  const slow = Array.from({ length: 5 }, (_, i) => `${'a'.repeat(60 + i)}!`)
  assert.equal(pattern.notice(), null)
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(
      ['orders', ...slow, 'aaa', 'other'].filter((topic) => pattern.matches(topic)),
      ['orders', 'aaa'],
    )
  }
  assert.equal(lines.length, slow.length)
  assert.match(lines[0] ?? '', /Topic a{60}! is not read: .*\(topics\.regex\)/)
  assert.match(pattern.notice() ?? '', /^Not read, as topics\.regex takes too long .* and 2 more\.$/)
})
