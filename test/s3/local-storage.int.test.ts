import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { LocalObjectStore } from '@spillway/framework'

import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const PARTITIONS = 2
const RECORDS = 20_000
const KILLS = 4

const folder = mkdtempSync(join(tmpdir(), 'spillway-local-'))
const topic = uniqueName('local')
let worker: WorkerProcess | undefined
after(async () => {
  await worker?.dispose()
  rmSync(folder, { recursive: true, force: true })
})

async function linesBelow(root: string): Promise<{ readonly keys: string[]; readonly lines: string[] }> {
  const store = new LocalObjectStore(root)
  const keys: string[] = []
  for await (const { key } of store.list('topics/')) keys.push(key)
  store.close()
  const lines = keys.flatMap((key) => readFileSync(join(root, key), 'utf8').split('\n').slice(0, -1))
  return { keys, lines }
}

test(`a worker that is killed ${KILLS} times writes every record into one file of a local directory`, async () => {
  await createTopic(topic, PARTITIONS)
  const root = join(folder, 'store')
  const connectors = [
    {
      name: uniqueName('local'),
      config: {
        'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
        'storage.class': 'io.spillway.storage.LocalStorage',
        'store.url': `file://${root}`,
        topics: topic,
        'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
        'flush.size': '1000000',
        'rotate.file.records': '700',
        'rotate.idle.ms': '500',
        's3.part.size': '5242880',
        'consumer.override.session.timeout.ms': '2000',
        'consumer.override.heartbeat.interval.ms': '500',
      },
    },
  ]
  await produce(
    Array.from({ length: RECORDS }, (_, i) => ({
      topic,
      partition: i % PARTITIONS,
      value: Buffer.from(JSON.stringify({ i })),
    })),
  )
  // While joining the group, consuming, writing or committing.
  const instants = [150, 500, 850, 1200]
  for (const instant of instants.slice(0, KILLS)) {
    worker = await WorkerProcess.start({ connectors })
    await new Promise((resolve) => setTimeout(resolve, instant))
    worker.kill('SIGKILL')
    await worker.dispose()
  }
  worker = await WorkerProcess.start({ connectors })
  await until('all records are there', async () => (await linesBelow(root)).lines.length >= RECORDS, 60_000)
  assert.equal(await worker.stop(), 0)
  const { keys, lines } = await linesBelow(root)
  const numbers = lines.map((line) => (JSON.parse(line) as { i: number }).i).toSorted((a, b) => a - b)
  assert.deepEqual(
    numbers,
    Array.from({ length: RECORDS }, (_, i) => i),
  )
  assert.ok(keys.every((key) => /^topics\/[^/]+\/partition=\d\/[^/]+\+\d\+\d{10}\.json$/.test(key)))
  assert.deepEqual(readdirSync(join(root, '.spillway', 'temporary')), [], 'nothing unfinished is left')
})
