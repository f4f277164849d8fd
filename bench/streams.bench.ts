/**
 * KafkaStreams beside the real Kafka Streams 4.3.1 on the same broker, in turns:
 * `npm run bench -- streams [--records 5000000] [--workloads count,tumbling] [--rounds 1] [--keys 5000]`.
 *
 * Both run the same topologies, one thread, at least once (`count-eos`: exactly once), with persistent stores, over the same 4 partitions of orders of about
 * 200 bytes that are there already. Rates are those of the group's committed offsets between two marks: after the warm-up, and at
 * the end. CPU seconds and peak memory are the process's own. Without Maven and a JDK the Java side is left out.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Admin, ProducerRecord } from '../framework/api/src/kafka/port.ts'
import { platformaticClient } from '../framework/kafka/src/index.ts'
import { PrivateStack } from '../stack/private-stack.ts'
import { javaStreamsClassPath } from './support/java-streams.ts'
import { orderText } from './support/order-records.ts'
import { cpuSeconds, peakRssMiB } from './support/process-usage.ts'

const WORKLOADS = [
  'stateless',
  're-key',
  'count',
  'count-cached',
  'count-eos',
  'tumbling',
  'table-join',
  'stream-join',
] as const
type Workload = (typeof WORKLOADS)[number]

const PARTITIONS = 4
const COMMIT_MS = 500
/** Under exactly once, the default of both. */
const EXACT_COMMIT_MS = 100
const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '5000000' },
    'warm-up': { type: 'string', default: '500000' },
    keys: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '1' },
    workloads: { type: 'string', default: WORKLOADS.join(',') },
    sides: { type: 'string', default: 'ours,java' },
  },
})
const records = Number(values.records)
const warmUp = Number(values['warm-up'])
const keyCount = Number(values.keys)
const rounds = Number(values.rounds)

interface Measured {
  readonly rate: number
  readonly cpuSeconds: number
  readonly peakRssMiB: number
}

