import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Decimal } from '../../../api/src/data/decimal.ts'
import { dateSchema, decimalSchema, timestampSchema } from '../../../api/src/data/logical-types.ts'
import {
  BOOLEAN,
  FLOAT32,
  FLOAT64,
  INT16,
  INT32,
  INT64,
  INT8,
  OPTIONAL_STRING,
  SchemaBuilder,
  STRING,
} from '../../../api/src/data/schema-builder.ts'
import type { Schema } from '../../../api/src/data/schema.ts'
import { Struct } from '../../../api/src/data/struct.ts'
import { JsonConverter } from './json-converter.ts'

type Settings = Record<string, string>

function converter(settings: Settings = {}): JsonConverter {
  const made = new JsonConverter()
  made.configure(settings, false)
  return made
}

function read(text: string, settings: Settings = {}): { schema: Schema | null; value: unknown } {
  return converter(settings).toConnectData('t', Buffer.from(text))
}

function readPayload(schema: string, payload: string, settings: Settings = {}): unknown {
  return read(`{"schema":${schema},"payload":${payload}}`, settings).value
}

function write(schema: Schema | null, value: unknown, settings: Settings = {}): string | undefined {
  return converter(settings).fromConnectData('t', schema, value)?.toString()
}

const PLAIN: Settings = { 'schemas.enable': 'false' }

