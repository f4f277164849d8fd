import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Decimal } from './decimal.ts'

suite('Decimal', () => {
  test('prints as BigDecimal.toString and toPlainString do', () => {
    const cases: [bigint, number, string, string][] = [
      [156n, 2, '1.56', '1.56'],
      [15600n, 4, '1.5600', '1.5600'],
      [-5n, 3, '-0.005', '-0.005'],
      [1n, 7, '1E-7', '0.0000001'],
      [123n, -3, '1.23E+5', '123000'],
      [0n, 0, '0', '0'],
      [0n, -2, '0E+2', '0'],
      [0n, 2, '0.00', '0.00'],
    ]
    for (const [unscaled, scale, text, plain] of cases) {
      assert.equal(new Decimal(unscaled, scale).toString(), text)
      assert.equal(new Decimal(unscaled, scale).toPlainString(), plain)
    }
  })

  test('reads what it prints, for any unscaled value and scale', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
        fc.integer({ min: -30, max: 30 }),
        (unscaled, scale) => {
          const decimal = new Decimal(unscaled, scale)
          assert.ok(Decimal.parse(decimal.toString()).equals(decimal))
        },
      ),
    )
  })

  test("its bytes are the shortest two's complement and read back", () => {
    assert.equal(new Decimal(156n, 2).toBytes().toString('base64'), 'AJw=')
    assert.equal(new Decimal(-1n, 0).toBytes().toString('hex'), 'ff')
    assert.equal(new Decimal(128n, 0).toBytes().toString('hex'), '0080')
    fc.assert(
      fc.property(fc.bigInt(), (unscaled) => {
        assert.equal(Decimal.fromBytes(new Decimal(unscaled, 0).toBytes(), 0).unscaled, unscaled)
      }),
    )
  })

  test('refuses what is no number, and a scale that would lose digits', () => {
    for (const text of ['', '.', 'abc', '1e', '0x1', '1 '])
      assert.throws(() => Decimal.parse(text), /Not a decimal/)
    assert.throws(() => Decimal.parse('1.23').withScale(1), /does not fit scale 1/)
    assert.equal(Decimal.parse('1.20').withScale(1).toString(), '1.2')
  })

  test('refuses what arithmetic would take seconds for, and so a thread', () => {
    const huge = 'a decimal beyond any real number'
    for (const [what, make] of [
      ['digits', () => Decimal.parse('9'.repeat(10_001))],
      ['digits behind the point', () => Decimal.parse(`0.${'9'.repeat(10_000)}`)],
      ['bytes', () => Decimal.fromBytes(Buffer.alloc(4097, 0x7f), 0)],
      ['zeros to add', () => new Decimal(1n, 0).withScale(10_001)],
      ['zeros to drop', () => new Decimal(1n, 0).withScale(-10_001)],
      ['a scale that is none', () => new Decimal(1n, 0).withScale(Number.NaN)],
      ['zeros before digits', () => new Decimal(1n, 1e9).toPlainString()],
      ['zeros behind digits', () => new Decimal(1n, -1e9).toPlainString()],
    ] as const) {
      assert.throws(make, { name: 'DataError' }, `${huge}: ${what}`)
    }
    assert.equal(new Decimal(1n, 1e9).toString(), '1E-1000000000')
    assert.equal(Decimal.parse('9'.repeat(10_000)).unscaled, 10n ** 10_000n - 1n)
  })
})
