import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Decimal } from '@spillway/api'
import fc from 'fast-check'
import {
  decimalToLong,
  doubleToInt,
  doubleToLong,
  doubleToString,
  floatAsNumber,
  floatToString,
  longToFloat,
  NumberFormatError,
  parseDouble,
  parseFloat32,
  parseInteger,
} from './java-number.ts'

interface Numbers {
  /** Bits, text (null where Java 17 does not print the fewest digits), int, long. */
  readonly doubles: [bits: string, text: string | null, int: number, long: string][]
  readonly floats: [bits: number, text: string][]
  readonly texts: [text: string, double: string | null, float: string | null][]
  readonly longs: [long: string, float: string][]
  readonly decimals: [decimal: string, long: string][]
}
const numbers = JSON.parse(
  readFileSync(new URL('fixtures/java-numbers.json', import.meta.url), 'utf8'),
) as Numbers

const view = new DataView(new ArrayBuffer(8))

function doubleOf(bits: string): number {
  view.setBigUint64(0, BigInt(bits))
  return view.getFloat64(0)
}

function floatOf(bits: number): number {
  view.setUint32(0, bits)
  return view.getFloat32(0)
}

test('prints and narrows doubles as Java does', () => {
  for (const [bits, text, int, long] of numbers.doubles) {
    const value = doubleOf(bits)
    if (text !== null) assert.equal(doubleToString(value), text)
    assert.equal(doubleToInt(value), int, `(int) ${value}`)
    assert.equal(doubleToLong(value), BigInt(long), `(long) ${value}`)
  }
})

test('prints floats as Java does', () => {
  for (const [bits, text] of numbers.floats) assert.equal(floatToString(floatOf(bits)), text)
})

test('prints the smallest numbers with two digits', () => {
  assert.equal(doubleToString(5e-324), '4.9E-324')
  assert.equal(floatToString(2 ** -149), '1.4E-45')
  assert.equal(doubleToString(2e-3), '0.002')
})

test('parses doubles and floats as Java does, rounding floats once', () => {
  for (const [text, double, float] of numbers.texts) {
    if (double === null || float === null) {
      assert.throws(() => parseDouble(text), NumberFormatError, text)
      assert.throws(() => parseFloat32(text), NumberFormatError, text)
    } else {
      assert.equal(parseDouble(text), Number(double), text)
      assert.equal(parseFloat32(text), Number(float), text)
    }
  }
})

test('rounds a long to a float once', () => {
  for (const [long, float] of numbers.longs) assert.equal(longToFloat(BigInt(long)), Number(float), long)
})

test('cuts decimals to their low 64 bits', () => {
  for (const [decimal, long] of numbers.decimals) {
    assert.equal(decimalToLong(Decimal.parse(decimal)), BigInt(long), decimal)
  }
  assert.equal(decimalToLong(new Decimal(1n, -1_000_000_000)), 0n)
  assert.equal(decimalToLong(new Decimal(1n, 1_000_000_000)), 0n)
})

test('parses integers within their width only', () => {
  assert.equal(parseInteger('+127', 8), 127n)
  assert.equal(parseInteger('-0000000000000000000000128', 8), -128n)
  for (const text of ['128', '', '-', ' 1', '1 ', '1.0', '0x1', '1_0', '٣']) {
    assert.throws(() => parseInteger(text, 8), NumberFormatError, text)
  }
  assert.equal(parseInteger('-9223372036854775808', 64), -(2n ** 63n))
  assert.throws(() => parseInteger('9223372036854775808', 64), NumberFormatError)
})

test('the number for a float prints as the float does', () => {
  fc.assert(
    fc.property(fc.float(), (value) => {
      assert.ok(Object.is(floatAsNumber(value), Number(floatToString(value))))
    }),
  )
  assert.equal(floatAsNumber(Math.fround(0.1)), 0.1)
})

test('every double and float reads back from its text', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      assert.ok(Object.is(parseDouble(doubleToString(value)), value))
    }),
  )
  fc.assert(
    fc.property(fc.float(), (value) => {
      assert.ok(Object.is(parseFloat32(floatToString(value)), value))
    }),
  )
})
