import type { TopicPartition } from '../../kafka/port.ts'
import { bookkeepingKey, ledgerName, literalPattern, type NamedFile, type Naming } from './naming.ts'

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

/**
 * `<topics.dir>/<topic>/<encoded partition>/<topic>+<partition>+<first offset><extension>`, as Confluent's sink names
 * objects (Java: `TopicPartitionWriter.fileKeyToCommit`).
 *
 * The file's own name is made of where its records lie in Kafka, whatever transformations did to their topic: two
 * topics renamed to one never write the same object.
 */
export class ObjectNaming implements Naming {
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

  bookkeeping(connector: string, name: string): string {
    return bookkeepingKey(connector, name, this.#options.directoryDelimiter)
  }

  ledger(connector: string, source: TopicPartition): string {
    return this.bookkeeping(connector, ledgerName(source))
  }

  /** What every key starts with; empty where there is no topics.dir. */
  get root(): string {
    return this.#prefix
  }

  mayBelongTo(key: string, source: TopicPartition): boolean {
    const { directoryDelimiter, fileDelimiter } = this.#options
    const fileName = key.slice(key.lastIndexOf(directoryDelimiter) + directoryDelimiter.length)
    return fileName.startsWith([source.topic, source.partition, ''].join(fileDelimiter))
  }

  objectPattern(extensions: readonly string[]): RegExp {
    const number = String.raw`${literalPattern(this.#options.fileDelimiter)}\d+`
    return new RegExp(`${number}${number}(?:${extensions.map(literalPattern).join('|')})$`)
  }

  /** What every key of a topic starts with. */
  directory(topic: string): string {
    return this.#prefix + topic + this.#options.directoryDelimiter
  }
}
