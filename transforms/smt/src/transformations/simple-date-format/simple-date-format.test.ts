import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { PatternError, SimpleDateFormat } from './simple-date-format.ts'

interface PatternCase {
  readonly pattern: string
  readonly error?: string
  readonly format: [millis: number, text: string][]
  readonly parse: [text: string, millis: number | null][]
}
const cases = JSON.parse(
  readFileSync(new URL('fixtures/cases.json', import.meta.url), 'utf8'),
) as PatternCase[]
const NOW = Date.UTC(2024, 5, 8)
/** Instants beyond this exist in Java only. */
const MAX_MILLIS = 8.64e15

for (const { pattern, error, format, parse } of cases) {
  if (error !== undefined) {
    test(`refuses the pattern ${pattern} as Java does`, () => {
      assert.throws(
        () => new SimpleDateFormat(pattern),
        (thrown: unknown) => thrown instanceof PatternError && thrown.message === error,
      )
    })
    continue
  }
  test(`formats and parses ${pattern} as Java does`, () => {
    const ours = new SimpleDateFormat(pattern, NOW)
    for (const [millis, text] of format) assert.equal(ours.format(millis), text, `formatting ${millis}`)
    for (const [text, millis] of parse) {
      const expected = millis === null || Math.abs(millis) > MAX_MILLIS ? undefined : millis
      assert.equal(ours.parse(text), expected, `parsing "${text}"`)
    }
  })
}

test('reads back every instant it writes', () => {
  const format = new SimpleDateFormat("G yyyy-MM-dd'T'HH:mm:ss.SSS z")
  fc.assert(
    fc.property(fc.integer({ min: -1e14, max: 1e15 }), (millis) => {
      assert.equal(format.parse(format.format(millis)), millis)
    }),
  )
})

test('any text is read or refused, without an error', () => {
  const formats = ['yyyy-MM-dd HH:mm:ss.SSS z', 'EEE d MMM yy h:mm a X', 'YYYY-ww-u', 'yyyyDDD G'].map(
    (pattern) => new SimpleDateFormat(pattern),
  )
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...formats), (text, format) => {
      const millis = format.parse(text)
      assert.ok(millis === undefined || Number.isSafeInteger(millis))
    }),
  )
})
