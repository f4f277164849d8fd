import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { check } from '../testing/property-runs.ts'
import { assertPlain, jsonTexts, meaningOf } from '../conformance/schemaless.ts'
import { JsonConverter } from './json-converter.ts'

function converter(settings: Record<string, string>): JsonConverter {
  const made = new JsonConverter()
  made.configure(settings, false)
  return made
}

const PLAIN = { 'schemas.enable': 'false' }
const INT = '{"schema":{"type":"int32"},"payload":1}'
const DECIMAL =
  '{"schema":{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}},"payload":1.50}'

/** The ways in which a value comes without a schema, and what was read before it. */
const WAYS: readonly {
  what: string
  settings: Record<string, string>
  before?: readonly string[]
  text: (value: string) => string
}[] = [
  { what: 'plain', settings: PLAIN, text: (value) => value },
  { what: 'plain, after white space', settings: PLAIN, text: (value) => `\n ${value}\t` },
  { what: 'plain, with a byte order mark', settings: PLAIN, text: (value) => `\ufeff${value}` },
  { what: 'plain, as one of a list', settings: PLAIN, text: (value) => `[${value}]` },
  { what: 'an envelope', settings: {}, text: (value) => `{"schema":null,"payload":${value}}` },
  { what: 'an envelope, payload first', settings: {}, text: (value) => `{"payload":${value},"schema":null}` },
  {
    what: 'an envelope with blanks',
    settings: {},
    text: (value) => `{ "schema" : null , "payload" : ${value} }`,
  },
  {
    what: 'an envelope after those with schemas',
    settings: {},
    before: [INT, DECIMAL, INT],
    text: (value) => `{"schema":null,"payload":${value}}`,
  },
]

describe('JSON without a schema', () => {
  for (const { what, settings, before = [], text } of WAYS) {
    it(`comes out as plain values, every integer exact: ${what}`, async () => {
      const json = converter(settings)
      await check(jsonTexts, 300, (value) => {
        for (const earlier of before) json.toConnectData('t', Buffer.from(earlier))
        const source = text(value)
        const read = json.toConnectData('t', Buffer.from(source))
        assert.equal(read.schema, null)
        assertPlain(read.value)
        const meant = what === 'plain, as one of a list' ? [meaningOf(value)] : meaningOf(value)
        assert.deepStrictEqual(read.value, meant, source)
        const written = converter(PLAIN).fromConnectData('t', null, read.value)
        // No JSON number is infinite; and a text that says so is what Java writes.
        if (written === null || /1e400/.test(value)) return
        const again = converter(PLAIN).toConnectData('t', written).value
        assert.deepStrictEqual(asWritten(again), asWritten(meant), written.toString())
      })
    })
  }

  it('a number too long to be read with all its digits is refused, not shortened', () => {
    const digits = '1'.repeat(1001)
    for (const text of [digits, `[${digits}]`, `{"a":${digits}}`, `{"a":-${digits}}`]) {
      for (const source of [text, `\ufeff${text}`]) {
        assert.throws(() => converter(PLAIN).toConnectData('t', Buffer.from(source)).value, {
          name: 'DataError',
          message: /a number has 100[12] characters, more than 1000/,
        })
      }
      assert.throws(
        () => converter({}).toConnectData('t', Buffer.from(`{"schema":null,"payload":${text}}`)),
        { name: 'DataError' },
      )
    }
    const longest = '1'.repeat(1000)
    assert.equal(converter(PLAIN).toConnectData('t', Buffer.from(longest)).value, BigInt(longest))
  })

  it('a schema tells two defaults apart that differ in digits beyond 2^53', () => {
    const json = converter({})
    const read = (byDefault: string): unknown =>
      json.toConnectData(
        't',
        Buffer.from(`{"schema":{"type":"int64","default":${byDefault}},"payload":null}`),
      ).value
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (n) => {
        assert.equal(read(String(n)), n)
      }),
    )
    assert.throws(() => read('{"text":"9007199254740993"}'), { name: 'DataError' })
  })
})

/** A whole number beyond 2^53 is written without a point, and the two zeros alike. */
function asWritten(value: unknown): unknown {
  if (typeof value === 'number') {
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value + 0
  }
  if (Array.isArray(value)) return value.map(asWritten)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, asWritten(item)]))
}
