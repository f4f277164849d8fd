import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { GroupLog } from '../support/group-log.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-groups-'))

after(() => rmSync(folder, { recursive: true, force: true }))

test('a cluster, a preview and dlq show make no group beside those of the cluster and its connectors', async () => {
  await using groups = await GroupLog.start()
  const cluster = uniqueName('groups')
  const topic = `${cluster}-topic`
  const name = `${cluster}-sink`
  await createTopic(topic, 2)
  const values = ['a', 'b', 'c', 'd']
  await produce(values.map((value, i) => ({ topic, partition: i % 2, value: Buffer.from(value) })))
  const worker = await WorkerProcess.start({ cluster })
  try {
    const file = join(folder, name)
    const config = {
      'connector.class': 'FileStreamSink',
      topics: topic,
      file,
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    }
    await until('the worker has joined', async () => (await worker.rest('GET', '/health')).status === 200)
    const reply = await worker.rest('POST', '/connectors', { name, config })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    await until(
      'the records are written',
      () => existsSync(file) && readFileSync(file, 'utf8').split('\n').length === 5,
    )
    for (const topics of [{ topics: topic }, { 'topics.regex': `${topic}|none`, topics: '' }]) {
      const preview = await worker.rest('POST', '/connector-plugins/FileStreamSink/preview', {
        config: { ...config, ...topics, name: `${cluster}-preview` },
        records: 3,
      })
      assert.equal(preview.status, 200, JSON.stringify(preview.body))
      assert.equal((preview.body as { records: unknown[] }).records.length, 3)
    }
    const show = WorkerProcess.run(
      ['dlq', 'show', topic, '--json', '--bootstrap-server', endpointsFromEnv().kafka.bootstrapServers],
      mkdtempSync(join(folder, 'show-')),
    )
    assert.equal(await show.exit, 0, show.output())
    assert.equal(show.output().trimEnd().split('\n').length, values.length)
  } finally {
    assert.equal(await worker.stop(), 0)
    await worker.dispose()
  }
  assert.deepEqual(await groups.naming(cluster), [cluster, `connect-${name}`].sort())
})
