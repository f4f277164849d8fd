import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  DataError,
  Decimal,
  Headers,
  INT64,
  SchemaBuilder,
  STRING,
  Struct,
  timestampSchema,
} from '@spillway/api'
import fc from 'fast-check'
import { FieldNames, fieldReference, RecordFields } from './record-fields.ts'
import { refineConfig } from './refine-config.ts'
import { keeps, record, refined, textRecord } from './records.fixture.ts'

const TEXT =
  '{ "type":"click","n":42,"big":9007199254740993,"half":2.5,"neg":-3,"yes":true,"no":false,"nil":null, ' +
  '"nested":{"a":{"b":"deep"},"list":[1,"x",{"c":true}]},"a.b":"dotted","q\\"uote":"esc\\u0041ped","ümlaut":"grün",' +
  '"tags":["a","b",9007199254740993],"twice":1,"twice":2,"empty":"","at":1700000000000}'
const HEADERS = new Headers([
  { key: 'tenant', schema: STRING, value: 'other' },
  { key: 'tenant', schema: STRING, value: 'acme' },
  { key: 'map', schema: null, value: { a: 1 } },
])
const PARTS = { key: { id: 5n }, headers: HEADERS }

/** Conditions with what they say of the record above; a text is a part of the error. */
const TABLE: readonly (readonly [string, boolean | RegExp])[] = [
  ['value.type == "click"', true],
  ['value.type != "click"', false],
  ["value.type in ['view', 'click']", true],
  ['value.type in []', false],
  ['value["type"] == "click" && value.n > 41', true],
  ['value.n == 42.0', true],
  ['value.n < 42.5 && value.half > 2 && value.neg <= -3', true],
  ['value.n == "42"', false],
  ['value.n in ["42", 42]', true],
  // Whole numbers are exact, whatever their size.
  ['value.big == 9007199254740993', true],
  ['value.big == 9007199254740992', false],
  ['value.big > 9007199254740992', true],
  ['value.big in [9007199254740992]', false],
  ['value.big in [9007199254740993]', true],
  ['value.big in value.tags', true],
  // What is missing is null: equal to null alone, in no order, not true.
  ['value.none == null && value.nil == null', true],
  ['value.none == "x"', false],
  ['value.none != "x"', true],
  ['value.none > 1 || value.none <= 1', false],
  ['value.nil < "x"', false],
  ['value.none.deeper == null', true],
  ['value.type.deeper == null', true],
  ['value.none', false],
  ['!value.none', true],
  ['value.none in ["x"]', false],
  ['value.none in [null]', true],
  ['"x" in value.none', false],
  ['value.none.startsWith("x")', false],
  ['size(value.none) == 0', false],
  ['has(value.type) && !has(value.none) && !has(value.nil)', true],
  ['value.yes && !value.no', true],
  ['value.yes == true', true],
  ['value.nested.a.b == "deep"', true],
  ['value.nested.list[1] == "x" && value.nested.list[2].c', true],
  ['value.nested.list[7] == null', true],
  ['value.nested["list"][0] == 1', true],
  ['value["a.b"] == "dotted"', true],
  ['value["q\\"uote"] == "escAped"', true],
  ['value["ümlaut"] == "grün"', true],
  ['value.twice == 2', true],
  ['"b" in value.tags && !("c" in value.tags)', true],
  ['size(value.tags) == 3 && size(value.type) == 5 && value.nested.size() == 2', true],
  ['value.empty == "" && size(value.empty) == 0', true],
  ['value.type.startsWith("cl") && value.type.endsWith("ck") && value.type.contains("lic")', true],
  ['value.type.matches("^c.*k$") && value.type.matches("li")', true],
  ['value.type.matches("^l")', false],
  ['topic == "events" && partition == 3 && offset >= 7 && offset < 8', true],
  ['topic.startsWith("ev") && topic in ["events"]', true],
  ['timestamp >= timestamp("2023-11-14T22:13:20Z")', true],
  ['timestamp > timestamp("2023-11-14T23:13:20.000+01:00")', false],
  ['value.at == timestamp', true],
  ['key.id == 5', true],
  ['headers.tenant == "acme" && headers["map"].a == 1 && headers.none == null', true],
  ['value != null', true],
  ['value == null', false],
  // The right side is not asked where the left one decides.
  ['value.yes || value.n > "x"', true],
  ['value.no && value.type > 1', false],
  // Clashes of types.
  ['value.type > 1', /refine\.keep: value\.type is a text and 1 a number.*\(events-3@7\)/],
  ['value.n < value.type', /value\.n is a number and value\.type a text/],
  ['value.yes > false || value.yes > value.no', /have no order/],
  ['value.tags < value.n', /value\.tags is a list/],
  ['value.type', /value\.type is a text, not true or false/],
  ['!value.n', /value\.n is a number, not true or false/],
  ['value.n.startsWith("4")', /value\.n is a number, not a text/],
  ['"x" in value.type', /value\.type is a text, not a list/],
  ['value.nested == value.nested.a', /refine\.keep: objects are not compared: name their fields/],
  ['value.tags == value.tags && value.tags != value.nested.list', true],
  ['value.nested == "x" || value.nested == null', false],
  ['size(value.n) > 1', /value\.n is a number, not a text, bytes/],
]