describe('JsonConverter reading envelopes', () => {
  it('C1: reads a boolean with its required schema', () => {
    const { schema, value } = read('{ "schema": { "type": "boolean" }, "payload": true }')
    assert.equal(value, true)
    assert.ok(schema?.equals(BOOLEAN))
  })

  it('C2: reads every integer type, int64 exactly as a bigint', () => {
    for (const [type, expected] of [
      ['int8', INT8],
      ['int16', INT16],
      ['int32', INT32],
    ] as const) {
      const { schema, value } = read(`{"schema":{"type":"${type}"},"payload":12}`)
      assert.ok(schema?.equals(expected))
      assert.equal(value, 12)
    }
    const { schema, value } = read('{"schema":{"type":"int64"},"payload":4398046511104}')
    assert.ok(schema?.equals(INT64))
    assert.equal(value, 4398046511104n)
    assert.equal(readPayload('{"type":"int64"}', '9223372036854775807'), 9223372036854775807n)
    assert.equal(readPayload('{"type":"int64"}', '-9223372036854775808'), -9223372036854775808n)
  })

  it('C4: reads float as 32 and double as 64 bits', () => {
    assert.equal(readPayload('{"type":"float"}', '12.34'), Math.fround(12.34))
    assert.equal(readPayload('{"type":"double"}', '12.34'), 12.34)
    assert.ok(read('{"schema":{"type":"float"},"payload":1}').schema?.equals(FLOAT32))
    assert.ok(read('{"schema":{"type":"double"},"payload":1}').schema?.equals(FLOAT64))
  })

  it('C5: reads bytes from base64', () => {
    assert.deepEqual(readPayload('{"type":"bytes"}', '"dGVzdC1zdHJpbmc="'), Buffer.from('test-string'))
  })

  it('C7: reads maps from an object, or from pairs where keys are no strings', () => {
    const strings = '{"type":"map","keys":{"type":"string"},"values":{"type":"int32"}}'
    const numbers = '{"type":"map","keys":{"type":"int32"},"values":{"type":"int32"}}'
    const text = new Map([
      ['key1', 12],
      ['key2', 15],
    ])
    assert.deepEqual(readPayload(strings, '{"key1":12,"key2":15}'), text)
    const pairs = new Map([
      [1, 12],
      [2, 15],
    ])
    assert.deepEqual(readPayload(numbers, '[[1,12],[2,15]]'), pairs)
  })

  it('C8: reads structs; a missing optional field is null, a missing required one refused', () => {
    const schema = (optional: boolean): string =>
      `{"type":"struct","fields":[{"field":"field1","type":"boolean"},{"field":"field2","type":"string","optional":${optional}}]}`
    const full = readPayload(schema(false), '{"field1":true,"field2":"string","other":1}') as Struct
    assert.equal(full.get('field1'), true)
    assert.equal(full.get('field2'), 'string')
    const partial = readPayload(schema(true), '{"field1":true}') as Struct
    assert.equal(partial.get('field2'), null)
    assert.throws(() => readPayload(schema(false), '{"field1":true}'), {
      name: 'DataError',
      message: /^Invalid null value for required STRING field .*payload\.field2/,
    })
  })

  it('C13: reads decimals from base64 and from numbers with every digit', () => {
    const schema = (scale: number): string =>
      `{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"${scale}"}}`
    assert.deepEqual(readPayload(schema(2), '"AJw="'), new Decimal(156n, 2))
    assert.deepEqual(readPayload(schema(2), '1.56'), new Decimal(156n, 2))
    assert.deepEqual(readPayload(schema(4), '1.5600'), new Decimal(15600n, 4))
    assert.deepEqual(readPayload(schema(17), '1.23456789123456789'), new Decimal(123456789123456789n, 17))
    assert.throws(() => readPayload(schema(1), '1.56'), /does not fit scale 1 without rounding/)
    assert.throws(() => readPayload(schema(1), '1E999999999'), /Invalid number for Decimal field/)
  })

  it('C14: a null decimal takes its default where it has one', () => {
    const schema = (rest: string): string =>
      `{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"}${rest}}`
    assert.equal(readPayload(schema(',"optional":true'), 'null'), null)
    assert.deepEqual(readPayload(schema(',"optional":true,"default":"AJw="'), 'null'), new Decimal(156n, 2))
    assert.deepEqual(readPayload(schema(',"default":"AJw="'), 'null'), new Decimal(156n, 2))
  })

  it('C16: keeps all metadata of a schema', () => {
    const { schema } = read(
      '{"schema":{"type":"boolean","optional":false,"name":"bool","version":2,"doc":"the documentation",' +
        '"parameters":{"foo":"bar"}},"payload":true}',
    )
    assert.equal(schema?.name, 'bool')
    assert.equal(schema?.version, 2)
    assert.equal(schema?.doc, 'the documentation')
    assert.deepEqual(schema?.parameters, { foo: 'bar' })
    assert.equal(schema?.optional, false)
  })

  it('C17: refuses what is no envelope and names the setting to change', () => {
    const message =
      /^JsonConverter with schemas\.enable requires "schema" and "payload" fields and may not contain additional fields\. If you are trying to deserialize plain JSON data, set schemas\.enable=false in your converter configuration\..*value\.converter\.schemas\.enable=false/
    for (const text of [
      '{"x":1}',
      '{"schema":{"type":"int8"},"payload":1,"more":2}',
      'null',
      '',
      '[1]',
      '5',
    ]) {
      assert.throws(() => read(text), { name: 'DataError', message })
    }
  })

  it('C25: a null becomes the default, unless replace.null.with.default is false', () => {
    const field = '{"type":"string","optional":true,"default":"default"}'
    const struct = `{"type":"struct","fields":[{"field":"f",${field.slice(1)}]}`
    assert.equal(readPayload(field, 'null'), 'default')
    assert.equal(readPayload(field, 'null', { 'replace.null.with.default': 'false' }), null)
    assert.equal((readPayload(struct, '{"f":null}') as Struct).at(0), 'default')
    const kept = readPayload(struct, '{"f":null}', { 'replace.null.with.default': 'false' }) as Struct
    assert.equal(kept.getWithoutDefault('f'), null)
  })

  it('C28: takes the schema from the configuration, for messages with an envelope and without', () => {
    const settings = {
      'schema.content': '{"type":"struct","fields":[{"field":"a","type":"int64"}]}',
    }
    assert.equal((read('{"a":1}', settings).value as Struct).get('a'), 1n)
    const enveloped = '{"schema":{"type":"struct","fields":[{"field":"a","type":"int64"}]},"payload":{"a":2}}'
    assert.equal((read(enveloped, settings).value as Struct).get('a'), 2n)
    assert.throws(
      () => converter({ 'schema.content': '{"type":"foo"}' }),
      /schema\.content.*Unknown schema type/s,
    )
  })

  it('C29: refuses a schema without type, or of an unknown one, saying where', () => {
    assert.throws(() => readPayload('{}', '1'), /^DataError: Schema must contain 'type' field/)
    assert.throws(() => readPayload('{"type":"foo"}', '1'), /^DataError: Unknown schema type: foo/)
    const nested = '{"type":"struct","fields":[{"field":"a","type":"array","items":{"type":"foo"}}]}'
    assert.throws(() => readPayload(nested, '{}'), /Unknown schema type: foo \(at schema\.a\.items\)/)
  })

  it('refuses incomplete schemas in the words of Java', () => {
    const refused: [string, RegExp][] = [
      ['{"type":"array"}', /Array schema did not specify the element type/],
      ['{"type":"map"}', /Map schema did not specify the key type/],
      ['{"type":"map","keys":{"type":"string"}}', /Map schema did not specify the value type/],
      ['{"type":"struct"}', /Struct schema's "fields" argument is not an array\./],
      ['{"type":"struct","fields":[{"type":"int8"}]}', /Struct schema's field name not specified properly/],
      ['{"type":"int8","parameters":{"a":1}}', /Schema parameters must have string values\./],
      ['{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal"}', /scale parameter not found/],
    ]
    for (const [schema, message] of refused) assert.throws(() => readPayload(schema, 'null'), message)
  })

  it('refuses a payload that contradicts its schema, with the path of the field', () => {
    const refused: [string, string[]][] = [
      ['{"type":"int8"}', ['300', '1.9', '"x"', 'true', '[1]', '-129', '1e3']],
      ['{"type":"int32"}', ['3000000000', '"12"']],
      ['{"type":"int64"}', ['9223372036854775808', '1.5', '"1"', '1e19', '1e400']],
      ['{"type":"float"}', ['"x"', 'true', '1e300']],
      ['{"type":"double"}', ['"x"', 'false', '1e400']],
      ['{"type":"boolean"}', ['1', '"true"']],
      ['{"type":"string","optional":true}', ['1', 'true', '{}', '[]']],
      ['{"type":"bytes","optional":true}', ['1', '"!!"', '"AJw"']],
      ['{"type":"array","items":{"type":"int8"}}', ['{"a":1}', '1', '["x"]']],
      ['{"type":"int32","name":"org.apache.kafka.connect.data.Date"}', ['1.5', '"x"', '3000000000']],
      ['{"type":"int64","name":"org.apache.kafka.connect.data.Timestamp"}', ['1.5', '9223372036854775807']],
    ]
    for (const [type, payloads] of refused) {
      const struct = `{"type":"struct","fields":[{"field":"f",${type.slice(1)}]}`
      for (const payload of payloads) {
        assert.throws(() => readPayload(struct, `{"f":${payload}}`), {
          name: 'DataError',
          message: /payload\.f/,
        })
      }
    }
    assert.throws(() => readPayload('{"type":"struct","fields":[]}', '[]'), {
      message: /^Structs should be encoded as JSON objects, but found ARRAY/,
    })
  })

  it('takes whole numbers however they are written', () => {
    assert.equal(readPayload('{"type":"int8"}', '1.0'), 1)
    assert.equal(readPayload('{"type":"int64"}', '1e3'), 1000n)
    assert.equal(readPayload('{"type":"int64"}', '9007199254740993.0'), 9007199254740993n)
  })

  it('reads the same whether the schema comes first, last, or anew', () => {
    const json = converter()
    const message = (payload: string): Buffer =>
      Buffer.from(`{"schema":{"type":"string","optional":true,"doc":"{\\"}"},"payload":${payload}}`)
    const first = json.toConnectData('t', message('"a"'))
    const second = json.toConnectData('t', message('"b}"'))
    assert.equal(second.value, 'b}')
    assert.equal(first.schema, second.schema)
    assert.equal(json.toConnectData('t', message('null')).value, null)
    const reversed = Buffer.from('{"payload":"c","schema":{"type":"string","optional":true,"doc":"{\\"}"}}')
    assert.equal(json.toConnectData('t', reversed).schema, first.schema)
    assert.throws(
      () => json.toConnectData('t', message('"a","payload2":1')),
      /may not contain additional fields/,
    )
    assert.equal(json.toConnectData('t', Buffer.from('{"schema":{"type":"int8"},"payload":7}')).value, 7)
  })

  it('does not take what every object inherits for a field', () => {
    const schema = '{"type":"struct","fields":[{"field":"constructor","type":"string","optional":true}]}'
    assert.equal((readPayload(schema, '{}') as Struct).get('constructor'), null)
    assert.equal((readPayload(schema, '{"constructor":"x"}') as Struct).get('constructor'), 'x')
  })

  it('reads a schemaless envelope', () => {
    const { schema, value } = read('{"schema":null,"payload":{"a":5}}')
    assert.equal(schema, null)
    assert.deepEqual(value, { a: 5 })
  })
})

describe('JsonConverter reading plain JSON', () => {
  it('C10: null, nothing and blanks are null', () => {
    for (const text of ['', '  ', 'null']) assert.deepEqual(read(text, PLAIN), { schema: null, value: null })
    assert.deepEqual(converter(PLAIN).toConnectData('t', null), { schema: null, value: null })
  })

  it('C11: reads an object with empty and null members', () => {
    const { schema, value } = read('{"a":"","b":null}', PLAIN)
    assert.equal(schema, null)
    assert.deepEqual(value, { a: '', b: null })
  })

  it('keeps integers beyond 2^53 exactly, and every other number as a number', () => {
    const { value } = read('{"a":[9007199254740993,1.0,1e20,-9007199254740993,0.1234567890123456]}', PLAIN)
    assert.deepEqual(value, { a: [9007199254740993n, 1, 1e20, -9007199254740993n, 0.1234567890123456] })
    assert.equal(read('12345678901234567890', PLAIN).value, 12345678901234567890n)
    assert.equal(read('1E400', PLAIN).value, Infinity)
  })

  it('takes the text along where it is one value on one line', () => {
    const textOf = (text: string): string | undefined =>
      converter(PLAIN).toConnectData('t', Buffer.from(text)).text?.toString()
    assert.equal(textOf('{"a":1.0}'), '{"a":1.0}')
    assert.equal(textOf(' {"a":"ö"}\n'), '{"a":"ö"}')
    assert.equal(textOf('{"a":\n1}'), undefined)
    assert.equal(textOf('{"a":1}x'), undefined)
    assert.equal(textOf('{"a":007}'), undefined)
  })

  it("reads what Connect's parser reads: a byte order mark, leading zeros, text after the first value", () => {
    assert.deepEqual(read('\ufeff{"a":1}', PLAIN).value, { a: 1 })
    assert.deepEqual(read('{"a":007,"b":-01.5}', PLAIN).value, { a: 7, b: -1.5 })
    assert.deepEqual(read('{"a":1}x', PLAIN).value, { a: 1 })
    assert.equal(read('"a"b', PLAIN).value, 'a')
    assert.equal(read('1 x', PLAIN).value, 1)
    assert.equal(read('0012345678901234567890 ', PLAIN).value, 12345678901234567890n)
    assert.deepEqual(read('{"a":1,"a":2}', PLAIN).value, { a: 2 })
  })

  it('refuses what is no JSON, saying where and what it looks like, but not what is in it', () => {
    const failure = /^Converting byte\[\] to Kafka Connect data failed due to serialization error: /
    for (const text of [
      'NaN',
      '[1,]',
      '{a:1}',
      "{'a':1}",
      '1x',
      'truex',
      '1.',
      '+1',
      '"x',
      '[1,2',
      '// c\n1',
      '-',
    ]) {
      assert.throws(() => read(text, PLAIN), { name: 'DataError', message: failure })
    }
    assert.throws(
      () => read('{"secret":"hunter2",}', PLAIN),
      (error: Error) => {
        assert.match(error.message, /line 1, column 21: expected a field name in double quotes/)
        assert.doesNotMatch(error.message, /hunter2/)
        return true
      },
    )
    const looks: [Buffer, RegExp][] = [
      [
        Buffer.from([0, 0, 0, 0, 42, 2, 3]),
        /Confluent wire format, schema id 42: use io\.confluent\.connect\.avro\.AvroConverter/,
      ],
      [Buffer.from([0x1f, 0x8b, 8, 0]), /gzip compressed data/],
      [Buffer.from('<a/>'), /XML or HTML text/],
      [Buffer.from([0x80, 0x81]), /not UTF-8.*binary data of 2 bytes that begins with 0x8081/],
    ]
    for (const [bytes, message] of looks) {
      assert.throws(() => converter(PLAIN).toConnectData('t', bytes), message)
      assert.throws(() => converter().toConnectData('t', bytes), message)
    }
  })

  it('refuses nesting that could exhaust the stack', () => {
    for (const depth of [1_500, 200_000]) {
      assert.throws(() => read('['.repeat(depth) + ']'.repeat(depth), PLAIN), /nested/)
      assert.throws(() => read('['.repeat(depth), PLAIN), /nested|expected/)
    }
  })

  it('keeps a member called __proto__ as a member', () => {
    for (const text of ['{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}x']) {
      const { value } = read(text, PLAIN)
      assert.deepEqual(Object.keys(value as object), ['__proto__'])
      assert.equal((value as { a?: number }).a, undefined)
    }
  })
})

describe('JsonConverter writing', () => {
  it('C19: names floats float and double', () => {
    assert.equal(
      write(FLOAT32, Math.fround(12.34)),
      '{"schema":{"type":"float","optional":false},"payload":12.34}',
    )
    assert.equal(write(FLOAT64, 12), '{"schema":{"type":"double","optional":false},"payload":12.0}')
  })

  it('C20: writes an array with the schema of its items', () => {
    assert.equal(
      write(SchemaBuilder.array(INT32).build(), [1, 2, 3]),
      '{"schema":{"type":"array","items":{"type":"int32","optional":false},"optional":false},"payload":[1,2,3]}',
    )
  })

  it('C22: writes struct fields in the order of the schema, each with its name', () => {
    const schema = SchemaBuilder.struct()
      .field('field1', BOOLEAN)
      .field('field2', STRING)
      .field('field3', STRING)
      .field('field4', BOOLEAN)
      .build()
    const value = new Struct(schema)
      .put('field4', false)
      .put('field3', 'string3')
      .put('field2', 'string2')
      .put('field1', true)
    assert.equal(
      write(schema, value),
      '{"schema":{"type":"struct","fields":[' +
        '{"type":"boolean","optional":false,"field":"field1"},{"type":"string","optional":false,"field":"field2"},' +
        '{"type":"string","optional":false,"field":"field3"},{"type":"boolean","optional":false,"field":"field4"}' +
        '],"optional":false},"payload":{"field1":true,"field2":"string2","field3":"string3","field4":false}}',
    )
  })

  it('C23: writes decimals as base64, or as numbers with all their digits', () => {
    const plain = { ...PLAIN, 'decimal.format': 'numeric' }
    assert.equal(write(decimalSchema(2), new Decimal(156n, 2), PLAIN), '"AJw="')
    assert.equal(write(decimalSchema(2), new Decimal(156n, 2), plain), '1.56')
    assert.equal(write(decimalSchema(4), new Decimal(15600n, 4), plain), '1.5600')
    assert.throws(() => write(decimalSchema(4), new Decimal(156n, 2)), /mismatching scale/)
  })

  it('C25: writes the default for a null, unless replace.null.with.default is false', () => {
    const schema = SchemaBuilder.from(OPTIONAL_STRING).defaultValue('default').build()
    const kept = { ...PLAIN, 'replace.null.with.default': 'false' }
    assert.equal(write(schema, null, PLAIN), '"default"')
    assert.equal(write(schema, null, kept), 'null')
    const struct = SchemaBuilder.struct().field('f', schema).build()
    assert.equal(write(struct, new Struct(struct), PLAIN), '{"f":"default"}')
    assert.equal(write(struct, new Struct(struct), kept), '{"f":null}')
  })

  it('C26: refuses a value that does not fit its schema', () => {
    assert.throws(() => write(FLOAT64, true), {
      name: 'DataError',
      message: /^Invalid type for FLOAT64: boolean/,
    })
    assert.throws(() => write(INT8, 300), /Invalid type for INT8/)
    assert.throws(() => write(INT64, 1), /Invalid type for INT64/)
    assert.throws(() => write(STRING, null), /null value for field that is required/)
  })

  it('writes the keys of a schema in the order Java does', () => {
    const schema = SchemaBuilder.map(INT32, STRING)
      .optional()
      .name('n')
      .version(3)
      .doc('d')
      .parameter('p', 'q')
      .defaultValue(new Map([[1, 'a']]))
      .build()
    assert.equal(
      write(schema, new Map([[2, 'b']])),
      '{"schema":{"type":"map","keys":{"type":"int32","optional":false},"values":{"type":"string","optional":false},' +
        '"optional":true,"name":"n","version":3,"doc":"d","parameters":{"p":"q"},"default":[[1,"a"]]},' +
        '"payload":[[2,"b"]]}',
    )
  })

  it('writes dates as days and milliseconds, int64 and bytes exactly', () => {
    assert.equal(write(dateSchema(), new Date(86_400_000), PLAIN), '1')
    assert.equal(write(timestampSchema(), new Date(12), PLAIN), '12')
    assert.throws(
      () => write(dateSchema(), new Date(1), PLAIN),
      /Invalid type for org\.apache\.kafka\.connect\.data\.Date/,
    )
    assert.equal(write(INT64, 2n ** 60n, PLAIN), '1152921504606846976')
    assert.equal(write(new SchemaBuilder('BYTES').build(), Buffer.from('ab').subarray(1), PLAIN), '"Yg=="')
  })

  it('writes nothing for null without schema', () => {
    assert.equal(write(null, null), undefined)
    assert.equal(write(null, null, PLAIN), undefined)
    assert.equal(write(OPTIONAL_STRING, null), '{"schema":{"type":"string","optional":true},"payload":null}')
  })

  it('writes schemaless values of every kind', () => {
    const value = {
      a: [1, 1.5, 'x', true, null, 2n ** 60n],
      b: new Map([['k', new Map([[1, 'v']])]]),
      c: Buffer.from('ab'),
      d: new Date(5),
      e: new Decimal(150n, 2),
      f: Infinity,
      g: new Struct(SchemaBuilder.struct().field('x', INT8).build()).put('x', 1),
    }
    assert.equal(
      write(null, value, PLAIN),
      '{"a":[1,1.5,"x",true,null,1152921504606846976],"b":{"k":[[1,"v"]]},"c":"YWI=","d":5,"e":1.50,' +
        '"f":"Infinity","g":{"x":1}}',
    )
    assert.throws(() => write(null, { a: () => 1 }, PLAIN), /function cannot be written as JSON/)
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    assert.throws(() => write(null, cycle, PLAIN), /nested deeper/)
  })

  it('bounds the schemas it keeps', () => {
    const json = converter({ 'schemas.cache.size': '2' })
    for (let i = 0; i < 10; i++) {
      const message = Buffer.from(`{"schema":{"type":"int8","version":${i}},"payload":${i}}`)
      assert.equal(json.toConnectData('t', message).schema?.version, i)
    }
  })
})
