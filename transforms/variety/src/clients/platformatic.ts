/** For @platformatic/kafka, which is not imported: what is used of it is written down as types. */
import { KindRouter } from '../core/kind-router.ts'
import { type FollowOptions, type PlanFollower, PlanReading } from './plan-reading.ts'
import { otherTopic, type ProducerPartitionerOptions } from './producer-options.ts'

/** What is used of a message that @platformatic/kafka gives to partitioners. */
export interface PlatformaticMessage {
  readonly topic: string
}

/** `PartitionerContext` of @platformatic/kafka: what the producer knows of topics so far. */
export interface PlatformaticContext {
  readonly metadata:
    { readonly topics: ReadonlyMap<string, { readonly partitionsCount: number }> } | undefined
}

type PlatformaticPartitioner<M> = (
  message: M,
  key: Buffer | undefined,
  context: PlatformaticContext,
) => number

/**
 * For `partitioner` of a producer of @platformatic/kafka: messages of one topic follow a plan. A message with a partition keeps it;
 * the client sees to that.
 *
 * @throws {RangeError} as the message is sent: for another topic without `otherwise`, and for a plan of more partitions than the
 *   topic is known to have. The client brings a partition that is too high into the topic as long as it knows nothing of it.
 */
export function platformaticPartitioner<M extends PlatformaticMessage>({
  topic: own,
  plan,
  kind,
  otherwise,
}: ProducerPartitionerOptions<M, PlatformaticPartitioner<M>>): PlatformaticPartitioner<M> {
  const router = new KindRouter(plan)
  return (message, key, context) => {
    if (message.topic !== own) {
      if (otherwise === undefined) throw otherTopic(message.topic, own)
      return otherwise(message, key, context)
    }
    // Keys are an empty buffer where there is none.
    const bytes = key === undefined || key.length === 0 ? null : key
    return router.route(kind(message), bytes, context.metadata?.topics.get(own)?.partitionsCount)
  }
}

/** What is used of a stream of messages. */
export interface PlatformaticStream {
  on(event: 'data', listener: (message: PlatformaticRecord) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): Promise<void>
}

/** A record as it is read, without deserializers. */
export interface PlatformaticRecord {
  readonly key: Buffer | null | undefined
  readonly value: Buffer | null | undefined
  readonly offset: bigint
}

/** What is used of a `Consumer` of @platformatic/kafka, made without deserializers. */
export interface PlatformaticConsumer {
  listOffsets(options: { topics: string[]; timestamp?: bigint }): Promise<Map<string, bigint[]>>
  consume(options: {
    topics: string[]
    mode: 'earliest'
    autocommit: boolean
    maxWaitTime: number
  }): Promise<PlatformaticStream>
  close(force?: boolean): Promise<void>
}

/** Times that stand for the ends of a partition in the request of offsets. */
const EARLIEST = -2n
const LATEST = -1n

/**
 * Reads a plan topic with a consumer of @platformatic/kafka, as long as it is not closed; it closes the consumer.
 *
 * @param consumer for this alone, with a group of its own: each process needs one. `groupId` of the options is not used.
 */
export function followPlanWithPlatformatic(
  consumer: PlatformaticConsumer,
  options: Omit<FollowOptions, 'groupId'>,
): PlanFollower {
  const reading = new PlanReading(options)
  const started = start(consumer, reading, options.planTopic).catch((error: unknown) => {
    reading.fail(error)
    return undefined
  })
  let closed: Promise<void> | undefined
  return {
    ready: reading.ready,
    close: () =>
      (closed ??= (async () => {
        await (await started)?.close()
        await consumer.close(true)
        reading.end()
      })()),
  }
}

async function start(
  consumer: PlatformaticConsumer,
  reading: PlanReading,
  planTopic: string,
): Promise<PlatformaticStream> {
  const offsetsAt = async (timestamp: bigint): Promise<bigint[]> =>
    (await consumer.listOffsets({ topics: [planTopic], timestamp })).get(planTopic) ?? []
  const starts = await offsetsAt(EARLIEST)
  const ends = await offsetsAt(LATEST)
  reading.startsBefore(starts.map((start, i) => ({ start, end: ends[i] ?? start })))
  const stream = await consumer.consume({
    topics: [planTopic],
    mode: 'earliest',
    autocommit: false,
    maxWaitTime: 1000,
  })
  stream.on('error', (error) => {
    reading.tell(error)
    reading.end(error)
  })
  stream.on('data', ({ key, value, offset }) => reading.record(key ?? null, value ?? null, offset))
  return stream
}
