import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { uniqueName } from '../support/topics.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-example-'))
let worker: WorkerProcess | undefined
after(async () => {
  await worker?.dispose()
  rmSync(folder, { recursive: true, force: true })
})

test('worker-distributed.json starts a worker that serves', async () => {
  const path = join(import.meta.dirname, '..', '..', 'config-examples', 'worker-distributed.json')
  const example = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
  const group = uniqueName('example')
  const file = join(folder, 'worker-distributed.json')
  const own = {
    'bootstrap.servers': endpointsFromEnv().kafka.bootstrapServers,
    listeners: 'http://127.0.0.1:0',
    'group.id': group,
    'config.storage.topic': `${group}-configs`,
    'offset.storage.topic': `${group}-offsets`,
    'status.storage.topic': `${group}-status`,
  }
  for (const key of Object.keys(own)) assert.ok(key in example, `the example has ${key}`)
  writeFileSync(file, JSON.stringify({ ...example, ...own }))
  worker = WorkerProcess.run(['distributed', file])
  await worker.ready()
  assert.deepEqual((await worker.rest('GET', '/connectors')).body, [])
  assert.equal(await worker.stop(), 0)
})
