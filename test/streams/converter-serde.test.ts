import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { suite, test } from 'node:test'
import {
  type Converter,
  converterNamed,
  DataError,
  INT32,
  INT64,
  OPTIONAL_STRING,
  type Schema,
  SchemaBuilder,
  STRING,
  Struct,
} from '@spillway/framework'
import {
  Consumed,
  converterSerde,
  Grouped,
  Headers,
  Materialized,
  Produced,
  type Serde,
  Serdes,
  StreamsBuilder,
  type StreamsConfig,
  type Topology,
  TopologyTestDriver,
} from '../../transforms/streams/src/index.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { LogOfTest, StateFolder, appConfig, readUntil, startApp } from './kafka-app.ts'

const registryUrl = endpointsFromEnv().registry.url
const text = Serdes.string()

const orderSchema = SchemaBuilder.struct().name('shop.Order').field('amount', INT64).build()
const newerSchema = SchemaBuilder.struct()
  .name('shop.Order')
  .field('amount', INT64)
  .field('note', OPTIONAL_STRING)
  .build()
const totalSchema = SchemaBuilder.struct()
  .name('shop.Total')
  .field('orders', INT64)
  .field('amount', INT64)
  .build()

function serdeOf(className: string, url = registryUrl, more: Record<string, string> = {}): Serde<Struct> {
  return converterSerde<Struct>(converterNamed(className), {
    config: { 'schema.registry.url': url, ...more },
  })
}

/** Writes values as a producer with a converter does. */
async function produceBy(
  className: string,
  topic: string,
  values: readonly (readonly [key: string, schema: Schema | null, value: unknown])[],
): Promise<void> {
  const converter = converterNamed(className).create()
  await converter.configure({ 'schema.registry.url': registryUrl }, false)
  const records = []
  for (const [key, schema, value] of values) {
    const bytes = await converter.fromConnectData(topic, schema, value)
    records.push({ topic, key: Buffer.from(key), value: bytes })
  }
  await produce(records)
  await converter.close?.()
}

const order = (amount: bigint): readonly [string, Schema, Struct] => [
  'a',
  orderSchema,
  new Struct(orderSchema).put('amount', amount),
]

interface App {
  readonly topology: Topology
  readonly input: string
  readonly counts: string
  readonly totals: string
}

async function totalsApp(className: string, url = registryUrl): Promise<App> {
  const [input, counts, totalsTopic] = [uniqueName('orders'), uniqueName('counts'), uniqueName('totals')]
  for (const topic of [input, counts, totalsTopic]) await createTopic(topic)
  return {
    topology: totalsTopology(className, url, input, counts, totalsTopic),
    input,
    counts,
    totals: totalsTopic,
  }
}

/** Per record a plain store first, then one of the converter, then a sink of the converter: each may have to wait. */
function totalsTopology(
  className: string,
  url: string,
  input: string,
  countsTopic: string,
  totalsTopic: string,
): Topology {
  const builder = new StreamsBuilder()
  const serde = (): Serde<Struct> => serdeOf(className, url)
  const orders = builder.stream(input, Consumed.with(text, serde())).groupByKey(Grouped.with(text, serde()))
  orders
    .count(Materialized.as<string, bigint>('counts'))
    .toStream()
    .mapValues(String)
    .to(countsTopic, Produced.with(text, text))
  orders
    .aggregate(
      () => new Struct(totalSchema).put('orders', 0n).put('amount', 0n),
      (_key, value, total) =>
        new Struct(totalSchema)
          .put('orders', (total.get('orders') as bigint) + 1n)
          .put('amount', (total.get('amount') as bigint) + (value.get('amount') as bigint)),
      Materialized.as<string, Struct>('totals').withKeySerde(text).withValueSerde(serde()),
    )
    .toStream()
    .to(totalsTopic, Produced.with(text, serde()))
  return builder.build()
}

/** Commits that come only at the end: what is done twice would be seen. */
function rareCommits(path: string): StreamsConfig {
  return appConfig(path, { 'commit.interval.ms': 30_000 })
}

