import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sinkSettings } from '../config/sink-settings.ts'
import { DestinationTables } from './destination-tables.ts'

const tables = (pattern: string, replacement: string): DestinationTables =>
  new DestinationTables(
    sinkSettings({
      'connection.url': 'jdbc:sqlite:x',
      'table.name.topic.regex': pattern,
      'table.name.topic.replacement': replacement,
    }),
    '"',
    (id) => id,
  )

test('table.name.topic.regex is read as java.util.regex does, and replaces every match', () => {
  for (const [pattern, replacement, topic, table] of [
    ['-', '_', 'a-b-c', 'a_b_c'],
    ['^(?<env>\\p{Lower}++)-(.*)$', '$2_${env}', 'dev-orders', 'orders_dev'],
    ['z', 'x', 'orders', 'orders'],
  ] as const) {
    assert.equal(tables(pattern, replacement).tableOf(topic).name, table)
  }
})

test('a topic that table.name.topic.regex takes too long for is an error that names the key', () => {
  assert.throws(() => tables('(a+)+b', 'x').tableOf('a'.repeat(60)), {
    name: 'SlowRegexError',
    key: 'table.name.topic.regex',
  })
})

test('a replacement that does not fit its pattern is refused with the configuration', () => {
  assert.throws(() => tables('a', '$1'), /table\.name\.topic\.replacement.*No group 1|No group 1/)
  assert.throws(() => tables('(', 'x'), /table\.name\.topic\.regex/)
})
