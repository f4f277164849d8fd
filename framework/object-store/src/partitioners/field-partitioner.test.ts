import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  BOOLEAN,
  BYTES,
  FLOAT32,
  FLOAT64,
  INT32,
  INT64,
  OPTIONAL_INT32,
  OPTIONAL_STRING,
  STRING,
  SchemaBuilder,
} from '../../../api/src/data/schema-builder.ts'
import { timestampSchema } from '../../../api/src/data/logical-types.ts'
import { Decimal } from '../../../api/src/data/decimal.ts'
import { Struct } from '../../../api/src/data/struct.ts'
import { DataError } from '../../../api/src/errors/connect-errors.ts'
import { PartitionError } from '../confluent/partition-error.ts'
import { confluent, recordOf } from './partitioners.fixture.ts'

const inner = SchemaBuilder.struct().optional().field('inner', OPTIONAL_INT32).build()
const schema = SchemaBuilder.struct()
  .field('int', INT32)
  .field('long', INT64)
  .field('string', OPTIONAL_STRING)
  .field('boolean', BOOLEAN)
  .field('float', FLOAT32)
  .field('double', FLOAT64)
  .field('bytes', BYTES)
  .field('list', SchemaBuilder.array(INT32).build())
  .field('map', SchemaBuilder.map(STRING, INT32).build())
  .field('at', timestampSchema())
  .field('outer', inner)
  .build()

function struct(changes: Record<string, unknown> = {}): Struct {
  const values: Record<string, unknown> = {
    int: 16,
    long: 9007199254740993n,
    string: 'a/b',
    boolean: true,
    float: 1,
    double: 2,
    bytes: Buffer.from('x'),
    list: [1],
    map: new Map([['k', 5]]),
    at: new Date(1427961600000),
    outer: new Struct(inner).put('inner', 16),
    ...changes,
  }
  const made = new Struct(schema)
  for (const [name, value] of Object.entries(values)) made.put(name, value)
  return made
}

const encode = async (fields: string, value: unknown, config: Record<string, string> = {}): Promise<string> =>
  (await confluent('FieldPartitioner', { 'partition.field.name': fields, ...config })).encodePartition(
    recordOf(value, value instanceof Struct ? schema : null),
    0,
  )

