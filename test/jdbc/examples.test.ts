import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { orderOf } from '../../scripts/quickstart/orders.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase, type TestDatabase } from './support/databases.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'config-examples')
const ORDERS = 400

let worker: WorkerProcess

before(async () => {
  worker = await WorkerProcess.start()
})

after(async () => {
  await worker.dispose()
})

for (const [file, open] of [
  ['jdbc-postgresql.json', postgresDatabase],
  ['jdbc-mysql.json', mysqlDatabase],
  ['jdbc-sqlite.json', sqliteDatabase],
] as const) {
  test(`config-examples/${file} writes the orders of the quickstart`, async () => {
    await using database: TestDatabase = await open()
    const example = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as {
      name: string
      config: Record<string, string>
    }
    const topic = uniqueName('orders')
    await createTopic(topic, 2)
    await produce(
      Array.from({ length: ORDERS }, (_, i) => ({
        topic,
        partition: i % 2,
        value: Buffer.from(JSON.stringify(orderOf(i, 1_700_000_000_000 + i))),
      })),
    )
    // The database and the topic of this test; everything else is the file's.
    const name = uniqueName(example.name)
    const queue = { 'errors.deadletterqueue.topic.name': `${topic}-dlq` }
    const config = {
      ...example.config,
      'connection.url': database.url,
      topics: topic,
      ...('errors.deadletterqueue.topic.name' in example.config && queue),
    }
    const reply = await worker.rest('POST', '/connectors', { name, config })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    const table = database.quote(topic)
    await until('all orders are there', async () => {
      const rows = await database.query(`SELECT count(*) AS n FROM ${table}`).catch(() => [])
      return Number(rows[0]?.['n']) === ORDERS
    })
    const quoted = ['orderId', 'total', 'items'].map((column) => database.quote(column)).join(', ')
    const expected = orderOf(123, 0)
    const [row] = await database.query(
      `SELECT ${quoted} FROM ${table} WHERE ${database.quote('orderId')} = '${expected.orderId}'`,
    )
    const items: unknown = typeof row?.['items'] === 'string' ? JSON.parse(row['items']) : row?.['items']
    assert.equal(Number(row?.['total']), expected.total)
    assert.equal((items as { sku: string }[])[0]?.sku, expected.items[0]?.sku)
    await worker.rest('DELETE', `/connectors/${name}`)
  })
}
