import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Serdes } from './serde.ts'
import type { Serde } from './serde.ts'

/** One value of each kind there is, and the borders of the numbers. */
const values: Readonly<Record<string, unknown>> = {
  text: 'a',
  'empty text': '',
  'text of a number': '5',
  zero: 0,
  'negative zero': -0,
  'an integer': 5,
  'the lowest int32': -(2 ** 31),
  'the highest int32': 2 ** 31 - 1,
  'below int32': -(2 ** 31) - 1,
  'above int32': 2 ** 31,
  'a fraction': 1.5,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  'a bigint': 5n,
  'the lowest int64': -(2n ** 63n),
  'the highest int64': 2n ** 63n - 1n,
  'below int64': -(2n ** 63n) - 1n,
  'above int64': 2n ** 63n,
  true: true,
  false: false,
  bytes: Uint8Array.of(1, 2),
  'a buffer': Buffer.from('ab'),
  'a list of numbers': [1, 2],
  'an object': { a: 1 },
  'an array buffer': new ArrayBuffer(2),
  'a date': new Date(0),
  'a function': () => 1,
  'a symbol': Symbol('a'),
  'a promise': Promise.resolve(1),
}

const integers = ['zero', 'negative zero', 'an integer', 'the lowest int32', 'the highest int32']
const bigints = ['a bigint', 'the lowest int64', 'the highest int64']
const serdes: Readonly<Record<string, readonly [Serde<unknown>, readonly string[]]>> = {
  string: [Serdes.string() as Serde<unknown>, ['text', 'empty text', 'text of a number']],
  int64: [Serdes.int64() as Serde<unknown>, bigints],
  long: [Serdes.long() as Serde<unknown>, bigints],
  integer: [Serdes.integer() as Serde<unknown>, integers],
  double: [
    Serdes.double() as Serde<unknown>,
    [...integers, 'below int32', 'above int32', 'a fraction', 'NaN', 'Infinity'],
  ],
  boolean: [Serdes.boolean() as Serde<unknown>, ['true', 'false']],
  bytes: [Serdes.bytes() as Serde<unknown>, ['bytes', 'a buffer']],
  byteArray: [Serdes.byteArray() as Serde<unknown>, ['bytes', 'a buffer']],
}

describe('a serde writes values of its kind, which come back the same, and refuses all others:', () => {
  for (const [name, [serde, fitting]] of Object.entries(serdes)) {
    for (const [kind, value] of Object.entries(values)) {
      const write = (): Uint8Array | null => serde.serializer.serialize('t', null, value)
      test(`${name}: ${kind}`, () => {
        if (fitting.includes(kind)) {
          const back = serde.deserializer.deserialize('t', null, write())
          if (value === 0) assert.ok(back === 0)
          else assert.deepEqual(back, value)
        } else {
          assert.throws(write, { name: 'SerializationException', message: /xpected .+, got / })
        }
      })
    }
  }

  test('null and undefined stay null', () => {
    for (const [serde] of Object.values(serdes)) {
      assert.equal(serde.serializer.serialize('t', null, null), null)
      assert.equal(serde.serializer.serialize('t', null, undefined), null)
    }
  })
})

test('JSON refuses what it has no text for', () => {
  const cycle: unknown[] = []
  cycle.push(cycle)
  for (const value of [() => 1, Symbol('a'), 5n, { a: 5n }, cycle])
    assert.throws(() => Serdes.json().serializer.serialize('t', null, value), {
      name: 'SerializationException',
    })
  assert.throws(() => Serdes.json().serializer.serialize('t', null, Promise.resolve(1)), /returned a promise/)
})

test('any number is an integer, exactly, or is refused', () => {
  const { serializer, deserializer } = Serdes.integer()
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger()), (value) => {
      let bytes: Uint8Array | null
      try {
        bytes = serializer.serialize('t', null, value)
      } catch {
        assert.ok(!Number.isInteger(value) || value < -(2 ** 31) || value > 2 ** 31 - 1)
        return
      }
      assert.ok(deserializer.deserialize('t', null, bytes) === value)
    }),
  )
})

test('any bigint is an int64, exactly, or is refused', () => {
  const { serializer, deserializer } = Serdes.int64()
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), (value) => {
      let bytes: Uint8Array | null
      try {
        bytes = serializer.serialize('t', null, value)
      } catch {
        assert.notEqual(BigInt.asIntN(64, value), value)
        return
      }
      assert.equal(deserializer.deserialize('t', null, bytes), value)
    }),
  )
})
