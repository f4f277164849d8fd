/**
 * Reads one topic of 1,000,000 records of 190 B by each candidate for the default Kafka client, each in a process of
 * its own, in turn, and prints records/s, CPU seconds and peak memory (docs/decisions/0001-kafka-client.md).
 *
 *   node --conditions=development bench/kafka-client.bench.ts [rounds]
 *
 * kafkajs is measured where it is installed, or where SPILLWAY_KAFKAJS names its folder.
 */

import { execFileSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { argv, env } from 'node:process'

import { Consumer as HighLevelConsumer, MessagesStreamModes } from '@platformatic/kafka'
import { platformaticClient } from '../framework/kafka/src/index.ts'

import { endpointsFromEnv } from '../stack/stack.ts'

const RECORDS = 1_000_000
const VALUE_BYTES = 190
const PARTITIONS = 4
const TOPIC = 'bench-kafka-client'

interface Result {
  readonly candidate: string
  readonly recordsPerSecond: number
  readonly cpuSeconds: number
  readonly peakRssMiB: number
}

/** Reads the whole topic; calls `count` with the number and bytes of the records of each batch. */
type Candidate = (
  servers: string,
  groupId: string,
  count: (records: number, bytes: number) => boolean,
) => Promise<void>

const CANDIDATES: Readonly<Record<string, Candidate>> = {
  'own member and fetch loop on @platformatic/kafka': async (servers, groupId, count) => {
    const consumer = platformaticClient({ bootstrapServers: [servers] }).consumer({
      groupId,
      clientId: 'bench',
      maxPollRecords: 2_000,
    })
    const nothing = (): Promise<void> => Promise.resolve()
    consumer.subscribe({ topics: [TOPIC] }, { onAssigned: nothing, onRevoked: nothing, onLost: nothing })
    for (let more = true; more;) {
      const records = await consumer.poll(1_000)
      let bytes = 0
      for (const { value } of records) bytes += value?.length ?? 0
      more = count(records.length, bytes)
    }
    await consumer.close()
  },

  '@platformatic/kafka stream': async (servers, groupId, count) => {
    const consumer = new HighLevelConsumer({ clientId: 'bench', groupId, bootstrapBrokers: [servers] })
    const stream = await consumer.consume({
      topics: [TOPIC],
      mode: MessagesStreamModes.EARLIEST,
      autocommit: false,
    })
    for await (const message of stream) if (!count(1, (message.value as Buffer).length)) break
    await stream.close()
    await consumer.close(true)
  },

  'kafkajs eachBatch': async (servers, groupId, count) => {
    const { Kafka, logLevel } = (await import(env['SPILLWAY_KAFKAJS'] ?? 'kafkajs')) as KafkaJs
    const kafka = new Kafka({ clientId: 'bench', brokers: [servers], logLevel: logLevel.NOTHING })
    const consumer = kafka.consumer({ groupId })
    await consumer.connect()
    await consumer.subscribe({ topics: [TOPIC], fromBeginning: true })
    const done = Promise.withResolvers<void>()
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch: { messages } }) => {
        let bytes = 0
        for (const { value } of messages) bytes += value?.length ?? 0
        if (!count(messages.length, bytes)) done.resolve()
        return Promise.resolve()
      },
    })
    await done.promise
    await consumer.disconnect()
  },
}

/** As much of kafkajs as is used here. */
interface KafkaJs {
  readonly logLevel: { readonly NOTHING: number }
  readonly Kafka: new (options: { clientId: string; brokers: string[]; logLevel: number }) => {
    consumer(options: { groupId: string }): {
      connect(): Promise<void>
      disconnect(): Promise<void>
      subscribe(options: { topics: string[]; fromBeginning: boolean }): Promise<void>
      run(options: {
        autoCommit: boolean
        eachBatch(payload: { batch: { messages: { value: Buffer | null }[] } }): Promise<void>
      }): Promise<void>
    }
  }
}

async function seed(servers: string): Promise<void> {
  const client = platformaticClient({ bootstrapServers: [servers] })
  const admin = client.admin()
  if ((await admin.describeTopics([TOPIC])).length === 0) {
    await admin.createTopics([{ name: TOPIC, partitions: PARTITIONS, replicationFactor: 1 }])
    const producer = client.producer({ clientId: 'bench', lingerMs: 5 })
    const value = Buffer.alloc(VALUE_BYTES, 'spillway ')
    for (let sent = 0; sent < RECORDS; sent += 10_000) {
      await producer.send(
        Array.from({ length: 10_000 }, (_, i) => ({ topic: TOPIC, partition: i % PARTITIONS, value })),
      )
    }
    await producer.close()
  }
  await admin.close()
}

/** Runs one candidate in this process. The clock starts with its first record, as joining a group is not reading. */
async function measure(candidate: string, servers: string): Promise<Result> {
  let seen = 0
  let bytes = 0
  let began = 0
  let took = 0
  let cpu = process.cpuUsage()
  const read = CANDIDATES[candidate]
  if (read === undefined) throw new Error(`no candidate ${candidate}`)
  await read(servers, `bench-${process.pid}-${Date.now()}`, (records, more) => {
    if (seen === 0 && records > 0) {
      began = performance.now()
      cpu = process.cpuUsage()
    }
    seen += records
    bytes += more
    if (seen < RECORDS) return true
    if (took === 0) {
      took = performance.now() - began
      cpu = process.cpuUsage(cpu)
    }
    return false
  })
  if (bytes !== RECORDS * VALUE_BYTES) throw new Error(`${candidate}: ${bytes} bytes in ${seen} records`)
  return {
    candidate,
    recordsPerSecond: Math.round((RECORDS / took) * 1_000),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
  }
}

function runInChild(candidate: string): Result | undefined {
  try {
    const script = new URL(import.meta.url).pathname
    const args = ['--conditions=development', script, '--candidate', candidate]
    const output = execFileSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Result
  } catch (error) {
    const reason = String((error as { stderr?: unknown }).stderr ?? error)
    console.log(`${candidate}: not measured (${/Error.*/.exec(reason)?.[0] ?? reason})`)
    return undefined
  }
}

const { bootstrapServers } = endpointsFromEnv().kafka
const chosen = argv.indexOf('--candidate')
if (chosen > 0) {
  console.log(JSON.stringify(await measure(argv[chosen + 1] ?? '', bootstrapServers)))
  process.exit(0)
}
await seed(bootstrapServers)
const rounds = Number(argv[2] ?? 3)
console.log(
  `${RECORDS} records of ${VALUE_BYTES} B, ${PARTITIONS} partitions; load ${loadavg()[0]?.toFixed(1)}`,
)
for (let round = 1; round <= rounds; round++) {
  for (const candidate of Object.keys(CANDIDATES)) {
    const result = runInChild(candidate)
    if (result === undefined) continue
    const { recordsPerSecond, cpuSeconds, peakRssMiB } = result
    console.log(
      `${round}  ${candidate}: ${recordsPerSecond} records/s, ${cpuSeconds.toFixed(2)} CPU s, ${peakRssMiB} MiB`,
    )
  }
}
