import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Admin } from '../../framework/api/src/kafka/port.ts'
import {
  AutoOffsetReset,
  Consumed,
  Grouped,
  InvalidStateStoreException,
  KafkaStreams,
  Materialized,
  Produced,
  QueryableStoreTypes,
  Repartitioned,
  Serdes,
  StreamsBuilder,
  type StreamsConfig,
  type Topology,
} from '../../transforms/streams/src/index.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import {
  LogOfTest,
  StateFolder,
  appConfig,
  closedAtTheEnd,
  readUntil,
  startApp,
  textRecords,
} from './kafka-app.ts'

const text = Serdes.string()

async function withAdmin<T>(run: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka().admin()
  try {
    return await run(admin)
  } finally {
    await admin.close()
  }
}

async function made(...names: readonly string[]): Promise<string[]> {
  const unique = names.map((name) => uniqueName(name))
  for (const name of unique) await createTopic(name)
  return unique
}

function copying(input: string, output: string, consumed = Consumed.with(text, text)): Topology {
  const builder = new StreamsBuilder()
  builder.stream(input, consumed).to(output, Produced.with(text, text))
  return builder.build()
}

const numbers = (input: string, from: number, to: number) =>
  produce(
    textRecords(
      input,
      Array.from({ length: to - from }, (_, i) => ['k', String(from + i)] as const),
    ),
  )

const valuesOf = async (topic: string, isEnough: (values: readonly string[]) => boolean) => {
  const records = await readUntil(topic, (found) => isEnough(found.map(({ value }) => String(value))))
  return records.map(({ value }) => String(value))
}

/** A client whose threads end it, and why they did. */
async function started(topology: Topology, config: StreamsConfig) {
  const [log, errors] = [new LogOfTest(), [] as unknown[]]
  const app = closedAtTheEnd(new KafkaStreams(topology, config, { logger: log }))
  app.setUncaughtExceptionHandler((error) => {
    errors.push(error)
    return 'SHUTDOWN_CLIENT'
  })
  await app.start()
  await app.running()
  return { app, log, errors }
}

/** @param offset left out: the end of the input, over markers of transactions too */
const committedAll = async (config: StreamsConfig, offset?: bigint, input = '') =>
  await until('all is committed', async () => {
    const [offsets, end = offset] = await withAdmin(async (admin) => [
      await admin.listGroupOffsets(config['application.id'] as string),
      ...(offset === undefined ? await admin.listOffsets([{ topic: input, partition: 0 }], 'latest') : []),
    ])
    return offsets.some((each) => each.offset.offset === end)
  })

describe('an input that has lost what comes next', { concurrency: true }, () => {
  const earliest = ['0', '1', '2', '6', '7', 'new']
  for (const [name, global, own, expected] of [
    ['earliest', 'earliest', null, earliest],
    ['latest', 'latest', null, ['0', '1', '2', 'new']],
    ['earliest of the source', 'none', AutoOffsetReset.earliest(), earliest],
    ['latest of the source', 'earliest', AutoOffsetReset.latest(), ['0', '1', '2', 'new']],
    ['by duration of the source', 'none', AutoOffsetReset.byDuration(3_600_000), earliest],
    ['none', 'none', null, null],
    ['none of the source', 'earliest', AutoOffsetReset.none(), null],
  ] as const) {
    test(`is read on by its rule: ${name}`, async () => {
      using folder = new StateFolder()
      const [input, output] = (await made('purged-in', 'purged-out')) as [string, string]
      const consumed = Consumed.with(text, text)
      const topology = () =>
        copying(input, output, own === null ? consumed : consumed.withOffsetResetPolicy(own))
      const config = appConfig(folder.path)
      const first = await startApp(copying(input, output), config)
      await numbers(input, 0, 3)
      await committedAll(config, 3n)
      await first.close()
      await numbers(input, 3, 8)
      await withAdmin((admin) => admin.deleteRecords(new Map([[{ topic: input, partition: 0 }, 6n]])))
      const { app, log, errors } = await started(topology(), { ...config, 'auto.offset.reset': global })
      if (expected === null) {
        await app.ended()
        assert.match(
          String(errors[0]),
          new RegExp(
            `^StreamsException: No valid committed offset found: offset 3 is out of range .* input topic ${input} .partition 0.`,
          ),
        )
        return
      }
      await until('its rule has been used', () =>
        log.lines.some((line) => /offset 3 is out of range/.test(line)),
      )
      await produce(textRecords(input, [['k', 'new']]))
      assert.deepEqual(await valuesOf(output, (values) => values.includes('new')), expected)
      assert.deepEqual(errors, [])
      await app.close()
    })
  }

  test('and was made anew, shorter, while the application stood', async () => {
    using folder = new StateFolder()
    const [input, output] = (await made('anew-in', 'anew-out')) as [string, string]
    const config = appConfig(folder.path)
    const first = await startApp(copying(input, output), config)
    await numbers(input, 0, 5)
    await committedAll(config, 5n)
    await first.close()
    await withAdmin(async (admin) => {
      await admin.deleteTopics([input])
      await until('it is gone', async () => (await admin.describeTopics([input])).length === 0)
    })
    await createTopic(input)
    await numbers(input, 10, 12)
    const { app } = await started(copying(input, output), config)
    assert.deepEqual(await valuesOf(output, (values) => values.length >= 7), [
      '0',
      '1',
      '2',
      '3',
      '4',
      '10',
      '11',
    ])
    await app.close()
  })

  test('loses it while the application runs', async () => {
    using folder = new StateFolder()
    const [input, output] = (await made('running-in', 'running-out')) as [string, string]
    // One record a fetch: what is deleted has not been fetched ahead.
    const config = appConfig(folder.path, { 'max.partition.fetch.bytes': 100, 'fetch.max.bytes': 100 })
    const { app, log } = await started(copying(input, output), config)
    app.pause()
    await produce(
      Array.from({ length: 50 }, (_, i) => ({
        topic: input,
        value: Buffer.alloc(2_000_000 / 50, String(i % 10)),
      })),
    )
    for (let i = 0; i < 3; i++)
      await produce(Array.from({ length: 40 }, () => ({ topic: input, value: Buffer.alloc(900_000) })))
    const end = (
      await withAdmin((admin) => admin.listOffsets([{ topic: input, partition: 0 }], 'latest'))
    )[0] as bigint
    await withAdmin((admin) => admin.deleteRecords(new Map([[{ topic: input, partition: 0 }, end]])))
    app.resume()
    await until('it is told', () => log.lines.some((line) => /is read on from/.test(line)))
    await produce(textRecords(input, [['k', 'new']]))
    await valuesOf(output, (values) => values.includes('new'))
    assert.equal(app.state(), 'RUNNING')
    await app.close()
  })
})

