import { CommitFailedError, type Consumer, type OffsetAndMetadata, type TopicPartition } from '@spillway/api'
import type { Delivery } from './delivery.ts'
import { TaskMigratedException } from './errors.ts'
import type { RecordCollector } from './record-collector.ts'

/** Offsets are committed when what was sent is acknowledged: what comes between is done again after a failure. */
export class AtLeastOnce implements Delivery {
  readonly isOfAllTasks = false
  readonly #consumer: Consumer
  readonly #collector: RecordCollector

  constructor(consumer: Consumer, collector: RecordCollector) {
    this.#consumer = consumer
    this.#collector = collector
  }

  async begin(): Promise<void> {}

  async commit(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void> {
    await this.#collector.flush()
    if (offsets.size === 0) return
    try {
      await this.#consumer.commit(offsets)
    } catch (error) {
      if (error instanceof CommitFailedError)
        throw new TaskMigratedException(`Consumer committing offsets failed: ${error.message}`, error)
      throw error
    }
  }

  gaveUp(): void {}

  migration(): undefined {
    return undefined
  }

  async abort(): Promise<void> {}
}
