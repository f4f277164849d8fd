/**
 * Restores beside processing, and the way back after a kill: `npm run bench -- streams-restore [--rows 1000000]`.
 *
 * One application: a count of many keys, and a stateless path that reads a topic which somebody feeds all the time. First it restores
 * all counts without a local state while the other path goes on in the same thread. Then two processes, with and without standby
 * tasks: one is killed, and the time until the first output of its tasks is taken; 6 s of it are the session's.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Admin, Producer, ProducerRecord } from '../framework/api/src/kafka/port.ts'
import { platformaticClient } from '../framework/kafka/src/index.ts'
import { PrivateStack } from '../stack/private-stack.ts'
import type { Standing } from './streams-kafka/restoring-app.ts'
import { peakRssMiB } from './support/process-usage.ts'

const PARTITIONS = 6
const PREFIX = 'restore-'
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    'live-rate': { type: 'string', default: '10000' },
  },
})
const rows = Number(values.rows)
const liveRate = Number(values['live-rate'])

/** One process of the application. */
class App {
  readonly child: ChildProcess
  readonly exited: Promise<unknown>
  standing: Standing | undefined
  heldMs = 0

  constructor(servers: string, application: string, stateDir: string, more: Record<string, unknown> = {}) {
    const config = {
      'application.id': application,
      'bootstrap.servers': servers,
      'state.dir': stateDir,
      'commit.interval.ms': 500,
      'statestore.cache.max.bytes': 0,
      'replication.factor': 1,
      'session.timeout.ms': 6_000,
      'heartbeat.interval.ms': 1_000,
      ...more,
    }
    this.child = fork(
      join(import.meta.dirname, 'streams-kafka/restoring-app.ts'),
      [PREFIX, JSON.stringify(config)],
      {
        execArgv: ['--conditions=development'],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    )
    this.exited = once(this.child, 'exit')
    this.child.on('message', (standing: Standing) => {
      this.standing = standing
      this.heldMs = Math.max(this.heldMs, standing.heldMs)
    })
  }

  async until(holds: (standing: Standing) => boolean): Promise<void> {
    while (this.standing === undefined || !holds(this.standing)) {
      if (this.child.exitCode !== null)
        throw new Error(`the application has ended with ${this.child.exitCode}`)
      await delay(50)
    }
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.child.kill(signal)
    await this.exited
  }
}

const stack = await PrivateStack.create()
const folder = mkdtempSync(join(tmpdir(), 'spillway-streams-restore-'))
try {
  await stack.start(['kafka'])
  const { bootstrapServers } = stack.endpoints.kafka
  const client = platformaticClient({ bootstrapServers: [bootstrapServers] })
  const admin = client.admin()
  const producer = client.producer({ clientId: 'fill', lingerMs: 20 })
  try {
    console.log(
      `${rows} rows in ${PARTITIONS} partitions, ${liveRate} records/s beside, ${cpus().length} x ${cpus()[0]?.model}, ` +
        `load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`,
    )
    const names = ['counted', 'counts', 'live', 'lived'].map((name) => PREFIX + name)
    await admin.createTopics(names.map((name) => ({ name, partitions: PARTITIONS, replicationFactor: 1 })))
    await count(producer)
    await restoreBeside(admin, producer, bootstrapServers)
    for (const standbys of [0, 1]) await killed(admin, producer, bootstrapServers, standbys)
  } finally {
    await producer.close()
    await admin.close()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  await stack.remove()
}

async function append(producer: Producer, record: ProducerRecord): Promise<void> {
  producer.append(record)
  await producer.pressure()
}

/** One record more of each key. */
async function count(producer: Producer, keys = rows): Promise<void> {
  for (let i = 0; i < keys; i++)
    await append(producer, {
      topic: `${PREFIX}counted`,
      key: Buffer.from(`key-${i}`),
      value: Buffer.from('x'),
    })
  await producer.flush()
}

/** Feeds the other path until it is aborted. */
async function feed(producer: Producer, signal: AbortSignal): Promise<void> {
  const from = performance.now()
  for (let fed = 0; !signal.aborted;) {
    const due = ((performance.now() - from) * liveRate) / 1000
    for (; fed < due; fed++)
      await append(producer, {
        topic: `${PREFIX}live`,
        key: Buffer.from(`k${fed % 100}`),
        value: Buffer.from('v'),
      })
    await delay(10)
  }
  await producer.flush()
}

async function ends(admin: Admin, topic: string): Promise<readonly bigint[]> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
    topic: PREFIX + topic,
    partition,
  }))
  return admin.listOffsets(partitions, 'latest')
}

