import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  Consumed,
  KafkaStreams,
  Produced,
  Serdes,
  StreamsBuilder,
  type StreamsConfig,
  type Topology,
} from '../../transforms/streams/src/index.ts'
import { closing } from '../support/closing.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { counting } from './counting.ts'
import {
  LogOfTest,
  StateFolder,
  appConfig,
  closedAtTheEnd,
  newest,
  readUntil,
  startApp,
  textRecords,
} from './kafka-app.ts'
import { StreamsProcess } from './streams-process.ts'

const partitions = 4
const keys = Array.from({ length: partitions }, (_, i) => `key-${i}`)
/** Longer than any test waits: whoever has left and is not gone holds its tasks. */
const staticConfig = { 'session.timeout.ms': 120_000, 'heartbeat.interval.ms': 300 }

async function topics(): Promise<readonly [input: string, output: string]> {
  const names = [uniqueName('static-in'), uniqueName('static-out')] as const
  for (const name of names) await createTopic(name, partitions)
  return names
}

const round = (input: string) =>
  produce(
    textRecords(
      input,
      keys.map((key, partition) => [key, 'x', Date.now(), partition]),
    ),
  )

const counted = (output: string, count: number) =>
  readUntil(output, (found) => keys.every((key) => Number(newest(found).get(key)) >= count))

async function membersOf(config: StreamsConfig): Promise<readonly string[]> {
  await using admin = closing(kafka().admin())
  try {
    const { members } = await admin.describeGroup(config['application.id'] as string)
    return members.map(({ groupInstanceId }) => groupInstanceId ?? '').sort()
  } finally {
  }
}

function copying(input: string, output: string): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream(input, Consumed.with(Serdes.string(), Serdes.string()))
    .to(output, Produced.with(Serdes.string(), Serdes.string()))
  return builder.build()
}

/** A client that is to end of an error. */
async function started(topology: Topology, config: StreamsConfig) {
  const [log, errors] = [new LogOfTest(), [] as unknown[]]
  const app = closedAtTheEnd(new KafkaStreams(topology, config, { logger: log }))
  app.setUncaughtExceptionHandler((error) => {
    errors.push(error)
    return 'SHUTDOWN_CLIENT'
  })
  await app.start()
  return { app, log, errors, [Symbol.asyncDispose]: async () => void (await app.close()) }
}

describe('static members', { concurrency: true }, () => {
  test('a process that ends, or is killed, and comes back has its tasks again, and nobody rebalances', async () => {
    using folder = new StateFolder()
    using otherFolder = new StateFolder()
    const [input, output] = await topics()
    const config = appConfig(folder.path, { ...staticConfig, 'group.instance.id': 'one' })
    const others = { ...config, 'state.dir': otherFolder.path, 'group.instance.id': 'two' }
    await using other = StreamsProcess.counting(input, output, others)
    let one = StreamsProcess.counting(input, output, config)
    await using stack = new AsyncDisposableStack()
    stack.use(one)
    const hasHalf = ({ app }: typeof one): boolean =>
      app.state === 'RUNNING' && app.tasks.length === partitions / 2
    try {
      await until('each has half of the tasks', () => hasHalf(one) && hasHalf(other))
      assert.deepEqual(await membersOf(config), ['one-1', 'two-1'])
      await round(input)
      await counted(output, 1)
      const { generation, assignments } = other.app
      const tasks = [...one.app.tasks].sort()
      for (const [index, end] of (['stop', 'kill'] as const).entries()) {
        await one.process[end]()
        await round(input)
        one = StreamsProcess.counting(input, output, config)
        stack.use(one)
        await until('it has its tasks again', () => hasHalf(one))
        assert.deepEqual([...one.app.tasks].sort(), tasks)
        await counted(output, 2 + index)
      }
      assert.deepEqual([other.app.generation, other.app.assignments], [generation, assignments])
      assert.equal(one.app.generation, generation)
    } catch (error) {
      process.stderr.write(`--one\n${one.app.shown()}\n--other\n${other.app.shown()}\n`)
      throw error
    }
  })

  for (const guarantee of ['at_least_once', 'exactly_once_v2'] as const)
    test(`the older one of two with one group.instance.id ends by name: ${guarantee}`, async () => {
      using folder = new StateFolder()
      using otherFolder = new StateFolder()
      const [input, output] = await topics()
      const config = appConfig(folder.path, {
        ...staticConfig,
        'group.instance.id': 'same',
        'processing.guarantee': guarantee,
        // The commit notices before the next heartbeat.
        'heartbeat.interval.ms': 30_000,
      })
      await using older = await started(counting(input, output), config)
      await older.app.running()
      await round(input)
      await counted(output, 1)
      await using newer = await started(counting(input, output), { ...config, 'state.dir': otherFolder.path })
      await newer.app.running()
      await round(input)
      await older.app.ended()
      assert.equal(older.app.state(), 'ERROR')
      assert.match(
        String(older.errors[0]),
        /^FencedInstanceIdError: .*FENCED_INSTANCE_ID.* Give each member a group\.instance\.id of its own; .*$/,
        older.log.lines.join('\n'),
      )
      assert.equal(older.errors.length, 1)
      await round(input)
      await counted(output, 3)
      assert.equal(newer.app.state(), 'RUNNING', newer.log.lines.join('\n'))
      assert.deepEqual(newer.errors, [])
    })

  test('a thread that is removed, and a client that is told to, leave the group', async () => {
    using folder = new StateFolder()
    const [input, output] = await topics()
    const config = appConfig(folder.path, {
      ...staticConfig,
      'group.instance.id': 'two',
      'num.stream.threads': 2,
    })
    await using app = await startApp(counting(input, output), config)
    await until('each thread has half of the tasks', () =>
      app.metadataForLocalThreads().every(({ activeTasks }) => activeTasks.length === partitions / 2),
    )
    assert.deepEqual(await membersOf(config), ['two-1', 'two-2'])
    await app.removeStreamThread()
    await until('the other one has all of them', () =>
      app.metadataForLocalThreads().every(({ activeTasks }) => activeTasks.length === partitions),
    )
    assert.deepEqual(await membersOf(config), ['two-1'])
    await round(input)
    await counted(output, 1)
    await app.close({ leaveGroup: true })
    assert.deepEqual(await membersOf(config), [])
  })

  test('one that comes back with another topology takes nothing of what the one before had', async () => {
    using folder = new StateFolder()
    const [input, output] = await topics()
    const [input2, output2] = await topics()
    const config = appConfig(folder.path, { ...staticConfig, 'group.instance.id': 'changed' })
    const first = await startApp(copying(input, output), config)
    await first.close()
    assert.deepEqual(await membersOf(config), ['changed-1'])
    await using second = await startApp(copying(input2, output2), config)
    await round(input2)
    await readUntil(output2, (found) => found.length >= partitions)
    assert.equal(second.state(), 'RUNNING')
  })

  test('the leader that comes back looks after its topics: one with more partitions has more tasks', async () => {
    using folder = new StateFolder()
    const [input, output] = await topics()
    const config = appConfig(folder.path, {
      ...staticConfig,
      'group.instance.id': 'leads',
      'metadata.max.age.ms': 300,
    })
    const first = await startApp(copying(input, output), config)
    await first.close()
    await using second = await startApp(copying(input, output), config)
    await using admin = closing(kafka().admin())
    await admin.createPartitions(input, partitions + 2)
    await until('there are more tasks', () =>
      second.metadataForLocalThreads().some(({ activeTasks }) => activeTasks.length === partitions + 2),
    )
  })
})