describe('topics that change while the application runs', { concurrency: true }, () => {
  const quick = { 'metadata.max.age.ms': 300, 'default.key.serde': text, 'default.value.serde': text }

  test('more partitions of an input are more tasks', async () => {
    using folder = new StateFolder()
    const [input, output] = (await made('grown-in', 'grown-out')) as [string, string]
    const { app } = await started(copying(input, output), appConfig(folder.path, quick))
    await withAdmin((admin) => admin.createPartitions(input, 3))
    await until('there are three tasks', () =>
      app.metadataForLocalThreads().some(({ activeTasks }) => activeTasks.length === 3),
    )
    await until('they run', () => app.state() === 'RUNNING')
    await until('the new partition can be written to', async () => {
      const topics = await withAdmin((admin) => admin.describeTopics([input]))
      return topics[0]?.partitions === 3
    })
    await produce(textRecords(input, [['k', 'on 2', Date.now(), 2]]))
    await valuesOf(output, (values) => values.includes('on 2'))
    await app.close()
  })

  for (const [what, build] of [
    [
      'a store',
      (input: string) => (b: StreamsBuilder) => b.stream(input).groupByKey().count(Materialized.as('counts')),
    ],
    [
      'a repartition topic',
      (input: string) => (b: StreamsBuilder) => b.stream(input).repartition(Repartitioned.as('hop')),
    ],
  ] as const) {
    test(`more partitions of an input of ${what} are refused by name`, async () => {
      using folder = new StateFolder()
      const [input] = (await made('refused-in')) as [string]
      const builder = new StreamsBuilder()
      build(input)(builder)
      const { app, errors } = await started(builder.build(), appConfig(folder.path, quick))
      await withAdmin((admin) => admin.createPartitions(input, 3))
      await app.ended()
      assert.match(
        String(errors[0]),
        /Existing internal topic \S+-(counts-changelog|hop-repartition) has invalid partitions: expected 3, but found 1\. .*reset/,
      )
    })
  }

  test('an input that is deleted ends it by name', async () => {
    using folder = new StateFolder()
    const [input, output] = (await made('deleted-in', 'deleted-out')) as [string, string]
    const { app, errors } = await started(copying(input, output), appConfig(folder.path, quick))
    await withAdmin((admin) => admin.deleteTopics([input]))
    await app.ended()
    assert.match(
      String(errors[0]),
      new RegExp(`^MissingSourceTopicException: Source topics that do not exist: ${input}\\.`),
    )
  })
})

