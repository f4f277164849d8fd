import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Decimal } from '../decimal.ts'
import { DATE, DECIMAL, TIME, TIMESTAMP } from '../logical-types.ts'
import { parseString } from './parse-string.ts'
import { valueToString } from './value-to-string.ts'

function typeOf(text: string): string | undefined {
  const { schema } = parseString(text)
  return schema?.name ?? schema?.type
}

/** Reference case D: what Values.parseString makes of texts. */
describe('D: parseString', () => {
  it('D: reads null, the empty text and booleans', () => {
    assert.deepEqual(parseString('null'), { schema: null, value: null })
    assert.deepEqual(parseString(' null '), { schema: null, value: null })
    assert.equal(typeOf(''), 'STRING')
    assert.equal(parseString('').value, '')
    assert.equal(parseString('true').value, true)
    assert.equal(parseString(' false ').value, false)
    assert.equal(typeOf(' false '), 'BOOLEAN')
    assert.equal(parseString('false]').value, 'false]')
  })

  it('D: takes the narrowest type that holds a number', () => {
    const expected: [string, string, unknown][] = [
      ['12', 'INT8', 12],
      ['300', 'INT16', 300],
      ['100000', 'INT32', 100000],
      ['9999999999', 'INT64', 9999999999n],
      ['99999999999999999999', DECIMAL, new Decimal(99999999999999999999n, 0)],
      ['3.5', 'FLOAT32', 3.5],
      ['1e40', 'FLOAT64', 1e40],
      ['1e400', DECIMAL, new Decimal(1n, -400)],
      ['1.0', 'INT8', 1],
      ['+5', 'INT8', 5],
      ['1e5', 'INT32', 100000],
      ['00012', 'INT8', 12],
    ]
    for (const [text, type, value] of expected) {
      assert.equal(typeOf(text), type, text)
      assert.deepEqual(parseString(text).value, value, text)
    }
    for (const text of ['1f', '0x1F', '.5', 'NaN', '1_000', '12 13', '1e99999999999']) {
      assert.equal(parseString(text).value, text)
    }
  })

  it('D: reads dates, times and timestamps', () => {
    assert.equal(typeOf('2019-08-23'), DATE)
    assert.deepEqual(parseString('2019-08-23').value, new Date('2019-08-23T00:00:00Z'))
    assert.equal(typeOf('14:34:54.346Z'), TIME)
    assert.deepEqual(parseString('14:34:54.346Z').value, new Date('1970-01-01T14:34:54.346Z'))
    assert.equal(typeOf('2019-08-23T14:34:54.346Z'), TIMESTAMP)
    assert.deepEqual(parseString('2019-08-23T14\\:34\\:54.346Z').value, new Date('2019-08-23T14:34:54.346Z'))
    assert.equal(typeOf('2019-08-23T14:34:54.346'), 'STRING')
  })

  it('D: leaves what is no array or map as it is', () => {
    const texts = [
      '{6:9 4:20}',
      '[0 1 2]',
      '{null: 3}',
      '[foo]',
      '{foo: 3}',
      '[1,,2]',
      '[1,2',
      '[null,1]',
      '{"a":}',
    ]
    for (const text of texts) {
      assert.equal(typeOf(text), 'STRING', text)
      assert.equal(parseString(text).value, text)
    }
    const deep = '['.repeat(100_000)
    assert.equal(parseString(deep).value, deep)
  })

  it('D: reads arrays with the schema their elements share', () => {
    const booleans = parseString('[true, false]')
    assert.equal(booleans.schema?.valueSchema.type, 'BOOLEAN')
    assert.deepEqual(booleans.value, [true, false])
    assert.deepEqual(parseString('[]').value, [])
    assert.equal(parseString('[]').schema?.type, 'ARRAY')
    assert.deepEqual(parseString('[null]').value, [null])
    assert.deepEqual(parseString('[[]]').value, [[]])
    assert.deepEqual(parseString('[{}]').value, [new Map()])
    const mixed = parseString('[1, 2, 300, "four"]')
    assert.equal(mixed.schema?.valueSchemaIfAny, undefined)
    assert.deepEqual(mixed.value, [1, 2, 300, 'four'])
    const widened = parseString('[1, 9999999999]')
    assert.equal(widened.schema?.valueSchema.type, 'INT64')
    assert.deepEqual(widened.value, [1n, 9999999999n])
  })

  it('D: reads maps with the schemas their keys and values share', () => {
    const booleans = parseString('{true: false, false: true}')
    assert.equal(booleans.schema?.keySchema.type, 'BOOLEAN')
    assert.deepEqual(
      booleans.value,
      new Map([
        [true, false],
        [false, true],
      ]),
    )
    assert.deepEqual(parseString('{}').value, new Map())
    const nulls = parseString('{3: null}')
    assert.equal(nulls.schema?.keySchema.type, 'INT8')
    assert.deepEqual(nulls.value, new Map([[3, null]]))
    const strings = parseString('{"foo":"123","bar":"baz"}')
    assert.equal(strings.schema?.valueSchema.type, 'STRING')
    assert.deepEqual(
      strings.value,
      new Map([
        ['foo', '123'],
        ['bar', 'baz'],
      ]),
    )
    const shorts = parseString('{"foo":12345,"bar":0,"baz":-4321}')
    assert.equal(shorts.schema?.valueSchema.type, 'INT16')
    assert.deepEqual(
      shorts.value,
      new Map([
        ['foo', 12345],
        ['bar', 0],
        ['baz', -4321],
      ]),
    )
  })

  it('keeps a text that only begins like a number, of which Java keeps the beginning', () => {
    assert.equal(parseString('1,2').value, '1,2')
    assert.equal(parseString('12:30').value, '12:30')
  })

  it('writes back what it reads', () => {
    const texts = [
      '12',
      '3.5',
      '1.0E40',
      'true',
      '2019-08-23',
      '14:34:54.346Z',
      '2019-08-23T14:34:54.346Z',
      'x y',
    ]
    const nested = ['[1,2,300,"four"]', '{"a":[1,2],"b":{"c":true}}', '{3:null}', '[]', '1.5E-4']
    for (const text of [...texts, ...nested]) {
      const { schema, value } = parseString(text)
      assert.equal(valueToString(schema, value), text)
    }
    assert.equal(valueToString(null, Buffer.from('ab')), 'YWI=')
    assert.equal(valueToString(null, { a: 'q"\\' }), '{"a":"q\\"\\\\"}')
    assert.equal(valueToString(null, null), null)
  })
})
