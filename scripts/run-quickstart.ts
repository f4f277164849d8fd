/**
 * `npm run quickstart` after the installation: builds, starts Kafka and S3, produces orders, runs a worker with three
 * files of config-examples/, and shows the objects and the rows it writes. The servers and the worker go on in the
 * background; `npm run quickstart -- --stop` ends them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { platformaticClient, TopicExistsError } from '../framework/src/kafka/index.ts'
import { type Endpoints, endpointsFromEnv, startStack } from '../stack/stack.ts'
import { BackgroundWorker } from './quickstart/background-worker.ts'
import { Bucket } from './quickstart/bucket.ts'
import { OrdersTable } from './quickstart/orders-table.ts'
import { orderOf, orderRecords } from './quickstart/orders.ts'
import { untilWritten } from './quickstart/until-written.ts'
import { runStep } from './run-command.ts'

const TOPIC = 'orders'
const ORDERS_PER_TICK = 100
const GIVE_UP_MS = 60_000
/** As config-examples/worker-standalone.json names it. */
const REST = 'http://127.0.0.1:8083'

const root = join(import.meta.dirname, '..')
const folder = join(root, '.stack')
const background = new BackgroundWorker(folder)
/** As config-examples/jdbc-sqlite.json names it, from the root. */
const table = new OrdersTable(join(folder, 'orders.db'))

let lastLogged = 0

const { values } = parseArgs({ options: { stop: { type: 'boolean', default: false } } })
process.exitCode = values.stop ? await stopAll() : await quickstart()

async function quickstart(): Promise<number> {
  const started = performance.now()
  if ((await runStep({ title: 'build', command: 'tsc', args: ['-b', 'spillway'] })) !== 0) return 1
  console.log('\n== Kafka and S3')
  await startStack(['kafka', 's3'], {
    report: (line) => console.log(line),
  })
  const endpoints = endpointsFromEnv()
  const kafka = platformaticClient({ bootstrapServers: [endpoints.kafka.bootstrapServers] })
  const admin = kafka.admin()
  const bucket = new Bucket('spillway-quickstart', endpoints.s3)
  const producer = kafka.producer({ clientId: 'quickstart' })
  try {
    await bucket.create()
    if (await background.stop()) console.log('Stopped the worker of the last run.')
    const from = await createTopic(admin)
    if (from === 0) table.clear()
    const files = configFiles(endpoints)
    console.log(`\n== worker: spillway standalone ${files.join(' ')}`)
    const before = new Set(await bucket.keys())
    const rowsBefore = table.count()
    const { exited } = background.start(root, ['standalone', ...files])
    let exitCode: number | undefined
    void exited.then((code) => {
      exitCode = code
    })
    console.log(
      `\n== orders into topic ${TOPIC}, objects into s3://${bucket.name}, rows into ${relative(table.file)}`,
    )
    let produced = 0
    let fresh: string[] = []
    try {
      await untilWritten({
        rest: REST,
        exitCode: () => exitCode,
        giveUpMs: GIVE_UP_MS,
        step: async () => {
          await producer.send(orderRecords(TOPIC, from + produced, ORDERS_PER_TICK))
          if (produced % 1000 === 0) console.log(`  ${JSON.stringify(orderOf(from + produced, Date.now()))}`)
          produced += ORDERS_PER_TICK
          fresh = (await bucket.keys()).filter((key) => !before.has(key))
          const rows = table.count() - rowsBefore
          progress(`  ${produced} orders produced, ${fresh.length} objects and ${rows} rows written`)
          return fresh.length >= 4 && rows > 0
        },
      })
    } catch (error) {
      console.error(`\n${(error as Error).message}\n\nThe worker's last lines:\n${background.lastLines(15)}`)
      await background.stop()
      return 1
    }
    await show(bucket, fresh, Math.round((performance.now() - started) / 1000))
    return 0
  } finally {
    await producer.close()
    await admin.close()
    bucket.close()
  }
}

/** Creates the topic where it is missing; returns how many orders it holds, so that numbers go on. */
async function createTopic(
  admin: ReturnType<ReturnType<typeof platformaticClient>['admin']>,
): Promise<number> {
  try {
    await admin.createTopics([{ name: TOPIC, partitions: 3, replicationFactor: 1 }])
    console.log(`Created topic ${TOPIC} with 3 partitions.`)
    return 0
  } catch (error) {
    if (!(error instanceof TopicExistsError)) throw error
    const partitions = [0, 1, 2].map((partition) => ({ topic: TOPIC, partition }))
    return Number((await admin.listOffsets(partitions, 'latest')).reduce((a, b) => a + b, 0n))
  }
}

/** The files of config-examples/ as they are, or copies with other ports where the environment moves the servers. */
function configFiles(endpoints: Endpoints): string[] {
  return ['worker-standalone.json', 's3-orders.json', 'jdbc-sqlite.json'].map((name) => {
    const path = join('config-examples', name)
    const text = readFileSync(join(root, path), 'utf8')
    const moved = text
      .replaceAll('127.0.0.1:29092', endpoints.kafka.bootstrapServers)
      .replaceAll('http://127.0.0.1:29000', endpoints.s3.endpoint)
    if (moved === text) return path
    mkdirSync(folder, { recursive: true })
    const copy = join(folder, name)
    writeFileSync(copy, moved)
    return copy
  })
}

async function show(bucket: Bucket, keys: readonly string[], seconds: number): Promise<void> {
  const first = keys[0] ?? ''
  const lines = (await bucket.text(first)).split('\n').slice(0, 3)
  console.log(`\n\nObjects in s3://${bucket.name} after ${seconds} s:`)
  for (const key of keys.slice(0, 8)) console.log(`  ${key}`)
  console.log(`\nFirst lines of ${first}:`)
  for (const line of lines) console.log(`  ${line}`)
  console.log(`\nTable orders in ${relative(table.file)}:`)
  for (const line of table.summary()) console.log(`  ${line}`)
  console.log(`
The worker goes on in the background (log: ${relative(background.logFile)}).
  REST API       curl '${REST}/connectors?expand=status'
  offsets        curl ${REST}/connectors/s3-orders/offsets
  change it      curl -X PATCH -H 'content-type: application/json' -d '{"flush.size":"1000"}' \\
                   ${REST}/connectors/s3-orders/config
  more orders    npm run quickstart
  the end        npm run quickstart -- --stop
`)
}

function relative(file: string): string {
  return file.replace(`${root}/`, '')
}

async function stopAll(): Promise<number> {
  console.log((await background.stop()) ? 'Stopped the worker.' : 'No worker was running.')
  return await runStep({
    title: 'stack down',
    command: process.execPath,
    args: [join(root, 'stack', 'cli.mjs'), 'down'],
  })
}

/** Rewrites one line on a terminal; in a log file, a line every two seconds is enough. */
function progress(text: string): void {
  if (process.stdout.isTTY) {
    process.stdout.write(`\r${text}`)
  } else if (performance.now() - lastLogged > 2000) {
    lastLogged = performance.now()
    console.log(text)
  }
}
