import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { SchemaAndValue } from '../../../api/src/connector/converter.ts'
import { Decimal } from '../../../api/src/data/decimal.ts'
import { DATE, DECIMAL, TIME, TIMESTAMP } from '../../../api/src/data/logical-types.ts'
import type { Struct } from '../../../api/src/data/struct.ts'
import { FakeRegistry } from '../conformance/fake-registry.ts'
import { plainValue } from '../testing/plain-value.ts'
import { frame } from '../registry/wire-format.ts'
import { readMessageIndexes, writeMessageIndexes } from './message-indexes.ts'
import { protobufConverterPlugin } from './protobuf-converter.ts'

let registry: FakeRegistry
before(async () => {
  registry = await FakeRegistry.start()
})
after(() => registry.stop())

async function read(
  proto: string,
  hex: string,
  settings: Record<string, string> = {},
  indexes: readonly number[] = [0],
): Promise<SchemaAndValue> {
  const id = registry.put('t-value', proto, 'PROTOBUF')
  const converter = protobufConverterPlugin.create()
  await converter.configure(
    { 'schema.registry.url': registry.url, 'retries.wait.ms': '1', ...settings },
    false,
  )
  const bytes = frame(id, Buffer.from(hex.replaceAll(' ', ''), 'hex'), writeMessageIndexes(indexes))
  return converter.toConnectData('t', bytes, [])
}

const head = 'syntax = "proto3"; package shop; '

