import type { TopicPartition } from '../../kafka/port.ts'

/** The keys of Connect that decide object names. */
export interface ObjectNamingOptions {
  /** `topics.dir`; blank leaves it and its delimiter out. */
  readonly topicsDir: string
  /** `directory.delim` */
  readonly directoryDelimiter: string
  /** `file.delim` */
  readonly fileDelimiter: string
  /** `filename.offset.zero.pad.width`: least digits of the offset. */
  readonly offsetPadWidth: number
}

/** What a file's name is made of. */
export interface NamedFile {
  /** The topic its records name, which a transformation may have changed. */
  readonly topic: string
  readonly encodedPartition: string
  readonly firstOffset: bigint
}

/**
 * `<topics.dir>/<topic>/<encoded partition>/<topic>+<partition>+<first offset><extension>`, as Confluent's sink names
 * objects (Java: `TopicPartitionWriter.fileKeyToCommit`).
 *
 * The file's own name is made of where its records lie in Kafka, whatever transformations did to their topic: two
 * topics renamed to one never write the same object.
 */
export class ObjectNaming {
  readonly #options: ObjectNamingOptions
  readonly #prefix: string

  constructor(options: ObjectNamingOptions) {
    this.#options = options
    const dir = options.topicsDir.trim()
    this.#prefix = dir === '' ? '' : dir + options.directoryDelimiter
  }

  key(file: NamedFile, source: TopicPartition, extension: string): string {
    const { directoryDelimiter, fileDelimiter, offsetPadWidth } = this.#options
    const offset = file.firstOffset.toString().padStart(offsetPadWidth, '0')
    const name = [source.topic, source.partition, offset].join(fileDelimiter)
    return this.directory(file.topic) + file.encodedPartition + directoryDelimiter + name + extension
  }

  /**
   * Where a connector keeps what is no data: beside topics.dir, not in it, so that whoever lists that finds data alone.
   * Names that begin with an underscore are hidden to Hive and Spark too.
   */
  bookkeeping(connector: string, name: string): string {
    return ['_spillway', encodeURIComponent(connector), name].join(this.#options.directoryDelimiter)
  }

  /** Where a connector keeps the ledger of a Kafka partition. */
  ledger(connector: string, source: TopicPartition): string {
    return this.bookkeeping(connector, `${source.topic}+${source.partition}.ledger.json`)
  }

  /** What every key starts with; empty where there is no topics.dir. */
  get root(): string {
    return this.#prefix
  }

  /** What the names of a Kafka partition's files start with. */
  fileNamePrefix(source: TopicPartition): string {
    const { fileDelimiter } = this.#options
    return [source.topic, source.partition, ''].join(fileDelimiter)
  }

  /** A key without its directories. */
  fileNameOf(key: string): string {
    return key.slice(
      key.lastIndexOf(this.#options.directoryDelimiter) + this.#options.directoryDelimiter.length,
    )
  }

  /** What every key of a topic starts with. */
  directory(topic: string): string {
    return this.#prefix + topic + this.#options.directoryDelimiter
  }
}
