import { createHash } from 'node:crypto'
import type { TopicPartition } from '@spillway/api'

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
  /**
   * Matches every key that an object may have, of whatever topic and partition; undefined where that may be any.
   *
   * @param extensions of the objects that a file becomes.
   */
  objectPattern(extensions: readonly string[]): RegExp | undefined
  /** Whether an object of that name may be a file of that Kafka partition: for what is left over of unfinished ones. */
  mayBelongTo(key: string, source: TopicPartition): boolean
  /** Where a connector keeps what is no data. */
  bookkeeping(connector: string, name: string): string
  /** Where a connector keeps the ledger of a Kafka partition. */
  ledger(connector: string, source: TopicPartition): string
}

/** Bytes of a file's name, in stores that keep objects as files. */
const MAX_NAME_BYTES = 255

/**
 * Hive and Spark do not see names that begin with an underscore. They lie beside the directory of data, so a listing of
 * that shows data alone.
 */
export function bookkeepingKey(connector: string, name: string, delimiter: string): string {
  return ['_spillway', shortened(encodeURIComponent(connector)), name].join(delimiter)
}

export function ledgerName(source: TopicPartition): string {
  return shortened(`${source.topic}+${source.partition}`, '.ledger.json')
}

/** A name as it is; one that is too long for a file by its beginning and a hash of the whole. */
function shortened(name: string, ending = ''): string {
  const whole = name + ending
  if (Buffer.byteLength(whole) <= MAX_NAME_BYTES) return whole
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 32)
  return `${name.slice(0, MAX_NAME_BYTES - ending.length - hash.length - 1)}~${hash}${ending}`
}

/** A text as a regular expression that matches it alone. */
export function literalPattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
}
