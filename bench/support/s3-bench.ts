import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { PrivateStack } from '../../stack/private-stack.ts'
import { envOf } from '../../stack/stack.ts'
import { TestBucket } from '../../test/support/objects.ts'
import { createTopic, produce, uniqueName } from '../../test/support/topics.ts'
import { WorkerProcess } from '../../test/support/worker-process.ts'
import { inEnvelopes, orderRecords } from './order-records.ts'
import { rawFetchRate, type RunFigures, timeConnector } from './sink-run.ts'

const PARTITIONS = 4
const FLUSH = 50_000

/** What a case of this benchmark changes in the connector. */
export type CaseConfig = Readonly<Record<string, string>>

/** What else a case changes. */
export interface CaseOptions {
  /** Output partitions of each Kafka partition; 1 by default. */
  readonly objectsPerFlush?: number
  /** Wraps each order in an envelope with its schema. */
  readonly withSchema?: boolean
}

/** A condition that all records meet, and 5 of their 9 fields: `--refine` runs each case with and without it, in turns. */
const REFINE: CaseConfig = {
  'refine.keep': 'value.currency == "EUR" && value.amount >= 0',
  'refine.project.include': 'id,customer,city,amount,currency',
}

/**
 * 1,000,000 orders of about 190 bytes over 4 partitions into S3, several runs, medians, with the raw fetch rate of the
 * same records beside them. Servers of its own, started for it.
 */
export async function s3Bench(name: string, config: CaseConfig, options: CaseOptions = {}): Promise<void> {
  const { values } = parseArgs({
    options: {
      records: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '3' },
      refine: { type: 'boolean', default: false },
    },
  })
  const records = Number(values.records)
  const stack = await PrivateStack.create()
  try {
    await stack.start(['kafka', 's3'])
    Object.assign(process.env, envOf(stack.settings))
    const files = Math.floor(records / PARTITIONS / FLUSH) * PARTITIONS * (options.objectsPerFlush ?? 1)
    const figures: RunFigures[] = []
    const refined: RunFigures[] = []
    const raws: number[] = []
    for (let run = 0; run < Number(values.runs); run++) {
      const topic = uniqueName('bench')
      await createTopic(topic, PARTITIONS)
      const orders = orderRecords(topic, records, PARTITIONS)
      const fill = async (): Promise<void> =>
        await produce(options.withSchema === true ? inEnvelopes(orders) : orders)
      figures.push(await oneRun({ topic, records, files, config, fill }))
      raws.push(await rawFetchRate(topic, records))
      print(`run ${run + 1}`, figures.at(-1) as RunFigures, raws.at(-1) as number)
      if (!values.refine) continue
      const other = uniqueName('bench')
      await createTopic(other, PARTITIONS)
      const again = async (): Promise<void> => await produce(orderRecords(other, records, PARTITIONS))
      refined.push(
        await oneRun({ topic: other, records, files, config: { ...config, ...REFINE }, fill: again }),
      )
      print(`run ${run + 1}, refined`, refined.at(-1) as RunFigures, raws.at(-1) as number)
    }
    const medians = (of: readonly RunFigures[]): Omit<RunFigures, 'startedAt'> => ({
      seconds: middle(of.map((f) => f.seconds)),
      recordsPerSecond: middle(of.map((f) => f.recordsPerSecond)),
      cpuSeconds: middle(of.map((f) => f.cpuSeconds)),
      peakRssMiB: middle(of.map((f) => f.peakRssMiB)),
    })
    console.log(
      `\n${name}: ${records} records, ${files} objects, ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`,
    )
    print('median', medians(figures), middle(raws))
    if (refined.length > 0) print('median, refined', medians(refined), middle(raws))
  } finally {
    await stack.remove()
  }
}

interface OneRun {
  readonly topic: string
  readonly records: number
  readonly files: number
  readonly config: CaseConfig
  readonly fill: () => Promise<void>
}

async function oneRun({ topic, records, files, config, fill }: OneRun): Promise<RunFigures> {
  const bucket = await TestBucket.create(uniqueName('bench'))
  const worker = await WorkerProcess.start({ config: { 'offset.flush.interval.ms': '60000' } })
  try {
    const connector = {
      name: uniqueName('bench'),
      config: {
        ...bucket.config,
        'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
        'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
        'tasks.max': '2',
        topics: topic,
        'flush.size': String(FLUSH),
        ...config,
      },
    }
    return await timeConnector(
      worker,
      connector,
      records,
      fill,
      async () => (await bucket.keys()).length >= files,
    )
  } finally {
    await worker.dispose()
    bucket.close()
  }
}

function print(label: string, f: Omit<RunFigures, 'startedAt'>, raw: number): void {
  const rate = Math.round(f.recordsPerSecond).toLocaleString('en')
  console.log(
    `${label}: ${rate} records/s (${(f.recordsPerSecond / raw).toFixed(2)} of the raw fetch rate ` +
      `${Math.round(raw).toLocaleString('en')}), ${f.cpuSeconds.toFixed(1)} CPU s, peak RSS ${Math.round(f.peakRssMiB)} MiB`,
  )
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