async function totalsOf(className: string, topic: string, records: number): Promise<string[]> {
  const converter = converterNamed(className).create()
  await converter.configure({ 'schema.registry.url': registryUrl }, false)
  const found = await readUntil(topic, (all) => all.length >= records)
  const texts: string[] = []
  for (const { value, headers } of found) {
    const { value: total } = await converter.toConnectData(topic, value, headers)
    texts.push(`${String((total as Struct).get('orders'))}:${String((total as Struct).get('amount'))}`)
  }
  await converter.close?.()
  return texts
}

suite('serdes from converters, on Kafka', () => {
  for (const className of ['AvroConverter', 'JsonSchemaConverter', 'ProtobufConverter']) {
    test(`${className}: a record that had to wait for the registry is done once, in stores, changelogs and topics`, async () => {
      const { topology, input, counts, totals: totalsTopic } = await totalsApp(className)
      using first = new StateFolder()
      const config = rareCommits(first.path)
      await produceBy(className, input, [order(5n), order(6n)])
      {
        await using _app = await startApp(topology, config)
        assert.deepEqual(await totalsOf(className, totalsTopic, 2), ['1:5', '2:11'])
        // A schema that nobody has seen, in the middle of a run.
        await produceBy(className, input, [
          ['a', newerSchema, new Struct(newerSchema).put('amount', 7n).put('note', 'x')],
        ])
        assert.deepEqual(await totalsOf(className, totalsTopic, 3), ['1:5', '2:11', '3:18'])
      }
      // A new process, without state: what the stores hold was written with schemas that it has to ask for.
      using second = new StateFolder()
      await produceBy(className, input, [order(1n)])
      {
        const again = totalsTopology(className, registryUrl, input, counts, totalsTopic)
        await using _app = await startApp(again, { ...config, 'state.dir': second.path })
        assert.deepEqual(await totalsOf(className, totalsTopic, 4), ['1:5', '2:11', '3:18', '4:19'])
      }
      const all = (await readUntil(counts, (found) => found.length >= 4)).map(({ value }) =>
        value?.toString(),
      )
      assert.deepEqual(all, ['1', '2', '3', '4'])
    })
  }

  test('JSON, text and numbers: values and nulls go through, and what cannot be read is the handler’s', async () => {
    const [input, output] = [uniqueName('plain'), uniqueName('plain-out')]
    await createTopic(input)
    await createTopic(output)
    const builder = new StreamsBuilder()
    const numbers = converterSerde<number>(converterNamed('IntegerConverter'))
    const json = converterSerde<{ a: number }>(converterNamed('JsonConverter'), {
      config: { 'schemas.enable': 'false' },
    })
    builder
      .stream(input, Consumed.with(numbers, json))
      .mapValues((value) => (value === null ? value : { a: value.a + 1 }))
      .to(output, Produced.with(numbers, json))
    using state = new StateFolder()
    await using _app = await startApp(
      builder.build(),
      appConfig(state.path, { 'deserialization.exception.handler': 'LogAndContinueExceptionHandler' }),
    )
    const key = (n: number): Buffer => Buffer.from([0, 0, 0, n])
    await produce([
      { topic: input, key: key(1), value: Buffer.from('{"a":1}') },
      { topic: input, key: key(2), value: Buffer.from('{"a":') },
      { topic: input, key: Buffer.from('too long'), value: Buffer.from('{"a":1}') },
      { topic: input, key: key(3), value: null },
      { topic: input, key: null, value: Buffer.from('{"a":8}') },
    ])
    const records = await readUntil(output, (found) => found.length >= 3)
    assert.deepEqual(
      records.map((each) => [each.key?.at(-1) ?? null, each.value?.toString() ?? null]),
      [
        [1, '{"a":2}'],
        [3, null],
        [null, '{"a":9}'],
      ],
    )
  })

  test('a registry that is down makes its task wait and is told; others go on; then nothing is missing', async () => {
    await using registry = await SwitchedRegistry.start()
    const url = `http://127.0.0.1:${registry.port}`
    const { input, totals: totalsTopic } = await totalsApp('AvroConverter')
    const [plain, plainOut] = [uniqueName('plain'), uniqueName('plain-out')]
    await createTopic(plain)
    await createTopic(plainOut)
    const builder = new StreamsBuilder()
    const quick = { 'max.retries': '0' }
    builder
      .stream(input, Consumed.with(text, serdeOf('AvroConverter', url, quick)))
      .to(totalsTopic, Produced.with(text, serdeOf('AvroConverter', url, quick)))
    builder.stream(plain, Consumed.with(text, text)).to(plainOut, Produced.with(text, text))
    await produceBy('AvroConverter', input, [order(1n), order(2n)])
    using state = new StateFolder()
    const log = new LogOfTest()
    await using app = await startApp(builder.build(), rareCommits(state.path), log)
    await until('the log tells', () =>
      log.lines.some((line) => /waits for the converter that reads/.test(line)),
    )
    assert.equal(app.state(), 'RUNNING')
    await produce([{ topic: plain, key: null, value: Buffer.from('goes on') }])
    await readUntil(plainOut, (found) => found.length >= 1)
    registry.isUp = true
    await readUntil(totalsTopic, (found) => found.length >= 2)
    assert.equal(log.lines.filter((line) => /waits for the converter that reads/.test(line)).length, 1)
    assert.ok(log.lines.some((line) => /goes on after \d+ tries that failed/.test(line)))
  })

  test('an application ends while its registry is down', async () => {
    await using registry = await SwitchedRegistry.start()
    const [input, output] = [uniqueName('orders'), uniqueName('out')]
    await createTopic(input)
    await createTopic(output)
    const builder = new StreamsBuilder()
    builder
      .stream(input, Consumed.with(text, serdeOf('AvroConverter')))
      .to(
        output,
        Produced.with(
          text,
          serdeOf('AvroConverter', `http://127.0.0.1:${registry.port}`, { 'max.retries': '0' }),
        ),
      )
    await produceBy('AvroConverter', input, [order(1n)])
    using state = new StateFolder()
    const log = new LogOfTest()
    const app = await startApp(builder.build(), rareCommits(state.path), log)
    await until('the log tells', () =>
      log.lines.some((line) => /waits for the converter that writes/.test(line)),
    )
    await app.close()
    assert.equal(app.state(), 'NOT_RUNNING')
  })

  test('what the registry refuses goes to the handlers: unknown ids, schemas that do not fit', async () => {
    await using registry = await SwitchedRegistry.start()
    registry.isUp = true
    registry.refuses = true
    const [input, output] = [uniqueName('orders'), uniqueName('out')]
    await createTopic(input)
    await createTopic(output)
    const builder = new StreamsBuilder()
    const dropped: string[] = []
    builder
      .stream(input, Consumed.with(text, serdeOf('AvroConverter')))
      .to(output, Produced.with(text, serdeOf('AvroConverter', `http://127.0.0.1:${registry.port}`)))
    using state = new StateFolder()
    await using _app = await startApp(
      builder.build(),
      appConfig(state.path, {
        'deserialization.exception.handler': {
          handleError: (_context: unknown, error: unknown) => {
            dropped.push(`read ${(error as Error).name}`)
            return { result: 'RESUME', deadLetterQueueRecords: [] }
          },
        },
        'production.exception.handler': {
          handleSerializationError: (_context: unknown, _record: unknown, error: unknown) => {
            dropped.push(`write ${(error as Error).name}`)
            return { result: 'RESUME', deadLetterQueueRecords: [] }
          },
        },
      }),
    )
    const unknownId = Buffer.from([0, 0x7f, 0xff, 0xff, 0xf0, 2])
    await produce([{ topic: input, key: Buffer.from('a'), value: unknownId }])
    await until('the unknown id is told', () => dropped.length === 1)
    await produceBy('AvroConverter', input, [order(1n)])
    await until('the refusal is told', () => dropped.length === 2)
    assert.deepEqual(dropped, ['read DataError', 'write DataError'])
  })
})

