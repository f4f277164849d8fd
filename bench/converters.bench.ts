/**
 * Records per second of each converter on one thread, for order records of about 190 B: what one conversion costs and
 * nothing else. `npm run bench -- converters [records]`; the best of several rounds is printed, since others only add.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loadavg } from 'node:os'
import {
  BOOLEAN,
  builtInConverters,
  type Converter,
  type ConverterPlugin,
  FLOAT64,
  INT32,
  INT64,
  SchemaBuilder,
  type SchemaAndValue,
  STRING,
  Struct,
  timestampSchema,
} from '@spillway/framework'

const RECORDS = Number(process.argv[2] ?? 200_000)
const ROUNDS = 7
/** Different records in turn, so that nothing is measured on one string the engine has already seen. */
const DISTINCT = 20_000

const schema = SchemaBuilder.struct()
  .name('shop.Order')
  .field('orderId', INT64)
  .field('customer', STRING)
  .field('kind', STRING)
  .field('amount', FLOAT64)
  .field('currency', STRING)
  .field('items', INT32)
  .field('country', STRING)
  .field('createdAt', timestampSchema())
  .field('paid', BOOLEAN)
  .field('email', STRING)
  .field('address', STRING)
  .build()

interface Order {
  readonly [field: string]: unknown
}

function order(i: number, addressLength: number): Order {
  return {
    orderId: 1_000_000 + i,
    customer: `customer-${i % 1000}`,
    kind: ['created', 'paid', 'shipped'][i % 3],
    amount: (i % 1000) + 0.25,
    currency: 'EUR',
    items: i % 7,
    country: 'DE',
    createdAt: 1_795_262_400_000 + i,
    paid: i % 2 === 0,
    email: `c-${i % 1000}@example.com`,
    address:
      'Unter den Linden 77, Hinterhaus, 2. Stock links, 10117 Berlin, Deutschland, Europa, Erde, Sonnensystem, Orionarm, Milchstrasse'.slice(
        0,
        addressLength,
      ),
  }
}

function struct(values: Order): Struct {
  const made = new Struct(schema)
  for (const [name, value] of Object.entries(values)) {
    const isLong = name === 'orderId'
    made.put(
      name,
      isLong ? BigInt(value as number) : name === 'createdAt' ? new Date(value as number) : value,
    )
  }
  return made
}

function create(className: string): Converter {
  const plugin = builtInConverters.find(
    (candidate): candidate is ConverterPlugin =>
      candidate.kind === 'converter' && candidate.className === className,
  )
  if (plugin === undefined) throw new Error(`No converter ${className}`)
  return plugin.create()
}

const TOPIC = 'orders'

/** Records per second as the clock has it, and per second that the thread was given: the latter suffers less from others. */
interface Rate {
  readonly clock: number
  readonly cpu: number
}

/** Best of the rounds. */
function rate<T>(inputs: readonly T[], work: (input: T) => unknown): Rate {
  let clock = 0
  let cpu = 0
  let kept: unknown
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc?.()
    const start = process.hrtime.bigint()
    const used = process.threadCpuUsage()
    for (let i = 0; i < RECORDS; i++) kept = work(inputs[i % inputs.length] as T)
    const { user, system } = process.threadCpuUsage(used)
    clock = Math.max(clock, RECORDS / (Number(process.hrtime.bigint() - start) / 1e9))
    cpu = Math.max(cpu, RECORDS / ((user + system) / 1e6))
  }
  if (kept === undefined) throw new Error('nothing was converted')
  return { clock, cpu }
}

function print(name: string, bytes: number, { clock, cpu }: Rate): void {
  const shown = (perSecond: number): string => Math.round(perSecond).toLocaleString('en').padStart(10)
  console.log(
    `${name.padEnd(40)} ${String(bytes).padStart(4)} B ${shown(clock)} records/s ${shown(cpu)} per CPU second`,
  )
}

function now<T>(result: T | Promise<T>): T {
  if (result instanceof Promise) throw new Error('a registry was asked')
  return result
}

async function json(): Promise<void> {
  const plain = create('org.apache.kafka.connect.json.JsonConverter')
  await plain.configure({ 'schemas.enable': 'false' }, false)
  const texts = Array.from({ length: DISTINCT }, (_, i) => Buffer.from(JSON.stringify(order(i, 0))))
  const size = texts[0]?.length ?? 0
  const read = (bytes: Buffer): SchemaAndValue => now(plain.toConnectData(TOPIC, bytes, []))
  const both = (bytes: Buffer): unknown => {
    const { schema: none, value } = read(bytes)
    return plain.fromConnectData(TOPIC, none, value)
  }
  print('JSON without schema: decode', size, rate(texts, read))
  print('JSON without schema: decode and encode', size, rate(texts, both))
  const envelope = create('org.apache.kafka.connect.json.JsonConverter')
  await envelope.configure({}, false)
  const structs = Array.from({ length: DISTINCT }, (_, i) => struct(order(i, 0)))
  const wrapped = await Promise.all(structs.map((value) => envelope.fromConnectData(TOPIC, schema, value)))
  const wrappedSize = wrapped[0]?.length ?? 0
  print(
    'JSON envelope: decode',
    wrappedSize,
    rate(wrapped, (bytes) => envelope.toConnectData(TOPIC, bytes, [])),
  )
  print(
    'JSON envelope: encode',
    wrappedSize,
    rate(structs, (value) => envelope.fromConnectData(TOPIC, schema, value)),
  )
}

/** A registry that gives every schema it is sent the next id: enough for a converter to start from. */
async function withRegistry(work: (url: string) => Promise<void>): Promise<void> {
  const schemas: { schema: string; schemaType?: string }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const id = /\/schemas\/ids\/(\d+)/.exec(request.url ?? '')?.[1]
      if (id !== undefined) return response.end(JSON.stringify(schemas[Number(id) - 1]))
      schemas.push(JSON.parse(Buffer.concat(chunks).toString()) as { schema: string })
      return response.end(JSON.stringify({ id: schemas.length, version: 1 }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function registered(
  name: string,
  className: string,
  addressLength: number,
  url: string,
): Promise<void> {
  const converter = create(className)
  await converter.configure({ 'schema.registry.url': url }, false)
  const values = Array.from({ length: DISTINCT }, (_, i) => struct(order(i, addressLength)))
  const bytes: Buffer[] = []
  for (const value of values) bytes.push((await converter.fromConnectData(TOPIC, schema, value)) as Buffer)
  const size = bytes[0]?.length ?? 0
  await converter.toConnectData(TOPIC, bytes[0] ?? null, [])
  print(
    `${name}: decode`,
    size,
    rate(bytes, (message) => now(converter.toConnectData(TOPIC, message, []))),
  )
  const write = (value: Struct): unknown => now(converter.fromConnectData(TOPIC, schema, value))
  print(`${name}: encode`, size, rate(values, write))
}

console.log(
  `${RECORDS} records a round, best of ${ROUNDS}; Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}`,
)
await json()
await withRegistry(async (url) => {
  await registered('Avro', 'io.confluent.connect.avro.AvroConverter', 120, url)
  await registered('JSON Schema', 'io.confluent.connect.json.JsonSchemaConverter', 0, url)
  await registered('Protobuf', 'io.confluent.connect.protobuf.ProtobufConverter', 120, url)
})