const stack = await PrivateStack.create()
const folder = mkdtempSync(join(tmpdir(), 'spillway-streams-kafka-'))
try {
  await stack.start(['kafka'])
  const { bootstrapServers } = stack.endpoints.kafka
  const client = platformaticClient({ bootstrapServers: [bootstrapServers] })
  const admin = client.admin()
  try {
    const classPath = values.sides.includes('java') ? javaStreamsClassPath(join(folder, 'java')) : null
    const sides = values.sides.split(',').filter((side) => side !== 'java' || classPath !== null)
    console.log(
      `${records} records of ${keyCount} keys, ${PARTITIONS} partitions, ${cpus().length} x ${cpus()[0]?.model}, load ` +
        `${loadavg()[0]?.toFixed(1)}, Node ${process.version}${classPath === null ? ', no Java side' : ''}`,
    )
    await fill(admin)
    for (const workload of values.workloads.split(',') as Workload[]) {
      const measured = new Map<string, Measured[]>(sides.map((side) => [side, []]))
      for (let round = 0; round < rounds; round++) {
        for (const side of sides) {
          const application = `bench-${workload}-${side}-${round}`
          const args = [
            workload,
            application,
            bootstrapServers,
            join(folder, application),
            'bench-',
            String(workload === 'count-eos' ? EXACT_COMMIT_MS : COMMIT_MS),
          ]
          const command =
            side === 'java'
              ? ['java', '-Xmx2g', '-cp', classPath ?? '', 'StreamsKafkaBench', ...args]
              : [
                  process.execPath,
                  // Of many keys memory counts: docs/guides/streams-on-kafka.md says what the smaller young generation costs.
                  ...(keyCount >= 100_000 ? ['--max-semi-space-size=16'] : []),
                  '--conditions=development',
                  join(import.meta.dirname, 'streams-kafka/our-app.ts'),
                  ...args,
                ]
          measured.get(side)?.push(await run(admin, application, command, workload))
        }
      }
      report(workload, measured)
    }
  } finally {
    await admin.close()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  await stack.remove()
}

async function fill(admin: Admin): Promise<void> {
  const topics = ['orders', 'payments', 'customers', 'out'].map((name) => `bench-${name}`)
  await admin.createTopics(topics.map((name) => ({ name, partitions: PARTITIONS, replicationFactor: 1 })))
  const producer = platformaticClient({
    bootstrapServers: [stack.endpoints.kafka.bootstrapServers],
  }).producer({
    clientId: 'fill',
    lingerMs: 20,
  })
  const append = async (record: ProducerRecord): Promise<void> => {
    producer.append(record)
    const pressure = producer.pressure()
    if (pressure !== undefined) await pressure
  }
  const key = (i: number): Buffer => Buffer.from(`customer-${i % keyCount}`)
  for (let i = 0; i < keyCount; i++)
    await append({ topic: 'bench-customers', key: key(i), value: Buffer.from(`Name of ${i}`), timestamp: 0 })
  for (let i = 0; i < warmUp + records; i++) {
    const timestamp = 1_700_000_000_000 + i
    await append({
      topic: 'bench-orders',
      key: key(i),
      value: Buffer.from(orderText(i, i % keyCount)),
      timestamp,
    })
    if (i % 2 === 0)
      await append({ topic: 'bench-payments', key: key(i), value: Buffer.from(`{"id":${i}}`), timestamp })
  }
  await producer.flush()
  await producer.close()
}

/** Runs one application until it has committed the end of the orders. */
async function run(
  admin: Admin,
  application: string,
  [command = '', ...args]: readonly string[],
  workload: Workload,
): Promise<Measured> {
  const topics = workload === 'stream-join' ? ['bench-orders', 'bench-payments'] : ['bench-orders']
  const total = workload === 'stream-join' ? (warmUp + records) * 1.5 : warmUp + records
  const first = (total * warmUp) / (warmUp + records)
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const exited = once(child, 'exit')
  try {
    const from = await reach(admin, application, topics, first, child)
    const cpuFrom = cpuSeconds(child.pid ?? 0)
    const to = await reach(admin, application, topics, total, child)
    const cpuTo = cpuSeconds(child.pid ?? 0)
    return {
      rate: ((to.committed - from.committed) / (to.at - from.at)) * 1000,
      cpuSeconds: cpuTo - cpuFrom,
      peakRssMiB: peakRssMiB(child.pid ?? 0),
    }
  } finally {
    child.kill('SIGTERM')
    await exited
    const internal = (await admin.listTopics()).filter((name) => name.startsWith(`${application}-`))
    if (internal.length > 0) await admin.deleteTopics(internal)
  }
}

/** Awaits that so many records are committed. */
async function reach(
  admin: Admin,
  application: string,
  topics: readonly string[],
  wanted: number,
  child: ChildProcess,
): Promise<{ readonly at: number; readonly committed: number }> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${application} has ended with ${child.exitCode}`)
    const offsets = await admin.listGroupOffsets(application)
    const committed = offsets
      .filter(({ partition }) => topics.includes(partition.topic))
      .reduce((sum, { offset }) => sum + Number(offset.offset), 0)
    if (committed >= wanted) return { at: performance.now(), committed }
    await delay(50)
  }
}

function report(workload: Workload, measured: ReadonlyMap<string, readonly Measured[]>): void {
  const [ours, java] = [measured.get('ours') ?? [], measured.get('java') ?? []]
  const text = [...measured]
    .map(
      ([side, runs]) =>
        `${side} ${Math.round(median(runs, 'rate') / 1000)}k records/s, ${median(runs, 'cpuSeconds').toFixed(1)} CPU s, ` +
        `${Math.round(median(runs, 'peakRssMiB'))} MiB`,
    )
    .join('; ')
  const ratio =
    ours.length === 0 || java.length === 0
      ? ''
      : `; ratio ${(median(ours, 'rate') / median(java, 'rate')).toFixed(2)}`
  console.log(`${workload.padEnd(13)} ${text}${ratio}`)
}

function median(runs: readonly Measured[], what: keyof Measured): number {
  const sorted = runs.map((run) => run[what]).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
