import { setTimeout as delay } from 'node:timers/promises'
import {
  type Admin,
  ConnectError,
  type Consumer,
  type ConsumerRecord,
  type KafkaClient,
  type Producer,
  type TopicPartition,
} from '@spillway/api'
import type { Logger } from 'pino'
import type { LogRecord, RecordLog } from '../supervision/record-log.ts'

const POLL_MS = 1_000
const RETRY_MS = 1_000
const READ_TIMEOUT_MS = 30_000

interface Waiter {
  readonly ends: ReadonlyMap<number, bigint>
  readonly resolve: () => void
}

/** A compacted topic that a whole cluster writes to and every worker follows, without a group (Java: `KafkaBasedLog`). */
export class KafkaBasedLog implements RecordLog {
  readonly #kafka: KafkaClient
  readonly #admin: Admin
  readonly #topic: string
  readonly #onRecord: (record: LogRecord) => void
  readonly #logger: Logger
  readonly #consumer: Consumer
  readonly #producer: Producer
  readonly #abort = new AbortController()
  readonly #positions = new Map<number, bigint>()
  readonly #waiters = new Set<Waiter>()
  #partitions: readonly TopicPartition[] = []
  #tail: Promise<void> | undefined
  #sending: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(parts: {
    readonly kafka: KafkaClient
    readonly admin: Admin
    readonly topic: string
    /** Cluster name: the client id begins with it. */
    readonly groupId: string
    readonly onRecord: (record: LogRecord) => void
    readonly logger: Logger
  }) {
    this.#kafka = parts.kafka
    this.#admin = parts.admin
    this.#topic = parts.topic
    this.#onRecord = parts.onRecord
    this.#logger = parts.logger
    const clientId = `${parts.groupId}-${parts.topic}`
    this.#consumer = this.#kafka.consumer({
      clientId,
      autoOffsetReset: 'earliest',
      allowAutoCreateTopics: false,
    })
    this.#producer = this.#kafka.producer({ clientId, acks: 'all', lingerMs: 0 })
  }

  /** Reads to the end of the topic, and follows it from then on. */
  async start(): Promise<void> {
    const [description] = await this.#admin.describeTopics([this.#topic])
    this.#partitions = Array.from({ length: description?.partitions ?? 1 }, (_, partition) => ({
      topic: this.#topic,
      partition,
    }))
    this.#consumer.assign(this.#partitions)
    this.#tail = this.#follow()
    await this.readToEnd()
  }

  /** Resolves when all that is in the topic now has been read. @throws {ConnectError} where that takes too long. */
  async readToEnd(): Promise<void> {
    const offsets = await this.#admin.listOffsets(this.#partitions, 'latest')
    const ends = new Map(this.#partitions.map(({ partition }, i) => [partition, offsets[i] ?? 0n]))
    if (this.#isAt(ends)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiter: Waiter = { ends, resolve }
    this.#waiters.add(waiter)
    this.#consumer.wakeup()
    const late = new AbortController()
    try {
      await Promise.race([promise, this.#tooLate(late.signal)])
    } finally {
      late.abort()
      this.#waiters.delete(waiter)
    }
  }

  /** Writes records in order, after all that was sent before; resolves when every replica in sync has them. */
  async send(records: readonly { readonly key: string; readonly value: unknown }[]): Promise<void> {
    const sent = this.#sending.then(
      async () =>
        await this.#producer.send(
          records.map(({ key, value }) => ({
            topic: this.#topic,
            key: Buffer.from(key),
            value: value === null ? null : Buffer.from(JSON.stringify(value)),
          })),
        ),
    )
    this.#sending = sent.catch(() => undefined)
    await sent
  }

  /** Waits for what is being sent, and stops reading. Idempotent. */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    await this.#sending
    this.#abort.abort()
    this.#consumer.wakeup()
    await this.#tail
    await this.#producer.close()
    await this.#consumer.close()
  }

  async #follow(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        for (const record of await this.#consumer.poll(POLL_MS)) this.#take(record)
        if (this.#waiters.size > 0) await this.#notePositions()
      } catch (error) {
        if (this.#abort.signal.aborted) return
        this.#logger.error({ err: error }, `Reading the topic ${this.#topic} failed; it is tried again`)
        await delay(RETRY_MS, undefined, { signal: this.#abort.signal }).catch(() => undefined)
      }
    }
  }

  #take(record: ConsumerRecord): void {
    this.#positions.set(record.partition, record.offset + 1n)
    if (record.key === null) return
    try {
      this.#onRecord({
        key: record.key.toString(),
        value: record.value === null ? null : parsed(record.value),
        offset: record.offset,
      })
    } catch (error) {
      this.#logger.error(
        { err: error },
        `The record at ${this.#topic}-${record.partition}@${record.offset} is ignored`,
      )
    }
  }

  /** Positions pass what is no record: compacted offsets at the end, transaction markers. */
  async #notePositions(): Promise<void> {
    for (const partition of this.#consumer.assignment()) {
      this.#positions.set(partition.partition, await this.#consumer.position(partition))
    }
    for (const waiter of this.#waiters) if (this.#isAt(waiter.ends)) waiter.resolve()
  }

  #isAt(ends: ReadonlyMap<number, bigint>): boolean {
    return [...ends].every(([partition, end]) => end === 0n || (this.#positions.get(partition) ?? 0n) >= end)
  }

  async #tooLate(signal: AbortSignal): Promise<never> {
    await delay(READ_TIMEOUT_MS, undefined, { signal })
    throw new ConnectError(
      `The end of the topic ${this.#topic} was not reached in ${READ_TIMEOUT_MS} ms: ` +
        `${this.#consumer.lastProblem()?.error.message ?? 'the brokers answer slowly'}`,
    )
  }
}

function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString()) as unknown
  } catch {
    return undefined
  }
}
