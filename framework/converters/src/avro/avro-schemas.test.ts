import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Decimal } from '../../../api/src/data/decimal.ts'
import {
  DATE,
  dateSchema,
  DECIMAL,
  decimalSchema,
  TIME,
  TIMESTAMP,
} from '../../../api/src/data/logical-types.ts'
import {
  INT16,
  INT32,
  INT64,
  OPTIONAL_STRING,
  SchemaBuilder,
  STRING,
} from '../../../api/src/data/schema-builder.ts'
import type { Schema } from '../../../api/src/data/schema.ts'
import { Struct } from '../../../api/src/data/struct.ts'
import { AvroCursor } from './avro-cursor.ts'
import { avroEncoder } from './avro-encoder.ts'
import { type AvroDataOptions, DEFAULT_AVRO_OPTIONS } from './avro-options.ts'
import { avroReader } from './avro-reader.ts'
import { avroSchemaOf } from './avro-schema-of.ts'
import { parseAvroSchema } from './avro-schema.ts'
import { connectSchemaOf } from './connect-schema-of.ts'

function connect(avro: unknown, options: Partial<AvroDataOptions> = {}): Schema {
  return connectSchemaOf(parseAvroSchema(JSON.stringify(avro)), { ...DEFAULT_AVRO_OPTIONS, ...options })
}

