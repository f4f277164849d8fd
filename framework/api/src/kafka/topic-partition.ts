/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A position to commit: the offset of the next record to read, and free text kept with it. */
export interface OffsetAndMetadata {
  /** Next offset to read. */
  readonly offset: bigint
  readonly metadata?: string
}

/** A header as it lies in the record: the value is null or bytes. */
export interface RawHeader {
  readonly key: string
  readonly value: Buffer | null
}
