import type { Consumer } from '../../framework/api/src/kafka/port.ts'
import { kafka } from './topics.ts'
import { until } from './until.ts'

const TOPIC = '__consumer_offsets'
/** Kinds of records: 0 and 1 are a group's offsets, 2 its state. */
const GROUP_STATE = 2

/** The names of all groups that the brokers have written about since a moment, whether they still exist or not. */
export class GroupLog implements AsyncDisposable {
  readonly #consumer: Consumer
  readonly #names = new Set<string>()

  private constructor(consumer: Consumer) {
    this.#consumer = consumer
  }

  /** From now on. The brokers make their topic with the first group. */
  static async start(): Promise<GroupLog> {
    const admin = kafka().admin()
    try {
      const consumer = kafka().consumer({ clientId: 'group-log', allowAutoCreateTopics: false })
      const [topic] = await admin.describeTopics([TOPIC])
      const partitions = Array.from({ length: topic?.partitions ?? 0 }, (_, partition) => ({
        topic: TOPIC,
        partition,
      }))
      const ends = await consumer.endOffsets(partitions)
      consumer.assign(partitions.map((partition, i) => ({ ...partition, offset: ends[i] ?? 0n })))
      return new GroupLog(consumer)
    } finally {
      await admin.close()
    }
  }

  /** Those whose names hold the text, sorted. */
  async naming(text: string): Promise<string[]> {
    const partitions = this.#consumer.assignment()
    const ends = await this.#consumer.endOffsets(partitions)
    await until('the end of the group log', async () => {
      for (const { key } of await this.#consumer.poll(100)) {
        if (key !== null && key.readInt16BE(0) <= GROUP_STATE) {
          this.#names.add(key.toString('utf8', 4, 4 + key.readInt16BE(2)))
        }
      }
      const positions = await Promise.all(partitions.map((one) => this.#consumer.position(one)))
      return positions.every((position, i) => position >= (ends[i] ?? 0n))
    })
    return [...this.#names].filter((name) => name.includes(text)).sort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumer.close()
  }
}
