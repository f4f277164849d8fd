import type { TopicPartition } from '../../kafka/port.ts'
import type { TemplatePart } from './file-name-template.ts'
import { bookkeepingKey, ledgerName, literalPattern, type NamedFile, type Naming } from './naming.ts'

/** Stands for the offset in what a {@link TemplatePartitioner} makes: a file's is known only when it is written. */
export const OFFSET_MARK = '\u0000'
export const PADDED_OFFSET_MARK = '\u0001'

const PADDED_OFFSET_DIGITS = 20
const PADDED_PARTITION_DIGITS = 10
/** What the values of variables are like that are not text without a slash. */
const PATTERNS: Readonly<Record<string, string>> = {
  key: '.*',
  partition: String.raw`\d+`,
  start_offset: String.raw`\d+`,
  timestamp: String.raw`\d+`,
}

/** Names objects by a template: {@link TemplatePartitioner} fills in all of it but the offset. */
export class TemplateNaming implements Naming {
  readonly root: string
  readonly #parts: readonly TemplatePart[]

  constructor(parts: readonly TemplatePart[]) {
    this.#parts = parts
    const [first] = parts
    this.root = typeof first === 'string' ? first : ''
  }

  key({ encodedPartition, firstOffset }: NamedFile, _source: TopicPartition, extension: string): string {
    const offset = firstOffset.toString()
    const name = encodedPartition
      .replaceAll(OFFSET_MARK, offset)
      .replaceAll(PADDED_OFFSET_MARK, offset.padStart(PADDED_OFFSET_DIGITS, '0'))
    return name + extension
  }

  /** Only where names say topic and partition: else an object may be of any task's. */
  mayBelongTo(key: string, source: TopicPartition): boolean {
    if (!this.#has('topic') || !this.#has('partition')) return false
    const pattern = this.#parts.map((part) =>
      typeof part === 'string' ? literalPattern(part) : any(part, source),
    )
    return new RegExp(`^${pattern.join('')}$`, 's').test(key)
  }

  /** Without an offset in them names are those of the records' keys, whatever these are. */
  objectPattern(extensions: readonly string[]): RegExp | undefined {
    if (!this.#has('start_offset')) return undefined
    const pattern = this.#parts.map((part) =>
      typeof part === 'string' ? literalPattern(part) : (PATTERNS[part.name] ?? '[^/]*'),
    )
    return new RegExp(`^${pattern.join('')}(?:${extensions.map(literalPattern).join('|')})$`, 's')
  }

  bookkeeping(connector: string, name: string): string {
    return bookkeepingKey(connector, name, '/')
  }

  ledger(connector: string, source: TopicPartition): string {
    return this.bookkeeping(connector, ledgerName(source))
  }

  #has(variable: string): boolean {
    return this.#parts.some((part) => typeof part !== 'string' && part.name === variable)
  }
}

/** The text of a Kafka partition in a template. */
export function partitionText(partition: number, padded: boolean): string {
  return padded ? String(partition).padStart(PADDED_PARTITION_DIGITS, '0') : String(partition)
}

/** What may stand in a name for a variable. */
function any(part: Exclude<TemplatePart, string>, source: TopicPartition): string {
  switch (part.name) {
    case 'topic':
      return literalPattern(source.topic)
    case 'partition':
      return partitionText(source.partition, part.parameter?.value === 'true')
    case 'start_offset':
    case 'timestamp':
      return String.raw`\d+`
    default:
      return '.*'
  }
}
