/**
 * Records per second of each single message transformation and predicate, on one thread, without converters: the order
 * record of 190 B, schemaless and with a schema. Every case runs several rounds, in turn with the others; the best
 * round counts, as the machine may have other work.
 *
 *   node --conditions=development bench/smt.bench.ts [part of a name]
 */
import { loadavg } from 'node:os'
import {
  FLOAT64,
  Headers,
  INT32,
  INT64,
  type PredicatePlugin,
  SchemaBuilder,
  SinkRecord,
  STRING,
  Struct,
  timestampSchema,
  type TransformationPlugin,
} from '@spillway/framework'
import { predicates, transformations } from '@spillway/smt'

const RECORDS = 50_000
const ROUNDS = 5

const customer = SchemaBuilder.struct().field('name', STRING).field('city', STRING).build()
const order = SchemaBuilder.struct()
  .name('order')
  .field('id', INT64)
  .field('customer', customer)
  .field('status', STRING)
  .field('amount', FLOAT64)
  .field('quantity', INT32)
  .field('created', timestampSchema())
  .field('note', STRING)
  .field('lines', SchemaBuilder.array(STRING).build())
  .build()

function plainValue(i: number): Record<string, unknown> {
  return {
    id: 4_000_000 + i,
    customer: { name: `customer ${i % 1000}`, city: 'Amsterdam' },
    status: i % 3 === 0 ? 'shipped' : 'open',
    amount: 12.5 + i,
    quantity: i % 100,
    created: 1_717_804_800_000 + i,
    note: '{"gift":true,"text":"happy birthday"}',
    lines: ['sku-1', 'sku-2', 'sku-3'],
  }
}

function structValue(i: number): Struct {
  const {
    id,
    customer: who,
    created,
    ...rest
  } = plainValue(i) as ReturnType<typeof plainValue> & {
    customer: { name: string; city: string }
    created: number
    id: number
  }
  const named = new Struct(customer, [who.name, who.city])
  return new Struct(order, [
    BigInt(id),
    named,
    rest['status'],
    rest['amount'],
    rest['quantity'],
    new Date(created),
    rest['note'],
    rest['lines'],
  ])
}

function recordOf(i: number, hasSchema: boolean): SinkRecord {
  return new SinkRecord({
    topic: `orders-${i % 8}`,
    kafkaPartition: i % 4,
    keySchema: null,
    key: null,
    valueSchema: hasSchema ? order : null,
    value: hasSchema ? structValue(i) : plainValue(i),
    kafkaOffset: BigInt(i),
    timestamp: 1_717_804_800_000 + i * 1000,
    timestampType: 'CreateTime',
    headers: new Headers().add('tenant', 'acme', STRING).add('trace', 'abc', STRING),
  })
}

const records = {
  plain: Array.from({ length: RECORDS }, (_, i) => recordOf(i, false)),
  struct: Array.from({ length: RECORDS }, (_, i) => recordOf(i, true)),
}

/** Class name without package, and a configuration; `plain` where the transformation has no use for a schema. */
const CASES: readonly (readonly [name: string, config: Record<string, string>, only?: 'plain'])[] = [
  ['Cast$Value', { spec: 'id:string,quantity:int64,amount:float32' }],
  ['DropHeaders', { headers: 'trace' }],
  ['ExtractField$Value', { field: 'customer' }],
  ['ExtractField$Value', { field: 'customer.city', 'field.syntax.version': 'V2' }],
  ['Filter', {}],
  ['Flatten$Value', {}],
  ['HeaderFrom$Value', { fields: 'status', headers: 'status', operation: 'move' }],
  ['HoistField$Value', { field: 'order' }],
  ['InsertField$Value', { 'topic.field': 'topic', 'offset.field': 'offset', 'timestamp.field': 'at' }],
  ['InsertHeader', { header: 'source', 'value.literal': 'shop' }],
  ['MaskField$Value', { fields: 'note,amount' }],
  ['RegexRouter', { regex: '(.*)-(\\d+)', replacement: '$1' }],
  ['ReplaceField$Value', { exclude: 'note', renames: 'id:order_id' }],
  ['SetSchemaMetadata$Value', { 'schema.name': 'shop.Order' }],
  [
    'TimestampConverter$Value',
    { field: 'created', 'target.type': 'string', format: "yyyy-MM-dd'T'HH:mm:ss.SSS" },
  ],
  ['TimestampConverter$Value', { field: 'created', 'target.type': 'unix', 'unix.precision': 'seconds' }],
  ['TimestampRouter', {}],
  ['ValueToKey', { fields: 'id' }],
  ['ParseJson$Value', { fields: 'note' }, 'plain'],
  ['HeaderToValue', { headers: 'tenant', fields: 'tenant' }],
  ['ExplodeArray', { field: 'lines' }],
  ['TopicNameMatches', { pattern: 'orders-[0-3]' }],
  ['HasHeaderKey', { name: 'trace' }],
  ['RecordIsTombstone', {}],
  ['FieldValueMatches$Value', { field: 'customer.city', pattern: 'Am.*' }],
]

interface Run {
  readonly name: string
  readonly apply: (record: SinkRecord) => unknown
  readonly input: readonly SinkRecord[]
  bestMs: number
}

const simpleName = (plugin: { className: string }): string =>
  plugin.className.slice(plugin.className.lastIndexOf('.') + 1)

async function prepare(): Promise<Run[]> {
  const plugins: readonly (TransformationPlugin | PredicatePlugin)[] = [...transformations, ...predicates]
  const runs: Run[] = []
  for (const [name, config, only] of CASES) {
    const plugin = plugins.find((candidate) => simpleName(candidate) === name)
    if (plugin === undefined) throw new Error(`there is no ${name}`)
    for (const kind of ['plain', 'struct'] as const) {
      // A schema's name needs a schema.
      if ((only === 'plain' && kind === 'struct') || (name.startsWith('SetSchema') && kind === 'plain'))
        continue
      const instance = plugin.create()
      await instance.configure(config)
      const apply = 'test' in instance ? instance.test.bind(instance) : instance.apply.bind(instance)
      const detail = config['target.type'] ?? config['field.syntax.version']
      const label = `${name}${detail === undefined ? '' : ` (${detail})`}, ${kind}`
      runs.push({ name: label, apply, input: records[kind], bestMs: Infinity })
    }
  }
  return runs
}

/** Results are looked at, so that no work can be left out. */
function time(run: Run): number {
  let kept = 0
  const started = performance.now()
  for (const record of run.input) if (run.apply(record) !== null) kept++
  const took = performance.now() - started
  if (kept !== 0 && kept !== RECORDS) throw new Error(`${run.name}: ${kept} of ${RECORDS} records came out`)
  return took
}

const filter = process.argv[2] ?? ''
const runs = (await prepare()).filter((run) => run.name.includes(filter))
for (let round = 0; round < ROUNDS; round++) {
  for (const run of runs) run.bestMs = Math.min(run.bestMs, time(run))
}
console.log(
  `node ${process.version}, load ${loadavg()[0]?.toFixed(1)}, ${RECORDS} records, best of ${ROUNDS} rounds\n`,
)
console.log('| transformation | records/s |')
console.log('|---|---|')
for (const { name, bestMs } of runs) {
  console.log(`| ${name} | ${Math.round(RECORDS / (bestMs / 1000)).toLocaleString('en')} |`)
}
