import type { GoldenOutput } from '../../transforms/streams/src/conformance/golden-case.ts'
import {
  Serdes,
  TestRecord,
  TopologyTestDriver,
  type Serde,
  type StreamsConfig,
} from '../../transforms/streams/src/index.ts'
import { randomFrom } from '../support/random.ts'
import { killTopologies } from './kill-topologies.ts'

export interface KillInput {
  readonly topic: string
  readonly key: string
  readonly value: string | null
  readonly timestamp: number
  readonly partition?: number
}

/** Time of events between two rounds, ms. */
const roundMs = 25
const hourMs = 60 * 60 * 1000
export const inputTopics = ['lines', 'events', 'users', 'clicks', 'orders', 'customers', 'visits'] as const
export const outputTopics = [
  'word-counts',
  'word-lines',
  'windowed',
  'joined',
  'ordered',
  'sessions-closed',
] as const

/** Inputs of the topology `everything`, in order of time. */
export class KillInputs {
  readonly all: KillInput[] = []
  readonly #random: () => number
  readonly #startMs: number
  #rounds = 0

  constructor(seed: number, startMs: number) {
    this.#random = randomFrom(seed)
    this.#startMs = startMs
  }

  /** A table that does not change any more. */
  users(): readonly KillInput[] {
    return this.#keep(
      Array.from({ length: 40 }, (_, user) => this.#input('users', `u${user}`, `name${user}`)),
    )
  }

  round(): readonly KillInput[] {
    const n = ++this.#rounds
    const words = Array.from({ length: 3 }, () => `w${this.#below(30)}`).join(' ')
    const inputs = [
      this.#input('lines', `l${this.#below(50)}`, `${n} ${words}`),
      this.#input('events', `e${this.#below(50)}`, `${n} kind${this.#below(12)}`),
      // Some are of users that are not there.
      this.#input('clicks', `u${this.#below(45)}`, `${n} page`),
      this.#input('visits', `v${(Math.floor(n / 12) + this.#below(3)) % 25}`, `${n}`),
    ]
    if (n % 3 === 0)
      inputs.push(this.#input('orders', `o${this.#below(60)}`, this.#mostly(`${n} c${this.#below(15)}`)))
    if (n % 3 === 1) inputs.push(this.#input('customers', `c${this.#below(15)}`, this.#mostly(`${n}`)))
    return this.#keep(inputs)
  }

  /** Moves time on in all partitions, so far that every session closes, and is put out without waiting for its second. */
  closing(partitions: number): readonly KillInput[] {
    this.#rounds += hourMs / roundMs
    return this.#keep(
      Array.from({ length: partitions }, (_, partition) => ({
        ...this.#input('visits', `closing${partition}`, '0'),
        partition,
      })),
    )
  }

  /** What the topology makes of it where nothing ever fails: all that it puts out, in order. */
  reference(config: StreamsConfig): readonly Omit<GoldenOutput, 'step' | 'timestamp'>[] {
    const serde = Serdes.string() as Serde<unknown>
    const whole = { ...config, 'default.key.serde': serde, 'default.value.serde': serde }
    const build = killTopologies['everything']
    if (build === undefined) throw new Error('no topology')
    const driver = new TopologyTestDriver(build(whole), whole, { initialWallClockTime: this.#startMs })
    const text = Serdes.string()
    const topics = new Map(
      inputTopics.map((topic) => [topic as string, driver.createInputTopic(topic, text, text)]),
    )
    for (const { topic, key, value, timestamp } of this.all)
      topics.get(topic)?.pipeInput(new TestRecord(key, value, null, timestamp))
    const outputs = outputTopics.flatMap((topic) =>
      driver
        .createOutputTopic(topic, text, text)
        .readRecordsToList()
        .map(({ key, value }) => ({ topic, key, value })),
    )
    driver.close()
    return outputs
  }

  #keep(inputs: readonly KillInput[]): readonly KillInput[] {
    this.all.push(...inputs)
    return inputs
  }

  #input(topic: string, key: string, value: string | null): KillInput {
    return { topic, key, value, timestamp: this.#startMs + this.#rounds * roundMs }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  /** A deletion now and then. */
  #mostly(value: string): string | null {
    return this.#random() < 0.15 ? null : value
  }
}
