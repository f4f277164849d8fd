/**
 * The streams engine beside Kafka Streams 4.3.1: `npm run bench -- streams-engine [records] [workload] [rounds]`.
 *
 * Both sides run the same topologies through their test drivers, on one thread, with stores in memory: JSON records of about
 * 190 bytes of 5,000 keys, each parsed once, results serialized and read. Then ours once more with persistent stores.
 * Rates are by the clock; records per CPU second are of the processing thread alone, and tell more beside other work.
 * Without Maven and a JDK the Java side is left out, and no ratio is given.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KStream, StoreEngine, Topology } from '@spillway/streams'
import {
  Consumed,
  Grouped,
  JoinWindows,
  Materialized,
  Produced,
  Serdes,
  SqliteStoreEngine,
  StreamJoined,
  StreamsBuilder,
  TimeWindows,
  TopologyTestDriver,
} from '@spillway/streams'
import { javaStreamsClassPath } from './support/java-streams.ts'

/** Results are read after each batch. */
const batch = 1_000
const records = Math.ceil(Number(process.argv[2] ?? 1_000_000) / batch) * batch
const only = process.argv[3] ?? ''
const warmUp = Math.min(200_000, records)
const rounds = Number(process.argv[4] ?? 3)
const keyCount = 5_000
const minuteMs = 60_000
const joinWindowMs = 10_000

interface Order {
  readonly id: number
  readonly customer: string
  readonly amount: number
  readonly status: string
}

/** Goals of the project: times the Java rate, or records per second. */
const goals = {
  'filter-project': { ratio: 1.5 },
  'count-by-key': { ratio: 1.5 },
  'tumbling-sum': { ratio: 1.5 },
  'windowed-join': { rate: 60_000 },
} as const
type Workload = keyof typeof goals

const key = (i: number): Buffer => Buffer.from(`customer-${String(i % keyCount).padStart(4, '0')}`)

function record(i: number): Buffer {
  const customer = `customer-${String(i % keyCount).padStart(4, '0')}`
  const status = i % 10 === 0 ? 'cancelled' : 'paid'
  return Buffer.from(
    `{"id":${i},"customer":"${customer}","amount":${i % 1000},"currency":"EUR","status":"${status}","city":"Seoul",` +
      '"warehouse":"central-7","note":"leave the parcel with the neighbour if nobody is in"}',
  )
}

function topology(workload: Workload): Topology {
  const builder = new StreamsBuilder()
  const consumed = () => Consumed.with<string, Order>(Serdes.string(), Serdes.json<Order>())
  const orders: KStream<string, Order> = builder.stream('in', consumed())
  const grouped = Grouped.with<string, Order>(Serdes.string(), Serdes.json<Order>())
  switch (workload) {
    case 'filter-project':
      orders
        .filter((_key, order) => order.status === 'paid')
        .mapValues(({ id, customer, amount }) => ({ id, customer, amount }))
        .to('out', Produced.with(Serdes.string(), Serdes.json()))
      break
    case 'count-by-key':
      orders
        .groupByKey(grouped)
        .count(Materialized.as<string, bigint>('counts'))
        .toStream()
        .to('out', Produced.with(Serdes.string(), Serdes.int64()))
      break
    case 'tumbling-sum':
      orders
        .groupByKey(grouped)
        .windowedBy(TimeWindows.ofSizeWithNoGrace(minuteMs))
        .aggregate(
          () => 0n,
          (_key, order, sum) => sum + BigInt(order.amount),
          Materialized.as<string, bigint>('sums').withValueSerde(Serdes.int64()),
        )
        .toStream((windowed) => `${windowed.key}@${windowed.start}`)
        .to('out', Produced.with(Serdes.string(), Serdes.int64()))
      break
    case 'windowed-join':
      orders
        .join(
          builder.stream('in2', consumed()),
          (left, right) => ({ left: left.id, right: right.id }),
          JoinWindows.ofTimeDifferenceWithNoGrace(joinWindowMs),
          StreamJoined.with<string, Order, Order>(
            Serdes.string(),
            Serdes.json<Order>(),
            Serdes.json<Order>(),
          ),
        )
        .to('out', Produced.with(Serdes.string(), Serdes.json()))
      break
  }
  return builder.build()
}

interface Measured {
  readonly rate: number
  /** Records per CPU second of the thread that processes them. */
  readonly perCpuSecond: number
  readonly outputs: number
}

const best = (measured: readonly Measured[], what: 'rate' | 'perCpuSecond'): number =>
  Math.max(0, ...measured.map((each) => each[what]))

function drain(driver: TopologyTestDriver): number {
  let outputs = 0
  for (const topic of driver.producedTopicNames()) {
    const output = driver.createOutputTopic(topic, Serdes.bytes(), Serdes.bytes())
    while (!output.isEmpty()) {
      output.readRecord()
      if (topic === 'out') outputs++
    }
  }
  return outputs
}

