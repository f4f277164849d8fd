import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { OrdersTable } from '../../scripts/quickstart/orders-table.ts'
import { orderRecords } from '../../scripts/quickstart/orders.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { TestBucket } from '../support/objects.ts'
import { createTopic, produce } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const examples = join(import.meta.dirname, '..', '..', 'config-examples')
const folder = mkdtempSync(join(tmpdir(), 'spillway-examples-'))
const { kafka, s3 } = endpointsFromEnv()
const table = new OrdersTable(join(folder, 'orders.db'))

/** An example with the addresses of this stack in place of the default ones. */
function example(name: string): string {
  const text = readFileSync(join(examples, name), 'utf8')
    .replaceAll('127.0.0.1:29092', kafka.bootstrapServers)
    .replaceAll('http://127.0.0.1:29000', s3.endpoint)
    .replaceAll('http://127.0.0.1:8083', 'http://127.0.0.1:0')
    .replaceAll('.stack/orders.db', table.file)
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

let worker: WorkerProcess | undefined
after(async () => {
  await worker?.dispose()
  rmSync(folder, { recursive: true, force: true })
})

test('worker-standalone.json, s3-orders.json and jdbc-sqlite.json write orders to objects by country and to a table', async () => {
  const bucket = await TestBucket.create('spillway-quickstart')
  await createTopic('orders', 1)
  await produce(orderRecords('orders', 0, 600).map((record) => ({ ...record, partition: 0 })))
  const files = ['worker-standalone.json', 's3-orders.json', 'jdbc-sqlite.json'].map(example)
  worker = WorkerProcess.run(['standalone', ...files])
  await worker.ready()
  try {
    // What begins with an underscore is the connector's own bookkeeping.
    const dataKeys = async (): Promise<string[]> =>
      (await bucket.keys()).filter((key) => !/(^|\/)_/.test(key))
    const allLines = async (): Promise<string[]> =>
      (await Promise.all((await dataKeys()).map((key) => bucket.lines(key)))).flat()
    // 500 by flush.size; the schedule of the example may cut them into more files, at the turn of a minute.
    await until('500 orders are written', async () => {
      // This S3 server lists an object a moment before it serves it.
      const lines = await allLines().catch((error: Error) =>
        error.name === 'NoSuchKey' ? [] : Promise.reject(error),
      )
      return lines.length >= 500
    })
    const ids = (await allLines()).map((line) => (JSON.parse(line) as { orderId: string }).orderId)
    assert.equal(new Set(ids).size, ids.length, 'no order twice')
    for (const key of await dataKeys()) {
      const country = /country=(\w+)\//.exec(key)?.[1]
      for (const line of await bucket.lines(key)) {
        assert.equal((JSON.parse(line) as { country: string }).country, country)
      }
    }
    await until('600 rows are written', async () => table.count() === 600)
    assert.deepEqual(
      table.summary().map((line) => line.split('  ').slice(0, 2)),
      ['DE', 'FR', 'KR', 'US'].map((country) => [country, '150 orders']),
    )
    assert.equal(await worker.stop(), 0)
  } finally {
    bucket.close()
  }
})
