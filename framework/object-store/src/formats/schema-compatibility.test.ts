import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  FLOAT64,
  INT32,
  INT64,
  OPTIONAL_STRING,
  SchemaBuilder,
  STRING,
} from '../../../api/src/data/schema-builder.ts'
import type { Schema } from '../../../api/src/data/schema.ts'
import { Headers } from '../../../api/src/data/headers.ts'
import { SinkRecord } from '../../../api/src/data/sink-record.ts'
import { Struct } from '../../../api/src/data/struct.ts'
import { type CompatibilityMode, SchemaCompatibility, type SchemaVerdict } from './schema-compatibility.ts'

type Fields = Readonly<Record<string, Schema>>

function struct(
  version: number | undefined,
  fields: Fields,
  change?: (builder: SchemaBuilder) => void,
): Schema {
  const builder = SchemaBuilder.struct().name('r').version(version)
  change?.(builder)
  for (const [name, schema] of Object.entries(fields)) builder.field(name, schema)
  return builder.build()
}

/** What an older or newer record is to a file, under each mode. */
function verdicts(file: Schema, record: Schema): Record<string, SchemaVerdict> {
  const modes: readonly CompatibilityMode[] = ['NONE', 'BACKWARD', 'FORWARD', 'FULL']
  return Object.fromEntries(modes.map((mode) => [mode, new SchemaCompatibility(mode).judge(file, record)]))
}

const withDefault = new SchemaBuilder('STRING').defaultValue('abc').build()
const V1 = struct(1, { a: INT32 })
const V2 = struct(2, { a: INT32, b: withDefault })

describe('SchemaCompatibility', () => {
  test('T11 T13 goes by versions: BACKWARD and FULL take older records, FORWARD newer ones, NONE equal ones', () => {
    assert.deepEqual(verdicts(V2, V1), {
      NONE: 'rotate',
      BACKWARD: 'project',
      FORWARD: 'rotate',
      FULL: 'project',
    })
    assert.deepEqual(verdicts(V1, V2), {
      NONE: 'rotate',
      BACKWARD: 'rotate',
      FORWARD: 'project',
      FULL: 'rotate',
    })
    const same = { NONE: 'same', BACKWARD: 'same', FORWARD: 'same', FULL: 'same' }
    assert.deepEqual(verdicts(V1, struct(1, { a: INT32 })), same)
  })

  test('NONE: documentation, parameters, defaults and names count', () => {
    const none = new SchemaCompatibility('NONE')
    for (const other of [
      struct(1, { a: INT32 }, (builder) => builder.doc('other')),
      struct(1, { a: INT32 }, (builder) => builder.parameter('p', 'v')),
      struct(1, { a: INT32 }, (builder) => builder.name('s')),
      struct(1, { a: new SchemaBuilder('INT32').defaultValue(1).build() }),
    ])
      assert.equal(none.judge(V1, other), 'rotate')
  })

  test('T14 versions are needed as soon as two schemas meet, not before', () => {
    const unversioned = struct(undefined, { a: INT32 })
    for (const mode of ['BACKWARD', 'FORWARD', 'FULL'] as const) {
      const compatibility = new SchemaCompatibility(mode)
      assert.equal(compatibility.judge(unversioned, unversioned), 'same')
      assert.equal(compatibility.judge(unversioned, struct(undefined, { a: INT32 })), 'same')
      assert.throws(() => compatibility.judge(unversioned, V2), {
        code: 'CONNECT_SCHEMA_PROJECTOR',
        message: new RegExp(`^Schema version required for ${mode} compatibility`),
      })
    }
  })

  test('T16 a schema and none never share a file', () => {
    for (const mode of ['NONE', 'BACKWARD', 'FORWARD', 'FULL'] as const) {
      const compatibility = new SchemaCompatibility(mode)
      assert.equal(compatibility.judge(V1, null), 'rotate')
      assert.equal(compatibility.judge(null, V1), 'rotate')
      assert.equal(compatibility.judge(null, null), 'same')
    }
  })

  const backward = (file: Fields, record: Fields): SchemaVerdict =>
    new SchemaCompatibility('BACKWARD').judge(struct(2, file), struct(1, record))

  test('numbers may widen, and nothing else may change its type', () => {
    assert.equal(backward({ a: INT64 }, { a: INT32 }), 'project')
    assert.equal(backward({ a: FLOAT64 }, { a: INT64 }), 'project')
    assert.equal(backward({ a: INT32 }, { a: INT64 }), 'rotate')
    assert.equal(backward({ a: STRING }, { a: INT32 }), 'rotate')
  })

  test('a field that may be null fits only one that may be, or has a default', () => {
    assert.equal(backward({ a: OPTIONAL_STRING }, { a: STRING }), 'project')
    assert.equal(backward({ a: STRING }, { a: OPTIONAL_STRING }), 'rotate')
    assert.equal(backward({ a: withDefault }, { a: OPTIONAL_STRING }), 'project')
  })

  test('a field that the record lacks is optional in the file or has a default', () => {
    assert.equal(backward({ a: INT32, b: OPTIONAL_STRING }, { a: INT32 }), 'project')
    assert.equal(backward({ a: INT32, b: withDefault }, { a: INT32 }), 'project')
    assert.equal(backward({ a: INT32, b: STRING }, { a: INT32 }), 'rotate')
  })

  test('lists, maps and structs are looked into', () => {
    const nested = (inner: Schema): Fields => ({
      s: struct(undefined, { l: SchemaBuilder.array(SchemaBuilder.map(STRING, inner).build()).build() }),
    })
    assert.equal(backward(nested(INT64), nested(INT32)), 'project')
    assert.equal(backward(nested(INT32), nested(INT64)), 'rotate')
  })

  test('parameters that describe do not count, others do, and symbols of an enum may be added', () => {
    const text = (parameters: Readonly<Record<string, string>>): Fields => {
      const builder = new SchemaBuilder('STRING')
      for (const [key, value] of Object.entries(parameters)) builder.parameter(key, value)
      return { a: builder.build() }
    }
    assert.equal(backward(text({ 'connect.record.doc': 'x' }), text({})), 'project')
    assert.equal(backward(text({ 'io.confluent.connect.avro.field.doc.a': 'x' }), text({})), 'project')
    assert.equal(backward(text({ scale: '2' }), text({ scale: '3' })), 'rotate')
    const symbols = (...names: string[]): Fields =>
      text(Object.fromEntries(names.map((name) => [`io.confluent.connect.avro.Enum.${name}`, name])))
    assert.equal(backward(symbols('A', 'B', 'C'), symbols('A', 'B')), 'project')
    assert.equal(backward(symbols('A', 'B'), symbols('A', 'B', 'C')), 'rotate')
  })

  test('a projected value has the fields of the file: defaults for what it lacks, nothing of what that lacks', () => {
    const of = (schema: Schema, values: unknown[]): SinkRecord =>
      new SinkRecord({
        topic: 't',
        kafkaPartition: 0,
        keySchema: null,
        key: null,
        valueSchema: schema,
        value: new Struct(schema, values),
        kafkaOffset: 0n,
        timestamp: null,
        timestampType: 'CreateTime',
        headers: new Headers(),
      })
    const up = new SchemaCompatibility('BACKWARD').project(of(V1, [1]), V2)
    assert.equal(up.valueSchema, V2)
    assert.equal((up.value as Struct).get('b'), 'abc')
    const down = new SchemaCompatibility('FORWARD').project(of(V2, [1, 'x']), V1)
    assert.deepEqual(
      (down.value as Struct).schema.fields.map(({ name }) => name),
      ['a'],
    )
  })
})
