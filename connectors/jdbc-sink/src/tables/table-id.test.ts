import assert from 'node:assert/strict'
import test from 'node:test'
import { splitQualifiedName, tableIdOf } from './table-id.ts'

const CASES: [string, string[]][] = [
  ['p3', ['p3']],
  ['p1.p2.p3', ['p1', 'p2', 'p3']],
  ['"p1"."p3"', ['p1', 'p3']],
  ['"p1.1.2.3"', ['p1.1.2.3']],
  ['p1."p2.x"', ['p1', 'p2.x']],
  ['"a""b".c', ['a"b', 'c']],
  ['a b-c', ['a b-c']],
]

for (const [text, parts] of CASES) {
  test(`38. ${text} has the parts ${parts.join(' | ')}`, () => {
    assert.deepEqual(splitQualifiedName(text, '"'), parts)
  })
}

test('a name that ends in a dot or inside quotes is none', () => {
  assert.throws(
    () => splitQualifiedName('p1.', '"'),
    /Failure parsing fully qualified identifier; ends in delimiter p1\./,
  )
  assert.throws(() => splitQualifiedName('"p1', '"'), /a quote does not end/)
  assert.throws(() => splitQualifiedName('a..b', '"'), /a part of it is empty/)
})

test('more parts than a name has are an error, where other sinks drop them', () => {
  assert.deepEqual(tableIdOf(['c', 's', 't'], 'c.s.t'), { catalog: 'c', schema: 's', name: 't' })
  assert.throws(() => tableIdOf(['a', 'b', 'c', 'd'], 'a.b.c.d'), /has 4 parts/)
})
