/**
 * Writes keyed records of 190 B by the producer's two ways, append and send, each in a process of its own and in turn,
 * and Java's `kafka-producer-perf-test` beside them (its records have no keys): records/s, CPU seconds, peak memory.
 *
 *   npm run bench -- kafka-producer [records] [rounds]
 */

import { execFileSync, spawn } from 'node:child_process'
import { loadavg } from 'node:os'
import { argv } from 'node:process'
import { text } from 'node:stream/consumers'

import type { Producer, ProducerRecord } from '../framework/api/src/kafka/port.ts'
import { platformaticClient } from '../framework/kafka/src/index.ts'
import { endpointsFromEnv } from '../stack/stack.ts'
import { cpuSeconds, peakRssMiB } from './support/process-usage.ts'
import { kafkaClassPath } from '../test/conformance/kafka/kafka-tools.ts'

const VALUE_BYTES = 190
const KEYS = 5_000
const PARTITIONS = 4
const LINGER_MS = 5
/** Records of one call of send; three calls are under way. */
const SEND_RECORDS = 1_000
const WARM_UP = 200_000
const TOPIC = 'bench-kafka-producer'

interface Result {
  readonly recordsPerSecond: number
  readonly cpuSeconds: number
  readonly peakRssMiB: number
}

/** Sends records `from` to `to` and waits for them. */
type Candidate = (producer: Producer, from: number, to: number) => Promise<void>

const keys = Array.from({ length: KEYS }, (_, i) => Buffer.from(`customer-${i}`))
const value = Buffer.alloc(VALUE_BYTES, 'spillway ')

function record(i: number): ProducerRecord {
  return { topic: TOPIC, key: keys[i % KEYS] ?? null, value }
}

const CANDIDATES: Readonly<Record<string, Candidate>> = {
  append: async (producer, from, to) => {
    for (let i = from; i < to; i++) {
      producer.append(record(i))
      const pressure = producer.pressure()
      if (pressure !== undefined) await pressure
    }
    await producer.flush()
  },
  send: async (producer, from, to) => {
    const underWay = new Set<Promise<unknown>>()
    for (let i = from; i < to; i += SEND_RECORDS) {
      const records = Array.from({ length: Math.min(SEND_RECORDS, to - i) }, (_, n) => record(i + n))
      const sending = producer.send(records).finally(() => underWay.delete(sending))
      underWay.add(sending)
      if (underWay.size >= 3) await Promise.race(underWay)
    }
    await Promise.all(underWay)
  },
}

async function withTopic<T>(run: () => Promise<T>): Promise<T> {
  const admin = platformaticClient({ bootstrapServers: [bootstrapServers] }).admin()
  try {
    await admin.createTopics([{ name: TOPIC, partitions: PARTITIONS, replicationFactor: 1 }])
    return await run()
  } finally {
    await admin.deleteTopics([TOPIC])
    await admin.close()
  }
}

/** Runs one candidate in this process, after a warm-up. */
async function measure(name: string, records: number): Promise<Result> {
  const run = CANDIDATES[name]
  if (run === undefined) throw new Error(`no candidate ${name}`)
  const client = platformaticClient({ bootstrapServers: [bootstrapServers] })
  const producer = client.producer({ clientId: 'bench', lingerMs: LINGER_MS })
  await run(producer, 0, WARM_UP)
  const began = performance.now()
  const cpu = process.cpuUsage()
  await run(producer, 0, records)
  const took = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  const peakRssMiB = Math.round(process.resourceUsage().maxRSS / 1_024)
  await producer.close()
  const admin = client.admin()
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition }))
  const stored = (await admin.listOffsets(partitions, 'latest')).reduce((sum, offset) => sum + offset, 0n)
  await admin.close()
  if (stored !== BigInt(WARM_UP + records)) throw new Error(`${name}: ${stored} records lie in the topic`)
  return {
    recordsPerSecond: Math.round((records / took) * 1_000),
    cpuSeconds: (user + system) / 1e6,
    peakRssMiB,
  }
}

function inChild(name: string, records: number): string {
  const script = new URL(import.meta.url).pathname
  const args = ['--conditions=development', script, '--candidate', name, String(records)]
  const output = execFileSync(process.execPath, args, { encoding: 'utf8' })
  const result = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Result
  return `${result.recordsPerSecond} records/s, ${result.cpuSeconds.toFixed(2)} CPU s, ${result.peakRssMiB} MiB`
}

/** Java's own tool. CPU and memory are the JVM's as last seen before its end, its start included. */
async function inJava(classPath: string, records: number): Promise<string> {
  const args = ['-cp', classPath, 'org.apache.kafka.tools.ProducerPerformance', '--topic', TOPIC]
  args.push('--num-records', String(records), '--record-size', String(VALUE_BYTES), '--throughput', '-1')
  args.push('--producer-props', `bootstrap.servers=${bootstrapServers}`, `linger.ms=${LINGER_MS}`)
  const java = spawn('java', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const { pid } = java
  if (pid === undefined) return 'not measured: there is no java'
  let used = ''
  const watch = setInterval(() => {
    // Once it has ended there is nothing to read.
    const rss = peakRssMiB(pid)
    if (Number.isFinite(rss)) used = `${cpuSeconds(pid).toFixed(2)} CPU s, ${Math.round(rss)} MiB`
  }, 100)
  const output = await text(java.stdout).finally(() => clearInterval(watch))
  const rate = /([\d.]+) records\/sec/.exec(output.trim().split('\n').at(-1) ?? '')?.[1] ?? '?'
  return `${Math.round(Number(rate))} records/s, ${used}`
}

const { bootstrapServers } = endpointsFromEnv().kafka
const chosen = argv.indexOf('--candidate')
if (chosen > 0) {
  console.log(JSON.stringify(await measure(argv[chosen + 1] ?? '', Number(argv[chosen + 2]))))
  process.exit(0)
}
const records = Number(argv[2] ?? 2_000_000)
const rounds = Number(argv[3] ?? 3)
const classPath = await kafkaClassPath()
console.log(
  `${records} records of ${VALUE_BYTES} B, ${KEYS} keys, ${PARTITIONS} partitions; load ${loadavg()[0]?.toFixed(1)}`,
)
for (let round = 1; round <= rounds; round++) {
  for (const name of Object.keys(CANDIDATES)) {
    console.log(`${round}  ${name}: ${await withTopic(() => Promise.resolve(inChild(name, records)))}`)
  }
  console.log(`${round}  Java producer-perf: ${await withTopic(() => inJava(classPath, records))}`)
}