async function total(admin: Admin, topic: string): Promise<number> {
  return (await ends(admin, topic)).reduce((sum, end) => sum + Number(end), 0)
}

async function restoreBeside(admin: Admin, producer: Producer, servers: string): Promise<void> {
  const first = new App(servers, 'beside', join(folder, 'first'))
  while ((await total(admin, 'counts')) < rows) await delay(200)
  await first.end('SIGTERM')

  const feeding = new AbortController()
  const fed = feed(producer, feeding.signal)
  const app = new App(servers, 'beside', join(folder, 'second'))
  await app.until(({ left }) => left > 0)
  const from = performance.now()
  const begun = app.standing?.left ?? 0
  const perSecond: number[] = []
  let before = await total(admin, 'lived')
  for (let next = from + 1000; (app.standing?.left ?? 0) > 0; next += 1000) {
    await delay(Math.max(0, next - performance.now()))
    const now = await total(admin, 'lived')
    perSecond.push(now - before)
    before = now
  }
  const seconds = (performance.now() - from) / 1000
  feeding.abort()
  await fed
  console.log(
    `restore beside processing: ${begun} records left when it was first seen, done ${seconds.toFixed(1)} s later ` +
      `(${Math.round(begun / seconds / 1000)}k/s); records of the other path in each second: ${perSecond.join(' ')}; ` +
      `tasks lost ${app.standing?.lost}; longest stand of the event loop ${app.heldMs} ms; ${Math.round(peakRssMiB(app.child.pid ?? 0))} MiB`,
  )
  await app.end('SIGTERM')
}

async function killed(admin: Admin, producer: Producer, servers: string, standbys: number): Promise<void> {
  const application = `killed-${standbys}`
  const more = { 'num.standby.replicas': standbys }
  const counts = await total(admin, 'counts')
  const inputs = await total(admin, 'counted')
  const [one, other] = [0, 1].map(
    (i) => new App(servers, application, join(folder, `${application}-${i}`), more),
  ) as [App, App]
  // Each has counted half, and copies of the rest are as far as the logs.
  while ((await total(admin, 'counts')) < counts + inputs) await delay(200)
  await Promise.all(
    [one, other].map((app) =>
      app.until(
        ({ active, left, standbys: copies, standbyLeft }) =>
          active.length === PARTITIONS && left === 0 && (standbys === 0 || (copies > 0 && standbyLeft === 0)),
      ),
    ),
  )
  const partitions = (one.standing?.active ?? [])
    .filter((id) => id.startsWith('0_'))
    .map((id) => Number(id.slice(2)))
  await one.end('SIGKILL')
  const from = performance.now()
  const before = await ends(admin, 'counts')
  await count(producer, 10_000)
  let last = 0
  const waiting = new Set(partitions)
  let firstMs: number | undefined
  while (waiting.size > 0) {
    const now = await ends(admin, 'counts')
    for (const partition of waiting)
      if ((now[partition] ?? 0n) > (before[partition] ?? 0n)) {
        waiting.delete(partition)
        last = performance.now() - from
        firstMs ??= last
      }
    await delay(50)
  }
  console.log(
    `killed, ${standbys} standby replicas: of the ${partitions.length} tasks of the dead process the first gave output after ` +
      `${((firstMs ?? 0) / 1000).toFixed(1)} s, the last after ${(last / 1000).toFixed(1)} s`,
  )
  await other.end('SIGTERM')
}
