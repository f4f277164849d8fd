import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { KafkaStreams, type StreamsConfig, type Topology } from '../../transforms/streams/src/index.ts'
import type { ConsumerRecord, ProducerRecord, TopicPartition } from '../../framework/api/src/kafka/port.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { closing } from '../support/closing.ts'
import { kafka, uniqueName } from '../support/topics.ts'
import { until as awaited } from '../support/until.ts'
import { partitionsOf } from './settled.ts'

/** A folder for state that goes with the test. */
export class StateFolder implements Disposable {
  readonly path: string

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'spillway-streams-'))
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** What a quiet test application runs with: quick commits and sessions, a name of its own, and each update forwarded. */
export function appConfig(stateDir: string, more: StreamsConfig = {}): StreamsConfig {
  return {
    'application.id': uniqueName('streams'),
    'bootstrap.servers': endpointsFromEnv().kafka.bootstrapServers,
    'state.dir': stateDir,
    'commit.interval.ms': 100,
    'statestore.cache.max.bytes': 0,
    'replication.factor': 1,
    'session.timeout.ms': 6_000,
    'heartbeat.interval.ms': 500,
    'producer.linger.ms': 5,
    ...more,
  }
}

/** Keeps what it is told, to be printed by a test that fails. */
export class LogOfTest {
  readonly lines: string[] = []
  readonly debug = (): void => undefined
  readonly info = (line: string): void => void this.lines.push(line)
  readonly warn = this.info
  readonly error = this.info
}

const apps: KafkaStreams[] = []
after(async () => await Promise.all(apps.map(async (app) => await app.close())))

/** Closed when the tests of the file are over, at the latest: a test that fails before its end would leave its process running. */
export function closedAtTheEnd(app: KafkaStreams): KafkaStreams {
  apps.push(app)
  return app
}

/** An application that runs until the end of its scope. */
export async function startApp(
  topology: Topology,
  config: StreamsConfig,
  log = new LogOfTest(),
): Promise<KafkaStreams> {
  const streams = closedAtTheEnd(new KafkaStreams(topology, config, { logger: log }))
  await streams.start()
  await streams.running()
  if (streams.state() !== 'RUNNING')
    throw new Error(`the application is ${streams.state()}:\n${log.lines.join('\n')}`)
  return streams
}

/** Text records with keys. */
export function* textRecords(
  topic: string,
  records: Iterable<
    readonly [key: string | null, value: string | null, timestamp?: number, partition?: number]
  >,
): Iterable<ProducerRecord> {
  for (const [key, value, timestamp, partition] of records) {
    yield {
      topic,
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      ...(timestamp === undefined ? {} : { timestamp }),
      ...(partition === undefined ? {} : { partition }),
    }
  }
}

/** All records of a topic from its start, until they are enough. */
export async function readUntil(
  topic: string,
  isEnough: (records: readonly ConsumerRecord[]) => boolean,
  timeoutMs = 60_000,
  isolationLevel: 'read_committed' | 'read_uncommitted' = 'read_uncommitted',
): Promise<readonly ConsumerRecord[]> {
  await using admin = closing(kafka().admin())
  const consumer = kafka().consumer({ clientId: 'reader', isolationLevel })
  const records: ConsumerRecord[] = []
  try {
    let partitions: readonly TopicPartition[] = []
    // The broker may tell of a topic a little later than it has made it.
    await awaited(`topic ${topic} is there`, async () => {
      partitions = await partitionsOf(admin, [topic])
      return partitions.length > 0
    })
    consumer.assign(partitions.map((each) => ({ ...each, offset: 0n })))
    const until = Date.now() + timeoutMs
    while (!isEnough(records)) {
      if (Date.now() > until)
        throw new Error(`${records.length} records of ${topic} are not enough:\n${shown(records)}`)
      records.push(...(await consumer.poll(200)))
    }
    return records
  } finally {
    await consumer.close()
  }
}

/** The newest value of each key, as text. */
export function newest(records: readonly ConsumerRecord[]): Map<string, string | null> {
  const table = new Map<string, string | null>()
  for (const { key, value } of records) table.set(key?.toString() ?? '', value?.toString() ?? null)
  return table
}

function shown(records: readonly ConsumerRecord[]): string {
  return records
    .slice(-20)
    .map(
      ({ partition, offset, key, value }) => `${partition}@${offset} ${key?.toString()}=${value?.toString()}`,
    )
    .join('\n')
}
