import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ConfigError } from '@spillway/api'
import fc from 'fast-check'
import { FieldPath } from './field-path.ts'

const cases = JSON.parse(readFileSync(new URL('fixtures/field-paths.json', import.meta.url), 'utf8')) as [
  path: string,
  stepsOrError: string[] | string,
][]

test(`splits ${cases.length} V2 paths as Kafka Connect does`, () => {
  for (const [path, expected] of cases) {
    if (typeof expected === 'string') {
      assert.throws(
        () => new FieldPath(path, 'V2'),
        (error: unknown) => error instanceof ConfigError && error.message === expected,
        path,
      )
    } else {
      assert.deepEqual(new FieldPath(path, 'V2').steps, expected, path)
    }
  }
})

test('a V1 path is one name, whatever it holds', () => {
  assert.deepEqual(new FieldPath('a.`b', 'V1').steps, ['a.`b'])
})

test('a field is never taken from what objects inherit', () => {
  assert.equal(new FieldPath('constructor', 'V1').valueInMap({}), null)
  assert.equal(new FieldPath('a.toString', 'V2').valueInMap({ a: {} }), null)
  assert.equal(new FieldPath('__proto__', 'V1').valueInMap({ a: 1 }), null)
})

test('names without dots and backticks can be joined and split again', () => {
  const name = fc.stringMatching(/^[^.`]+$/)
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
      assert.deepEqual(new FieldPath(names.join('.'), 'V2').steps, names)
      // A backslash before the closing backtick would escape it: such names cannot be quoted.
      const quotable = names.filter((n) => !n.endsWith('\\'))
      const quoted = quotable.map((n) => `\`${n}\``).join('.')
      if (quotable.length > 0) assert.deepEqual(new FieldPath(quoted, 'V2').steps, quotable)
    }),
  )
})
