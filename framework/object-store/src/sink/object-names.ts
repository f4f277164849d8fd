import type { SinkRecord, TopicPartition } from '@spillway/api'
import type { NamedFile } from '../naming/naming.ts'
import { PartitionError } from '../confluent/partition-error.ts'
import { objectKeys } from '../commits/file-objects.ts'
import type { WriterSettings } from '../settings/writer-settings.ts'

/** The offset with the most digits. */
const LAST_OFFSET = 2n ** 63n - 1n
/** So much of a key is shown. */
const SHOWN = 200

/**
 * Judges the names that objects would get, all that a file becomes, before a record opens it: one that the store cannot
 * take is the record's fault. The answer depends on the record alone, so every life of a task gives the same.
 */
export class ObjectNames {
  readonly #partition: TopicPartition
  readonly #settings: WriterSettings
  readonly #objectPattern: RegExp | undefined

  constructor(partition: TopicPartition, settings: WriterSettings) {
    this.#partition = partition
    this.#settings = settings
    this.#objectPattern = settings.naming.objectPattern(settings.views.map(({ extension }) => extension))
  }

  /** @throws {PartitionError} for a record with which no file could begin. */
  check(record: SinkRecord, encodedPartition: string): void {
    const { topic, originalKafkaOffset: firstOffset } = record
    const found = this.#problem({ topic, encodedPartition, firstOffset })
    if (found === undefined) return
    throw new PartitionError(
      `Error encoding partition. The object key of record ${record.coordinates} cannot be: ${found.problem}. It would be ` +
        `${shown(found.key)}. The partitioner takes it from the record; partition.by escapes what it takes.`,
    )
  }

  /** True for a file whose name holds as it is and would not with an offset of more digits. */
  isTight({ topic, encodedPartition }: Omit<NamedFile, 'firstOffset'>): boolean {
    return this.#problem({ topic, encodedPartition, firstOffset: LAST_OFFSET }) !== undefined
  }

  #problem(file: NamedFile): { readonly key: string; readonly problem: string } | undefined {
    const { keyRule, naming } = this.#settings
    if (keyRule === undefined) return undefined
    const parts = { root: naming.root, objectPattern: this.#objectPattern }
    for (const key of objectKeys(file, this.#partition, this.#settings)) {
      const problem = keyRule(key, parts)
      if (problem !== undefined) return { key, problem }
    }
    return undefined
  }
}

function shown(key: string): string {
  const text = JSON.stringify(key.length > SHOWN ? key.slice(0, SHOWN) : key)
  return key.length > SHOWN ? `${text}…` : text
}
