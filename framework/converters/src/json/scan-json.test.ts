import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { COMPACT, NOT_PLAIN, PLAIN, scanJson } from './scan-json.ts'

const isPlainJson = (bytes: Buffer): boolean => scanJson(bytes) !== NOT_PLAIN
const isPlain = (text: string): boolean => isPlainJson(Buffer.from(text))

/** What the scan claims to find, told by `JSON.parse`. */
function isPlainByParsing(bytes: Buffer): boolean {
  const text = bytes.toString('utf8')
  if (!/^[[{]/.test(text) || !/[\]}]$/.test(text) || /[\n\r]/.test(text)) return false
  if (!Buffer.from(text).equals(bytes)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

suite('scanning JSON', () => {
  test('agrees with JSON.parse about every value that is written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value)
        assert.equal(isPlain(text), isPlainByParsing(Buffer.from(text)), text)
      }),
    )
  })

  test('agrees with JSON.parse about bytes that were changed', () => {
    const change = fc.record({
      at: fc.nat(),
      to: fc.constantFrom(...Buffer.from('{}[]",:\\ue0-+.1tn \t\n\x80\xff', 'latin1')),
    })
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (value, changes) => {
          const bytes = Buffer.from(JSON.stringify([value]))
          for (const { at, to } of changes) bytes[at % bytes.length] = to
          assert.equal(isPlainJson(bytes), isPlainByParsing(bytes), bytes.toString('latin1'))
        },
      ),
    )
  })

  test('agrees with JSON.parse about texts of the characters JSON is made of', () => {
    const text = fc.array(fc.constantFrom(...'{}[]",:\\u0eE-+.1ab\t ', 'true', 'null', '"a"', '"a":'), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(text, (parts) => {
        const bytes = Buffer.from(`[${parts.join('')}]`)
        assert.equal(isPlainJson(bytes), isPlainByParsing(bytes), bytes.toString())
      }),
    )
  })

  test('blanks between tokens are plain, around the value or over lines they are not', () => {
    assert.ok(isPlain('{ "a" : [ 1 ,\t2 ] , "b" : { } }'))
    for (const text of [' {}', '{} ', '{\n}', '[1,\r2]', '', ' ', '{', '[']) assert.ok(!isPlain(text), text)
  })

  test('tells text without blanks from text with them', () => {
    for (const text of ['{"a b":[1,{"c":" "}]}', '[]'])
      assert.equal(scanJson(Buffer.from(text)), COMPACT, text)
    for (const text of ['{"a": 1}', '[1 ]', '[ ]', '{"a":1 ,"b":2}'])
      assert.equal(scanJson(Buffer.from(text)), PLAIN, text)
  })

  test('scalars, and what only Jackson reads, are left to a parser', () => {
    for (const text of ['1', '"a"', 'null', '{}{}', '[01]', '[1.]', "{'a':1}", '[NaN]', '\ufeff{}']) {
      assert.ok(!isPlain(text), text)
    }
  })

  test('bytes that are not UTF-8 are not plain', () => {
    assert.ok(isPlain('{"ä":"한"}'))
    assert.ok(!isPlainJson(Buffer.from('{"a":"\xe4"}', 'latin1')))
  })

  test('is plain up to the depth that values may have', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    assert.ok(isPlain(nested(1000)))
    assert.ok(!isPlain(nested(1001)))
  })
})