suite('conditions', () => {
  for (const [condition, expected] of TABLE) {
    test(condition, () => {
      for (const made of [textRecord(TEXT, PARTS), record(textRecord(TEXT).value, PARTS)]) {
        if (typeof expected === 'boolean') assert.equal(keeps(condition, made), expected)
        else assert.throws(() => keeps(condition, made), expected)
      }
    })
  }

  test('structs: fields by schema, defaults, times as milliseconds, decimals by their value', () => {
    const schema = SchemaBuilder.struct()
      .field('id', INT64)
      .field('name', SchemaBuilder.from(STRING).defaultValue('none').build())
      .field('at', timestampSchema())
      .field('price', SchemaBuilder.from(STRING).optional().build())
      .build()
    const value = Struct.ofTrusted(schema, [9007199254740993n, null, new Date(1000), new Decimal(150n, 2)])
    const made = record(value, { schema })
    for (const condition of [
      'value.id == 9007199254740993 && value.id > 9007199254740992',
      'value.name == "none"',
      'value.at == 1000 && value.at < timestamp("2026-01-01T00:00:00Z")',
      'value.price == 1.5 && value.price > 1 && value.price < 1.500001 && value.price in [1.5]',
      'value.none == null && size(value) == 4',
      'value.id in [1, 9007199254740993]',
    ])
      assert.equal(keeps(condition, made), true, condition)
  })

  test('a value without fields: texts, bytes and numbers are named as the value itself', () => {
    assert.equal(keeps('value.contains("ERROR")', record('an ERROR')), true)
    assert.equal(keeps('value == b"ab" && size(value) == 2', record(Buffer.from('ab'))), true)
    assert.equal(keeps('value > 1', record(2)), true)
    assert.equal(keeps('value.field == null', record('text')), true)
    assert.equal(keeps('value[1] == "b"', textRecord('["a","b"]')), true)
  })

  test('JSON text is not parsed for conditions, topics and projections', () => {
    const lazyValue = {
      get value(): unknown {
        throw new Error('it is parsed')
      },
    }
    const config = {
      'refine.keep':
        'value != null && has(value) && value.nested.a.b == "deep" && value.n > 1 && value.half < 3 && has(value.tags)',
      'refine.drop': 'value.type in ["view"] || value.type.startsWith("v") || value.none == "x"',
      'refine.route.topic': 'to-{{value.type}}-{{value.n}}',
      'refine.project.include': 'type,n,nested.a',
    }
    const made = refined(config, textRecord(TEXT, { lazyValue }))
    assert.equal(made?.topic, 'to-click-42')
    assert.equal(made?.valueText?.toString(), '{"type":"click","n":42,"nested":{"a":{"b":"deep"}}}')
  })

  test('names that objects inherit are no fields', () => {
    for (const made of [record({}), textRecord('{}'), record('x'), record([])])
      assert.equal(
        keeps('value.constructor == null && value.length == null && value.__proto__ == null', made),
        true,
      )
    assert.equal(keeps('value.__proto__ == 1', textRecord('{"__proto__":1}')), true)
  })

  test('tombstones pass conditions on fields of the value, and are told by all others', () => {
    assert.equal(keeps('value.type == "x"', record(null)), true)
    assert.equal(keeps('value != null && value.type == "x"', record(null)), false)
    assert.equal(keeps('topic == "other"', record(null)), false)
    assert.equal(keeps('key == "k"', record(null, { key: 'k' })), true)
  })

  test('a pattern that never ends is stopped, and the error names the key', () => {
    const text = JSON.stringify({ a: `${'a'.repeat(40)}!` })
    assert.throws(() => keeps('value.a.matches("^(a+)+$")', textRecord(text)), /\(refine\.keep\) backtracks/)
  })
})

