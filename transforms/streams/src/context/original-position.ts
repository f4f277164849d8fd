import type { Headers } from '../core/headers.ts'

/** A record as it was read. */
export interface RecordPosition {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/**
 * Of a record in a repartition topic: where the record it was made of was read first. Only there, and only where dead letters are
 * written; Kafka Streams has none such.
 */
const originalHeader = '__streams.original'

export function withOriginal(headers: Headers, { topic, partition, offset }: RecordPosition): Headers {
  return headers.copy().add(originalHeader, `${topic}-${partition}@${offset}`)
}

/** Takes the header off. */
export function takeOriginal(headers: Headers): {
  readonly headers: Headers
  readonly original: RecordPosition | null
} {
  const text = headers.size === 0 ? null : headers.last(originalHeader)
  if (text === null) return { headers, original: null }
  const found = /^(.+)-(\d{1,10})@(\d{1,19})$/.exec(text)
  const [topic, partition, offset] = found?.slice(1) ?? []
  const original =
    topic === undefined || partition === undefined || offset === undefined
      ? null
      : { topic, partition: Number(partition), offset: BigInt(offset) }
  return { headers: headers.copy().remove(originalHeader), original }
}
