import assert from 'node:assert/strict'
import { it } from 'node:test'
import { javaDoubleText, javaFloatText } from './java-number-text.ts'

it('writes doubles as Double.toString does', () => {
  const expected: [number, string][] = [
    [1, '1.0'],
    [-0, '-0.0'],
    [100, '100.0'],
    [0.001, '0.001'],
    [0.00012, '1.2E-4'],
    [1234567.5, '1234567.5'],
    [12345678, '1.2345678E7'],
    [1e7, '1.0E7'],
    [1e21, '1.0E21'],
    [Number.MAX_VALUE, '1.7976931348623157E308'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
    [NaN, 'NaN'],
  ]
  for (const [value, text] of expected) {
    assert.equal(javaDoubleText(value), text)
    if (!Number.isNaN(value)) assert.equal(Number(javaDoubleText(value)), value)
  }
})

it('writes floats with the fewest digits that tell them apart', () => {
  assert.equal(javaFloatText(Math.fround(0.1)), '0.1')
  assert.equal(javaFloatText(Math.fround(12.34)), '12.34')
  assert.equal(javaFloatText(Math.fround(16777217.5)), '1.6777218E7')
  assert.equal(javaFloatText(Math.fround(3.4028235e38)), '3.4028235E38')
  assert.equal(javaFloatText(1), '1.0')
})