describe('ProtobufConverter', () => {
  it('maps every scalar as Java does, with its tag and its type', async () => {
    const types = [
      'int32',
      'sint32',
      'sfixed32',
      'uint32',
      'fixed32',
      'int64',
      'sint64',
      'sfixed64',
      'uint64',
      'fixed64',
      'float',
      'double',
      'bool',
      'string',
      'bytes',
    ]
    const proto = `${head} message M { ${types.map((type, i) => `${type} f_${type} = ${i + 1};`).join(' ')} }`
    const hex =
      '08 feffffffffffffffff01' +
      '10 03' +
      '1d feffffff' +
      '20 ffffffff0f' +
      '2d ffffffff' +
      '30 feffffffffffffffff01' +
      '38 03' +
      '41 feffffffffffffff' +
      '48 ffffffffffffffffff01' +
      '51 0100000000000000' +
      '5d 0000c03f' +
      '61 000000000000f83f' +
      '68 01' +
      '72 02 c3b6' +
      '7a 02 00ff'
    const { schema, value } = await read(proto, hex)
    assert.deepEqual(plainValue(value), {
      f_int32: -2,
      f_sint32: -2,
      f_sfixed32: -2,
      f_uint32: '4294967295n',
      f_fixed32: '4294967295n',
      f_int64: '-2n',
      f_sint64: '-2n',
      f_sfixed64: '-2n',
      f_uint64: '-1n',
      f_fixed64: '1n',
      f_float: 1.5,
      f_double: 1.5,
      f_bool: true,
      f_string: 'ö',
      f_bytes: 'bytes 00ff',
    })
    assert.equal(schema?.name, 'M')
    assert.equal(schema?.version, 1)
    assert.deepEqual(schema?.field('f_int32')?.schema.parameters, {
      'io.confluent.connect.protobuf.Tag': '1',
    })
    assert.deepEqual(schema?.field('f_uint32')?.schema.parameters, {
      'io.confluent.connect.protobuf.Type': 'uint32',
      'io.confluent.connect.protobuf.Tag': '4',
    })
    assert.equal(schema?.field('f_int32')?.schema.optional, true)
  })

  it('fills what is absent as its field says: defaults, nulls, empty lists', async () => {
    const proto = `${head} message M { int32 a = 1; optional int32 b = 2; repeated string c = 3; map<string, int32> d = 4; N n = 5; K k = 6; } message N {} enum K { ZERO = 0; ONE = 1; }`
    const { value, schema } = await read(proto, '')
    assert.deepEqual(plainValue(value), { a: 0, b: null, c: [], d: [], n: null, k: 'ZERO' })
    assert.equal(schema?.field('k')?.schema.parameters?.['io.confluent.connect.protobuf.Enum.ONE'], '1')
    const strict = await read(proto, '', { 'optional.for.nullables': 'true' })
    assert.equal(strict.schema?.field('a')?.schema.optional, false)
    assert.equal(strict.schema?.field('b')?.schema.optional, true)
    const filled = await read(proto, '', { 'generate.struct.for.nulls': 'true', 'int.for.enums': 'true' })
    assert.deepEqual(plainValue(filled.value), { a: 0, b: null, c: [], d: [], n: {}, k: 0 })
  })

  it('reads repeated fields packed and not, maps, and messages that come in parts', async () => {
    const proto = `${head} message M { repeated sint32 a = 1; repeated string b = 2; map<int32, N> itemCount = 3; N n = 4; } message N { int32 x = 1; int32 y = 2; }`
    const hex =
      '0a02 0204' +
      '08 06' +
      '1201 78' +
      '1201 79' +
      '1a06 0805 1202 0801' +
      '1a02 0807' +
      '2202 0801' +
      '2202 1002'
    const { value, schema } = await read(proto, hex)
    assert.deepEqual(plainValue(value), {
      a: [1, 2, 3],
      b: ['x', 'y'],
      itemCount: [
        [5, { x: 1, y: 0 }],
        [7, { x: 0, y: 0 }],
      ],
      n: { x: 1, y: 2 },
    })
    assert.equal(schema?.field('itemCount')?.schema.name, 'item_count')
    assert.equal(schema?.field('a')?.schema.valueSchema.optional, true)
  })

  it('reads a oneof as a struct of which one field is set, or flat', async () => {
    const proto = `${head} message M { int32 id = 1; oneof pay { string card = 2; N cash = 3; } } message N { int32 x = 1; }`
    const { value, schema } = await read(proto, '0801 1201 61 1a02 0805')
    assert.deepEqual(plainValue(value), { pay_0: { card: null, cash: { x: 5 } }, id: 1 })
    assert.equal(schema?.field('pay_0')?.schema.name, 'io.confluent.connect.protobuf.Union.pay')
    const flat = await read(proto, '0801 1201 61', { 'flatten.unions': 'true' })
    assert.deepEqual(plainValue(flat.value), { card: 'a', cash: null, id: 1 })
    const plain = await read(proto, '0801', { 'generate.index.for.unions': 'false' })
    assert.deepEqual(plainValue(plain.value), { pay: null, id: 1 })
  })

  it('reads the logical types', async () => {
    const proto = `${head} import "google/protobuf/timestamp.proto"; import "google/type/date.proto"; import "google/type/timeofday.proto"; import "confluent/type/decimal.proto"; import "confluent/meta.proto";
      message M { google.protobuf.Timestamp ts = 1; google.type.Date d = 2; google.type.TimeOfDay t = 3;
        confluent.type.Decimal dec = 4 [(confluent.field_meta) = { params: [{ key: "precision", value: "9" }, { key: "scale", value: "2" }] }];
        int32 small = 5 [(confluent.field_meta).params = { key: "connect.type", value: "int8" }]; }`
    const { schema, value } = await read(
      proto,
      '0a11 08ffffffffffffffffff01 10 80cab5ee01' +
        '1207 08e40f 1002 181d' +
        '1a04 0801 1002' +
        '2206 0a02 009c 1802' +
        '28 7f',
    )
    const struct = value as Struct
    assert.deepEqual(struct.get('ts'), new Date(-500))
    assert.deepEqual(struct.get('d'), new Date(Date.UTC(2020, 1, 29)))
    assert.deepEqual(struct.get('t'), new Date(3_720_000))
    assert.deepEqual(struct.get('dec'), new Decimal(156n, 2))
    assert.equal(struct.get('small'), 127)
    assert.deepEqual(
      ['ts', 'd', 't', 'dec'].map((name) => schema?.field(name)?.schema.name),
      [TIMESTAMP, DATE, TIME, DECIMAL],
    )
    assert.equal(schema?.field('dec')?.schema.parameters?.['connect.decimal.precision'], '9')
    assert.equal(schema?.field('small')?.schema.type, 'INT8')
    await assert.rejects(
      () => read(proto, '2206 0a02 009c 1803'),
      /a decimal of scale 3 does not fit its schema's 2: declare it/,
    )
    await assert.rejects(() => read(proto, '1205 08e40f 1002'), /no day of the calendar/)
  })

  it('reads wrappers as structs, or as values that may be null', async () => {
    const proto = `${head} import "google/protobuf/wrappers.proto"; message M { google.protobuf.Int64Value a = 1; google.protobuf.StringValue b = 2; int32 c = 3; }`
    assert.deepEqual(plainValue((await read(proto, '0a02 0805')).value), {
      a: { value: '5n' },
      b: null,
      c: 0,
    })
    const unwrapped = await read(proto, '0a02 0805', { 'wrapper.for.nullables': 'true' })
    assert.deepEqual(plainValue(unwrapped.value), { a: '5n', b: null, c: 0 })
    assert.equal(unwrapped.schema?.field('c')?.schema.optional, false)
    const whole = 'syntax = "proto3"; package google.protobuf; message StringValue { string value = 1; }'
    assert.equal((await read(whole, '0a01 61')).value, 'a')
  })

  it('finds the message that the indexes name, in the order of its own file', async () => {
    const common = `${head} message First { int32 a = 1; }`
    registry.put('common', common, 'PROTOBUF')
    const proto = `${head} import "common.proto"; message A { First first = 1; message B {} message C { int32 x = 1; } } message D { int32 y = 1; }`
    const id = registry.put('multi-value', proto, 'PROTOBUF', [
      { name: 'common.proto', subject: 'common', version: 1 },
    ])
    const converter = protobufConverterPlugin.create()
    await converter.configure(
      { 'schema.registry.url': registry.url, 'enhanced.protobuf.schema.support': 'true' },
      false,
    )
    const cases: [number[], string, unknown][] = [
      [[1], 'shop.D', { y: 5 }],
      [[0, 1], 'shop.A.C', { x: 5 }],
    ]
    for (const [indexes, name, value] of cases) {
      const bytes = frame(id, Buffer.from('0805', 'hex'), writeMessageIndexes(indexes))
      const result = await converter.toConnectData('multi', bytes, [])
      assert.equal(result.schema?.name, name)
      assert.deepEqual(plainValue(result.value), value)
    }
    const wrong = frame(id, Buffer.alloc(0), writeMessageIndexes([7]))
    await assert.rejects(async () => converter.toConnectData('multi', wrong, []), /names type \[7\]/)
    const header = Buffer.concat([frame(id, Buffer.alloc(0)), writeMessageIndexes([1])])
    const fromHeader = await converter.toConnectData('multi', Buffer.from('0806', 'hex'), [
      { key: '__value_schema_id', value: header },
    ])
    assert.deepEqual(plainValue(fromHeader.value), { y: 6 })
  })

  it('reads proto2: optional fields that are not set are null, unless told otherwise', async () => {
    const proto = 'syntax = "proto2"; message M { required int32 a = 1; optional int32 b = 2 [default = 5]; }'
    assert.deepEqual(plainValue((await read(proto, '0801')).value), { a: 1, b: null })
    assert.deepEqual(plainValue((await read(proto, '0801', { 'optional.for.proto2': 'false' })).value), {
      a: 1,
      b: 0,
    })
  })

  it('refuses what it cannot read, saying why', async () => {
    await assert.rejects(
      () => read(`${head} message M { M next = 1; }`, ''),
      /Message shop\.M contains itself \(at value\.next\)/,
    )
    await assert.rejects(
      () => read(`${head} import "other.proto"; message M {}`, ''),
      /imports other\.proto, but the registry names no such reference/,
    )
    await assert.rejects(() => read('message {', ''), /Protobuf schema .*cannot be read/)
    await assert.rejects(
      () => read(`${head} message M { string s = 1; }`, '0a02 ff'),
      /the message ends within a field/,
    )
    await assert.rejects(
      () => read(`${head} message M { string s = 1; }`, '0a01 ff'),
      /a string is not UTF-8/,
    )
    await assert.rejects(
      () => read(`${head} message M { string s = 1; }`, '0001'),
      /no Protobuf message of this type/,
    )
    await assert.rejects(() => read(`${head} message M { Gone g = 1; }`, ''), /Invalid Protobuf schema/)
  })

  it('passes over fields and groups that the schema does not have', async () => {
    const { value } = await read(`${head} message M { int32 a = 1; }`, '9a01 0178 1b 1001 1c 0805')
    assert.deepEqual(plainValue(value), { a: 5 })
  })

  it('writes message indexes as Kafka does', () => {
    assert.equal(writeMessageIndexes([0]).toString('hex'), '00')
    assert.equal(writeMessageIndexes([1, 0]).toString('hex'), '040200')
    assert.deepEqual(readMessageIndexes(Buffer.from('040200ff', 'hex')), { indexes: [1, 0], size: 3 })
    assert.throws(() => readMessageIndexes(Buffer.from('04', 'hex')), /ends within its message indexes/)
    assert.throws(() => readMessageIndexes(Buffer.from('01', 'hex')), /names -1 message indexes/)
  })
})
