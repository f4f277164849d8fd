/** Names and types that one format cannot hold: others can, and what messages say to do works. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  avroFormat,
  Decimal,
  decimalSchema,
  FLOAT64,
  type FormatPlugin,
  FORMATS,
  INT32,
  INT64,
  keyView,
  OPTIONAL_INT32,
  OPTIONAL_STRING,
  parquetFormat,
  type RawConfig,
  Schema,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  Struct,
} from '@spillway/framework'
import { registry } from 'spillway'
import { transformations } from '@spillway/transforms'

import { connectSchemaOfJsonSchema } from '../../../framework/converters/src/json-schema/connect-schema-of-json-schema.ts'
import { JsonSchemaDocuments } from '../../../framework/converters/src/json-schema/json-schema-document.ts'
import {
  jsonSchemaDataConfig,
  jsonSchemaOptions,
} from '../../../framework/converters/src/json-schema/json-schema-options.ts'
import { record } from '../support/records.ts'
import { ExpectedRows } from './expected-rows.ts'
import { FormatFiles } from './format-files.ts'
import { Readers } from './readers.ts'

const jsonFormat = registry.find(FORMATS, 'JsonFormat') as FormatPlugin
const SCRUB = { 'scrub.invalid.names': 'true' }

let readers: Readers
const files = new FormatFiles(0)
before(async () => {
  readers = await Readers.start()
})
after(async () => {
  files.close()
  await readers.close()
})

interface Sample {
  readonly schema: Schema
  readonly value: unknown
}

const recordsOf = ({ schema, value }: Sample): SinkRecord[] => [
  record(0, { valueSchema: schema, value }),
  record(1, { valueSchema: schema, value }),
]

function structOf(name: string | undefined, fields: Readonly<Record<string, Sample>>): Sample {
  const entries = Object.entries(fields)
  const schema = new Schema({
    type: 'STRUCT',
    name,
    fields: entries.map(([field, sample], index) => ({ name: field, index, schema: sample.schema })),
  })
  const values = entries.map(([, { value }]) => value)
  return { schema, value: new Struct(schema, values) }
}

const int: Sample = { schema: INT32, value: 1 }
const field = (name: string): Sample => structOf('Row', { [name]: int })
const within = (name: string): Sample => structOf('Row', { nested: structOf('Inner', { [name]: int }) })
const type = (name: string): Sample => structOf('Row', { nested: structOf(name, { a: int }) })
const mapOf = (keySchema: Schema, valueSchema: Schema, ...entries: [unknown, unknown][]): Sample => ({
  schema: SchemaBuilder.map(keySchema, valueSchema).build(),
  value: new Map(entries),
})
/** A oneof of Protobuf, as ProtobufConverter makes it. */
const oneof = (branches: Readonly<Record<string, Schema>>, ...values: unknown[]): Sample => {
  const builder = SchemaBuilder.struct().name('io.confluent.connect.protobuf.Union.choice').optional()
  for (const [name, schema] of Object.entries(branches)) builder.field(name, schema)
  const schema = builder.build()
  return { schema, value: new Struct(schema, values) }
}

function jsonSchemaSample(): Sample {
  const oneOf = [{ type: 'integer' }, { type: 'string' }]
  const document = {
    type: 'object',
    properties: { a: { oneOf }, b: { oneOf: [...oneOf, { type: 'boolean' }] } },
  }
  const options = jsonSchemaOptions(jsonSchemaDataConfig.parse({}))
  const schema = connectSchemaOfJsonSchema(new JsonSchemaDocuments(JSON.stringify(document), []), options)
  const [a, b] = schema.fields.map((one) => one.schema) as [Schema, Schema]
  return { schema, value: new Struct(schema, [new Struct(a, [1n, null]), new Struct(b, [null, null, true])]) }
}