function read(avro: unknown, hex: string, options: Partial<AvroDataOptions> = {}): unknown {
  const type = parseAvroSchema(JSON.stringify(avro))
  const cursor = new AvroCursor()
  cursor.reset(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
  const value = avroReader(type, connectSchemaOf(type, { ...DEFAULT_AVRO_OPTIONS, ...options }))(cursor)
  cursor.finish()
  return value
}

const record = (fields: unknown[], more: object = {}): object => ({
  type: 'record',
  name: 'R',
  namespace: 'n',
  fields,
  ...more,
})

describe('Avro schemas read as Connect schemas', () => {
  it('maps primitives, and ints that say they are smaller', () => {
    const types: [unknown, string][] = [
      ['int', 'INT32'],
      [{ type: 'int', 'connect.type': 'int8' }, 'INT8'],
      [{ type: 'int', 'connect.type': 'int16' }, 'INT16'],
      ['long', 'INT64'],
      ['float', 'FLOAT32'],
      ['double', 'FLOAT64'],
      ['boolean', 'BOOLEAN'],
      ['string', 'STRING'],
      ['bytes', 'BYTES'],
      [{ type: 'array', items: 'int' }, 'ARRAY'],
      [{ type: 'map', values: 'int' }, 'MAP'],
    ]
    for (const [avro, type] of types) assert.equal(connect(avro).type, type)
    assert.equal(connect(['null', 'int']).optional, true)
    assert.equal(connect(['int']).type, 'INT32')
  })

  it('maps logical types, and leaves alone those that Connect has not', () => {
    const names: [object, string | undefined, unknown][] = [
      [{ type: 'int', logicalType: 'date' }, DATE, new Date(86_400_000)],
      [{ type: 'int', logicalType: 'time-millis' }, TIME, new Date(1)],
      [{ type: 'long', logicalType: 'timestamp-millis' }, TIMESTAMP, new Date(1)],
      [{ type: 'long', logicalType: 'timestamp-micros' }, undefined, 1n],
      [{ type: 'long', logicalType: 'local-timestamp-millis' }, undefined, 1n],
    ]
    for (const [avro, name, value] of names) {
      assert.equal(connect(avro).name, name)
      assert.deepEqual(read(avro, '02'), value)
    }
    assert.equal(connect({ type: 'string', logicalType: 'uuid' }).type, 'STRING')
    const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }
    assert.equal(connect(decimal).name, DECIMAL)
    assert.deepEqual(connect(decimal).parameters, { scale: '2', 'connect.decimal.precision': '9' })
    assert.deepEqual(connect({ ...decimal, precision: 64, scale: undefined }).parameters, { scale: '0' })
    assert.deepEqual(read(decimal, '04 009c'), new Decimal(156n, 2))
    const fixed = { type: 'fixed', name: 'D', size: 4, logicalType: 'decimal', precision: 9, scale: 2 }
    assert.deepEqual(read(fixed, 'ffffff64'), new Decimal(-156n, 2))
    assert.equal(connect(fixed).parameters?.['connect.fixed.size'], '4')
  })

  it('reads enums as texts that keep their symbols as parameters', () => {
    const schema = connect({
      type: 'enum',
      name: 'Color',
      namespace: 'n',
      symbols: ['RED', 'BLUE'],
      doc: 'd',
      default: 'RED',
    })
    assert.equal(schema.name, 'n.Color')
    assert.deepEqual(schema.parameters, {
      'io.confluent.connect.avro.enum.doc.Color': 'd',
      'io.confluent.connect.avro.enum.default.Color': 'RED',
      'io.confluent.connect.avro.Enum': 'n.Color',
      'io.confluent.connect.avro.Enum.RED': 'RED',
      'io.confluent.connect.avro.Enum.BLUE': 'BLUE',
    })
  })

  it('reads other unions as a struct with a field per branch, named shortly or in full', () => {
    const union = ['null', 'int', 'string', record([{ name: 'a', type: 'int' }])]
    const schema = connect(union)
    assert.equal(schema.name, 'io.confluent.connect.avro.Union')
    assert.equal(schema.optional, true)
    assert.deepEqual(
      schema.fields.map((field) => field.name),
      ['int', 'string', 'R'],
    )
    assert.deepEqual(
      connect(union, { enhanced: true }).fields.map((field) => field.name),
      ['int', 'string', 'n.R'],
    )
    assert.equal(connect(union, { generalizedSums: true }).fields[0]?.name, 'connect_union_field_1')
    assert.equal((read(union, '04 0278') as Struct).get('string'), 'x')
    assert.equal(read(union, '00'), null)
    assert.throws(() => read(union, '0a'), /a union names a branch it does not have/)
  })

  it('reads arrays of map entries as maps', () => {
    const entry = {
      type: 'record',
      name: 'MapEntry',
      namespace: 'io.confluent.connect.avro',
      fields: [
        { name: 'key', type: 'int' },
        { name: 'value', type: 'string' },
      ],
    }
    assert.equal(connect({ type: 'array', items: entry }).keySchema.type, 'INT32')
    assert.deepEqual(read({ type: 'array', items: entry }, '02 0a 0278 00'), new Map([[5, 'x']]))
    const named = { ...entry, name: 'Other', 'connect.internal.type': 'MapEntry' }
    assert.equal(connect({ type: 'array', items: named }).type, 'MAP')
    const wrong = { ...entry, fields: [{ name: 'key', type: 'int' }] }
    assert.throws(() => connect({ type: 'array', items: wrong }), /do not match the expected format/)
  })

  it('keeps docs, defaults and what Connect noted down', () => {
    const schema = connect(
      record(
        [
          { name: 'a', type: 'int', default: 5, doc: 'field doc' },
          {
            name: 'b',
            type: {
              type: 'string',
              'connect.doc': 'd',
              'connect.default': 'x',
              'connect.name': 'B',
              'connect.version': 3,
              'connect.parameters': { p: 'q' },
            },
          },
          { name: 'c', type: { type: 'string', 'avro.java.string': 'String' } },
        ],
        { doc: 'record doc', 'connect.version': 7 },
      ),
    )
    assert.equal(schema.version, 7)
    assert.deepEqual(schema.parameters, {
      'io.confluent.connect.avro.record.doc': 'record doc',
      'io.confluent.connect.avro.field.doc.a': 'field doc',
    })
    const [a, b, c] = schema.fields.map((field) => field.schema)
    assert.equal(a?.defaultValue, 5)
    assert.deepEqual(a?.parameters, { 'io.confluent.connect.avro.field.default': 'true' })
    assert.deepEqual([b?.name, b?.version, b?.doc, b?.defaultValue], ['B', 3, 'd', 'x'])
    assert.deepEqual(b?.parameters, { p: 'q' })
    assert.deepEqual(c?.parameters, { 'avro.java.string': 'String' })
    const plain = connect(record([{ name: 'a', type: 'int', doc: 'field doc' }]), { discardTypeDoc: true })
    assert.equal(plain.fields[0]?.schema.doc, 'field doc')
  })

  it('reads a type that is used again, by its short and by its full name', () => {
    const inner = { type: 'record', name: 'I', fields: [{ name: 'x', type: 'int' }] }
    const schema = connect(
      record([
        { name: 'a', type: inner },
        { name: 'b', type: 'I' },
        { name: 'c', type: ['null', 'n.I'] },
      ]),
    )
    assert.ok(schema.field('a')?.schema.equals(schema.field('b')?.schema))
    assert.equal(schema.field('c')?.schema.name, 'n.I')
    assert.equal(schema.field('c')?.schema.optional, true)
  })

  it('refuses what has no Connect schema, and what is no Avro schema, with the place', () => {
    const recursive = record([{ name: 'next', type: ['null', 'R'] }])
    assert.throws(
      () => connect(recursive),
      /Record n\.R contains itself \(at value\.next\): recursive schemas are not supported/,
    )
    assert.throws(() => connect('null'), /Standalone null schemas are not supported by this converter/)
    assert.throws(
      () => connect(record([{ name: 'a', type: 'Gone' }])),
      /Invalid Avro schema at schema\.a: there is no type n\.Gone/,
    )
    assert.throws(() => connect(['int', 'int']), /a union holds int twice/)
    assert.throws(() => connect({ type: 'record', name: '1x', fields: [] }), /"1x" is no name/)
    assert.throws(() => parseAvroSchema('{'), /The Avro schema is no JSON/)
  })
})

