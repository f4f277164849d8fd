import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'

import { minifyJson } from './minify-json.ts'

const minified = (text: string): string => minifyJson(Buffer.from(text)).toString()

test('drops white space between tokens and nothing else', () => {
  assert.equal(
    minified(' { "a b" : [ 1.0 , 12345678901234567890 ,\t"c\\" d" ] ,\r\n"e":null } \n'),
    '{"a b":[1.0,12345678901234567890,"c\\" d"],"e":null}',
  )
})

test('keeps escapes that end a string with a backslash', () => {
  assert.equal(minified('{"path": "c:\\\\" , "x": " \\\\\\" "}'), '{"path":"c:\\\\","x":" \\\\\\" "}')
})

test('returns text that has nothing to drop as it is, without a copy', () => {
  const text = Buffer.from('{"note":"has spaces inside","n":[1,2]}')
  assert.equal(minifyJson(text), text)
})

test('any JSON value, however it is indented, becomes what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 4, '\t'), (value, indent) => {
      const compact = JSON.stringify(value)
      assert.equal(minified(JSON.stringify(value, null, indent)), compact)
      assert.equal(minified(` \n${compact}\t`), compact)
    }),
  )
})

test('text larger than what came before is not cut off', () => {
  const large = JSON.stringify({ text: 'x y'.repeat(100_000) }, null, 2)
  assert.equal(minified(large), JSON.stringify(JSON.parse(large)))
})