/** What Connect allows, and why Avro by itself does not; undefined where it does. */
const LEGAL: Readonly<Record<string, readonly [Sample, refusal: RegExp | undefined]>> = {
  'a dot, as Flatten makes it': [field('user.id'), /the field value\.user\.id.*Flatten: delimiter=_/],
  'an @': [field('@timestamp'), /value\.@timestamp/],
  'a hyphen': [within('user-agent'), /value\.nested\.user-agent/],
  'a digit at the start': [field('1st'), /value\.1st/],
  'a space': [within('with space'), /value\.nested\.with space/],
  'letters of other scripts': [field('größe 名前'), /value\.größe 名前/],
  'letters of other scripts alone': [field('größe'), undefined],
  'a surrogate pair': [field('a😀'), /value\.a😀/],
  'a name of a type with a hyphen': [type('my-type'), /the type "my-type" of value\.nested/],
  'a namespace with a hyphen': [type('my-db.inventory.Value'), undefined],
  'an empty part of a namespace': [type('a..b'), /"a\.\.b" of value\.nested/],
  'a type named as a primitive': [type('string'), /called string/],
  'two structs of one name': [
    structOf('Row', { a: structOf('Item', { x: int }), b: structOf('Item', { y: int }) }),
    /Two different types are called Item \(the second at value\.b\)/,
  ],
  'a struct named as the one around it': [
    structOf('Row', { row: structOf('Row', { x: int }) }),
    /called Row/,
  ],
  'structs without names': [
    structOf(undefined, { a: structOf(undefined, { x: int }), b: structOf(undefined, { y: int }) }),
    undefined,
  ],
  'one struct in two places': [
    structOf('Row', { a: structOf('Item', { x: int }), b: structOf('Item', { x: int }) }),
    undefined,
  ],
  'one struct in two namespaces': [
    structOf('Row', {
      a: structOf('n.A', { item: structOf('Item', { x: int }) }),
      b: structOf('m.B', { item: structOf('Item', { x: int }) }),
    }),
    undefined,
  ],
  'two maps with integer keys': [
    structOf('Row', { a: mapOf(INT32, STRING, [1, 'x']), b: mapOf(INT64, FLOAT64, [2n, 1.5]) }),
    undefined,
  ],
  'a map with integer keys in another': [
    structOf('Row', {
      a: mapOf(
        INT32,
        SchemaBuilder.map(INT32, OPTIONAL_STRING).optional().build(),
        [1, new Map([[2, null]])],
        [3, null],
      ),
    }),
    undefined,
  ],
  'maps of Protobuf, named after their fields': [
    structOf('Row', {
      a: structOf('A', {
        labels: {
          schema: SchemaBuilder.map(OPTIONAL_STRING, OPTIONAL_STRING).name('labels').build(),
          value: new Map([['x', 'y']]),
        },
      }),
      b: structOf('B', {
        labels: {
          schema: SchemaBuilder.map(OPTIONAL_STRING, OPTIONAL_INT32).name('labels').build(),
          value: new Map([['x', 1]]),
        },
      }),
    }),
    /called labels \(the second at value\.b\.labels\)/,
  ],
  'two oneofs of Protobuf, one in the other': [
    structOf('Row', {
      choice_0: oneof({ a: OPTIONAL_INT32, b: OPTIONAL_STRING }, null, 'x'),
      inner: structOf('Inner', { choice_0: oneof({ c: OPTIONAL_INT32 }, 5) }),
    }),
    /called io\.confluent\.connect\.protobuf\.Union\.choice/,
  ],
  'two oneOf of JSON Schema': [jsonSchemaSample(), /io\.confluent\.connect\.json\.OneOf/],
}

for (const [what, [sample, refusal]] of Object.entries(LEGAL)) {
  test(`${what} is held by Parquet, and by Avro as it is or with scrub.invalid.names=true`, async () => {
    const { schema, value } = sample
    const parquet = await files.file(parquetFormat, recordsOf(sample))
    assert.deepEqual(parquet.refused, [])
    const row = new ExpectedRows('parquet', false).row(schema, value)
    assert.deepEqual((await readers.read('parquet', parquet.body)).rows, [row, row])

    const json = await files.file(jsonFormat, recordsOf(sample))
    assert.equal(json.body.toString().trim().split('\n').length, 2)

    for (const raw of [SCRUB, {}]) {
      const isScrubbed = raw === SCRUB
      const avro = await files.file(avroFormat, recordsOf(sample), raw)
      if (!isScrubbed && refusal !== undefined) {
        assert.equal(avro.refused.length, 2)
        for (const { message } of avro.refused) {
          assert.match(message, refusal)
          assert.match(message, /scrub\.invalid\.names=true/)
        }
        continue
      }
      assert.deepEqual(avro.refused, [])
      const expected = new ExpectedRows('avro', isScrubbed).row(schema, value)
      assert.deepEqual((await readers.read('avro', avro.body)).rows, [expected, expected])
    }
  })
}

test('keys follow the same rule as values', async () => {
  const { schema, value } = field('user.id')
  const keys = [record(0, { keySchema: schema, key: value })]
  const bare = await files.file(avroFormat, keys, {}, keyView(false))
  assert.match(bare.refused[0]?.message ?? '', /the field key\.user\.id/)
  const scrubbed = await files.file(avroFormat, keys, SCRUB, keyView(false))
  assert.deepEqual((await readers.read('avro', scrubbed.body)).rows, [
    { fields: [['user_id', { int: '1' }]] },
  ])
  const wrapped = await files.file(parquetFormat, keys, {}, keyView(true))
  assert.deepEqual((await readers.read('parquet', wrapped.body)).rows, [
    { fields: [['key', { fields: [['user.id', { int: '1' }]] }]] },
  ])
})

