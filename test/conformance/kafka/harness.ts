import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import type {
  Admin,
  Consumer,
  ConsumerGroupMetadata,
  ConsumerOptions,
  ConsumerRecord,
  KafkaClient,
  Producer,
  ProducerOptions,
  RebalanceListener,
  Subscription,
  TopicPartition,
} from '../../../framework/api/src/kafka/port.ts'

/** Long versions of the tests that wait: SPILLWAY_LONG=1. */
export const IS_LONG = process.env['SPILLWAY_LONG'] === '1'

/** One test of the suite. */
export interface Case {
  readonly name: string
  readonly run: (kafka: Harness) => Promise<void>
  /** Milliseconds; default one minute. */
  readonly timeoutMs?: number
}

/** What happened around a consumer's rebalances, in order. */
export type RebalanceEvent = readonly [kind: 'assigned' | 'revoked' | 'lost', partitions: string[]]

/** A consumer, and all that it was given. */
export interface Member {
  readonly consumer: Consumer
  readonly records: ConsumerRecord[]
  readonly events: RebalanceEvent[]
}

/** Everything one test makes, so that it can be taken away again. */
export class Harness implements AsyncDisposable {
  readonly client: KafkaClient
  readonly bootstrapServers: string
  readonly admin: Admin
  readonly #closing: (() => Promise<void>)[] = []
  readonly #topics: string[] = []

  constructor(client: KafkaClient, bootstrapServers: string) {
    this.client = client
    this.bootstrapServers = bootstrapServers
    this.admin = client.admin()
  }

  /** A name nobody else has. */
  name(what: string): string {
    return `conformance-${what}-${randomUUID().slice(0, 8)}`
  }

  async topic(partitions = 1, configs: Record<string, string> = {}): Promise<string> {
    const name = this.name('topic')
    await this.createTopic(name, partitions, configs)
    return name
  }

  async createTopic(name: string, partitions = 1, configs: Record<string, string> = {}): Promise<void> {
    await this.admin.createTopics([{ name, partitions, replicationFactor: 1, configs }])
    this.#topics.push(name)
    // A broker answers "created" before its own metadata and the group coordinator know of it.
    await until(async () => (await this.admin.describeTopics([name])).length === 1, `topic ${name}`)
  }

  /** Adds partitions; as with new topics, a broker answers before its own metadata has them. */
  async createPartitions(topic: string, total: number): Promise<void> {
    await this.admin.createPartitions(topic, total)
    await until(async () => {
      const [described] = await this.admin.describeTopics([topic])
      return described?.partitions === total
    }, `${total} partitions of topic ${topic}`)
  }

  producer(options: Partial<ProducerOptions> = {}): Producer {
    const producer = this.client.producer({ clientId: 'conformance-producer', ...options })
    this.#closing.push(() => producer.close())
    return producer
  }

  /** A consumer that is closed after the test. */
  consumer(options: Partial<ConsumerOptions> = {}): Consumer {
    const consumer = this.client.consumer({
      groupId: this.name('group'),
      clientId: 'conformance-consumer',
      fetchMaxWaitMs: 100,
      heartbeatIntervalMs: 200,
      allowAutoCreateTopics: false,
      ...options,
    })
    this.#closing.push(() => consumer.close())
    return consumer
  }

  /** A consumer with a subscription; `listener` adds to what is noted. */
  member(
    subscription: string | Extract<Subscription, { readonly pattern: unknown }>,
    options: Partial<ConsumerOptions> = {},
    listener: Partial<RebalanceListener> = {},
  ): Member {
    const member: Member = { consumer: this.consumer(options), records: [], events: [] }
    const noted =
      (kind: RebalanceEvent[0], then?: (partitions: readonly TopicPartition[]) => Promise<void>) =>
      async (partitions: readonly TopicPartition[]): Promise<void> => {
        await then?.(partitions)
        member.events.push([kind, keys(partitions)])
      }
    member.consumer.subscribe(typeof subscription === 'string' ? { topics: [subscription] } : subscription, {
      onAssigned: noted('assigned', listener.onAssigned),
      onRevoked: noted('revoked', listener.onRevoked),
      onLost: noted('lost', listener.onLost),
    })
    return member
  }

  /** Produces `values` to one partition. */
  async produce(topic: string, values: readonly string[], partition = 0): Promise<void> {
    const producer = this.client.producer({ clientId: 'conformance-producer' })
    await producer.send(values.map((value) => ({ topic, partition, value: Buffer.from(value) })))
    await producer.close()
  }

  /** Done when the test is over, in reverse order. */
  later(close: () => Promise<void>): void {
    this.#closing.push(close)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing.reverse()) await close()
    if (this.#topics.length > 0) await this.admin.deleteTopics(this.#topics)
    await this.admin.close()
  }
}

/** Polls all members side by side until the condition holds. */
export async function pollUntil(
  members: readonly Member[],
  condition: () => boolean,
  what: string,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > deadline) {
      const state = members.map(({ consumer, records, events }) =>
        JSON.stringify({
          records: records.length,
          events,
          assignment: keys(consumer.assignment()),
          problem: consumer.lastProblem()?.error.message,
        }),
      )
      throw new Error(`not within ${timeoutMs} ms: ${what}\n${state.join('\n')}`)
    }
    await Promise.all(
      members.map(async ({ consumer, records }) => {
        records.push(...(await consumer.poll(50)))
      }),
    )
  }
}

/** The membership that a transaction commits offsets for. */
export function identityOf({ consumer }: Member): ConsumerGroupMetadata {
  const identity = consumer.membership()
  if (identity === undefined) throw new Error('the consumer is no member')
  return identity
}

/** Waits for something that no poll brings about. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  what: string,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await delay(20)
  }
}

/** `topic-partition` of each, sorted. */
export function keys(partitions: readonly TopicPartition[]): string[] {
  return partitions.map(({ topic, partition }) => `${topic}-${partition}`).sort()
}

/** The values of records, as text. */
export function valuesOf(records: readonly ConsumerRecord[]): string[] {
  return records.map(({ value }) => String(value))
}

/** `prefix0`, `prefix1`, ... */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`)
}
