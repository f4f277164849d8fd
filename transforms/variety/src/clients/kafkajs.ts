/** For kafkajs, which is not imported: what is used of it is written down as types. */
import { KindRouter } from '../core/kind-router.ts'
import { type FollowOptions, ownGroup, type PlanFollower, PlanReading } from './plan-reading.ts'
import { otherTopic, type ProducerPartitionerOptions } from './producer-options.ts'

/** A message as kafkajs gives it to partitioners. */
export interface KafkaJsMessage {
  readonly key?: Buffer | string | null
  readonly value: Buffer | string | null
  readonly partition?: number
  readonly headers?: object
}

/** `PartitionerArgs` of kafkajs. */
export interface KafkaJsPartitionerArgs<M extends KafkaJsMessage = KafkaJsMessage> {
  readonly topic: string
  readonly partitionMetadata: readonly object[]
  readonly message: M
}

type KafkaJsPartitioner<M extends KafkaJsMessage> = (args: KafkaJsPartitionerArgs<M>) => number

/**
 * For `createPartitioner` of a kafkajs producer: messages of one topic follow a plan. A message with a partition keeps it.
 *
 * @throws {RangeError} as the message is sent: for another topic without `otherwise`, and for a plan of more partitions than the
 *   topic has
 */
export function kafkaJsPartitioner<M extends KafkaJsMessage>({
  topic: own,
  plan,
  kind,
  otherwise,
}: ProducerPartitionerOptions<M, () => KafkaJsPartitioner<M>>): () => KafkaJsPartitioner<M> {
  return () => {
    const router = new KindRouter(plan)
    const others = otherwise?.()
    return (args) => {
      const { topic, message, partitionMetadata } = args
      if (topic !== own) {
        if (others === undefined) throw otherTopic(topic, own)
        return others(args)
      }
      return message.partition ?? router.route(kind(message), message.key ?? null, partitionMetadata.length)
    }
  }
}

/** What is used of a `Kafka` of kafkajs. */
export interface KafkaJs {
  admin(): {
    connect(): Promise<void>
    fetchTopicOffsets(topic: string): Promise<{ partition: number; low: string; high: string }[]>
    disconnect(): Promise<void>
  }
  consumer(config: { groupId: string; maxWaitTimeInMs: number; allowAutoTopicCreation: boolean }): {
    connect(): Promise<void>
    subscribe(subscription: { topics: string[]; fromBeginning: boolean }): Promise<void>
    run(config: {
      autoCommit: boolean
      eachMessage: (payload: {
        message: { key: Buffer | null; value: Buffer | null; offset: string }
      }) => Promise<void>
    }): Promise<void>
    disconnect(): Promise<void>
    on(
      event: 'consumer.crash',
      listener: (event: { payload: { error: Error; restart: boolean } }) => void,
    ): unknown
  }
}

/** Reads a plan topic with a consumer of kafkajs, as long as it is not closed. */
export function followPlanWithKafkaJs(kafka: KafkaJs, options: FollowOptions): PlanFollower {
  const reading = new PlanReading(options)
  const consumer = kafka.consumer({
    groupId: ownGroup(options),
    maxWaitTimeInMs: 1000,
    allowAutoTopicCreation: false,
  })
  consumer.on('consumer.crash', ({ payload: { error, restart } }) => {
    reading.tell(error)
    if (!restart) reading.end(error)
  })
  const started = start(kafka, consumer, reading, options.planTopic).catch((error: unknown) => {
    reading.fail(error)
  })
  let closed: Promise<void> | undefined
  return {
    ready: reading.ready,
    close: () =>
      (closed ??= (async () => {
        await started
        await consumer.disconnect()
        reading.end()
      })()),
  }
}

async function start(
  kafka: KafkaJs,
  consumer: ReturnType<KafkaJs['consumer']>,
  reading: PlanReading,
  planTopic: string,
): Promise<void> {
  reading.startsBefore(await offsetsOf(kafka, planTopic))
  await consumer.connect()
  await consumer.subscribe({ topics: [planTopic], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: ({ message: { key, value, offset } }) => {
      reading.record(key, value, BigInt(offset))
      return Promise.resolve()
    },
  })
}

const TRIES = 8
const PAUSE_MS = 300

/** The first offset and the end of each partition. A topic that was just made may have no leader yet, of which kafkajs gives up. */
async function offsetsOf(kafka: KafkaJs, planTopic: string): Promise<{ start: bigint; end: bigint }[]> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    for (let tried = 1; ; tried++) {
      try {
        const partitions = await admin.fetchTopicOffsets(planTopic)
        return partitions.map(({ low, high }) => ({ start: BigInt(low), end: BigInt(high) }))
      } catch (error) {
        if (tried === TRIES || (error as { retriable?: boolean }).retriable !== true) throw error
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
    }
  } finally {
    await admin.disconnect()
  }
}
