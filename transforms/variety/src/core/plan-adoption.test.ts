import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { randomFrom } from '../../../../test/support/random.ts'
import { planVariety } from './deal-and-level.ts'
import { KindRouter } from './kind-router.ts'
import { type VarietyPlan } from './plan.ts'
import { PlanAdoption } from './plan-adoption.ts'
import { type PlanOrder, repairPlan } from './repair.ts'
import { zipf } from './weights.fixture.ts'

const KINDS = 40
const PARTITIONS = 6

interface InputRecord {
  readonly input: number
  readonly offset: number
  readonly kind: string
  readonly key: string
}

interface Written extends InputRecord {
  /** Versions that its producer has adopted before. */
  readonly version: number
}

/** Versions of a plan over drifting weights. */
function versions(count: number, order: PlanOrder, random: () => number): VarietyPlan[] {
  let weights = zipf(KINDS, 1)
  const plans = [planVariety(weights, PARTITIONS)]
  while (plans.length < count) {
    weights = new Map([...weights].map(([kind, weight]) => [kind, weight * (0.3 + 2 * random())]))
    plans.push(repairPlan(plans.at(-1) as VarietyPlan, weights, { order }))
  }
  return plans
}

/**
 * A producer of one input partition, with transactions: what was written since its last commit is taken back by a crash. It hears of
 * plans late and at any time.
 */
class Producer {
  readonly #input: readonly InputRecord[]
  readonly #plans: readonly VarietyPlan[]
  readonly #log: Written[][]
  #adoption = new PlanAdoption()
  #router = new KindRouter(this.#adoption)
  #at = 0
  #committed = { at: 0, version: 0 }
  #open: { partition: number; record: Written }[] = []
  /** Partitions of records that were taken back, by offset, with the version they were sent by. */
  #takenBack = new Map<number, { partition: number; version: number }>()
  repeated = 0

  constructor(input: readonly InputRecord[], plans: readonly VarietyPlan[], log: Written[][]) {
    this.#input = input
    this.#plans = plans
    this.#log = log
  }

  get isDone(): boolean {
    return this.#committed.at === this.#input.length
  }

  step(random: () => number): void {
    const choice = random()
    if (choice < 0.05) this.#crash(random)
    else if (choice < 0.2)
      this.#adoption.offer(this.#plans[Math.floor(random() * this.#plans.length)] as VarietyPlan)
    else if (choice < 0.35 || this.#at === this.#input.length) this.#commit(random)
    else this.#send()
  }

  #send(): void {
    const record = this.#input[this.#at++] as InputRecord
    const partition = this.#router.route(record.kind, record.key, PARTITIONS)
    const { version } = this.#adoption
    const before = this.#takenBack.get(record.offset)
    if (before !== undefined && before.version === version) {
      assert.equal(partition, before.partition, 'a replay repeats')
      this.repeated++
    }
    this.#takenBack.set(record.offset, { partition, version })
    this.#open.push({ partition, record: { ...record, version } })
  }

  /** A crash may come between adoption and the end of the transaction: what was adopted is forgotten with it. */
  #commit(random: () => number): void {
    const version = this.#adoption.adoptNewest()
    if (random() < 0.2) {
      this.#crash(random)
      return
    }
    for (const { partition, record } of this.#open.splice(0)) (this.#log[partition] as Written[]).push(record)
    this.#committed = { at: this.#at, version }
    this.#takenBack.clear()
  }

  #crash(random: () => number): void {
    this.#open = []
    const { at, version } = this.#committed
    this.#at = at
    this.#adoption = new PlanAdoption()
    this.#router = new KindRouter(this.#adoption)
    // A new process reads the plan topic, which may no longer have the version.
    const known = this.#plans.filter(
      (plan) => plan.version >= version && (plan.version > version || random() < 0.8),
    )
    for (const plan of known.slice(0, 1 + Math.floor(random() * known.length))) this.#adoption.offer(plan)
    this.#adoption.restore(version)
  }
}

function run(
  order: PlanOrder,
  producers: number,
  seed: number,
): { log: Written[][]; inputs: InputRecord[][]; repeated: number } {
  const random = randomFrom(seed)
  const plans = versions(5, order, random)
  const inputs = Array.from({ length: producers }, (_, input) =>
    Array.from({ length: 60 }, (__, offset) => ({
      input,
      offset,
      kind: `kind-${Math.floor(random() ** 2 * KINDS)}`,
      key: `key-${Math.floor(random() * 4)}`,
    })),
  )
  const log: Written[][] = Array.from({ length: PARTITIONS }, () => [])
  const all = inputs.map((input) => new Producer(input, plans, log))
  for (let left = all; left.length > 0; left = left.filter(({ isDone }) => !isDone)) {
    for (const producer of left) producer.step(random)
  }
  return { log, inputs, repeated: all.reduce((sum, { repeated }) => sum + repeated, 0) }
}

/** Records of one input partition, kind and key, as they lie in each output partition. */
function streamsOf(log: readonly (readonly Written[])[]): Map<string, Written[][]> {
  const streams = new Map<string, Written[][]>()
  log.forEach((records, partition) => {
    for (const record of records) {
      const name = `${record.input} ${record.kind} ${record.key}`
      const stream = streams.get(name) ?? log.map(() => [])
      streams.set(name, stream)
      ;(stream[partition] as Written[]).push(record)
    }
  })
  return streams
}

function assertOnce(log: readonly (readonly Written[])[], inputs: readonly (readonly InputRecord[])[]): void {
  const name = ({ input, offset }: InputRecord): string => `${input}:${offset}`
  assert.deepEqual(log.flat().map(name).toSorted(), inputs.flat().map(name).toSorted())
}

suite('1 to 64 producers with stale plans that crash around adoption', () => {
  const anyRun = fc.record({ producers: fc.integer({ min: 1, max: 64 }), seed: fc.nat() })

  test('write each record once, in order of its key between two adoptions; a replay repeats', () => {
    let repeated = 0
    fc.assert(
      fc.property(anyRun, ({ producers, seed }) => {
        const result = run('any', producers, seed)
        repeated += result.repeated
        assertOnce(result.log, result.inputs)
        for (const records of streamsOf(result.log).values()) {
          for (const inPartition of records) {
            const offsets = inPartition.map(({ offset }) => offset)
            assert.deepEqual(
              offsets,
              offsets.toSorted((a, b) => a - b),
            )
          }
          // One version sends a key of a kind to one place only.
          const places = new Map<number, number>()
          records.forEach((inPartition, partition) => {
            for (const { version } of inPartition) {
              assert.equal(places.get(version) ?? partition, partition)
              places.set(version, partition)
            }
          })
        }
      }),
      { numRuns: 40 },
    )
    assert.ok(repeated > 100)
  })

  test('keep a key of a kind on one partition over all versions under order=strict', () => {
    fc.assert(
      fc.property(anyRun, ({ producers, seed }) => {
        const { log, inputs } = run('strict', producers, seed)
        assertOnce(log, inputs)
        for (const [name, records] of streamsOf(log)) {
          // Before its first plan a producer hashes; strict promises for plans only.
          const planned = records.filter((inPartition) => inPartition.some(({ version }) => version > 0))
          assert.ok(planned.length <= 1, name)
        }
      }),
      { numRuns: 40 },
    )
  })
})
