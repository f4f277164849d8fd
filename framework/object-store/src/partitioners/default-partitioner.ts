import type { SinkRecord } from '@spillway/api'
import type { Partitioner } from './partitioner.ts'

/** `partition=<kafka partition>` (Java: `DefaultPartitioner`). */
export class DefaultPartitioner implements Partitioner {
  #partition = -1
  #encoded = ''

  encodePartition(record: SinkRecord): string {
    if (record.kafkaPartition !== this.#partition) {
      this.#partition = record.kafkaPartition
      this.#encoded = `partition=${record.kafkaPartition}`
    }
    return this.#encoded
  }

  exemplify(): void {}
}
