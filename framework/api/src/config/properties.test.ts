import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ConfigError } from '../errors/connect-errors.ts'
import { parseProperties } from './properties.ts'

const cases = JSON.parse(
  readFileSync(new URL('fixtures/properties/cases.json', import.meta.url), 'utf8'),
) as [string, Record<string, string>][]

test(`reads ${cases.length} texts exactly as java.util.Properties does`, () => {
  for (const [text, expected] of cases) {
    const sorted = Object.entries(parseProperties(text)).sort(([a], [b]) => (a < b ? -1 : 1))
    const wanted = Object.entries(expected).sort(([a], [b]) => (a < b ? -1 : 1))
    assert.deepEqual(sorted, wanted, `for the text ${JSON.stringify(text)}`)
  }
})

test('refuses a broken unicode escape and names the line', () => {
  assert.throws(
    () => parseProperties('a=1\nb=x\\\n  \\u12g4'),
    (error: unknown) => error instanceof ConfigError && error.message.includes('line 2'),
  )
})

test('leaves out a byte order mark', () => {
  assert.deepEqual(parseProperties('\uFEFFa=1'), { a: '1' })
})

test('treats __proto__ as an ordinary key', () => {
  const properties = parseProperties('__proto__=x')
  assert.equal(Object.hasOwn(properties, '__proto__'), true)
  assert.equal(Object.getPrototypeOf(properties), Object.prototype)
})
