import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sinkConnectorConfig } from './connector-config.ts'

test('a topics.regex that takes too long to match the dead letter queue is refused, after no more than 20 ms of it', () => {
  const config = {
    name: 'c',
    'connector.class': 'X',
    'topics.regex': '(a+)+|orders',
    'errors.deadletterqueue.topic.name': `${'a'.repeat(60)}!`,
  }
  assert.throws(
    () => sinkConnectorConfig.parse(config),
    /Whether the DLQ topic 'a{60}!' is among the topics cannot be told\. .* took longer than 20 ms.*\(topics\.regex\)/,
  )
  assert.throws(
    () => sinkConnectorConfig.parse({ ...config, 'errors.deadletterqueue.topic.name': 'orders' }),
    /may not be matched by the regex/,
  )
  sinkConnectorConfig.parse({ ...config, 'errors.deadletterqueue.topic.name': 'dead' })
})
