import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { INT32, SchemaBuilder, STRING } from '../../api/src/data/schema-builder.ts'
import { Struct } from '../../api/src/data/struct.ts'
import { DataError, RetriableError } from '../../api/src/errors/connect-errors.ts'
import { avroConverterPlugin } from './avro/avro-converter.ts'
import { BoundedCache } from './bounded-cache.ts'
import { FakeRegistry } from './conformance/fake-registry.ts'
import { jsonSchemaConverterPlugin } from './json-schema/json-schema-converter.ts'
import { protobufConverterPlugin } from './protobuf/protobuf-converter.ts'
import { ProtoSchema } from './protobuf/proto-model.ts'
import { frame } from './registry/wire-format.ts'
import { MOST_TEXT, SchemaBudget } from './schema-budget.ts'
import { TooLongError, withinTime } from './within-time.ts'

suite('what schemas may cost', () => {
  test('a cache holds no more than its weight, and drops what was unused for longest', () => {
    const cache = new BoundedCache<string, number>(10, 100)
    cache.set('a', 1, 60)
    cache.set('b', 2, 30)
    assert.equal(cache.get('a'), 1)
    cache.set('c', 3, 40)
    assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c')], [1, undefined, 3])
    cache.set('a', 4, 10)
    cache.set('d', 5, 50)
    assert.deepEqual([cache.get('a'), cache.get('c'), cache.get('d')], [4, 3, 5])
    cache.set('e', 6, 101)
    assert.deepEqual([cache.get('e'), cache.size], [undefined, 3])
    cache.clear()
    cache.set('f', 7, 100)
    assert.equal(cache.get('f'), 7)
  })

  test('work without end is stopped; other work keeps its result and its error', () => {
    assert.equal(
      withinTime(1000, 'Counting', () => 7),
      7,
    )
    assert.throws(
      () =>
        withinTime(1000, 'Failing', () => {
          throw new RetriableError('later')
        }),
      RetriableError,
    )
    assert.throws(
      () =>
        withinTime(20, 'Turning', () => {
          for (;;);
        }),
      (error) => error instanceof TooLongError && /^Turning takes longer than 20 ms$/.test(error.message),
    )
  })

  test('parts are counted to the limit', () => {
    const budget = new SchemaBudget()
    budget.spend(50_000)
    assert.throws(() => budget.spend(1), { name: 'DataError', message: /more than 50000 parts/ })
  })
})

