import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { timestampSchema } from '../../../api/src/data/logical-types.ts'
import {
  BOOLEAN,
  FLOAT32,
  FLOAT64,
  INT32,
  INT64,
  OPTIONAL_STRING,
  SchemaBuilder,
  STRING,
} from '../../../api/src/data/schema-builder.ts'
import type { Schema } from '../../../api/src/data/schema.ts'
import { schemas, valueOf } from '../testing/connect-arbitraries.ts'
import { plainValue } from '../testing/plain-value.ts'
import { check } from '../testing/property-runs.ts'
import { parseJson } from './json-text.ts'
import { payloadReader } from './payload-reader.ts'
import { NOT_SCANNED, payloadScanner } from './payload-scanner.ts'
import { payloadWriter } from './payload-writer.ts'

const BEFORE = Buffer.from('{"schema":{},"payload":')
const NOTHING = Symbol('no value')

function scan(schema: Schema, payload: Buffer): unknown {
  const bytes = Buffer.concat([BEFORE, payload, Buffer.from('}')])
  return payloadScanner(schema)?.(bytes, BEFORE.length, bytes.length - 1) ?? NOT_SCANNED
}

/** What parsing makes of it. */
function parse(schema: Schema, payload: Buffer): unknown {
  const text = payload.toString()
  if (!Buffer.from(text).equals(payload)) return NOTHING
  try {
    const { value, isStrict } = parseJson(text)
    return isStrict ? payloadReader(schema, { replaceNullWithDefault: true }, 'payload')(value) : NOTHING
  } catch {
    return NOTHING
  }
}

function agrees(schema: Schema, payload: Buffer): boolean {
  const scanned = scan(schema, payload)
  if (scanned === NOT_SCANNED) return false
  const parsed = parse(schema, payload)
  assert.notEqual(parsed, NOTHING, payload.toString('latin1'))
  assert.deepStrictEqual(plainValue(scanned), plainValue(parsed), payload.toString('latin1'))
  return true
}

const structs = schemas({ anyTop: false, without: ['BYTES', 'MAP', 'DECIMAL'] }).filter(
  ({ optional }) => !optional,
)
const payloads = structs.chain((schema) =>
  valueOf(schema).map((value) => ({
    schema,
    text: payloadWriter(schema, { numericDecimals: false, replaceNullWithDefault: true })(value),
  })),
)
const order = SchemaBuilder.struct()
  .name('order')
  .field('id', INT64)
  .field('name', STRING)
  .field('price', FLOAT64)
  .field('weight', FLOAT32)
  .field('items', SchemaBuilder.array(INT32).build())
  .field('paid', BOOLEAN)
  .field('note', OPTIONAL_STRING)
  .field('at', timestampSchema())
  .build()
const ORDER =
  '{"id":7,"name":"Łódź","price":-12.75,"weight":0.1,"items":[1,-2],"paid":true,"note":null,"at":1700000000123}'

suite('scanning payloads', () => {
  test('agrees with parsing about payloads of every schema', async () => {
    let scanned = 0
    await check(payloads, 400, ({ schema, text }) => {
      if (agrees(schema, Buffer.from(text))) scanned++
    })
    assert.ok(scanned > 0)
  })

  test('agrees with parsing about payloads that were changed', async () => {
    const changes = fc.array(
      fc.record({
        at: fc.nat(),
        drop: fc.integer({ min: 0, max: 2 }),
        put: fc.constantFrom(
          '',
          '0',
          '1',
          '-',
          '.',
          'e5',
          '"',
          '\\',
          '\u0000',
          'ü',
          '\ufffd',
          ' ',
          ',',
          '[',
          '}',
          'null',
          '999999999',
        ),
      }),
      { minLength: 1, maxLength: 2 },
    )
    const texts = fc.oneof(payloads, fc.constant({ schema: order, text: ORDER }))
    await check(fc.tuple(texts, changes), 1000, ([{ schema, text }, edits]) => {
      let bytes = Buffer.from(text)
      for (const { at, drop, put } of edits) {
        const place = at % bytes.length
        bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from(put), bytes.subarray(place + drop)])
      }
      agrees(schema, bytes)
    })
  })

  test('agrees with JSON.parse about every number it reads', async () => {
    const digits = fc
      .array(fc.constantFrom(...'0123456789'), { minLength: 1, maxLength: 9 })
      .map((all) => all.join(''))
    const number = fc
      .tuple(fc.constantFrom('', '-'), digits, fc.option(digits))
      .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`)
    const numbers = SchemaBuilder.struct().name('n').field('d', FLOAT64).field('f', FLOAT32).build()
    const whole = SchemaBuilder.struct()
      .name('w')
      .field('l', INT64)
      .field('i', INT32)
      .field('t', timestampSchema())
      .build()
    await check(number, 2000, (n) => {
      agrees(numbers, Buffer.from(`{"d":${n},"f":${n}}`))
      agrees(whole, Buffer.from(`{"l":${n},"i":${n},"t":${n}}`))
    })
  })

  test('a payload as producers write it is scanned', () => {
    assert.ok(agrees(order, Buffer.from(ORDER)))
  })

  for (const [what, text] of [
    ['fields in another order', ORDER.replace('"id":7,"name":"Łódź"', '"name":"Łódź","id":7')],
    ['a field too few', ORDER.replace('"paid":true,', '')],
    ['a field too many', ORDER.replace('"paid":', '"extra":1,"paid":')],
    ['blanks', ORDER.replace(':7', ': 7')],
    ['an escape', ORDER.replace('Łódź', 'a\\nb')],
    ['sixteen digits', ORDER.replace(':7', ':1234567890123456')],
    ['an exponent', ORDER.replace('0.1', '1e-1')],
    ['more behind it', `${ORDER},"payload":{}`],
    ['an end too early', ORDER.slice(0, -1)],
  ] as const) {
    test(`a payload with ${what} is left to the parser`, () => {
      assert.equal(scan(order, Buffer.from(text)), NOT_SCANNED)
    })
  }

  test('bytes that are not UTF-8 are left to the parser', () => {
    const bytes = Buffer.from(ORDER)
    bytes[bytes.indexOf('Ł') + 1] = 0x41
    assert.equal(scan(order, bytes), NOT_SCANNED)
  })

  test('a schema with values that have to be parsed has no scanner', () => {
    const map = SchemaBuilder.map(STRING, STRING).build()
    assert.equal(payloadScanner(SchemaBuilder.struct().name('m').field('map', map).build()), undefined)
    assert.equal(payloadScanner(STRING), undefined)
  })
})
