import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTopic, produce, uniqueName } from '../../../support/topics.ts'
import { target } from '../target/selected-target.ts'
import type { CaseWorker } from './case-worker.ts'

export interface PutRecord {
  readonly topic: string
  /** Where it was read: `topic-partition@offset`. */
  readonly at: string
  readonly value: unknown
  readonly headers: readonly { readonly key: string; readonly value: unknown }[]
  readonly timestamp: number | null
  readonly timestampType: string
}

/** A line that the monitorable sink has written. */
export interface Event {
  readonly event: string
  readonly reporter?: boolean
  readonly marker?: string
  readonly partitions?: readonly string[]
  readonly offsets?: Readonly<Record<string, number>>
  readonly records?: readonly PutRecord[]
}

/** A connector with the monitorable sink, and what it has noted so far. */
export class Monitored {
  readonly name = uniqueName('monitored')
  readonly log: string
  readonly worker: CaseWorker

  constructor(worker: CaseWorker, folder: string) {
    this.worker = worker
    this.log = join(folder, this.name)
  }

  async create(topics: string, config: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.worker.create(this.name, {
      'connector.class': target.pluginClass('MonitorableSink'),
      topics,
      log: this.log,
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'consumer.override.session.timeout.ms': '6000',
      ...config,
    })
  }

  events(kind?: string): Event[] {
    if (!existsSync(this.log)) return []
    const lines = readFileSync(this.log, 'utf8').split('\n')
    const whole = lines.slice(0, -1).map((line) => JSON.parse(line) as Event)
    return kind === undefined ? whole : whole.filter((event) => event.event === kind)
  }

  /** All records put so far, those that came again too. */
  records(): PutRecord[] {
    return this.events('put').flatMap((event) => event.records ?? [])
  }

  values(): unknown[] {
    return this.records().map((record) => record.value)
  }

  /** The records of each `put` that had some. */
  batches(): (readonly PutRecord[])[] {
    return this.events('put').flatMap(({ records = [] }) => (records.length > 0 ? [records] : []))
  }

  /** Partitions that `open` or `close` was called with, one after the other. */
  partitions(kind: 'open' | 'close'): string[] {
    return this.events(kind).flatMap((event) => event.partitions ?? [])
  }

  async committed(): Promise<Record<string, number>> {
    return await this.worker.committed(this.name)
  }

  async remove(): Promise<void> {
    await this.worker.remove(this.name)
  }
}

/** A new topic with these values, spread over its partitions in turn. */
export async function filledTopic(values: readonly string[], partitions = 1): Promise<string> {
  const topic = uniqueName('values')
  await createTopic(topic, partitions)
  await produce(values.map((value, i) => ({ topic, partition: i % partitions, value: Buffer.from(value) })))
  return topic
}
