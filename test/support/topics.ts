import type { KafkaClient } from '../../framework/api/src/kafka/port.ts'
import { platformaticClient } from '../../framework/kafka/src/index.ts'
import type { ProducerRecord } from '../../framework/api/src/kafka/port.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { until } from './until.ts'

let sequence = 0

/** A name no other test has used, for topics, buckets, connectors and groups. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${process.pid}-${Date.now().toString(36)}-${++sequence}`
}

export function kafka(): KafkaClient {
  return platformaticClient({ bootstrapServers: [endpointsFromEnv().kafka.bootstrapServers] })
}

/** Creates a topic whose records are never deleted for their age. It is there for everybody then. */
export async function createTopic(name: string, partitions = 1): Promise<void> {
  const admin = kafka().admin()
  try {
    await admin.createTopics([{ name, partitions, replicationFactor: 1, configs: { 'retention.ms': '-1' } }])
    // The broker tells of it a little later than it has made it.
    await until(
      `topic ${name} is there`,
      async () => (await admin.describeTopics([name]))[0]?.partitions === partitions,
    )
  } finally {
    await admin.close()
  }
}

/** Produces records in order, some thousand a request. */
export async function produce(records: Iterable<ProducerRecord>): Promise<void> {
  const producer = kafka().producer({ clientId: 'test-producer', compression: 'none' })
  try {
    let batch: ProducerRecord[] = []
    for (const record of records) {
      batch.push(record)
      if (batch.length < 5_000) continue
      await producer.send(batch)
      batch = []
    }
    if (batch.length > 0) await producer.send(batch)
  } finally {
    await producer.close()
  }
}
