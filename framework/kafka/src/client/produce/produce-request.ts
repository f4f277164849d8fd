import type { ProducerOptions } from '@spillway/api'
import { Writer, produceV9 } from '@platformatic/kafka'

import type { BatchProducer, BatchWriter, TimedRecord } from './record-writer.ts'

/** Produce by topic names, in the version that Kafka 3.0 to 4.x speak. */
export const PRODUCE_API = { key: 0, version: 9 } as const

/** A batch and where it goes. The same values always make the same bytes. */
export interface ProducePartition {
  readonly topic: string
  readonly partition: number
  readonly batch: {
    readonly writer: Pick<BatchWriter, 'finish'>
    /** Its records one by one, for a library that encodes them itself. */
    records(): readonly TimedRecord[]
  }
  readonly producer: BatchProducer
}

/** What a request says besides its batches. */
export interface ProduceSettings {
  readonly transactionalId: string | null
  /** -1 all replicas, 1 the leader, 0 nobody: then no answer comes. */
  readonly acks: number
  readonly timeoutMs: number
  readonly compression: NonNullable<ProducerOptions['compression']>
}

/** What the broker says of one batch. */
export interface ProduceAnswer {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly baseOffset: bigint
}

/** Encodes a request; with `acks` 0 no answer is expected. */
export function writeProduceRequest(
  { transactionalId, acks, timeoutMs, compression }: ProduceSettings,
  partitions: readonly ProducePartition[],
): Writer {
  const topics = new Map<string, ProducePartition[]>()
  for (const partition of partitions) {
    const list = topics.get(partition.topic)
    if (list === undefined) topics.set(partition.topic, [partition])
    else list.push(partition)
  }
  const writer = Writer.create()
    .appendString(transactionalId)
    .appendInt16(acks)
    .appendInt32(timeoutMs)
    .appendArray([...topics], (w, [topic, list]) => {
      w.appendString(topic).appendArray(list, (inner, { partition, batch, producer }) => {
        const bytes = batch.writer.finish(compression, producer)
        inner
          .appendInt32(partition)
          .appendUnsignedVarInt(bytes.length + 1)
          .append(bytes)
      })
    })
    .appendTaggedFields()
  if (acks === 0) writer.context['noResponse'] = true
  return writer
}

/** Error codes stay in the answers. */
export const parseProduceResponse = produceV9.parseResponse

/** The answers of a response, one per partition. */
export function produceAnswers(response: ReturnType<typeof parseProduceResponse>): ProduceAnswer[] {
  return response.responses.flatMap(({ name: topic, partitionResponses }) =>
    partitionResponses.map(({ index, errorCode, errorMessage, baseOffset }) => ({
      topic,
      partition: index,
      errorCode,
      errorMessage: errorMessage ?? null,
      baseOffset,
    })),
  )
}
