import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { after, test } from 'node:test'

import { TestBucket } from '../support/objects.ts'
import { FoundRecords, type PlacedRecords, placedRecords } from '../support/placed-records.ts'
import { randomFrom, runSeed } from '../support/random.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const LONG = process.env['SPILLWAY_LONG'] === '1'
const ROUNDS = LONG ? 8 : 1
/** Longer than the session time-out below: the group lets a frozen worker go. */
const FREEZE_MS = 4000
const SESSION_MS = '2000'

const ROTATIONS = {
  'wall clock': { 'rotate.schedule.interval.ms': '1500', timezone: 'UTC' },
  idle: { 'rotate.idle.ms': '600' },
  'per file': { 'rotate.file.bytes': '60000', 'rotate.file.age.ms': '2500' },
} as const

const open = new Set<WorkerProcess>()
const buckets: TestBucket[] = []
after(async () => {
  for (const worker of open) await worker.dispose()
  for (const bucket of buckets) bucket.close()
})

/** Two workers that share the partitions of the same connectors, as members of the same groups. */
class Pair {
  readonly #options: Parameters<typeof WorkerProcess.start>[0]
  readonly #workers: (WorkerProcess | undefined)[] = [undefined, undefined]

  constructor(options: Parameters<typeof WorkerProcess.start>[0]) {
    this.#options = options
  }

  at(i: number): WorkerProcess | undefined {
    return this.#workers[i]
  }

  /** Starts one, or has it run again. */
  async start(i: number): Promise<void> {
    const worker = await WorkerProcess.start(this.#options)
    open.add(worker)
    this.#workers[i] = worker
  }

  async kill(i: number): Promise<void> {
    const worker = this.#workers[i]
    worker?.kill('SIGKILL')
    await worker?.dispose()
    if (worker !== undefined) open.delete(worker)
    this.#workers[i] = undefined
  }

  /** An orderly end: its partitions go to the other one. */
  async stop(i: number): Promise<void> {
    assert.equal(await this.#workers[i]?.stop(), 0)
    await this.kill(i)
  }
}

async function survives(
  t: { diagnostic(text: string): void },
  rotations: Readonly<Record<string, Readonly<Record<string, string>>>>,
  options: { readonly records: PlacedRecords; readonly worker?: Readonly<Record<string, string>> },
): Promise<void> {
  const { records } = options
  const seed = runSeed()
  t.diagnostic(`SPILLWAY_SEED=${seed}`)
  const random = randomFrom(seed)
  const bucket = await TestBucket.create(uniqueName('once'))
  buckets.push(bucket)
  await createTopic(records.topic, records.partitions)
  const connectors = Object.entries(rotations).map(([rotation, config]) => ({
    name: uniqueName(rotation.replaceAll(' ', '-')),
    config: {
      ...bucket.config,
      'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
      'tasks.max': '1',
      topics: records.topic,
      'topics.dir': rotation.replaceAll(' ', '-'),
      'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
      'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
      'partition.field.name': 'out',
      'flush.size': '100000000',
      'consumer.override.session.timeout.ms': SESSION_MS,
      'consumer.override.heartbeat.interval.ms': '500',
      ...config,
    },
  }))
  const pair = new Pair({
    connectors,
    config: { 'offset.flush.interval.ms': '400', ...options.worker },
  })
  let isProduced = false
  const producing = produceInBursts(records, random).then(() => {
    isProduced = true
  })
  await Promise.all([pair.start(0), pair.start(1)])
  const told: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const victim = random() < 0.5 ? 0 : 1
    // Random instants: while joining the group, consuming, uploading, moving a ledger or committing.
    await setTimeout(random() * 2500)
    told.push(`freeze ${victim}`)
    pair.at(victim)?.kill('SIGSTOP')
    await setTimeout(FREEZE_MS)
    pair.at(victim)?.kill('SIGCONT')
    await setTimeout(random() * 2500)
    told.push(`kill ${1 - victim}`)
    await pair.kill(1 - victim)
    await setTimeout(random() * 2000)
    await pair.start(1 - victim)
    await setTimeout(random() * 2000)
    told.push(`stop ${victim}`)
    await pair.stop(victim)
    await pair.start(victim)
  }
  await producing
  assert.ok(isProduced)
  const committed = (): Promise<number[]> => Promise.all(connectors.map(({ name }) => committedOf(name)))
  await until(
    'the groups have committed the end',
    async () => (await committed()).every((n) => n === records.count),
    LONG ? 300_000 : 120_000,
  ).catch(async (error: Error) => {
    throw new Error(`${error.message}: ${(await committed()).join(', ')} of ${records.count}`)
  })
  await Promise.all([pair.stop(0), pair.stop(1)])
  t.diagnostic(told.join(', '))
  for (const rotation of Object.keys(rotations)) {
    const found = await FoundRecords.read(bucket, `${rotation.replaceAll(' ', '-')}/`, records)
    t.diagnostic(`${rotation}: ${found.distinct} records in ${found.objects} objects`)
    found.assertOnce()
  }
}

/** With pauses between, so that files become idle while others take records. */
async function produceInBursts(records: PlacedRecords, random: () => number): Promise<void> {
  const all = placedRecords(records)
  const bursts = LONG ? 160 : 24
  const perBurst = Math.ceil(records.count / bursts)
  for (let sent = 0; sent < records.count; sent += perBurst) {
    const count = Math.min(perBurst, records.count - sent)
    await produce(Array.from({ length: count }, () => all.next().value as never))
    await setTimeout(200 + random() * 800)
  }
}

/** Records that a connector's group has committed. */
async function committedOf(connector: string): Promise<number> {
  const admin = kafka().admin()
  try {
    const offsets = await admin.listGroupOffsets(`connect-${connector}`)
    return offsets.reduce((sum, { offset }) => sum + Number(offset.offset), 0)
  } finally {
    await admin.close()
  }
}

test('under wall-clock, idle and per-file rotation every record is in one object, though workers freeze, are killed and hand over', async (t) => {
  const records: PlacedRecords = {
    topic: uniqueName('once'),
    partitions: 4,
    count: LONG ? 400_000 : 24_000,
    bytes: 200,
    outputs: 8,
  }
  await survives(t, ROTATIONS, { records })
})

test('where the buffers are full, files are committed early, and every record is still in one object', async (t) => {
  const records: PlacedRecords = {
    topic: uniqueName('full'),
    partitions: 4,
    count: LONG ? 100_000 : 12_000,
    bytes: 2000,
    outputs: 8,
  }
  const worker = { 'buffer.memory.bytes': '2097152', 'buffer.disk.bytes': '2097152' }
  await survives(t, { 'per file': { 'rotate.file.age.ms': '60000' } }, { records, worker })
})