async function transformed(name: string, config: RawConfig, arrived: SinkRecord): Promise<SinkRecord> {
  const plugin = transformations.find(({ className }) => className.endsWith(`.${name}$Value`))
  const transformation = plugin?.create()
  await transformation?.configure(config)
  return (await transformation?.apply(arrived)) as SinkRecord
}

interface Remedy {
  readonly what: string
  readonly format: FormatPlugin
  readonly sample: Sample
  /** The whole message names the field and the remedy. */
  readonly refusal: RegExp
  readonly transforms?: readonly (readonly [string, RawConfig])[] | undefined
  readonly raw?: RawConfig
  readonly otherFormats?: readonly FormatPlugin[]
}

const decimal = (scale: number): Sample => ({ schema: decimalSchema(scale), value: new Decimal(12n, scale) })
const EMPTY: Sample = structOf('Empty', {})
const NO_ITEMS: Sample = { schema: new Schema({ type: 'ARRAY' }), value: [1, 'x'] }
const general = (branches: readonly Schema[]): Schema =>
  new Schema({
    type: 'STRUCT',
    optional: true,
    name: 'connect_union_0',
    parameters: { 'org.apache.kafka.connect.data.Union': 'connect_union_0' },
    fields: branches.map((schema, index) => ({ name: `connect_union_field_${index}`, index, schema })),
  })
const UNION = general([OPTIONAL_STRING, OPTIONAL_STRING])

const REMEDIES: readonly Remedy[] = [
  {
    what: 'two names that become the same one',
    format: avroFormat,
    sample: structOf('Row', { 'a.b': int, a_b: int }),
    refusal: /"a\.b" and "a_b" of value would both be called a_b.*ReplaceField: renames/,
    raw: SCRUB,
    transforms: [['ReplaceField', { renames: 'a.b:a_dot_b' }]],
    otherFormats: [parquetFormat, jsonFormat],
  },
  ...[avroFormat, parquetFormat].map((format): Remedy => ({
    what: `a decimal of a scale below zero in ${format.aliases?.[1] ?? ''}`,
    format,
    sample: structOf('Row', { amount: decimal(-2) }),
    refusal: /The decimal value\.amount has scale -2.*Cast/,
    transforms: [['Cast', { spec: 'amount:string' }]],
    otherFormats: [jsonFormat],
  })),
  {
    what: 'a nested decimal of more digits than engines have',
    format: parquetFormat,
    sample: structOf('Row', { a: structOf('A', { amount: decimal(127) }) }),
    refusal: /The decimal value\.a\.amount has scale 127.*Cast \(after Flatten/,
    transforms: [
      ['Flatten', { delimiter: '_' }],
      ['Cast', { spec: 'a_amount:string' }],
    ],
    otherFormats: [avroFormat, jsonFormat],
  },
  {
    what: 'a struct without fields',
    format: parquetFormat,
    sample: structOf('Row', { id: int, meta: EMPTY }),
    refusal: /structs without fields, and value\.meta is one\. Leave it out with ReplaceField/,
    transforms: [['ReplaceField', { exclude: 'meta' }]],
    otherFormats: [avroFormat, jsonFormat],
  },
  {
    what: 'a list whose items have no schema',
    format: parquetFormat,
    sample: structOf('Row', { list: NO_ITEMS }),
    refusal: /The items of value\.list have no schema/,
    otherFormats: [avroFormat, jsonFormat],
  },
  {
    what: 'an empty name',
    format: parquetFormat,
    sample: field(''),
    refusal: /The field "" of value cannot be a column.*write JsonFormat/,
    otherFormats: [jsonFormat],
  },
  {
    what: 'a union of two texts',
    format: avroFormat,
    sample: structOf('Row', { choice: { schema: UNION, value: new Struct(UNION, [null, 'x']) } }),
    refusal: /The union value\.choice holds string twice/,
    otherFormats: [parquetFormat, jsonFormat],
  },
]

for (const { what, format, sample, refusal, transforms = [], raw = {}, otherFormats = [] } of REMEDIES) {
  test(`the remedy for ${what} works`, async () => {
    const { refused } = await files.file(format, recordsOf(sample), raw)
    assert.equal(refused.length, 2)
    for (const { message } of refused) assert.match(message, refusal)
    for (const other of otherFormats)
      assert.deepEqual((await files.file(other, recordsOf(sample))).refused, [])
    if (transforms.length === 0) return
    const changed: SinkRecord[] = []
    for (let one of recordsOf(sample)) {
      for (const [name, config] of transforms) one = await transformed(name, config, one)
      changed.push(one)
    }
    const file = await files.file(format, changed, raw)
    assert.deepEqual(file.refused, [])
    const name = format === avroFormat ? 'avro' : 'parquet'
    assert.equal((await readers.read(name, file.body)).rows?.length, 2)
  })
}

test('what Flatten makes of names by default is refused with the delimiter that works', async () => {
  const [nested] = recordsOf(structOf('Row', { user: structOf('User', { id: int }) })) as [SinkRecord]
  const dotted = await files.file(avroFormat, [await transformed('Flatten', {}, nested)])
  assert.match(dotted.refused[0]?.message ?? '', /the field value\.user\.id.*Flatten: delimiter=_/)
  const { body } = await files.file(avroFormat, [await transformed('Flatten', { delimiter: '_' }, nested)])
  assert.deepEqual((await readers.read('avro', body)).rows, [{ fields: [['user_id', { int: '1' }]] }])
})

/** Structs, lists or maps in each other. */
function nested(kind: 'struct' | 'list' | 'map', depth: number): Sample {
  let sample: Sample = int
  for (let i = 0; i < depth - 1; i++) {
    const { schema, value } = sample
    if (kind === 'struct') sample = structOf(`S${i}`, { f: sample })
    else if (kind === 'list') sample = { schema: SchemaBuilder.array(schema).build(), value: [value] }
    else sample = mapOf(STRING, schema, ['k', value])
  }
  return structOf('Top', { f: sample })
}

test('what is nested too deeply for readers is a bad record, and no end of the stack', async () => {
  for (const [kind, deepest] of [
    ['struct', 99],
    ['list', 21],
    ['map', 21],
  ] as const) {
    const sample = nested(kind, deepest)
    const { body, refused } = await files.file(parquetFormat, recordsOf(sample))
    assert.deepEqual(refused, [])
    const row = new ExpectedRows('parquet', false).row(sample.schema, sample.value)
    assert.deepEqual((await readers.read('parquet', body)).rows, [row, row])
    for (const depth of [deepest + 1, 200, 900]) {
      const deep = await files.file(parquetFormat, recordsOf(nested(kind, depth)))
      assert.match(deep.refused[0]?.message ?? '', /nested too deeply at value\.f/)
    }
  }
  for (const kind of ['struct', 'list', 'map'] as const) {
    const { body, refused } = await files.file(avroFormat, recordsOf(nested(kind, 100)))
    assert.deepEqual(refused, [])
    assert.equal((await readers.read('avro', body)).rows?.length, 2)
    for (const depth of [200, 900]) {
      const deep = await files.file(avroFormat, recordsOf(nested(kind, depth)))
      assert.match(deep.refused[0]?.message ?? '', /nested deeper than 100 at value\.f/)
    }
  }
})

const columns = (count: number): Sample =>
  structOf('Wide', Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, int])))

