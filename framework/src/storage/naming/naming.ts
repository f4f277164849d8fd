import type { TopicPartition } from '../../kafka/port.ts'

/** What a file's name is made of. */
export interface NamedFile {
  /** The topic its records name, which a transformation may have changed. */
  readonly topic: string
  readonly encodedPartition: string
  readonly firstOffset: bigint
}

/** How a connector names its objects. Pure: the same file has the same name in each of its lives. */
export interface Naming {
  key(file: NamedFile, source: TopicPartition, extension: string): string
  /** What every key starts with; empty where keys have nothing in common. */
  readonly root: string
  /** Whether an object of that name may be a file of that Kafka partition: for what is left over of unfinished ones. */
  mayBelongTo(key: string, source: TopicPartition): boolean
  /** Where a connector keeps what is no data. */
  bookkeeping(connector: string, name: string): string
  /** Where a connector keeps the ledger of a Kafka partition. */
  ledger(connector: string, source: TopicPartition): string
}

/**
 * Names that begin with an underscore are hidden to Hive and Spark; beside the data, not in it, so that whoever lists
 * that finds data alone.
 */
export function bookkeepingKey(connector: string, name: string, delimiter: string): string {
  return ['_spillway', encodeURIComponent(connector), name].join(delimiter)
}

export function ledgerName(source: TopicPartition): string {
  return `${source.topic}+${source.partition}.ledger.json`
}
