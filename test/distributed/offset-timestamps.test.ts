import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { TestCluster } from './test-cluster.ts'

const topic = uniqueName('times')
const folder = mkdtempSync(join(tmpdir(), 'spillway-times-'))
const file = join(folder, 'out.txt')
const cluster = new TestCluster()

const at = (partition: number, offset: unknown): unknown => ({
  partition: { kafka_topic: topic, kafka_partition: partition },
  offset,
})
const patch = async (...offsets: unknown[]): Promise<{ status: number; body: unknown }> =>
  await cluster.follower().rest('PATCH', '/connectors/times/offsets', { offsets })

before(async () => {
  await createTopic(topic, 2)
  await produce(
    [1_000, 2_000, 3_000].map((timestamp) => ({
      topic,
      partition: 0,
      value: Buffer.from(`at ${timestamp}`),
      timestamp,
    })),
  )
  await cluster.start(2)
  const reply = await cluster.follower().rest('POST', '/connectors', {
    name: 'times',
    config: {
      'connector.class': 'FileStreamSink',
      topics: topic,
      file,
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    },
    initial_state: 'STOPPED',
  })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
})
after(async () => {
  await cluster.dispose()
  rmSync(folder, { recursive: true, force: true })
})

suite('offsets by their time, asked of any worker', () => {
  test('are those of the first record of then or later, and the end where there is none', async () => {
    const reply = await patch(at(0, { kafka_timestamp: 5_000 }), at(1, { kafka_timestamp: '0' }))
    assert.equal(reply.status, 200, JSON.stringify(reply.body))
    const read = async (): Promise<unknown> =>
      (await cluster.follower().rest('GET', '/connectors/times/offsets')).body
    assert.deepEqual(await read(), { offsets: [at(0, { kafka_offset: 3 }), at(1, { kafka_offset: 0 })] })
    assert.equal((await patch(at(0, { kafka_timestamp: 1_500 }))).status, 200)
    assert.deepEqual(await read(), { offsets: [at(0, { kafka_offset: 1 }), at(1, { kafka_offset: 0 })] })
  })

  test('are where the connector goes on', async () => {
    await cluster.follower().rest('PUT', '/connectors/times/resume')
    const lines = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')
    await until('the records from then on', () => lines().includes('at 3000'))
    assert.equal(lines(), 'at 2000\nat 3000\n')
    await cluster.follower().rest('PUT', '/connectors/times/stop')
    await cluster.untilState('times', 'STOPPED', 0)
  })

  test('are refused where they make no sense, and nothing is changed', async () => {
    for (const [offset, why] of [
      [{ kafka_timestamp: 'noon' }, /Failed to parse the following Kafka timestamp value .* 'noon'/],
      [{ kafka_timestamp: 1, kafka_offset: 1 }, /only one of the keys/],
      [{}, /should either be null or contain the key 'kafka_offset'/],
    ] as const) {
      const { status, body } = await patch(at(0, offset))
      assert.equal(status, 400)
      assert.match((body as { message: string }).message, why)
    }
    const { status, body } = await patch(at(7, { kafka_timestamp: 1 }))
    assert.equal(status, 400)
    assert.match(
      (body as { message: string }).message,
      /times-.*-7 at the kafka_timestamp 1 .*no such partition/,
    )
  })
})