test('2,000 columns are written, and 10,001 are a bad record', async () => {
  const wide = columns(2000)
  for (const [name, format] of [
    ['parquet', parquetFormat],
    ['avro', avroFormat],
  ] as const) {
    const { body, refused } = await files.file(format, recordsOf(wide))
    assert.deepEqual(refused, [])
    const row = new ExpectedRows(name, false).row(wide.schema, wide.value)
    assert.deepEqual((await readers.read(name, body)).rows, [row, row])
  }
  const { refused } = await files.file(parquetFormat, recordsOf(columns(10_001)).slice(0, 1))
  assert.match(refused[0]?.message ?? '', /more than 10000 columns/)
})

test('structs that share others, so that they have a million million places, cost what their values cost', async () => {
  let schema = SchemaBuilder.struct().name('Level').field('a', OPTIONAL_INT32).optional().build()
  for (let i = 0; i < 40; i++) {
    schema = SchemaBuilder.struct().name(`Level${i}`).field('a', schema).field('b', schema).optional().build()
  }
  const sample = {
    schema,
    value: new Struct(schema, [null, new Struct(schema.field('b')?.schema as Schema)]),
  }
  const row = {
    fields: [
      ['a', null],
      [
        'b',
        {
          fields: [
            ['a', null],
            ['b', null],
          ],
        },
      ],
    ],
  }
  for (const [name, format] of [
    ['avro', avroFormat],
    ['described json', jsonFormat],
  ] as const) {
    const { body, refused } = await files.file(format, recordsOf(sample))
    assert.deepEqual(refused, [])
    assert.deepEqual((await readers.read(name, body)).rows, [row, row])
  }
  const { refused } = await files.file(parquetFormat, recordsOf(sample))
  assert.match(refused[0]?.message ?? '', /more than 10000 columns/)
  const csv = registry.find(FORMATS, 'CsvFormat') as FormatPlugin
  assert.deepEqual((await files.file(csv, recordsOf(sample))).refused, [])
})
