import { readFile } from 'node:fs/promises'
import {
  ConfigError,
  ConnectError,
  type Consumer,
  type ConsumerRecord,
  type KafkaClient,
  type RawConfig,
  type TopicPartition,
} from '@spillway/api'
import { adminSettings, kafkaClientFor } from '../task/client-settings.ts'
import { readWorkerConfig } from './config-file.ts'
import { type DeadLetter, deadLetterOf, describeDeadLetter, replayOf } from './dead-letter.ts'

export interface DlqOptions {
  readonly bootstrapServer?: string
  /** Worker configuration whose `bootstrap.servers` and security settings to use. */
  readonly worker?: string
}

/** `spillway dlq show <topic>`: why each record failed, oldest first. */
export async function dlqShow(
  topic: string,
  options: DlqOptions & { limit?: number; json?: boolean },
): Promise<number> {
  const client = await clientOf(options)
  const limit = options.limit ?? Infinity
  let shown = 0
  // Without a group: every show begins at the oldest.
  for await (const records of readToEnd(client, topic)) {
    for (const record of records) {
      if (shown >= limit) return 0
      shown++
      const letter = deadLetterOf(record)
      process.stdout.write(`${options.json ? JSON.stringify(letter) : describeDeadLetter(letter)}\n`)
    }
  }
  if (shown === 0 && !options.json) process.stdout.write(`${topic} holds no records.\n`)
  return 0
}

/**
 * `spillway dlq replay <topic>`: sends records to the topic they came from. What was sent is remembered by a consumer
 * group (`spillway-dlq-replay-<topic>`), so the next replay begins after it; `--input` sends a file instead, as
 * `show --json` wrote it and somebody repaired it.
 */
export async function dlqReplay(
  topic: string,
  options: DlqOptions & { to?: string; input?: string },
): Promise<number> {
  const client = await clientOf(options)
  const producer = client.producer({ clientId: 'spillway-dlq-replay', acks: 'all' })
  let sent = 0
  try {
    if (options.input !== undefined) {
      const letters = parseLetters(await readFile(options.input, 'utf8'), options.input)
      await producer.send(letters.map((letter) => replayOf(letter, options.to)))
      sent = letters.length
    } else {
      for await (const records of readToEnd(client, topic, `spillway-dlq-replay-${topic}`)) {
        // The commit of a batch comes with the next step of the loop: after its records are acknowledged.
        await producer.send(records.map((record) => replayOf(deadLetterOf(record), options.to)))
        sent += records.length
      }
    }
  } finally {
    await producer.close()
  }
  process.stdout.write(`Sent ${sent} records of ${topic} back.\n`)
  return 0
}

/**
 * Batches up to what the topic holds now: from the oldest, or from where the group has come to. Of two replays at a time
 * the second waits for the first, as the group has one.
 */
async function* readToEnd(
  client: KafkaClient,
  topic: string,
  groupId?: string,
): AsyncGenerator<ConsumerRecord[]> {
  const { partitions, ends } = await endsOf(client, topic)
  const consumer = client.consumer({
    clientId: 'spillway-dlq',
    autoOffsetReset: 'earliest',
    ...(groupId !== undefined && { groupId }),
  })
  const none = async (): Promise<void> => {}
  if (groupId === undefined) consumer.assign(partitions)
  else consumer.subscribe({ topics: [topic] }, { onAssigned: none, onRevoked: none, onLost: none })
  try {
    while (!(await isAtEnd(consumer, partitions, ends))) {
      const records = (await consumer.poll(1_000)).filter((r) => r.offset < (ends[r.partition] ?? 0n))
      if (records.length === 0) continue
      yield records
      if (groupId !== undefined) await commitRecords(consumer, records)
    }
  } finally {
    await consumer.close()
  }
}

async function endsOf(
  client: KafkaClient,
  topic: string,
): Promise<{ partitions: TopicPartition[]; ends: bigint[] }> {
  const admin = client.admin()
  try {
    const [description] = await admin.describeTopics([topic])
    if (description === undefined) throw new ConnectError(`There is no topic ${topic} in the cluster.`)
    const partitions = Array.from({ length: description.partitions }, (_, partition) => ({
      topic,
      partition,
    }))
    return { partitions, ends: await admin.listOffsets(partitions, 'latest') }
  } finally {
    await admin.close()
  }
}

async function isAtEnd(
  consumer: Consumer,
  partitions: readonly TopicPartition[],
  ends: readonly bigint[],
): Promise<boolean> {
  if (consumer.assignment().length < partitions.length) return false
  for (const partition of partitions) {
    if ((await consumer.position(partition)) < (ends[partition.partition] ?? 0n)) return false
  }
  return true
}

async function commitRecords(consumer: Consumer, records: readonly ConsumerRecord[]): Promise<void> {
  const last = new Map(records.map((record) => [record.partition, record]))
  await consumer.commit(
    new Map(
      [...last.values()].map(({ topic, partition, offset }) => [
        { topic, partition },
        { offset: offset + 1n },
      ]),
    ),
  )
}

async function clientOf(options: DlqOptions): Promise<KafkaClient> {
  if (options.worker === undefined && options.bootstrapServer === undefined) {
    throw new ConfigError(
      'Which Kafka cluster? Name its brokers with --bootstrap-server <host:port>, or the configuration of a worker with --worker <file>.',
    )
  }
  const fromFile: RawConfig = options.worker === undefined ? {} : await readWorkerConfig(options.worker)
  const config =
    options.bootstrapServer === undefined
      ? fromFile
      : { ...fromFile, 'bootstrap.servers': options.bootstrapServer }
  return await kafkaClientFor(adminSettings(config, {}, undefined))
}

function parseLetters(text: string, file: string): DeadLetter[] {
  return text
    .split('\n')
    .map((line, i) => [line.trim(), i + 1] as const)
    .filter(([line]) => line !== '')
    .map(([line, number]) => {
      try {
        return JSON.parse(line) as DeadLetter
      } catch (cause) {
        throw new ConnectError(
          `${file}:${number}: not a line of "dlq show --json": ${(cause as Error).message}`,
          { cause },
        )
      }
    })
}
