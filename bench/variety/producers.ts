/** Producers that draw records, learn from them, and follow plans that they hear of late. */
import {
  KindWeights,
  type PlanLookup,
  PlanLookup as Lookup,
  planVariety,
  repairPlan,
} from '@spillway/variety'
import { randomFrom } from '../../test/support/random.ts'
import { drifting, Records, type Weights } from './drift.ts'

export interface ProducersCase {
  readonly kinds: number
  readonly partitions: number
  readonly producers: number
  readonly epochs: number
  readonly recordsPerEpoch: number
  /** Versions that a producer may be behind. */
  readonly stale: number
  /** Kinds that each producer counts. */
  readonly counters: number
}

export interface ProducersResult {
  /** Of the records of all epochs but the first: largest by mean. */
  readonly imbalance: number
  readonly hashImbalance: number
  /** Kinds on the fullest partition in one epoch, mean of the epochs. */
  readonly kinds: number
  readonly hashKinds: number
  readonly isExact: boolean
}

/**
 * Each epoch draws records of weights that drift; the plan is repaired from what all producers have learned, merged. Sampling
 * and staleness count, so the imbalance is that of records, not of weights.
 */
export function runProducers(the: ProducersCase, initial: Weights): ProducersResult {
  const random = randomFrom(42)
  const drift = drifting(17)
  const learned = Array.from({ length: the.producers }, () => new KindWeights(the.counters))
  const lookups: PlanLookup[] = []
  let weights = initial
  const results: { imbalance: number; hashImbalance: number; kinds: number; hashKinds: number }[] = []
  let isExact = true
  for (let epoch = 0; epoch < the.epochs; epoch++) {
    const records = new Records(weights, random)
    const behind = learned.map(() => Math.floor(random() * (the.stale + 1)))
    const planned = new Tally(the.partitions)
    const hashed = new Tally(the.partitions)
    const hash = new Lookup(planVariety(new Map(), the.partitions))
    for (let i = 0; i < the.recordsPerEpoch; i++) {
      const producer = i % the.producers
      const kind = records.nextKind()
      const key = records.nextKey()
      ;(learned[producer] as KindWeights).add(kind)
      hashed.add(kind, hash.partitionOf(kind, key))
      const at = Math.max(0, lookups.length - 1 - (behind[producer] as number))
      planned.add(kind, (lookups[at] ?? hash).partitionOf(kind, key))
    }
    if (epoch > the.stale) {
      results.push({
        imbalance: planned.imbalance,
        kinds: planned.mostKinds,
        hashImbalance: hashed.imbalance,
        hashKinds: hashed.mostKinds,
      })
    }
    const merged = new KindWeights(the.counters)
    for (const each of learned) {
      merged.merge(each)
      each.endEpoch(0.5)
    }
    isExact &&= merged.isExact
    const before = lookups.at(-1)
    lookups.push(
      new Lookup(
        before === undefined
          ? planVariety(merged.weights(), the.partitions)
          : repairPlan(before.plan, merged.weights()),
      ),
    )
    weights = drift(weights)
  }
  const mean = (of: (each: (typeof results)[number]) => number): number =>
    results.reduce((sum, each) => sum + of(each), 0) / results.length
  return {
    imbalance: mean((each) => each.imbalance),
    hashImbalance: mean((each) => each.hashImbalance),
    kinds: mean((each) => each.kinds),
    hashKinds: mean((each) => each.hashKinds),
    isExact,
  }
}

class Tally {
  readonly #records: Float64Array
  readonly #kinds: Set<string>[]

  constructor(partitions: number) {
    this.#records = new Float64Array(partitions)
    this.#kinds = Array.from({ length: partitions }, () => new Set())
  }

  add(kind: string, partition: number): void {
    this.#records[partition] = (this.#records[partition] as number) + 1
    ;(this.#kinds[partition] as Set<string>).add(kind)
  }

  get imbalance(): number {
    const total = this.#records.reduce((sum, each) => sum + each, 0)
    return (this.#records.reduce((max, each) => Math.max(max, each), 0) / total) * this.#records.length
  }

  get mostKinds(): number {
    return Math.max(...this.#kinds.map(({ size }) => size))
  }
}
