import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { TestBucket } from '../support/objects.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const PARTITIONERS = 'io.confluent.connect.storage.partitioner'
/** 2015-04-02 08:00 UTC. */
const EIGHT = 1_427_961_600_000
const MINUTE = 60_000

interface Event {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  readonly timestamp?: number
}

const folder = mkdtempSync(join(tmpdir(), 'spillway-modules-'))
let worker: WorkerProcess
let bucket: TestBucket

before(async () => {
  worker = await WorkerProcess.start({ config: { 'plugin.module.path': folder } })
  bucket = await TestBucket.create(uniqueName('settings'))
})

after(async () => {
  await worker?.dispose()
  bucket?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A topic with these events, from offset 0 on. */
async function topicOf(events: readonly Event[]): Promise<string> {
  const topic = uniqueName('events')
  await createTopic(topic, 1)
  await produceTo(topic, events)
  return topic
}

async function produceTo(topic: string, events: readonly Event[]): Promise<void> {
  await produce(
    events.map(({ key, value, headers = {}, timestamp }) => ({
      topic,
      partition: 0,
      key: Buffer.from(key),
      value: Buffer.from(JSON.stringify(value)),
      headers: Object.entries(headers).map(([name, text]) => ({ key: name, value: Buffer.from(text) })),
      ...(timestamp !== undefined && { timestamp }),
    })),
  )
}

/** Creates a connector that writes the topic below a directory of its own, which is its name. */
async function connect(topic: string, config: Readonly<Record<string, string>>): Promise<string> {
  const name = uniqueName('c')
  const reply = await worker.rest('POST', '/connectors', {
    name,
    config: {
      'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
      'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
      'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
      'flush.size': '1000000',
      locale: 'en',
      timezone: 'UTC',
      ...bucket.config,
      topics: topic,
      'topics.dir': name,
      ...config,
    },
  })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
  return name
}

/** The objects of a connector: what stands between topic and file name, with the `n` of each record. */
async function objectsOf(name: string): Promise<[directory: string, ns: number[]][]> {
  const keys = await bucket.keys(`${name}/`)
  return Promise.all(
    keys.map(async (key): Promise<[string, number[]]> => {
      const lines = await bucket.lines(key)
      const directory = key.split('/').slice(2, -1).join('/')
      return [directory, lines.map((line) => (JSON.parse(line) as { n: number }).n)]
    }),
  )
}

/** Reads what was listed: this S3 server lists an object a moment before it serves it. */
async function served<T>(read: () => Promise<T>): Promise<T> {
  const found: T[] = []
  await until('what is listed is served', async () => {
    try {
      found.push(await read())
      return true
    } catch (error) {
      if ((error as Error).name !== 'NoSuchKey') throw error
      return false
    }
  })
  return found[0] as T
}

async function untilObjects(name: string, expected: readonly [string, readonly number[]][]): Promise<void> {
  const sorted = expected.toSorted(([a], [b]) => (a < b ? -1 : 1))
  await until(`${sorted.length} objects of ${name}`, async () => {
    const status = (await worker.rest('GET', `/connectors/${name}/status`)).body as {
      tasks: { state: string; trace?: string }[]
    }
    const failed = status.tasks.find(({ state }) => state === 'FAILED')
    assert.equal(failed, undefined, failed?.trace)
    return (await bucket.keys(`${name}/`)).length >= sorted.length
  })
  assert.deepEqual(await served(() => objectsOf(name)), sorted)
}

const numbered = (count: number, event: (n: number) => Partial<Event> = () => ({})): Event[] =>
  Array.from({ length: count }, (_, n) => ({ key: `k${n}`, value: { n }, ...event(n) }))

const BY_KIND = {
  'partitioner.class': `${PARTITIONERS}.FieldPartitioner`,
  'partition.field.name': 'kind',
}
const kinds = (n: number): Partial<Event> => ({ value: { n, kind: n % 3 === 0 ? 'a' : 'b' } })

describe('limits of single files, through a worker', { concurrency: true }, () => {
  test('rotate.file.bytes', async () => {
    const topic = await topicOf(
      numbered(10, (n) => ({ value: { n, filler: 'x'.repeat(95 - String(n).length) } })),
    )
    const name = await connect(topic, { 'rotate.file.bytes': '300' })
    await untilObjects(name, [
      ['partition=0', [0, 1, 2]],
      ['partition=0', [3, 4, 5]],
      ['partition=0', [6, 7, 8]],
    ])
  })

  test('rotate.file.age.ms, though nothing more comes', async () => {
    const name = await connect(await topicOf(numbered(6, kinds)), {
      ...BY_KIND,
      'rotate.file.age.ms': '1000',
    })
    await untilObjects(name, [
      ['kind=a', [0, 3]],
      ['kind=b', [1, 2, 4, 5]],
    ])
  })

  test('rotate.idle.ms, though nothing more comes', async () => {
    const name = await connect(await topicOf(numbered(4, kinds)), { ...BY_KIND, 'rotate.idle.ms': '1000' })
    await untilObjects(name, [
      ['kind=a', [0, 3]],
      ['kind=b', [1, 2]],
    ])
  })

  test('rotate.lateness.ms: a late record joins its hour until the partition is far enough ahead', async () => {
    const minutes = [0, 50, 65, 58, 130, 131]
    const topic = await topicOf(numbered(6, (n) => ({ timestamp: EIGHT + (minutes[n] as number) * MINUTE })))
    const name = await connect(topic, {
      'partitioner.class': `${PARTITIONERS}.TimeBasedPartitioner`,
      'partition.duration.ms': String(60 * MINUTE),
      'path.format': "'h'=HH",
      'timestamp.extractor': 'Record',
      'rotate.lateness.ms': String(30 * MINUTE),
    })
    await untilObjects(name, [
      ['h=08', [0, 1, 3]],
      ['h=09', [2]],
    ])
  })

  test('rotate.schedule.interval.ms, and a limit of one file beside it', async () => {
    const name = await connect(await topicOf(numbered(4, kinds)), {
      ...BY_KIND,
      'rotate.schedule.interval.ms': '2000',
      'rotate.file.bytes': '1000000',
    })
    const ns = async (): Promise<number[]> => (await objectsOf(name)).flatMap(([, found]) => found)
    await until('all are written', async () => (await served(ns)).length === 4)
    assert.deepEqual((await served(ns)).toSorted(), [0, 1, 2, 3])
  })
})

/** One time in every form there is a name for. */
const FORMS: Readonly<Record<string, unknown>> = {
  seconds: EIGHT / 1000,
  millis: EIGHT,
  micros: EIGHT * 1000,
  nanos: String(BigInt(EIGHT) * 1_000_000n),
  iso: '2015-04-02T10:00:00+02:00',
  'yyyy/MM/dd HH.mm': '2015/04/02 08.00',
}

describe('times of records, through a worker', { concurrency: true }, () => {
  const hourly = {
    'partitioner.class': `${PARTITIONERS}.HourlyPartitioner`,
    'timestamp.extractor': 'RecordField',
    'timestamp.field': 'at.time',
    'flush.size': '1',
  }
  const hour = 'year=2015/month=04/day=02/hour=08'

  for (const [format, time] of Object.entries(FORMS)) {
    test(`timestamp.field.format=${format}`, async () => {
      const topic = await topicOf([{ key: 'k', value: { n: 0, at: { time } } }])
      await untilObjects(await connect(topic, { ...hourly, 'timestamp.field.format': format }), [[hour, [0]]])
    })
  }

  test('of several formats the first that fits, then the fallbacks in their order', async () => {
    const topic = await topicOf([
      { key: 'k', value: { n: 0, at: { time: '2015/04/02 08.00' } } },
      { key: 'k', value: { n: 1, at: { time: '2015-04-02T08:30:00Z' } } },
      { key: 'k', value: { n: 2, other: EIGHT / 1000 + 3600, at: { time: 'noon' } } },
      { key: 'k', value: { n: 3 }, headers: { when: '2015-04-02T10:00:00Z' } },
      { key: 'k', value: { n: 4 }, timestamp: EIGHT + 180 * MINUTE },
    ])
    const name = await connect(topic, {
      ...hourly,
      'flush.size': '5',
      'timestamp.field.format': 'yyyy/MM/dd HH.mm, iso, seconds',
      'timestamp.fallback': 'field:other, header:when, record',
    })
    const at = (text: string): string => `year=2015/month=04/day=02/hour=${text}`
    await untilObjects(name, [
      [at('08'), [0, 1]],
      [at('09'), [2]],
      [at('10'), [3]],
      [at('11'), [4]],
    ])
  })
})

describe('places of records, through a worker', { concurrency: true }, () => {
  test('partition.by mixes time, fields, key, headers, constants and the topic, escaped as in Hive', async () => {
    const topic = await topicOf([
      {
        key: 'eu/west',
        value: { n: 0, order: { country: 'DE', id: 7 }, at: EIGHT },
        headers: { tenant: 'a=b' },
      },
      { key: 'us', value: { n: 1, order: { country: null }, at: EIGHT } },
    ])
    const name = await connect(topic, {
      'partition.by':
        'dt=time:YYYY-MM-dd, value:order.country, id=value:$.order.id, region=key, tenant=header:tenant, kind=const:raw',
      'timestamp.extractor': 'RecordField',
      'timestamp.field': 'at',
      'rotate.interval.ms': String(60 * MINUTE),
      'rotate.file.on.partition.change': 'false',
      'flush.size': '2',
    })
    const missing = '__HIVE_DEFAULT_PARTITION__'
    await untilObjects(name, [
      ['dt=2015-04-02/order.country=DE/id=7/region=eu%2Fwest/tenant=a%3Db/kind=raw', [0]],
      [`dt=2015-04-02/order.country=${missing}/id=${missing}/region=us/tenant=${missing}/kind=raw`, [1]],
    ])
  })

  test('a partitioner and an extractor of one’s own, by the paths of their modules', async () => {
    const partitioner = join(folder, 'first-letter.js')
    writeFileSync(
      partitioner,
      `export default {
        kind: 'partitioner',
        className: 'FirstLetter',
        doc: 'By the first letter of the key.',
        timeBased: false,
        create: ({ raw, directoryDelimiter }) => ({
          encodePartition: (record) => raw['letters.dir'] + directoryDelimiter + String(record.key)[0],
        }),
      }\n`,
    )
    const extractor = join(folder, 'half-hour-later.js')
    writeFileSync(
      extractor,
      `export default class {
        extract(record) {
          return record.timestamp + 1_800_000
        }
      }\n`,
    )
    const topic = await topicOf(
      numbered(4, (n) => ({ key: n < 2 ? 'ab' : 'ba', timestamp: EIGHT + n * 20 * MINUTE })),
    )
    const letters = await connect(topic, {
      'partitioner.class': partitioner,
      'letters.dir': 'by-letter',
      'flush.size': '4',
    })
    const hours = await connect(topic, {
      'partitioner.class': `${PARTITIONERS}.HourlyPartitioner`,
      'timestamp.extractor': extractor,
      'flush.size': '4',
    })
    await untilObjects(letters, [
      ['by-letter/a', [0, 1]],
      ['by-letter/b', [2, 3]],
    ])
    await untilObjects(hours, [
      ['year=2015/month=04/day=02/hour=08', [0, 1]],
      ['year=2015/month=04/day=02/hour=09', [2, 3]],
    ])
  })
})

test('keys and headers, through a worker, with the bad ones in the dead letter queue', async () => {
  const dlq = uniqueName('dlq')
  const topic = await topicOf([
    ...numbered(2, (n) => ({ headers: { h: String(n) } })),
    { key: 'no-headers', value: { n: 2 } },
    { key: 'k3', value: { n: 3 }, headers: { h: '3' } },
  ])
  const name = await connect(topic, {
    'flush.size': '3',
    'store.kafka.keys': 'true',
    'keys.format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
    'store.kafka.headers': 'true',
    'headers.format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': dlq,
    'errors.deadletterqueue.topic.replication.factor': '1',
  })
  await until('three objects', async () => (await bucket.keys(`${name}/`)).length === 3)
  const base = `${name}/${topic}/partition=0/${topic}+0+0000000000`
  assert.deepEqual(await served(() => bucket.lines(`${base}.keys.json`)), ['"k0"', '"k1"', '"k3"'])
  assert.deepEqual(await served(() => bucket.lines(`${base}.json`)), ['{"n":0}', '{"n":1}', '{"n":3}'])
  const copies = await connect(dlq, { 'rotate.idle.ms': '500' })
  await untilObjects(copies, [['partition=0', [2]]])
})

test('what has no effect is said when a connector is created', async () => {
  const topic = await topicOf([])
  const name = await connect(topic, { 's3.elastic.buffer.enable': 'true', 'rotate.interval.ms': '1000' })
  await until('the task runs', async () => {
    const { body } = await worker.rest('GET', `/connectors/${name}/status`)
    return (body as { tasks: { state: string }[] }).tasks[0]?.state === 'RUNNING'
  })
  assert.match(worker.output(), /key s3\.elastic\.buffer\.enable is accepted and has no effect: no open file/)
  await until('the task has said so', () =>
    /rotate\.interval\.ms has no effect: the partitioner does not work by time/.test(worker.output()),
  )
})
