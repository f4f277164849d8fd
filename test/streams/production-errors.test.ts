import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import {
  Consumed,
  deadLetter,
  type ErrorHandlerContext,
  HandlerResponse,
  type KafkaStreams,
  Produced,
  Repartitioned,
  type ProductionExceptionHandler,
  Serdes,
  StreamsBuilder,
  type StreamsConfig,
  type Topology,
} from '../../transforms/streams/src/index.ts'
import { closing } from '../support/closing.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { LogOfTest, StateFolder, appConfig, readUntil, startApp, textRecords } from './kafka-app.ts'

const text = Serdes.string()

async function topics(...names: readonly string[]): Promise<readonly string[]> {
  const made = names.map((name) => uniqueName(name))
  for (const name of made) await createTopic(name, 1)
  return made
}

async function smallTopic(prefix: string): Promise<string> {
  const name = uniqueName(prefix)
  await using admin = closing(kafka().admin())
  const configs = { 'max.message.bytes': '2000', 'retention.ms': '-1' }
  await admin.createTopics([{ name, partitions: 1, replicationFactor: 1, configs }])
  return name
}

/** A value `big` comes to more than a small topic takes. */
function growing(input: string, output: string): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream(input, Consumed.with(text, text))
    .mapValues((value) => (value === 'big' ? 'x'.repeat(5_000) : value))
    .to(output, Produced.with(text, text))
  return builder.build()
}

const values = (records: readonly { readonly value: Buffer | null }[]) =>
  records.map(({ value }) => String(value))

async function committed(config: StreamsConfig): Promise<bigint> {
  await using admin = closing(kafka().admin())
  const offsets = await admin.listGroupOffsets(config['application.id'] as string)
  return offsets[0]?.offset.offset ?? 0n
}

function handlerOf(respond: (context: ErrorHandlerContext, error: unknown) => HandlerResponse) {
  const contexts: ErrorHandlerContext[] = []
  const handler: ProductionExceptionHandler = {
    handleSerializationError: () => HandlerResponse.fail(),
    handleError: (context, _record, error) => {
      contexts.push(context)
      return respond(context, error)
    },
  }
  return { handler, contexts }
}

async function failed(app: KafkaStreams, errors: readonly unknown[]): Promise<string> {
  await app.ended()
  assert.equal(app.state(), 'ERROR')
  return String(errors[0])
}

const apps: KafkaStreams[] = []
after(async () => await Promise.all(apps.map(async (app) => await app.close())))

/** The client, and what has ended its threads. */
async function run(topology: Topology, config: StreamsConfig) {
  const [errors, log] = [[] as unknown[], new LogOfTest()]
  const app = await startApp(topology, config, log)
  apps.push(app)
  app.setUncaughtExceptionHandler((error) => {
    errors.push(error)
    return 'SHUTDOWN_CLIENT'
  })
  return { app, errors, log }
}

