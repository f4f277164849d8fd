import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  FLOAT64,
  Headers,
  INT64,
  type RawConfig,
  SchemaBuilder,
  SinkRecord,
  STRING,
  Struct,
  timestampSchema,
} from '@spillway/api'
import fc from 'fast-check'
import { transformations } from './index.ts'
import { configured, plainRecord, schemaRecord } from './conformance/sample-record.ts'

/** A configuration under which each transformation works for the records below. */
const CONFIGS: Readonly<Record<string, RawConfig>> = {
  Cast: { spec: 'id:string,amount:int64' },
  DropHeaders: { headers: 'h' },
  ExplodeArray: { field: 'list' },
  ExtractField: { field: 'inner' },
  Filter: {},
  Flatten: {},
  HeaderFrom: { fields: 'id,text', headers: 'a,b', operation: 'move' },
  HeaderToValue: { headers: 'h', fields: 'from_header' },
  HoistField: { field: 'hoisted' },
  InsertField: { 'topic.field': 't', 'offset.field': 'o', 'timestamp.field': 'ts', 'partition.field': 'p' },
  InsertHeader: { header: 'new', 'value.literal': '[1]' },
  MaskField: { fields: 'text,amount,list' },
  ParseJson: { fields: 'text', 'on.error': 'keep' },
  RegexRouter: { regex: '(.*)', replacement: 'x-$1' },
  ReplaceField: { exclude: 'text', renames: 'id:key' },
  SetSchemaMetadata: { 'schema.name': 'renamed', 'schema.version': '2' },
  TimestampConverter: { field: 'at', 'target.type': 'string', format: 'yyyy-MM-dd' },
  TimestampRouter: {},
  ValueToKey: { fields: 'id,text' },
}
/** Needs a schema, or cannot do with one. */
const ONLY_WITH_SCHEMA = new Set(['SetSchemaMetadata'])
const ONLY_WITHOUT_SCHEMA = new Set(['ParseJson'])

const inner = SchemaBuilder.struct().field('a', STRING).build()
const schema = SchemaBuilder.struct()
  .field('id', INT64)
  .field('text', STRING)
  .field('amount', FLOAT64)
  .field('at', timestampSchema())
  .field('list', SchemaBuilder.array(STRING).build())
  .field('inner', inner)
  .build()

const simpleName = (className: string): string => /([A-Za-z]+)(?:\$\w+)?$/.exec(className)?.[1] ?? className

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return
  Object.freeze(value)
  for (const item of Object.values(value)) freeze(item)
}

const headers = (): Headers => new Headers().add('h', 'v', STRING)
const onKey = (record: SinkRecord): SinkRecord =>
  record.with({ keySchema: record.valueSchema, key: record.value, valueSchema: STRING, value: 'v' })

const plainValues = fc.record({
  id: fc.integer(),
  text: fc.string(),
  amount: fc.double({ noNaN: true }),
  at: fc.integer({ min: 0, max: 4e12 }),
  list: fc.array(fc.string()),
  inner: fc.record({ a: fc.string() }),
})

test('every transformation has a configuration here', () => {
  for (const { className } of transformations) assert.ok(CONFIGS[simpleName(className)], className)
})

for (const plugin of transformations) {
  const name = simpleName(plugin.className)
  const config = CONFIGS[name] ?? {}
  const place = plugin.className.endsWith('$Key') ? onKey : (record: SinkRecord) => record
  const title = plugin.className.slice(plugin.className.lastIndexOf('.') + 1)

  test(`${title} changes nothing of the record it is given, and keeps where it came from`, () => {
    fc.assert(
      fc.property(plainValues, fc.boolean(), (value, hasSchema) => {
        fc.pre(!(hasSchema ? ONLY_WITHOUT_SCHEMA : ONLY_WITH_SCHEMA).has(name))
        freeze(value)
        const values = [BigInt(value.id), value.text, value.amount, new Date(value.at), value.list]
        const struct = (): Struct => new Struct(schema, [...values, new Struct(inner, [value.inner.a])])
        const record = place(
          hasSchema
            ? schemaRecord(schema, struct(), { headers: headers() })
            : plainRecord(value, { headers: headers() }),
        )
        const result = configured(plugin, config).apply(record)
        if (hasSchema)
          assert.ok(struct().equals(plugin.className.endsWith('$Key') ? record.key : record.value))
        assert.deepEqual([...record.headers], [...headers()])
        for (const one of [result].flat()) {
          if (one instanceof SinkRecord) assert.equal(one.coordinates, record.coordinates)
        }
      }),
      { numRuns: 40 },
    )
  })

  if (ONLY_WITHOUT_SCHEMA.has(name)) continue
  test(`${title} gives all records of a schema one schema`, () => {
    const transformation = configured(plugin, config)
    const seen = [1n, 2n].map((id) => {
      const struct = new Struct(schema, [id, 't', 1, new Date(0), ['x'], new Struct(inner, ['a'])])
      const result = transformation.apply(place(schemaRecord(schema, struct, { headers: headers() })))
      const [record] = [result].flat() as (SinkRecord | null)[]
      return [record?.keySchema, record?.valueSchema]
    })
    assert.equal(seen[0]?.[0], seen[1]?.[0])
    assert.equal(seen[0]?.[1], seen[1]?.[1])
  })
}
