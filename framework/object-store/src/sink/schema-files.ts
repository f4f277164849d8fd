import { createHash } from 'node:crypto'
import { DataError, type Schema, type SinkRecord } from '@spillway/api'
import { writeSchema } from '@spillway/converters'

const FINGERPRINT_DIGITS = 16
const NO_SCHEMA = '-'

const fingerprints = new WeakMap<Schema, string>()

/**
 * Files of several schemas open at once in an output partition (`schema.max.open.versions`), so that records of two
 * versions by turns do not close a file each time. A file's schema is then part of what it is found by, and of what
 * chains of objects are kept for: it is told by the record alone, in whatever life.
 */
export class SchemaFiles {
  readonly #most: number
  readonly #withKeys: boolean
  /** Open files of each output partition. */
  readonly #open = new Map<string, number>()
  /** What the records of the latest source offset have in each output partition. */
  readonly #ofOffset = new Map<string, string>()
  #offset = -1n

  /**
   * @param most schemas of which an output partition may have files open.
   * @param withKeys whether keys count too, as their files have rows.
   */
  constructor(most: number, withKeys: boolean) {
    this.#most = most
    this.#withKeys = withKeys
  }

  /**
   * What the file of a record is found by.
   *
   * @throws {DataError} where records that a transformation made of one source offset have several schemas in one
   *   output partition: two files would have one name.
   */
  idOf(partition: string, record: SinkRecord): string {
    const value = fingerprint(record.valueSchema)
    const schemas = this.#withKeys ? `${value},${fingerprint(record.keySchema)}` : value
    if (record.originalKafkaOffset !== this.#offset) {
      this.#offset = record.originalKafkaOffset
      this.#ofOffset.clear()
    }
    const before = this.#ofOffset.get(partition)
    if (before === undefined) this.#ofOffset.set(partition, schemas)
    else if (before !== schemas) {
      throw new DataError(
        'Records that a transformation made of one source offset have different schemas in one output partition: ' +
          'their files would have one name.',
      )
    }
    return `${partition}\n${schemas}`
  }

  /** Whether one more schema is too many. */
  isFull(id: string): boolean {
    return (this.#open.get(partitionOf(id)) ?? 0) >= this.#most
  }

  opened(id: string): void {
    const partition = partitionOf(id)
    this.#open.set(partition, (this.#open.get(partition) ?? 0) + 1)
  }

  closed(id: string): void {
    const partition = partitionOf(id)
    const left = (this.#open.get(partition) ?? 1) - 1
    if (left === 0) this.#open.delete(partition)
    else this.#open.set(partition, left)
  }
}

function partitionOf(id: string): string {
  return id.slice(0, id.lastIndexOf('\n'))
}

/** The same for equal schemas, in every process. */
function fingerprint(schema: Schema | null): string {
  if (schema === null) return NO_SCHEMA
  let text = fingerprints.get(schema)
  if (text === undefined) {
    const canonical = JSON.stringify(sorted(JSON.parse(writeSchema(schema, false))))
    text = createHash('sha256').update(canonical).digest('hex').slice(0, FINGERPRINT_DIGITS)
    fingerprints.set(schema, text)
  }
  return text
}

/** With the keys of objects in order: that of parameters does not count. */
function sorted(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sorted)
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(
    Object.entries(json)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, sorted(value)]),
  )
}