describe('records that the broker refuses later', { concurrency: true }, () => {
  test('stop the thread by default: told by name, and never committed over', async () => {
    using folder = new StateFolder()
    const [input] = (await topics('refused-in')) as [string]
    const output = await smallTopic('refused-out')
    const config = appConfig(folder.path)
    const { app, errors } = await run(growing(input, output), config)
    await produce(
      textRecords(input, [
        ['a', '1'],
        ['a', 'big'],
        ['a', '2'],
      ]),
    )
    const message = await failed(app, errors)
    assert.match(message, /^StreamsException: Error encountered sending record to topic refused-out/)
    assert.match(
      message,
      new RegExp(`for task 0_0 \\(sent by KSTREAM-SINK-\\d+ while ${input}-0@1 was processed\\)`),
    )
    assert.match(message, /raise max\.message\.bytes of topic refused-out/)
    assert.match(message, /FAIL the processing/)
    assert.ok((await committed(config)) <= 1n)
  })

  test('are passed over where the handler says so, and everything else goes on', async () => {
    using folder = new StateFolder()
    const [input, dlq] = (await topics('passed-in', 'passed-dlq')) as [string, string]
    const output = await smallTopic('passed-out')
    const { handler, contexts } = handlerOf((context, error) =>
      HandlerResponse.resume([deadLetter(dlq, context, error)]),
    )
    const config = appConfig(folder.path, { 'production.exception.handler': handler })
    const { app } = await run(growing(input, output), config)
    await produce(
      textRecords(input, [
        ['a', '1', 5],
        ['a', 'big', 6],
        ['a', '2', 7],
        ['b', 'big', 8],
        ['b', '3', 9],
      ]),
    )
    assert.deepEqual(values(await readUntil(output, ({ length }) => length >= 3)), ['1', '2', '3'])
    await until('all is committed', async () => (await committed(config)) === 5n)
    const places = contexts.map(({ topic, partition, offset, taskId, timestamp }) => [
      topic,
      partition,
      offset,
      taskId,
      timestamp,
    ])
    assert.deepEqual(places, [
      [input, 0, 1n, '0_0', 6],
      [input, 0, 3n, '0_0', 8],
    ])
    const dropped = app
      .metrics()
      .find(({ name, tags }) => name === 'dropped-records-total' && tags['task-id'] === '0_0')
    assert.equal(dropped?.value, 2)
    // They are there before the commit.
    const letters = await readUntil(dlq, ({ length }) => length >= 2)
    const headers = letters.map((each) =>
      Object.fromEntries(each.headers.map(({ key, value }) => [key, String(value)])),
    )
    assert.equal(
      headers[0]?.['__streams.errors.exception'],
      'org.apache.kafka.common.errors.RecordTooLargeException',
    )
    assert.deepEqual(
      headers.map((each) => [
        each['__streams.errors.topic'],
        each['__streams.errors.partition'],
        each['__streams.errors.offset'],
      ]),
      [
        [input, '0', '1'],
        [input, '0', '3'],
      ],
    )
    await app.close()
  })

  test('behind a repartition topic too, with where the record was read first', async () => {
    using folder = new StateFolder()
    const [input, dlq] = (await topics('hop-in', 'hop-dlq')) as [string, string]
    const output = await smallTopic('hop-out')
    const { handler } = handlerOf((context, error) =>
      HandlerResponse.resume([deadLetter(dlq, context, error)]),
    )
    const config = appConfig(folder.path, {
      'production.exception.handler': handler,
      'errors.dead.letter.queue.topic.name': dlq,
    })
    const builder = new StreamsBuilder()
    builder
      .stream(input, Consumed.with(text, text))
      .repartition(Repartitioned.with(text, text).withName('hop'))
      .mapValues((value) => value.repeat(500))
      .to(output, Produced.with(text, text))
    const { app } = await run(builder.build(), config)
    await produce(
      textRecords(
        input,
        [...'abc'].map((value) => [value, value === 'b' ? 'large' : value] as const),
      ),
    )
    const [letter] = await readUntil(dlq, ({ length }) => length > 0)
    const headers = Object.fromEntries(letter?.headers.map(({ key, value }) => [key, String(value)]) ?? [])
    assert.equal(headers['__streams.errors.topic'], `${config['application.id']}-hop-repartition`)
    assert.deepEqual(
      ['topic', 'partition', 'offset'].map((name) => headers[`__streams.errors.original.${name}`]),
      [input, '0', '1'],
    )
    assert.equal(headers['__streams.original'], undefined)
    await app.close()
  })

  test('and may be large in a batch of small ones: none of these is lost', async () => {
    using folder = new StateFolder()
    const [input] = (await topics('batch-in')) as [string]
    const output = await smallTopic('batch-out')
    const { handler, contexts } = handlerOf(() => HandlerResponse.resume())
    const given = Array.from({ length: 400 }, (_, i) => (i % 57 === 5 ? 'big' : `small ${i}`))
    await produce(
      textRecords(
        input,
        given.map((value) => ['a', value] as const),
      ),
    )
    const config = appConfig(folder.path, {
      'production.exception.handler': handler,
      'producer.linger.ms': 50,
    })
    const { app } = await run(growing(input, output), config)
    await until('all is committed', async () => (await committed(config)) === 400n)
    const small = given.filter((value) => value !== 'big')
    assert.deepEqual(values(await readUntil(output, ({ length }) => length >= small.length)), small)
    assert.deepEqual(
      contexts.map(({ offset }) => Number(offset)),
      given.flatMap((value, i) => (value === 'big' ? [i] : [])),
    )
    await app.close()
  })

  test('a dead letter that cannot be written stops the thread', async () => {
    using folder = new StateFolder()
    const [input] = (await topics('letters-in')) as [string]
    const [output, dlq] = [await smallTopic('letters-out'), await smallTopic('letters-dlq')]
    const { handler, contexts } = handlerOf((context, error) =>
      HandlerResponse.resume([{ ...deadLetter(dlq, context, error), value: Buffer.alloc(9_000) }]),
    )
    const config = appConfig(folder.path, { 'production.exception.handler': handler })
    const { app, errors } = await run(growing(input, output), config)
    await produce(textRecords(input, [['a', 'big']]))
    assert.match(
      await failed(app, errors),
      /record to topic letters-dlq.*-0@0 was processed.* It was a dead letter/,
    )
    assert.equal(contexts.length, 1)
    assert.equal(await committed(config), 0n)
  })

  test('what may pass is tried again from the last commit, with the state as it was', async () => {
    using folder = new StateFolder()
    const [input] = (await topics('again-in')) as [string]
    const output = uniqueName('again-out')
    const builder = new StreamsBuilder()
    builder
      .stream(input, Consumed.with(text, text))
      .groupByKey()
      .count()
      .toStream()
      .mapValues(String)
      .to(output, Produced.with(text, text))
    const config = appConfig(folder.path, {
      'default.key.serde': text,
      'default.value.serde': text,
      'producer.max.block.ms': 300,
    })
    const { app, errors, log } = await run(builder.build(), config)
    await produce(
      textRecords(input, [
        ['a', '1'],
        ['b', '2'],
      ]),
    )
    await until('the task begins anew', () => log.lines.filter((line) => /begin anew/.test(line)).length >= 2)
    assert.match(
      log.lines.find((line) => /begin anew/.test(line)) ?? '',
      new RegExp(`record to topic ${output} for task 0_0`),
    )
    // The application makes no topic that is not its own.
    await using admin = closing(kafka().admin())
    assert.deepEqual(await admin.describeTopics([output]), [])
    await createTopic(output)
    const table = await readUntil(output, ({ length }) => length >= 2)
    // At least once: the changelog may hold what was done in vain.
    assert.deepEqual(new Set(table.map(({ key }) => String(key))), new Set(['a', 'b']))
    await until('all is committed', async () => (await committed(config)) === 2n)
    assert.deepEqual(errors, [])
    await app.close()
  })

  test('what does not pass in task.timeout.ms stops the thread', async () => {
    using folder = new StateFolder()
    const [input] = (await topics('never-in')) as [string]
    const config = appConfig(folder.path, { 'producer.max.block.ms': 100, 'task.timeout.ms': 500 })
    const { app, errors } = await run(growing(input, uniqueName('never-out')), config)
    await produce(textRecords(input, [['a', '1']]))
    const message = await failed(app, errors)
    assert.match(
      message,
      /Task 0_0 has come no further than never-in\S+-0@0 for 500 ms \(task\.timeout\.ms\).*record to topic never-out/,
    )
    assert.equal(await committed(config), 0n)
  })
})