/** Conditions that are refused when they are configured. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['value.a ==', /Unexpected token.*at the end/],
  ['value.a = 1', /Unexpected character.*at "= 1"/],
  ['valeu.a == 1', /there is no valeu: a reference begins with one of key, value/],
  ['value.a + 1 == 2', /no arithmetic/],
  ['value.a ? true : false', /no choice/],
  ['value.items.exists(i, i > 1)', /there is no \.exists/],
  ['lower(value.a) == "x"', /there is no lower\(…\)/],
  ['"abc"', /is a text, not true or false/],
  ['topic', /topic is a text, not true or false/],
  ['topic > 3', /have no order/],
  ['value.a > true', /have no order/],
  ['topic == 3', /never the same/],
  ['value.a in 3', /is a number, not a list/],
  ['value.a in [value.b]', /holds no references/],
  ['topic.a == 1', /topic has no fields/],
  ['headers == null', /headers need the name/],
  ['value[topic] == 1', /in brackets stands/],
  ['value.a.matches(value.b)', /takes a pattern in quotes/],
  ['value.a.matches("(")', /Invalid regex/],
  ['timestamp("yesterday") < timestamp', /takes a time such as/],
  ['value.a == 5u', /numbers have no suffix/],
  ['has(1)', /has/],
  ['!'.repeat(15_000) + 'true', /Exceeded|nested/],
  ['('.repeat(500) + 'true' + ')'.repeat(500), /Exceeded/],
  [`value.a == "${'x'.repeat(20_000)}"`, /at most 20000/],
  [`value${'.a'.repeat(40)} == 1`, /at most 32 steps/],
  [`value.a in [${'1,'.repeat(1500)}1]`, /Exceeded/],
]

test('conditions that mean nothing are refused, with the key and the place', () => {
  for (const [condition, message] of REFUSED) {
    const value = refineConfig.validate({ 'refine.keep': condition }).find(({ key }) => key === 'refine.keep')
    assert.equal(value?.errors.length, 1, condition.slice(0, 60))
    assert.match(value?.errors[0] ?? '', message)
    assert.match(value?.errors[0] ?? '', /configuration refine\.keep/)
    assert.ok((value?.errors[0] ?? '').length < 1500)
  }
})

test('what is found by a scan is what parsing finds, at any path', () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'b', 'ä', '"', '\\', '__proto__', ''),
    fc.string({ maxLength: 4 }),
  )
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()),
      fc.constantFrom(null, 1e21, -0, 2 ** 53 - 1),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(name, tie('value'), { maxKeys: 4 }),
    ),
  })).value
  const steps = fc.array(fc.oneof(name, fc.nat(3)), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.dictionary(name, json, { maxKeys: 5 }), steps, fc.boolean(), (object, path, isSpaced) => {
      const text = JSON.stringify(object, null, isSpaced ? ' ' : '').replaceAll('\n', ' ')
      const names = new FieldNames()
      const reference = fieldReference('value', path, 'value', names)
      const read = (of: Parameters<RecordFields['of']>[0]): unknown => {
        const fields = new RecordFields(names)
        fields.of(of)
        return fields.read(reference)
      }
      assert.deepEqual(read(textRecord(text)), read(record(textRecord(text).value)))
    }),
    { numRuns: 500 },
  )
})

test('errors are of the record, not of the program', () => {
  assert.throws(() => keeps('value.a > 1', record({ a: 'x' })), DataError)
})

const TOKENS =
  'value .a .n ["b"] [0] [ ] ( ) == != < >= && || ! - in , 1 2.5 9007199254740993 "x" \' " null true has( size( .matches("x+") ' +
  '.contains( topic key headers.h timestamp timestamp("2026-01-01T00:00:00Z") b"x" [1,"x",null] { ? :'
const OPERANDS =
  'value value.a value.n value.a.n value["b"] value["b"][0] value[0] key topic headers.h timestamp offset 1 -2.5 ' +
  '9007199254740993 "x" null true b"x" size(value.a)'

test('whatever is written is a condition or a problem of its key, and asked of any record gives an answer or an error of the record', () => {
  const token = fc.constantFrom(...TOKENS.split(' '))
  const operand = fc.constantFrom(...OPERANDS.split(' '))
  const sentence = fc.letrec<{ one: string }>((tie) => ({
    one: fc.oneof(
      { maxDepth: 3 },
      fc
        .tuple(operand, fc.constantFrom('==', '!=', '<', '>=', ' in '), operand)
        .map((parts) => parts.join('')),
      operand.map((one) => `${one} in ["x", 1, null, 9007199254740993]`),
      operand.map((one) => `${one}.startsWith("x") || ${one}.matches("^x")`),
      operand,
      fc.tuple(tie('one'), fc.constantFrom('&&', '||'), tie('one')).map((parts) => parts.join(' ')),
      tie('one').map((one) => `!(${one})`),
    ),
  })).one
  const written = fc.oneof(
    sentence,
    fc.array(token, { minLength: 1, maxLength: 12 }).map((tokens) => tokens.join(' ')),
  )
  const values = [
    null,
    'x',
    1,
    { a: 'x', n: 2, b: [1] },
    { a: { n: [{}] }, n: null },
    ['x'],
    Buffer.from('x'),
  ]
  let asked = 0
  fc.assert(
    fc.property(written, (condition) => {
      const [problem] = refineConfig
        .validate({ 'refine.keep': condition })
        .filter(({ errors }) => errors.length > 0)
      if (problem !== undefined) return
      for (const value of values) {
        const text = JSON.stringify(value)
        const records =
          Buffer.isBuffer(value) || value === null ? [record(value)] : [record(value), textRecord(text)]
        const answers = records.map((made) => {
          try {
            return keeps(condition, made)
          } catch (error) {
            assert.ok(error instanceof DataError, `${condition}: ${String(error)}`)
            return error.message
          }
        })
        assert.equal(new Set(answers).size, 1, condition)
        asked++
      }
    }),
    { numRuns: 3000 },
  )
  assert.ok(asked > 500, `${asked} were asked`)
})