function measure(workload: Workload, persistentStores?: StoreEngine): Measured {
  const options = persistentStores === undefined ? {} : { persistentStores, commitEveryRecords: 10_000 }
  const config = { 'application.id': 'bench' }
  using driver = new TopologyTestDriver(topology(workload), config, { initialWallClockTime: 0, ...options })
  const isJoin = workload === 'windowed-join'
  const left = driver.createInputTopic('in', Serdes.bytes(), Serdes.bytes())
  const right = isJoin ? driver.createInputTopic('in2', Serdes.bytes(), Serdes.bytes()) : left
  const stepMs = isJoin ? 2 : 10
  let outputs = 0
  let elapsedMs = 0
  let cpuMicros = 0
  for (let first = 0; first < warmUp + records; first += batch) {
    if (first === warmUp) {
      outputs = 0
      elapsedMs = 0
      cpuMicros = 0
    }
    // Two records of a key follow each other on both sides of a join. Making the records is not measured.
    const ids = Array.from({ length: batch }, (_, i) => (isJoin ? Math.floor((first + i) / 2) : first + i))
    const inputs = ids.map((id) => ({ key: key(id), value: record(id) }))
    const start = performance.now()
    const cpuStart = process.threadCpuUsage()
    for (let i = 0; i < batch; i++) {
      const { key, value } = inputs[i] as (typeof inputs)[number]
      const input = i % 2 === 0 ? left : right
      input.pipeInput(key, value, (first + i) * stepMs)
    }
    outputs += drain(driver)
    elapsedMs += performance.now() - start
    const { user, system } = process.threadCpuUsage(cpuStart)
    cpuMicros += user + system
  }
  return {
    rate: Math.round(records / (elapsedMs / 1000)),
    perCpuSecond: Math.round(records / (cpuMicros / 1e6)),
    outputs,
  }
}

function measureJava(classPath: string, workload: Workload, stateDir: string): Measured {
  const counts = [String(warmUp), String(records)]
  const args = ['-Xmx2g', '-cp', classPath, 'StreamsEngineBench', workload, ...counts, stateDir]
  const { stdout, status } = spawnSync('java', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const found = /rate (\d+) cpu (\d+) outputs (\d+)/.exec(stdout)
  if (status !== 0 || found === null) throw new Error(`the Java side of ${workload} failed`)
  return { rate: Number(found[1]), perCpuSecond: Number(found[2]), outputs: Number(found[3]) }
}

const folder = mkdtempSync(join(tmpdir(), 'spillway-streams-bench-'))
try {
  const load = loadavg()[0]?.toFixed(2)
  console.log(
    `${records} records, ${cpus().length} x ${cpus()[0]?.model}, load ${load}, Node ${process.version}`,
  )
  const classPath = javaStreamsClassPath(join(folder, 'java'))
  if (classPath === null) console.log('no Maven or JDK: the Java side is left out')
  for (const workload of Object.keys(goals) as Workload[]) {
    if (!workload.includes(only)) continue
    // The sides take turns, so that both meet the same neighbours on the machine; the best round of each counts.
    const ours: Measured[] = []
    const java: Measured[] = []
    const stored: Measured[] = []
    const hasRatio = 'ratio' in goals[workload]
    for (let round = 0; round < rounds; round++) {
      ours.push(measure(workload))
      // The join's goal is a rate of its own; Java's side of it takes minutes.
      if (classPath !== null && hasRatio) java.push(measureJava(classPath, workload, join(folder, 'state')))
      if (workload !== 'filter-project' && round === 0)
        stored.push(measure(workload, new SqliteStoreEngine({ stateDir: join(folder, workload) })))
    }
    const outputs = new Set([...ours, ...java, ...stored].map((measured) => measured.outputs))
    if (outputs.size !== 1)
      throw new Error(`${workload}: different counts of results: ${[...outputs].join(', ')}`)
    const [rate, cpuRate] = [best(ours, 'rate'), best(ours, 'perCpuSecond')]
    const [javaRate, javaCpuRate] = [best(java, 'rate'), best(java, 'perCpuSecond')]
    const goal = goals[workload]
    const ratio = (rate / javaRate).toFixed(2)
    const cpuRatio = (cpuRate / javaCpuRate).toFixed(2)
    const parts = [
      workload.padEnd(15),
      `${rate} records/s, ${cpuRate} per CPU second`,
      java.length === 0
        ? ''
        : `Kafka Streams ${javaRate} and ${javaCpuRate}, ratios ${ratio} and ${cpuRatio}`,
      'ratio' in goal ? `(goal ${goal.ratio})` : `(goal ${goal.rate} records/s)`,
      stored.length === 0
        ? ''
        : `persistent stores ${best(stored, 'rate')} and ${best(stored, 'perCpuSecond')}`,
    ]
    console.log(parts.filter((part) => part !== '').join('  '))
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