describe('topics of the application that are deleted while it runs', { concurrency: true }, () => {
  for (const guarantee of ['at_least_once', 'exactly_once_v2'] as const)
    for (const isBusy of [false, true])
      test(`a changelog is made anew and told of, its store is as it says: ${guarantee}${isBusy ? ', busy' : ''}`, async () => {
        using folder = new StateFolder()
        const [input] = (await made('log-in')) as [string]
        const builder = new StreamsBuilder()
        builder
          .stream(input, Consumed.with(text, text))
          .groupByKey(Grouped.with(text, text))
          .count(Materialized.as('counts'))
        const config = appConfig(folder.path, { 'processing.guarantee': guarantee })
        const { app, log, errors } = await started(builder.build(), config)
        const count = (): bigint | null => {
          try {
            return app.store('counts', QueryableStoreTypes.keyValueStore<string, bigint>()).get('k')
          } catch (error) {
            // The task is on its way.
            if (error instanceof InvalidStateStoreException) return null
            throw error
          }
        }
        await numbers(input, 0, 3)
        await until('it counts', () => count() === 3n)
        await committedAll(config, undefined, input)
        const topic = `${config['application.id']}-counts-changelog`
        await withAdmin((admin) => admin.deleteTopics([topic]))
        let sent = 3
        const isTold = (): boolean =>
          log.lines.some((line) =>
            line.includes(`the changelog topic ${topic} was deleted, with what it held`),
          ) && log.lines.some((line) => /tasks 0_0 begin anew .* was deleted: their stores/.test(line))
        await until('it is told', async () => {
          if (isBusy) await numbers(input, sent, ++sent)
          return isTold()
        })
        await until('it goes on', () => app.state() === 'RUNNING')
        await numbers(input, sent, ++sent)
        // What came while the topic was not there is counted once or twice, or was lost with it.
        await until('it counts again', () => (isBusy ? (count() ?? 0n) >= 1n : count() === 1n))
        await committedAll(config, undefined, input)
        assert.deepEqual(errors, [], log.lines.join('\n'))
        await app.close()
      })

  for (const guarantee of ['at_least_once', 'exactly_once_v2'] as const)
    test(`a repartition topic is made anew and told of, and what comes then goes through it: ${guarantee}`, async () => {
      using folder = new StateFolder()
      const [input, output] = (await made('hop-in', 'hop-out')) as [string, string]
      const builder = new StreamsBuilder()
      builder
        .stream(input, Consumed.with(text, text))
        .repartition(Repartitioned.as<string, string>('hop').withKeySerde(text).withValueSerde(text))
        .to(output, Produced.with(text, text))
      const config = appConfig(folder.path, { 'processing.guarantee': guarantee })
      const { app, log, errors } = await started(builder.build(), config)
      await numbers(input, 0, 3)
      await valuesOf(output, (values) => values.length === 3)
      const topic = `${config['application.id']}-hop-repartition`
      await withAdmin((admin) => admin.deleteTopics([topic]))
      await until('it is told', () =>
        log.lines.some((line) => line.includes(`the repartition topic ${topic} was deleted`)),
      )
      // As many as the topic before had, or more: an offset of it would pass over them.
      await numbers(input, 3, 8)
      assert.deepEqual(await valuesOf(output, (values) => values.includes('7')), '01234567'.split(''))
      assert.deepEqual(errors, [], log.lines.join('\n'))
      assert.equal(app.state(), 'RUNNING')
      await app.close()
    })
})

describe('a changelog that has lost what a store lacks', () => {
  const counting = (input: string) => {
    const builder = new StreamsBuilder()
    builder
      .stream(input, Consumed.with(text, text))
      .groupByKey(Grouped.with(text, text))
      .count(
        Materialized.as<string, bigint>('counts').withLoggingEnabled({ 'cleanup.policy': 'compact,delete' }),
      )
    return builder.build()
  }
  const keys = Array.from({ length: 1_500 }, (_, i) => `key-${i}`)
  const round = (input: string) =>
    produce(
      textRecords(
        input,
        keys.map((key) => [key, 'x'] as const),
      ),
    )

  for (const where of ['before the restore begins', 'in the middle of the restore'] as const) {
    test(`${where}: the store is as the changelog is`, async () => {
      using folder = new StateFolder()
      using second = new StateFolder()
      const [input] = (await made('lost-log')) as [string]
      const config = appConfig(folder.path)
      const changelog = { topic: `${config['application.id']}-counts-changelog`, partition: 0 }
      const first = await startApp(counting(input), config)
      await round(input)
      await committedAll(config, 1_500n)
      await first.close()
      // Another machine goes on, so that the state of the first one falls behind.
      const other = await startApp(counting(input), { ...config, 'state.dir': second.path })
      await round(input)
      await committedAll(config, 3_000n)
      await other.close()
      const purge = () => withAdmin((admin) => admin.deleteRecords(new Map([[changelog, 2_000n]])))
      let purged: Promise<unknown> | undefined
      if (where === 'before the restore begins') await purge()
      await using app = new KafkaStreams(
        counting(input),
        {
          ...config,
          'restore.consumer.max.poll.records': 1,
          'restore.consumer.max.partition.fetch.bytes': 100,
          'restore.consumer.fetch.max.bytes': 100,
          'restore.consumer.fetch.ahead.bytes': 100,
          ...(where === 'in the middle of the restore' ? { 'state.dir': `${second.path}/none` } : {}),
        },
        { logger: new LogOfTest() },
      )
      app.setGlobalStateRestoreListener({
        onBatchRestored: () => {
          if (where !== 'before the restore begins') purged ??= purge()
        },
      })
      await app.start()
      await app.running()
      await purged
      const store = app.store('counts', QueryableStoreTypes.keyValueStore<string, bigint>())
      const found = keys.map((key) => store.get(key))
      assert.deepEqual(
        found,
        keys.map((_, i) => (i < 500 ? null : 2n)),
      )
      await app.close()
    })
  }
})
