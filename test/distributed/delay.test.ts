import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createTopic, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { TestCluster } from './test-cluster.ts'

const SESSION_MS = 6_000
const DELAY_MS = 5_000

const folder = mkdtempSync(join(tmpdir(), 'spillway-delay-'))
const topic = uniqueName('delay')
const connector = uniqueName('delayed')
const cluster = new TestCluster({
  'session.timeout.ms': String(SESSION_MS),
  'scheduled.rebalance.max.delay.ms': String(DELAY_MS),
})
after(async () => {
  await cluster.dispose()
  rmSync(folder, { recursive: true, force: true })
})

test('A70: with scheduled.rebalance.max.delay.ms the tasks of a dead worker wait so long before others get them', async () => {
  await createTopic(topic, 2)
  await cluster.start(2)
  const reply = await cluster.follower().rest('POST', '/connectors', {
    name: connector,
    config: {
      'connector.class': 'FileStreamSink',
      topics: topic,
      file: join(folder, 'out.txt'),
      'tasks.max': '4',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    },
  })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
  await cluster.untilState(connector, 'RUNNING', 4)
  await cluster.untilSpread(connector, 2)
  const victim = cluster.follower()
  const leader = cluster.leader()
  victim.kill('SIGKILL')
  await victim.exit
  const joined = (): string[] =>
    leader.output().match(/Joined the group in generation .*?with .*? tasks/g) ?? []
  const before = joined().length
  await until('the group has noticed', () => joined().length > before)
  const noticedAt = performance.now()
  const has = async (): Promise<number> => {
    const { tasks } = await cluster.status(connector, leader)
    return tasks.filter(({ worker_id }) => leader.url === `http://${worker_id}`).length
  }
  assert.equal(await has(), 2)
  await until('the leader has all tasks', async () => (await has()) === 4)
  const waited = performance.now() - noticedAt
  assert.ok(waited > DELAY_MS - 500 && waited < DELAY_MS + 4_000, `${waited} ms`)
})
