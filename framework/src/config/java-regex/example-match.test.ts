import assert from 'node:assert/strict'
import test from 'node:test'

import { exampleMatch } from './example-match.ts'

const EXAMPLES: readonly (readonly [pattern: string, example: string])[] = [
  ['orders', 'orders'],
  ['orders-.*', 'orders-example'],
  ['^orders\\..+$', 'orders.example'],
  ['(orders|refunds)-[a-z]+', 'orders-example'],
  ['[A-Z]{2}_\\d{4}', 'EE_1111'],
  ['(?i:EU)\\.(?<name>\\w+)\\.v[0-9]+', 'EU.example.v1'],
  ['(?:dev-)?logs?', 'log'],
  ['[\\w.-]*', 'example'],
  ['\\p{Lower}+-\\p{Digit}', 'example-1'],
  ['[^a-z]+', 'EXAMPLE'],
]

for (const [pattern, example] of EXAMPLES) {
  test(`${pattern} is matched by ${example}`, () => {
    assert.equal(exampleMatch(pattern), example)
  })
}

test('where a pattern looks around or refers back, no example is told', () => {
  for (const pattern of ['(?!example).*', '(a|b)-\\1', '(?<=x)y'])
    assert.equal(exampleMatch(pattern), undefined)
})

test('a pattern whose example is no name of a topic, or takes long to find, has none', () => {
  for (const pattern of [
    'a{250}',
    'a{999999999}',
    '(a{1000}){1000}',
    `${'x'.repeat(250)}.*`,
    '[ab]'.repeat(150),
    '['.repeat(5_000),
    `${'['.repeat(2_000)}a${']'.repeat(2_000)}`,
    '(',
  ]) {
    assert.equal(exampleMatch(pattern), undefined, pattern.slice(0, 20))
  }
  assert.equal(exampleMatch('a{249}'), 'a'.repeat(249))
  assert.equal(exampleMatch('[[a]&&[^b]]x'), undefined)
})