describe('Connect schemas written as Avro schemas', () => {
  it('writes a struct as Java does', () => {
    const schema = SchemaBuilder.struct()
      .name('shop.Order')
      .version(2)
      .field('id', INT64)
      .field('note', OPTIONAL_STRING)
      .field('small', INT16)
      .field('day', dateSchema())
      .field('amount', decimalSchema(2))
      .field('kind', SchemaBuilder.from(STRING).defaultValue('new').build())
      .build()
    assert.deepEqual(avroSchemaOf(schema), {
      type: 'record',
      name: 'Order',
      namespace: 'shop',
      fields: [
        { name: 'id', type: 'long' },
        { name: 'note', type: ['null', 'string'], default: null },
        { name: 'small', type: { type: 'int', 'connect.type': 'int16' } },
        {
          name: 'day',
          type: { type: 'int', logicalType: 'date', 'connect.version': 1, 'connect.name': DATE },
        },
        {
          name: 'amount',
          type: {
            type: 'bytes',
            logicalType: 'decimal',
            precision: 64,
            scale: 2,
            'connect.version': 1,
            'connect.parameters': { scale: '2' },
            'connect.name': DECIMAL,
          },
        },
        { name: 'kind', type: { type: 'string', 'connect.default': 'new' }, default: 'new' },
      ],
      'connect.version': 2,
      'connect.name': 'shop.Order',
    })
    assert.deepEqual(avroSchemaOf(INT64), 'long')
    assert.doesNotMatch(JSON.stringify(avroSchemaOf(schema, { metadata: false })), /connect\./)
  })

  it('names a type once, and refuses two types of one name', () => {
    const inner = SchemaBuilder.struct().name('n.I').field('x', INT32).build()
    const twice = SchemaBuilder.struct()
      .name('n.R')
      .field('a', inner)
      .field('b', SchemaBuilder.from(inner).optional().build())
      .build()
    const fields = (avroSchemaOf(twice) as { fields: { type: unknown }[] }).fields
    assert.deepEqual(fields[1]?.type, ['null', 'n.I'])
    const other = SchemaBuilder.struct().name('n.I').field('y', INT32).build()
    const clash = SchemaBuilder.struct().name('n.R').field('a', inner).field('b', other).build()
    assert.throws(() => avroSchemaOf(clash), /Two different types are called n\.I/)
  })

  it('keeps enums and scrubs names where told so', () => {
    const color = connect({ type: 'enum', name: 'Color', namespace: 'n', symbols: ['RED', 'BLUE'] })
    const json = avroSchemaOf(color, { enhanced: true }) as Record<string, unknown>
    assert.deepEqual([json['type'], json['name'], json['symbols']], ['enum', 'Color', ['RED', 'BLUE']])
    assert.equal((avroSchemaOf(color) as Record<string, unknown>)['type'], 'string')
    assert.equal(avroEncoder(color, { enhanced: true }).encode('BLUE').toString('hex'), '02')
    assert.throws(() => avroEncoder(color, { enhanced: true }).encode('GREEN'), /Invalid type for n\.Color/)
    const odd = SchemaBuilder.struct().name('my-ns.my rec').field('a-b', INT32).build()
    const scrubbed = avroEncoder(odd, { scrubNames: true })
    assert.match(scrubbed.schemaText, /"name":"my_rec","namespace":"my_ns","fields":\[\{"name":"a_b"/)
    assert.equal(scrubbed.encode(new Struct(odd).put('a-b', 1)).toString('hex'), '02')
    assert.throws(() => avroEncoder(odd), /"my-ns\.my rec" of value.*scrub\.invalid\.names=true/)
  })

  it('writes a union back as the branch that is set', () => {
    const union = ['null', 'int', 'string']
    const schema = connect(union)
    const encoder = avroEncoder(schema)
    assert.deepEqual(encoder.schema, union)
    assert.equal(encoder.encode(new Struct(schema).put('string', 'x')).toString('hex'), '040278')
    assert.equal(encoder.encode(null).toString('hex'), '00')
  })

  it('refuses a value that does not fit, with its place', () => {
    const schema = SchemaBuilder.struct().name('R').field('a', SchemaBuilder.array(INT32).build()).build()
    const encoder = avroEncoder(schema)
    assert.throws(
      () => encoder.encode(Struct.ofTrusted(schema, [['x']])),
      /Invalid type for INT32: string \(at value\.a\[\]\)/,
    )
    assert.throws(
      () => encoder.encode(Struct.ofTrusted(schema, [null])),
      /Found null value for non-optional schema at value\.a/,
    )
    assert.throws(
      () => avroEncoder(decimalSchema(2)).encode(new Decimal(1n, 3)),
      /has scale 3, but its schema says 2/,
    )
  })
})
