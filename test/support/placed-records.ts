import assert from 'node:assert/strict'
import type { ProducerRecord } from '../../framework/api/src/kafka/port.ts'
import type { TestBucket } from './objects.ts'

/** Records that say which they are: `partition`, and `place` in it. */
export interface PlacedRecords {
  readonly topic: string
  readonly partitions: number
  /** Of all partitions together. */
  readonly count: number
  /** About so many bytes each. */
  readonly bytes: number
  /** Which of so many output partitions a record is for. */
  readonly outputs?: number
}

export function* placedRecords(of: PlacedRecords): Generator<ProducerRecord, void, void> {
  const text = 'x'.repeat(Math.max(0, of.bytes - 60))
  for (let i = 0; i < of.count; i++) {
    const partition = i % of.partitions
    const place = Math.floor(i / of.partitions)
    const out = `o${outputOf(place, of)}`
    yield { topic: of.topic, partition, value: Buffer.from(JSON.stringify({ partition, place, out, text })) }
  }
}

/** Spread so that neighbours are of different outputs, and some outputs get more. */
function outputOf(place: number, { outputs = 1 }: PlacedRecords): number {
  return Math.floor((((place * 7919) % 1000) / 1000) ** 2 * outputs)
}

/** What the objects below a prefix hold. */
export class FoundRecords {
  /** How often each record was found, by partition and place. */
  readonly #times: readonly Uint8Array[]
  readonly #of: PlacedRecords
  readonly objects: number

  private constructor(of: PlacedRecords, times: readonly Uint8Array[], objects: number) {
    this.#of = of
    this.#times = times
    this.objects = objects
  }

  /** Reads every object; within one the records must be in order, and of the partition that its name says. */
  static async read(bucket: TestBucket, prefix: string, of: PlacedRecords): Promise<FoundRecords> {
    const perPartition = Math.ceil(of.count / of.partitions)
    const times = Array.from({ length: of.partitions }, () => new Uint8Array(perPartition))
    const keys = (await bucket.keys(prefix)).filter((key) => !key.includes('_spillway/'))
    for (const key of keys) {
      const partitionOfName = Number(/\+(\d+)\+\d+\.json$/.exec(key)?.[1])
      let before = -1
      for (const line of await bucket.lines(key)) {
        const [, partition, place] = /^\{"partition":(\d+),"place":(\d+),/.exec(line) ?? []
        assert.equal(Number(partition), partitionOfName, `${key} holds ${line.slice(0, 60)}`)
        assert.ok(Number(place) > before, `${key} holds ${line.slice(0, 60)} after place ${before}`)
        before = Number(place)
        const found = times[partitionOfName] as Uint8Array
        found[before] = (found[before] ?? 0) + 1
      }
    }
    return new FoundRecords(of, times, keys.length)
  }

  get distinct(): number {
    return this.#times.reduce((sum, found) => sum + found.reduce((n, times) => n + (times > 0 ? 1 : 0), 0), 0)
  }

  /** Every record is in exactly one object. */
  assertOnce(): void {
    for (const [partition, found] of this.#times.entries()) {
      const missing = [...found.entries()].filter(([, times]) => times === 0).map(([place]) => place)
      const twice = [...found.entries()].filter(([, times]) => times > 1).map(([place]) => place)
      const told = (places: number[]): string => `${places.length}: ${places.slice(0, 10).join(', ')}`
      assert.ok(
        missing.length === 0 && twice.length === 0,
        `of partition ${partition} of ${this.#of.topic}, missing are ${told(missing)}; twice are ${told(twice)}`,
      )
    }
  }
}
