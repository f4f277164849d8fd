import { setTimeout as delay } from 'node:timers/promises'

import { TestBucket } from '../../test/support/objects.ts'
import { uniqueName } from '../../test/support/topics.ts'
import { WorkerProcess } from '../../test/support/worker-process.ts'
import { type RunFigures, timeConnector } from './sink-run.ts'

/** One case of the open-files benchmark. */
export interface OpenFilesCase {
  readonly topic: string
  readonly records: number
  readonly partitions: number
  /** Output partitions of each Kafka partition. */
  readonly outputs: number
  /** Produces the records. */
  readonly fill: () => Promise<void>
}

export interface OpenFilesFigures extends RunFigures {
  /** From the first record to the last one in an open file. */
  readonly consumedSeconds: number
  readonly objects: number
  /** Largest size of the spill log. */
  readonly spilledMiB: number
  readonly everyRecordOnce: boolean
}

const MIB = 1024 * 1024
const MEMORY_MIB = 64

/** Runs a worker over a topic with one file per customer, all of them open until the last record was read. */
export async function runOpenFiles(run: OpenFilesCase): Promise<OpenFilesFigures> {
  const bucket = await TestBucket.create(uniqueName('open-files'))
  const config = { 'offset.flush.interval.ms': '60000', 'buffer.memory.bytes': String(MEMORY_MIB * MIB) }
  const worker = await WorkerProcess.start({ config })
  const files = run.partitions * run.outputs
  let consumedAt = 0
  let spilled = 0
  const watch = async (): Promise<boolean> => {
    const metrics = await (await fetch(`${worker.url}/metrics`)).text()
    spilled = Math.max(spilled, sample(metrics, 'spillway_buffer_used_bytes', 'kind="disk"'))
    const taken = sample(metrics, 'kafka_connect_sink_task_sink_record_send_total', '')
    // Metrics come every two seconds; the first object tells it too, as nothing is written before the last record.
    const objects = taken >= run.records ? files : (await bucket.keys()).length
    if (consumedAt === 0 && objects > 0) consumedAt = performance.now()
    // A listing of ten thousand keys is work for the store that the worker waits for: not too often.
    await delay(consumedAt === 0 ? 100 : 500)
    return consumedAt !== 0 && (await bucket.keys()).length >= files
  }
  try {
    const figures = await timeConnector(worker, connectorOf(run, bucket), run.records, run.fill, watch)
    const objects = await bucket.keys()
    return {
      ...figures,
      consumedSeconds: (consumedAt - figures.startedAt) / 1000,
      objects: objects.length,
      spilledMiB: spilled / MIB,
      everyRecordOnce: await hasEveryRecordOnce(bucket, objects, run.records),
    }
  } finally {
    await worker.dispose()
    bucket.close()
  }
}

function connectorOf(
  run: OpenFilesCase,
  bucket: TestBucket,
): { name: string; config: Record<string, string> } {
  return {
    name: uniqueName('open-files'),
    config: {
      ...bucket.config,
      'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
      'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
      'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
      'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
      'partition.field.name': 'customer',
      'tasks.max': '1',
      topics: run.topic,
      'flush.size': String(run.records / run.partitions),
    },
  }
}

/** The largest sample of a metric whose labels hold a text; 0 where there is none yet. */
function sample(metrics: string, name: string, label: string): number {
  const found = metrics.split('\n').filter((line) => line.startsWith(name) && line.includes(label))
  return Math.max(0, ...found.map((line) => Number(line.slice(line.lastIndexOf(' ') + 1))))
}

/** Reads every object back. */
async function hasEveryRecordOnce(
  bucket: TestBucket,
  keys: readonly string[],
  records: number,
): Promise<boolean> {
  const seen = new Uint8Array(records)
  for (let from = 0; from < keys.length; from += 16) {
    const lines = await Promise.all(keys.slice(from, from + 16).map((key) => bucket.lines(key)))
    for (const line of lines.flat()) {
      const index = (JSON.parse(line) as { id: number }).id - 1_000_000
      if (seen[index] !== 0) return false
      seen[index] = 1
    }
  }
  return seen.every((count) => count === 1)
}
