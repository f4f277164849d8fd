import assert from 'node:assert/strict'
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createTopic, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-places-'))
const workers: WorkerProcess[] = []
after(async () => {
  for (const worker of workers) await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

/** The places below the temporary folder that workers run in. */
const places = (): string[] =>
  readdirSync(folder).filter((name) => /^spillway-\d+-.*-[\da-f]{32}$/.test(name))

test('workers without buffer.dir have a place each, of their user alone, and what one that was killed leaves goes', async () => {
  const topic = uniqueName('places')
  await createTopic(topic, 1)
  const start = async (): Promise<WorkerProcess> => {
    const config = {
      'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
      'storage.class': 'io.spillway.storage.LocalStorage',
      'store.url': join(folder, 'store'),
      'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
      'flush.size': '10',
      topics: topic,
    }
    const worker = await WorkerProcess.start({
      config: { 'buffer.dir': '' },
      env: { TMPDIR: folder },
      connectors: [{ name: uniqueName('places'), config }],
    })
    workers.push(worker)
    return worker
  }
  const first = await start()
  await until('the first task has a place', () => places().length === 1)
  const [ofTheFirst = ''] = places()
  assert.equal(lstatSync(join(folder, ofTheFirst)).mode & 0o777, 0o700)
  const second = await start()
  await until('the second task has one too', () => places().length === 2)
  assert.ok(places().includes(ofTheFirst))
  first.kill('SIGKILL')
  await first.exit
  const third = await start()
  await until('the third one too', () => places().length === 2 && !places().includes(ofTheFirst))
  assert.equal(await second.stop(), 0)
  assert.equal(await third.stop(), 0)
  assert.deepEqual(places(), [])
})
