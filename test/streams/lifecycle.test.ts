import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  KafkaStreams,
  type StreamThreadExceptionResponse,
  type StreamsConfig,
} from '../../transforms/streams/src/index.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
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

async function topics(): Promise<readonly [input: string, output: string]> {
  const names = [uniqueName('life-in'), uniqueName('life-out')] as const
  for (const name of names) await createTopic(name, 2)
  return names
}

const records = (input: string, ...values: string[]) =>
  produce(
    textRecords(
      input,
      values.map((value) => ['a', value, Date.now(), 0] as const),
    ),
  )

describe('the life of a client', { concurrency: true }, () => {
  test('threads are added and removed, under the lowest names that are free', async () => {
    using folder = new StateFolder()
    const [input, output] = await topics()
    await using app = await startApp(counting(input, output), appConfig(folder.path))
    assert.equal(app.addStreamThread(), 'StreamThread-2')
    assert.deepEqual(await Promise.all([app.removeStreamThread(), app.removeStreamThread()]), [
      'StreamThread-2',
      'StreamThread-1',
    ])
    assert.equal(await app.removeStreamThread(), null)
    assert.deepEqual(app.metadataForLocalThreads(), [])
    assert.equal(app.addStreamThread(), 'StreamThread-1')
    await records(input, 'x')
    await readUntil(output, (found) => newest(found).get('a') === '1')
    await app.close()
    assert.equal(app.addStreamThread(), null)
    assert.equal(await app.removeStreamThread(), null)
  })

  test('close gives up waiting in time, and ends all the same', async () => {
    using folder = new StateFolder()
    const [input, output] = await topics()
    await using app = await startApp(counting(input, output), appConfig(folder.path))
    await assert.rejects(app.close({ timeoutMs: -1 }), { message: "Timeout can't be negative." })
    assert.equal(app.state(), 'RUNNING')
    assert.equal(await app.close({ timeoutMs: 0 }), false)
    assert.equal(app.state(), 'PENDING_SHUTDOWN')
    assert.equal(await app.close({ timeoutMs: 60_000 }), true)
    assert.equal(app.state(), 'NOT_RUNNING')
    assert.equal(await app.close(), true)
  })

  /** An application whose thread dies of a record, once for each time that it is tried. */
  async function failing(
    config: StreamsConfig,
    input: string,
    output: string,
    respond: (errors: readonly unknown[]) => StreamThreadExceptionResponse,
  ) {
    const [errors, log] = [[] as unknown[], new LogOfTest()]
    const app = closedAtTheEnd(new KafkaStreams(counting(input, output), config, { logger: log }))
    app.setUncaughtExceptionHandler((error) => {
      errors.push(error)
      return respond(errors)
    })
    await app.start()
    await app.running()
    return { app, errors, log }
  }

  test('a thread that dies is replaced, and the client shuts down when the handler says so', async () => {
    using folder = new StateFolder()
    const [input, output] = await topics()
    const { app, errors } = await failing(appConfig(folder.path), input, output, (all) =>
      all.length < 3 ? 'REPLACE_THREAD' : 'SHUTDOWN_CLIENT',
    )
    await records(input, 'x', 'fail')
    await app.ended()
    assert.equal(app.state(), 'ERROR')
    assert.equal(errors.length, 3)
    assert.match(String(errors[0]), /Exception caught in process\. taskId=0_0, .*offset=1/)
    assert.equal(await app.close(), true)
    assert.equal(app.state(), 'ERROR')
  })

  test('an application shuts down in all its clients', async () => {
    using folder = new StateFolder()
    using second = new StateFolder()
    const [input, output] = await topics()
    const config = appConfig(folder.path)
    const clients = [
      await failing(config, input, output, () => 'SHUTDOWN_APPLICATION'),
      await failing({ ...config, 'state.dir': second.path }, input, output, () => 'SHUTDOWN_APPLICATION'),
    ]
    // Whoever reads it dies, and the other one hears of it.
    await records(input, 'x', 'fail')
    await Promise.all(clients.map(async ({ app }) => await app.ended()))
    assert.deepEqual(
      clients.map(({ app }) => app.state()),
      ['ERROR', 'ERROR'],
    )
    const lines = clients.map(({ log }) => log.lines)
    const told = lines.map((each) => each.filter((line) => /one of its clients has asked/.test(line)).length)
    assert.deepEqual(told, [1, 1], lines.map((each) => each.join('\n')).join('\n--\n'))
    assert.equal(clients.flatMap(({ errors }) => errors).length, 1)
    for (const { app } of clients) await app.close()
  })

  test('a topology that differs is refused, and the one that runs goes on', async () => {
    using folder = new StateFolder()
    using second = new StateFolder()
    const [input, output] = await topics()
    const config = appConfig(folder.path)
    await using app = await startApp(counting(input, output), config)
    const log = new LogOfTest()
    await using other = new KafkaStreams(
      counting(input, `${output}-2`),
      { ...config, 'state.dir': second.path },
      { logger: log },
    )
    const errors: unknown[] = []
    other.setUncaughtExceptionHandler((error) => {
      errors.push(error)
      return 'SHUTDOWN_CLIENT'
    })
    await other.start()
    await other.ended()
    assert.match(String(errors[0]), /StreamThread-1-consumer.* run another topology than this one/)
    await records(input, 'x')
    await readUntil(output, (found) => newest(found).get('a') === '1')
    assert.equal(app.state(), 'RUNNING')
  })

  test('state that nobody has used for state.cleanup.delay.ms is deleted, and no other', async () => {
    using folder = new StateFolder()
    const [input, output] = await topics()
    const config = appConfig(folder.path, { 'state.cleanup.delay.ms': 300 })
    const path = join(folder.path, config['application.id'] as string)
    mkdirSync(join(path, '7_7'), { recursive: true })
    writeFileSync(join(path, '7_7', 'stores.sqlite'), '')
    const longAgo = new Date(Date.now() - 1_000_000)
    utimesSync(join(path, '7_7', 'stores.sqlite'), longAgo, longAgo)
    const log = new LogOfTest()
    await using _app = await startApp(counting(input, output), config, log)
    const until = Date.now() + 30_000
    while (existsSync(join(path, '7_7'))) {
      assert.ok(Date.now() < until, log.lines.join('\n'))
      await records(input, 'x')
    }
    assert.deepEqual(
      readdirSync(path).filter((name) => /^\d/.test(name)),
      ['0_0', '0_1'],
    )
  })
})