suite('a serde from a converter', () => {
  /** A converter of a user, which answers at once, later, or never. */
  class Words implements Converter {
    readonly seen: unknown[] = []
    isLate = false
    configure(): void {}
    toConnectData(topic: string, bytes: Buffer | null, headers: readonly { key: string }[]) {
      this.seen.push([topic, bytes?.toString(), headers.map(({ key }) => key)])
      const answer = { schema: STRING, value: bytes?.toString() ?? null }
      return this.isLate ? Promise.resolve(answer) : answer
    }
    fromConnectData(topic: string, schema: Schema | null, value: unknown) {
      this.seen.push([topic, schema?.type ?? null, value])
      if (typeof value !== 'string') throw new DataError('no word')
      return Buffer.from(value)
    }
  }

  test('null stays null and asks nobody; headers and schemas reach the converter', () => {
    const words = new Words()
    const { serializer, deserializer } = converterSerde<string>(words, { schema: STRING })
    assert.equal(serializer.serialize('t', null, null), null)
    assert.equal(deserializer.deserialize('t', null, null), null)
    assert.deepEqual(words.seen, [])
    assert.deepEqual(serializer.serialize('t', null, 'x'), Buffer.from('x'))
    const headers = Headers.from({ h: 'v' })
    assert.equal(deserializer.deserialize('t', headers, new Uint8Array([120])), 'x')
    assert.deepEqual(words.seen, [
      ['t', 'STRING', 'x'],
      ['t', 'x', ['h']],
    ])
    const struct = new Struct(SchemaBuilder.struct().field('n', INT32).build()).put('n', 1)
    const seen = new Words()
    assert.throws(() => converterSerde(seen).serializer.serialize('t', null, struct as never), DataError)
    assert.deepEqual(seen.seen, [['t', 'STRUCT', struct]])
  })

  test('the test driver, which cannot wait, names the converter that must', () => {
    const words = new Words()
    words.isLate = true
    const builder = new StreamsBuilder()
    builder.stream('in', Consumed.with(text, converterSerde<string>(words))).to('out')
    using driver = new TopologyTestDriver(builder.build(), { 'application.id': 'a' })
    const input = driver.createInputTopic('in', text, text)
    assert.throws(
      () => input.pipeInput('k', 'v', 1),
      (error: Error) => /converter that reads from topic in returned a promise/.test(String(error.cause)),
    )
  })

  test('names that no converter has are refused with those there are', () => {
    assert.throws(
      () => converterNamed('AvroConvertor'),
      /no converter AvroConvertor; there are .*AvroConverter/,
    )
    assert.equal(
      converterNamed('org.apache.kafka.connect.json.JsonConverter'),
      converterNamed('JsonConverter'),
    )
  })
})

/** Passes requests on to the registry of the stack, or answers 503 to all. */
class SwitchedRegistry implements AsyncDisposable {
  isUp = false
  /** Every schema that is to be registered. */
  refuses = false
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<SwitchedRegistry> {
    const server = createServer((request, response) => {
      if (!registry.isUp) {
        response.writeHead(503).end('{"error_code":50003,"message":"down"}')
        return
      }
      if (registry.refuses && request.method === 'POST') {
        response.writeHead(409).end('{"error_code":40901,"message":"incompatible"}')
        return
      }
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        void registry.#pass(request.method ?? 'GET', request.url ?? '/', Buffer.concat(chunks)).then(
          ([status, body]) => response.writeHead(status, { 'content-type': 'application/json' }).end(body),
          () => response.writeHead(502).end(),
        )
      })
    })
    const registry = new SwitchedRegistry(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async #pass(method: string, path: string, body: Buffer): Promise<[number, string]> {
    const answer = await fetch(`${registryUrl}${path}`, {
      method,
      ...(body.length > 0 && { body: new Uint8Array(body) }),
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    })
    return [answer.status, await answer.text()]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