suite('FieldPartitioner', () => {
  test('T17 names the value of an integer field', async () => {
    const partitioner = await confluent('FieldPartitioner', { 'partition.field.name': 'int' })
    const encoded = [16, 17, 18, 16].map((int) =>
      partitioner.encodePartition(recordOf(struct({ int }), schema), 0),
    )
    assert.deepEqual(encoded, ['int=16', 'int=17', 'int=18', 'int=16'])
    assert.equal('extractTimestamp' in partitioner, false)
  })

  test('T20 follows a dotted path and keeps its dots in the name', async () => {
    assert.equal(await encode('outer.inner', struct()), 'outer.inner=16')
  })

  test('T22 refuses floats, bytes and arrays with "Error encoding partition."', async () => {
    for (const field of ['float', 'double', 'bytes', 'list', 'map', 'outer']) {
      await assert.rejects(encode(field, struct()), (error) => {
        assert.ok(error instanceof PartitionError, field)
        assert.equal(error.javaClass, 'io.confluent.connect.storage.errors.PartitionException')
        assert.match(error.message, /^Error encoding partition\. .*test-topic-12@7/)
        return true
      })
    }
  })

  test('T22 refuses a value that has no fields', async () => {
    for (const value of ['text', 5, null, true]) {
      await assert.rejects(encode('int', value), (error) => {
        assert.ok(error instanceof PartitionError)
        assert.match(error.message, /^Error encoding partition\./)
        return true
      })
    }
  })

  test('T22 says which field the schema lacks', async () => {
    await assert.rejects(encode('missing', struct()), (error) => {
      assert.ok(error instanceof DataError)
      assert.match(error.message, /^Field 'missing' is not present in the schema\./)
      return true
    })
    await assert.rejects(
      encode('outer.missing', struct()),
      /^DataError: Field 'outer.missing' is not present/,
    )
  })

  test('joins several fields, keeps int64 exact, and escapes nothing', async () => {
    assert.equal(
      await encode('long, string,boolean', struct()),
      'long=9007199254740993/string=a/b/boolean=true',
    )
    assert.equal(await encode('int,boolean', struct(), { 'directory.delim': '#' }), 'int=16#boolean=true')
    assert.equal(await encode('string', struct({ string: '' })), 'string=')
  })

  test('writes null for a null field and below a null parent', async () => {
    assert.equal(await encode('string', struct({ string: null })), 'string=null')
    assert.equal(await encode('outer.inner', struct({ outer: null })), 'outer.inner=null')
    assert.equal(await encode('outer.inner', struct({ outer: new Struct(inner) })), 'outer.inner=null')
  })

  test('leads through a map in a struct, and writes a Timestamp as its milliseconds', async () => {
    assert.equal(await encode('map.k', struct()), 'map.k=5')
    assert.equal(await encode('at', struct()), 'at=1427961600000')
  })

  test('works on schemaless JSON, as objects and as maps', async () => {
    const json = { user: { city: 'NYC', id: 12345678901234567890n }, n: 3, f: 1.5, gone: null, list: [1] }
    assert.equal(await encode('user.city,n', json), 'user.city=NYC/n=3')
    assert.equal(await encode('user.id', json), 'user.id=12345678901234567890')
    assert.equal(await encode('gone,gone.deeper', json), 'gone=null/gone.deeper=null')
    assert.equal(await encode('user.city', new Map([['user', new Map([['city', 'NYC']])]])), 'user.city=NYC')
    await assert.rejects(encode('f', json), /Error encoding partition\. Field 'f' .*number with a fraction/)
    await assert.rejects(encode('list', json), /a list/)
    await assert.rejects(encode('n.deeper', json), /Error encoding partition\. .*has no fields/)
  })

  test('a field that is not there is a bad record, a null is not, whatever the value is made of', async () => {
    const bare = Object.assign(Object.create(null) as object, { a: null })
    // Value, fields that are null, fields that are not there.
    const table: readonly [unknown, readonly string[], readonly string[]][] = [
      [struct({ string: null, outer: null }), ['string', 'outer.inner'], ['missing', 'missing.deeper']],
      [struct(), [], ['map.missing', 'map.1', 'outer.missing']],
      [{ a: null, b: { c: null } }, ['a', 'a.b', 'b.c'], ['c', 'b.d', 'c.d', 'toString', '__proto__']],
      [{ list: [null], empty: [], map: {} }, ['list.0'], ['list.1', 'empty.0', 'map.k', 'map.constructor']],
      [bare, ['a', 'a.b'], ['b', 'b.c']],
      [new Map([['a', null]]), ['a', 'a.b'], ['b', 'size']],
      [new Map([[1, 'x']]), [], ['1']],
    ]
    const lenient = { 'partition.field.missing': 'null' }
    for (const [value, nulls, missing] of table) {
      for (const field of nulls) assert.equal(await encode(field, value), `${field}=null`)
      for (const field of missing) {
        await assert.rejects(encode(field, value), (error) => {
          assert.ok(error instanceof DataError, field)
          assert.match(
            error.message,
            /is not present in the (schema|value)\. \(test-topic-12@7, .*partition\.field\.missing/,
          )
          return true
        })
        assert.equal(await encode(field, value, lenient), `${field}=null`)
      }
    }
  })

  test('a value that is no name of a directory is refused, never written in another form', async () => {
    const json = {
      fraction: 1.5,
      huge: Infinity,
      none: NaN,
      decimal: Decimal.parse('1.50'),
      bytes: Buffer.from('x'),
      object: {},
      list: [],
      map: new Map(),
      never: new Date(NaN),
    }
    for (const field of Object.keys(json)) {
      await assert.rejects(encode(field, json), /^PartitionError: Error encoding partition\. /, field)
      await assert.rejects(encode(field, json, { 'partition.field.missing': 'null' }), PartitionError, field)
    }
    await assert.rejects(encode('decimal.scale', json), /has no fields/)
  })

  test('looks fields up anew when the schema changes', async () => {
    const other = SchemaBuilder.struct().field('first', STRING).field('int', INT32).build()
    const partitioner = await confluent('FieldPartitioner', { 'partition.field.name': 'int' })
    const changed = new Struct(other).put('first', 'x').put('int', 5)
    const encoded = [struct(), changed, struct()].map((value) =>
      partitioner.encodePartition(recordOf(value, value.schema), 0),
    )
    assert.deepEqual(encoded, ['int=16', 'int=5', 'int=16'])
  })
})
