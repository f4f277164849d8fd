import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JavaRegex } from '../../../api/src/config/java-regex/java-regex.ts'
import { Headers } from '../../../api/src/data/headers.ts'
import { SinkRecord } from '../../../api/src/data/sink-record.ts'
import { applyStep, type TransformStep } from './transform-chain.ts'

const record = new SinkRecord({
  topic: 'a'.repeat(60),
  kafkaPartition: 0,
  keySchema: null,
  key: null,
  valueSchema: null,
  value: null,
  kafkaOffset: 0n,
  timestamp: null,
  timestampType: 'NoTimestampType',
  headers: new Headers(),
})

test('a pattern that takes too long is told with the whole key that it stands in', async () => {
  const slow = (key: string) => JavaRegex.compile('(a+)+b', { key, limitMs: 5 })
  const steps: readonly (readonly [string, Partial<TransformStep>])[] = [
    [
      'transforms.route.regex',
      {
        transformation: {
          configure() {},
          apply: (r) => (slow('regex').matches(r.topic) ? r : null),
        },
      },
    ],
    [
      'predicates.isBad.pattern',
      {
        predicate: { configure() {}, test: (r) => slow('pattern').matches(r.topic) },
        predicateAlias: 'isBad',
      },
    ],
  ]
  for (const [key, step] of steps) {
    const whole: TransformStep = {
      alias: 'route',
      prefix: 'transforms.route.',
      className: 'Route',
      transformation: { configure() {}, apply: (r) => r },
      predicate: null,
      predicateAlias: null,
      negate: false,
      ...step,
    }
    const expected = {
      name: 'SlowRegexError',
      key,
      message:
        `Matching a text of 60 characters took longer than 5 ms: the regular expression (a+)+b (${key}) backtracks ` +
        'without end; change it so that no two of its repeated parts match the same text',
    }
    assert.throws(() => applyStep(whole, [record]), expected)
    await assert.rejects(Promise.resolve(applyStep(whole, [record, record])), expected)
  }
})
