import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { type Fault, FaultProxy, type SeenRequest } from '../s3/support/fault-proxy.ts'
import { TestBucket } from '../support/objects.ts'
import { FoundRecords, type PlacedRecords, placedRecords } from '../support/placed-records.ts'
import { randomFrom, runSeed } from '../support/random.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const LONG = process.env['SPILLWAY_LONG'] === '1'
const records: PlacedRecords = {
  topic: uniqueName('faults'),
  partitions: 4,
  count: LONG ? 200_000 : 20_000,
  // Files of six megabytes: two parts each.
  bytes: LONG ? 600 : 2400,
}
const FLUSH = LONG ? 10_000 : 2500
const STALL_MS = LONG ? 30_000 : 3000
const OUTAGE_MS = LONG ? 20_000 : 4000

const bucket = await TestBucket.create(uniqueName('faults'))
const proxy = await FaultProxy.start()
let worker: WorkerProcess | undefined
after(async () => {
  await worker?.dispose()
  await proxy[Symbol.asyncDispose]()
  bucket.close()
})

interface Status {
  readonly tasks: readonly {
    readonly id: number
    readonly state: string
    readonly trace?: string
    readonly notice?: string
  }[]
}

interface Kind {
  readonly name: string
  readonly fault: Fault
  readonly onlyComplete?: boolean
}

const KINDS: readonly Kind[] = [
  { name: '500 InternalError', fault: { answer: 500, code: 'InternalError' } },
  { name: '503 SlowDown', fault: { answer: 503, code: 'SlowDown' } },
  { name: '429 TooManyRequests', fault: { answer: 429, code: 'TooManyRequests' } },
  { name: 'expired credentials', fault: { answer: 400, code: 'ExpiredToken' } },
  { name: 'reset mid-body', fault: 'reset' },
  { name: 'lost answer', fault: 'lost answer' },
  {
    name: '200 with InternalError on Complete',
    fault: { answer: 200, code: 'InternalError' },
    onlyComplete: true,
  },
  { name: 'stall', fault: { stallMs: STALL_MS } },
]

/** Faults befall three requests in ten, dealt from a shuffled deck, so that even a short run sees every kind. */
function faultsFrom(seed: number, counts: Map<string, number>): (request: SeenRequest) => Fault | undefined {
  const random = randomFrom(seed)
  let deck: Kind[] = []
  const onlyForComplete: Kind[] = []
  return (request) => {
    const isComplete = request.operation === 'CompleteMultipartUpload'
    let kind = isComplete ? onlyForComplete.pop() : undefined
    if (kind === undefined) {
      if (random() > 0.3) return undefined
      if (deck.length === 0) deck = shuffled(KINDS, random)
      kind = deck.pop() as Kind
      if (kind.onlyComplete === true && !isComplete) {
        onlyForComplete.push(kind)
        return undefined
      }
    }
    counts.set(kind.name, (counts.get(kind.name) ?? 0) + 1)
    return kind.fault
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}

/** Rotation that a replay repeats, and rotation by the size of each file, which goes by chain and ledger. */
const CONNECTORS = {
  deterministic: { 'flush.size': String(FLUSH) },
  chained: {
    'flush.size': '1000000',
    'rotate.file.bytes': '6000000',
    'rotate.file.age.ms': '5000',
    'topics.dir': 'chained',
  },
} as const

test(`${records.count} records reach a store that answers with 500, 503, resets, stalls and errors behind a 200: all once, tasks RUNNING`, async (t) => {
  const seed = runSeed()
  t.diagnostic(`SPILLWAY_SEED=${seed}`)
  await createTopic(records.topic, records.partitions)
  await produce(placedRecords(records))
  const counts = new Map<string, number>()
  const faults = faultsFrom(seed, counts)
  let isOut = false
  proxy.inject((request) => (isOut ? { answer: 503, code: 'SlowDown' } : faults(request)))
  const started = performance.now()
  const alive = await WorkerProcess.start()
  worker = alive
  const names: string[] = []
  for (const [kind, config] of Object.entries(CONNECTORS)) {
    const name = uniqueName(kind)
    names.push(name)
    const reply = await worker.rest('POST', '/connectors', {
      name,
      config: {
        ...bucket.config,
        'store.url': proxy.url,
        'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
        'tasks.max': '2',
        topics: records.topic,
        'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
        's3.part.size': '5242880',
        's3.retry.backoff.ms': LONG ? '200' : '50',
        ...config,
      },
    })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
  }
  const notices = new Set<string>()
  const running = new Set<string>()
  const areRunning = async (): Promise<void> => {
    for (const name of names) {
      const { tasks } = (await alive.rest('GET', `/connectors/${name}/status`)).body as Status
      for (const { id, state, trace, notice } of tasks) {
        // Before its first one a task is UNASSIGNED, for as long as the store lets it wait.
        if (state === 'RUNNING') running.add(`${name}-${id}`)
        else if (state !== 'UNASSIGNED' || running.has(`${name}-${id}`)) assert.fail(trace ?? state)
        if (notice !== undefined) notices.add(notice)
      }
    }
  }
  await until('the first objects are there', async () => (await bucket.keys()).length > 2, 120_000)
  isOut = true
  const outageEnds = performance.now() + OUTAGE_MS
  await until('the outage shows in the status, and has lasted', async () => {
    await areRunning()
    return [...notices].some((notice) => /503 SlowDown/.test(notice)) && performance.now() > outageEnds
  })
  isOut = false
  await until(
    'the groups have committed the end',
    async () => {
      await areRunning()
      return (await Promise.all(names.map((name) => committed(name)))).every((n) => n === records.count)
    },
    LONG ? 1_200_000 : 180_000,
  )
  assert.equal(running.size, 4)
  const seconds = (performance.now() - started) / 1000
  assert.equal(await worker.stop(), 0)
  for (const prefix of ['topics/', 'chained/']) {
    const found = await FoundRecords.read(bucket, prefix, records)
    found.assertOnce()
    t.diagnostic(`${prefix}: ${found.distinct} records in ${found.objects} objects, each once`)
  }
  assert.deepEqual(await bucket.openUploads(), [])
  const injected = [...counts].map(([name, count]) => `${count} ${name}`).join(', ')
  t.diagnostic(`${seconds.toFixed(1)} s; ${proxy.requests.length} requests; injected ${injected}`)
  t.diagnostic(`${notices.size} different notices, such as: ${[...notices][0] ?? ''}`)
  for (const { name } of KINDS) assert.ok((counts.get(name) ?? 0) > 0, `no ${name} was injected`)
})

/** Records that a connector's group has committed. */
async function committed(connector: string): Promise<number> {
  const admin = kafka().admin()
  try {
    const offsets = await admin.listGroupOffsets(`connect-${connector}`)
    return offsets.reduce((sum, { offset }) => sum + Number(offset.offset), 0)
  } finally {
    await admin.close()
  }
}
