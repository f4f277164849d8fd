import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { commonIsoTime } from './common-iso.ts'
import { parseIsoDateTime } from './iso-date-time.ts'
import { timeZone } from './time-zone.ts'

const newYork = timeZone('America/New_York')

suite('parseIsoDateTime', () => {
  test('reads what Date writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62135596800000, max: 253402300799999 }), (ms) => {
        const text = new Date(ms).toISOString()
        assert.equal(parseIsoDateTime(text, newYork), ms)
        assert.equal(parseIsoDateTime(text.toLowerCase(), newYork), ms)
      }),
    )
  })

  test('reads the common form by the short way as by the long one', () => {
    const two = (max: number): fc.Arbitrary<string> => fc.nat(max).map((n) => String(n).padStart(2, '0'))
    const text = fc
      .tuple(
        fc.integer({ min: 0, max: 9999 }).map((year) => String(year).padStart(4, '0')),
        two(14),
        two(33),
        two(25),
        two(61),
        two(61),
        fc.constantFrom('', '.5', '.25', '.123', '.123456789', '.', ',5'),
        fc.constantFrom('', 'Z', 'z', '+05:30', '-08:00', '-0800', '+24:00', '+05:6', 'x'),
      )
      .map(([y, mo, d, h, mi, s, fraction, offset]) => `${y}-${mo}-${d}T${h}:${mi}:${s}${fraction}${offset}`)
    let short = 0
    fc.assert(
      fc.property(text, (written) => {
        if (commonIsoTime(written) === undefined) return
        short++
        // A lower case t takes the long way and means the same.
        assert.equal(parseIsoDateTime(written, newYork), parseIsoDateTime(written.replace('T', 't'), newYork))
      }),
      { numRuns: 2000 },
    )
    assert.ok(short > 200, `only ${short} were common`)
    assert.notEqual(commonIsoTime('2015-04-02T01:00:00.123-07:00'), undefined)
  })

  test('takes a time that daylight saving time skips with the offset before the gap', () => {
    assert.equal(parseIsoDateTime('2024-03-10T02:30:00', newYork), Date.UTC(2024, 2, 10, 7, 30))
  })
})
