import {
  type OffsetAndMetadata,
  type Offsets,
  type SinkRecord,
  type TopicPartition,
  TopicPartitionMap,
} from '@spillway/api'
import { recordBytes } from './record-bytes.ts'

export interface WriteQueueOptions {
  /** Records that may wait while a batch is written; more make {@link WriteQueue.accept} wait. */
  readonly maxRecords: number
  readonly maxBytes: number
  readonly write: (records: readonly SinkRecord[]) => Promise<void>
  /** Called when a write in the background has failed. */
  readonly onFailure: () => void
}

/**
 * What waits to be written. One batch is written at a time, in the background; what arrives meanwhile is the next one,
 * so batches grow with the load and no record waits for a batch to fill.
 *
 * Records of one put are never parted. Nothing leaves before it is committed: a batch that failed is the next one tried.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions
  #waiting: SinkRecord[] = []
  #waitingBytes = 0
  /** Being written, or to be tried again. */
  #batch: readonly SinkRecord[] = []
  #writing: Promise<void> | null = null
  #failure: { readonly error: unknown } | null = null

  constructor(options: WriteQueueOptions) {
    this.#options = options
  }

  /** The error the last write ended with; the queue stands still until {@link retry}. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure
  }

  get isEmpty(): boolean {
    return this.#batch.length === 0 && this.#waiting.length === 0
  }

  /** Takes records, and waits only while too many wait already. */
  async accept(records: readonly SinkRecord[]): Promise<void> {
    for (const record of records) {
      this.#waiting.push(record)
      this.#waitingBytes += recordBytes(record)
    }
    this.#start()
    while (this.#isFull() && this.#writing !== null) await this.#writing
  }

  /** Tries the failed batch again, and waits for it. */
  async retry(): Promise<void> {
    this.#failure = null
    this.#start()
    if (this.#writing !== null) await this.#writing
  }

  /** Waits until all is written, or a write has failed. */
  async drain(): Promise<void> {
    this.#start()
    while (this.#writing !== null) await this.#writing
  }

  /** Everything below these offsets is in the database, or was never to go there. */
  durable(consumed: Offsets): TopicPartitionMap<OffsetAndMetadata> {
    const open = new TopicPartitionMap<bigint>()
    for (const list of [this.#batch, this.#waiting]) {
      for (const record of list) {
        const partition = { topic: record.originalTopic, partition: record.originalKafkaPartition }
        if (!open.has(partition)) open.set(partition, record.originalKafkaOffset)
      }
    }
    return new TopicPartitionMap(
      [...consumed].map(([partition, position]) => {
        const first = open.get(partition)
        return [
          partition,
          first !== undefined && first < position.offset ? { offset: first } : position,
        ] as const
      }),
    )
  }

  /** Forgets what waits of partitions that leave, once nothing is being written. */
  async drop(partitions: readonly TopicPartition[]): Promise<void> {
    if (this.#writing !== null) await this.#writing
    const gone = new TopicPartitionMap(partitions.map((partition) => [partition, true] as const))
    const stays = (record: SinkRecord): boolean =>
      !gone.has({ topic: record.originalTopic, partition: record.originalKafkaPartition })
    this.#batch = this.#batch.filter(stays)
    this.#waiting = this.#waiting.filter(stays)
    this.#waitingBytes = this.#waiting.reduce((bytes, record) => bytes + recordBytes(record), 0)
    if (this.#batch.length === 0) this.#failure = null
    this.#start()
  }

  #isFull(): boolean {
    return this.#waiting.length >= this.#options.maxRecords || this.#waitingBytes >= this.#options.maxBytes
  }

  #start(): void {
    if (this.#writing !== null || this.#failure !== null || this.isEmpty) return
    if (this.#batch.length === 0) {
      this.#batch = this.#waiting
      this.#waiting = []
      this.#waitingBytes = 0
    }
    this.#writing = this.#writeBatch()
  }

  /** Never rejects: the failure is kept for the next call of the task. */
  async #writeBatch(): Promise<void> {
    try {
      await this.#options.write(this.#batch)
      this.#batch = []
    } catch (error) {
      this.#failure = { error }
    }
    this.#writing = null
    if (this.#failure === null) this.#start()
    else this.#options.onFailure()
  }
}