suite('what schemas of a registry may cost', () => {
  let registry: FakeRegistry
  before(async () => {
    registry = await FakeRegistry.start()
  })
  after(() => registry.stop())

  async function converter(plugin = avroConverterPlugin, settings: Record<string, string> = {}) {
    const made = plugin.create()
    await made.configure({ 'schema.registry.url': registry.url, 'max.retries': '0', ...settings }, false)
    return made
  }

  const failure = async (work: unknown): Promise<Error> =>
    await Promise.resolve(work).then(
      () => assert.fail('it was read'),
      (error: Error) => error,
    )

  test('a schema that is refused makes bad records, and is asked for once', async () => {
    const nested = Array.from({ length: 16 }, (_, i) => 15 - i).reduce(
      (inner, i) =>
        `{"type":"record","name":"M${i}","fields":[{"name":"a","type":${inner}},{"name":"b","type":"M${i + 1}"}]}`,
      '{"type":"record","name":"M16","fields":[{"name":"x","type":"int"}]}',
    )
    for (const [i, hostile] of [nested, '{'].entries()) {
      const avro = await converter()
      const id = registry.put(`refused${i}-value`, hostile)
      const bytes = frame(id, Buffer.from([0]))
      const read = async (): Promise<Error> => {
        try {
          return await failure(avro.toConnectData(`refused${i}`, bytes, []))
        } catch (error) {
          return error as Error
        }
      }
      const first = await read()
      const asked = registry.requests.length
      const second = await read()
      assert.equal(first.name, 'DataError')
      const why = i === 0 ? '.*more than 50000 parts' : 'The Avro schema is no JSON'
      assert.match(first.message, new RegExp(`refused${i} to Avro: Schema id ${id} cannot be used: ${why}`))
      assert.equal(registry.requests.length, asked)
      assert.equal(second.message, first.message)
      assert.equal(second.cause, first.cause)
    }
  })

  test('texts beyond the limit, alone or together with references, are bad records and not tried again', async () => {
    const filler = `"${'x'.repeat(MOST_TEXT - 100)}"`
    const long = registry.put('long-value', `{"type":"int","doc":"${'x'.repeat(MOST_TEXT)}"}`)
    const references = Array.from({ length: 5 }, (_, i) => {
      registry.put(`part${i}`, `{"type":"fixed","size":1,"name":"N${i}","doc":${filler}}`)
      return { name: `N${i}`, subject: `part${i}`, version: 1 }
    })
    const many = registry.put('many-value', '"int"', 'AVRO', references)
    for (const [id, message] of [
      [long, /has \d+ characters, more than 1048576/],
      [many, /those it refers to have more than 4194304 characters/],
    ] as const) {
      const avro = await converter()
      const error = await failure(avro.toConnectData('t', frame(id, Buffer.from([0])), []))
      assert.ok(error instanceof DataError, error.message)
      assert.match(error.message, message)
    }
  })

  test('an answer beyond the limit is a bad record: asked again, it would be as large', async () => {
    const id = registry.put('huge-value', `{"type":"int","doc":"${'x'.repeat(33 * 1024 * 1024)}"}`)
    const error = await failure((await converter()).toConnectData('t', frame(id, Buffer.from([0])), []))
    assert.ok(error instanceof DataError, error.message)
    assert.match(error.message, /answer is larger than 33554432 bytes/)
  })

  test('more references than anybody has, and references that are none, are bad records', async () => {
    const references = Array.from({ length: 1001 }, (_, i) => {
      registry.put(`r${i}`, `{"type":"fixed","size":1,"name":"R${i}"}`)
      return { name: `R${i}`, subject: `r${i}`, version: 1 }
    })
    const many = registry.put('references-value', '"long"', 'AVRO', references)
    const none = registry.put('none-value', '"string"', 'AVRO', [null as unknown as (typeof references)[0]])
    for (const [id, message] of [
      [many, /refers to more than 1000 others/],
      [none, /a reference without a name or subject/],
    ] as const) {
      const error = await failure((await converter()).toConnectData('t', frame(id, Buffer.from([0])), []))
      assert.ok(error instanceof DataError, error.message)
      assert.match(error.message, message)
    }
  })

  test('a Protobuf field that is called as what objects inherit is not dropped', async () => {
    const text =
      'syntax = "proto3"; message A { int32 __proto__ = 1; string constructor = 2; E e = 3; } enum E { __proto__ = 0; }'
    const id = registry.put('proto-value', text, 'PROTOBUF')
    const protobuf = await converter(protobufConverterPlugin)
    const payload = Buffer.from([0, 0x08, 0x07, 0x12, 0x01, 0x78])
    const { value } = await protobuf.toConnectData('t', frame(id, payload), [])
    const struct = value as Struct
    assert.deepEqual(
      struct.schema.fields.map(({ name }) => [name, struct.get(name)]),
      [
        ['__proto__', 7],
        ['constructor', 'x'],
        ['e', '__proto__'],
      ],
    )
    const schema = SchemaBuilder.struct()
      .name('B')
      .field('__proto__', INT32)
      .field('toString', STRING)
      .build()
    const bytes = await protobuf.fromConnectData('own', schema, new Struct(schema, [1, 'a']))
    const back = (await protobuf.toConnectData('own', bytes, [])).value as Struct
    assert.deepEqual([back.get('__proto__'), back.get('toString')], [1, 'a'])
  })

  test('a message that could not be read to its end is not taken for whole afterwards', () => {
    const file = new ProtoSchema(
      'syntax = "proto2"; message A { optional int32 x = 1; optional B b = 2; } message B { optional group G = 1 {} }',
    )
    for (let i = 0; i < 3; i++)
      assert.throws(() => file.message([0]), { message: /groups are not supported/ })
  })

  test('symbols and parameters of JSON Schema that are numbers are told with all their digits', async () => {
    const id = registry.put(
      'numbers-value',
      '{"enum":["a",1.50,9007199254740993],"connect.parameters":{"p":9007199254740993}}',
      'JSON',
    )
    const json = await converter(jsonSchemaConverterPlugin)
    const { schema } = await json.toConnectData('t', frame(id, Buffer.from('"a"')), [])
    const symbols = Object.keys(schema?.parameters ?? {}).map((key) => key.replace(/^.*\.Enum\.?/, ''))
    assert.deepEqual(symbols, ['', 'a', '1.50', '9007199254740993', 'p'])
    assert.equal(schema?.parameters?.['p'], '9007199254740993')
  })
})
