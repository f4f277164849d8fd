/**
 * Simulates the variety partitioner: plans up to 100,000 kinds and 10,000 partitions, repairs under drift, producers with stale
 * plans, and what a look-up and learning cost a record. No servers. With `--plot` it only draws docs/guides/variety.svg.
 *
 *   node --conditions=development bench/variety-plan.bench.ts [--plot <file.svg>]
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import {
  changeBetween,
  encodePlan,
  KindWeights,
  PlanLookup,
  planVariety,
  repairPlan,
  type Spread,
  spreadOf,
  type VarietyPlan,
} from '@spillway/variety'
import { randomFrom } from '../test/support/random.ts'
import { drifting, Records, type Weights, zipf } from './variety/drift.ts'
import { svgOf } from './variety/plot.ts'
import { type ProducersCase, runProducers } from './variety/producers.ts'

const { values: options } = parseArgs({ options: { plot: { type: 'string' }, alone: { type: 'boolean' } } })

if (options.plot !== undefined) {
  writeFileSync(options.plot, plot())
} else if (options.alone === true) {
  const { plan } = new PlanLookup(planVariety(zipf(100_000, 1), 10_000))
  console.log(
    `peak RSS of a process that plans ${plan.kinds.length} kinds, ${plan.partitions} partitions: ${peak()}`,
  )
} else {
  console.log(`load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`)
  plans()
  spawnSync(process.execPath, ['--conditions=development', import.meta.filename, '--alone'], {
    stdio: 'inherit',
  })
  repairs()
  producers()
  costs()
  console.log(`peak RSS ${peak()}`)
}

function plans(): void {
  console.log(
    '\nplans: kinds, partitions, Zipf | ms | most kinds (bound), imbalance, pairs (bound) | by hash | bytes written',
  )
  for (const [kinds, partitions, exponent] of [
    [5000, 12, 0.7],
    [5000, 12, 1],
    [5000, 12, 1.3],
    [100_000, 12, 1],
    [100_000, 1000, 1],
    [100_000, 10_000, 0.7],
    [100_000, 10_000, 1],
    [100_000, 10_000, 1.3],
    [200_000, 10_000, 1],
    [1, 10_000, 1],
  ] as const) {
    planned(kinds, partitions, exponent)
  }
}

/** A function of its own, so that nothing of one case is counted in the next. */
function planned(kinds: number, partitions: number, exponent: number): void {
  const weights = zipf(kinds, exponent)
  const started = performance.now()
  const plan = planVariety(weights, partitions)
  const ms = performance.now() - started
  const spread = spreadOf(plan)
  const hash = byHash(weights, partitions)
  console.log(
    `${kinds} ${partitions} ${exponent} | ${ms.toFixed(0)} ms | ${spread.mostKinds} (${Math.ceil(kinds / partitions) + 1}), ` +
      `${spread.imbalance.toFixed(6)}, ${spread.pairs} (${kinds + partitions - 1}) | ` +
      `${hash.mostKinds} kinds, ${hash.imbalance.toFixed(2)} | ${mib(encodePlan(plan).length)}`,
  )
}

function repairs(): void {
  console.log(
    '\nrepairs, log-normal drift 0.3, 1 % of the kinds trade places, 20 rounds: kinds, partitions, Zipf | ms | imbalance before, after | ' +
      'moved % (must) median, most | new pairs % median, most | most kinds at the end (bound of a new plan), slices a pair',
  )
  for (const [kinds, partitions, exponent] of [
    [5000, 12, 0.7],
    [5000, 12, 1],
    [100_000, 1000, 1],
    [100_000, 10_000, 0.7],
    [100_000, 10_000, 1],
  ] as const) {
    const drift = drifting(5)
    const rounds: Round[] = []
    let plan = planVariety(zipf(kinds, exponent), partitions)
    let weights = zipf(kinds, exponent)
    for (let round = 0; round < 20; round++) {
      weights = drift(weights)
      const done = repairRound(plan, weights)
      rounds.push(done)
      plan = done.plan
    }
    const of = (what: (round: Round) => number): string =>
      `${median(rounds.map(what)).toFixed(2)} / ${Math.max(...rounds.map(what)).toFixed(2)}`
    const { pairs, mostKinds } = spreadOf(plan, weights)
    console.log(
      `${kinds} ${partitions} ${exponent} | ${of(({ ms }) => ms)} | ${of(({ before }) => before)}, ${of(({ after }) => after)} | ` +
        `${of(({ moved }) => moved)} (${of(({ must }) => must)}) | ${of(({ newPairs }) => newPairs)} | ` +
        `${mostKinds} (${Math.ceil(kinds / partitions) + 1}), ${(plan.slicePartition.length / pairs).toFixed(2)}`,
    )
  }
}

interface Round {
  readonly plan: VarietyPlan
  readonly ms: number
  readonly before: number
  readonly after: number
  readonly moved: number
  /** What is above 1.1 times the mean: no repair can move less. */
  readonly must: number
  readonly newPairs: number
}

function repairRound(plan: VarietyPlan, weights: Weights): Round {
  const old = spreadOf(plan, weights)
  const mean = old.load.reduce((sum, each) => sum + each, 0) / plan.partitions
  const above = old.load.reduce((sum, each) => sum + Math.max(0, each - 1.1 * mean), 0)
  const started = performance.now()
  const next = repairPlan(plan, weights)
  const ms = performance.now() - started
  const change = changeBetween(plan, next, weights)
  return {
    plan: next,
    ms,
    before: old.imbalance,
    after: spreadOf(next, weights).imbalance,
    moved: 100 * change.movedLoad,
    must: (100 * above) / (mean * plan.partitions),
    newPairs: (100 * change.newPairs) / change.pairs,
  }
}

function producers(): void {
  console.log(
    '\nproducers that learn, 6 epochs of drift, plans of up to 3 versions ago: imbalance and kinds of records seen in an epoch',
  )
  const one: ProducersCase = {
    kinds: 5000,
    partitions: 12,
    producers: 1,
    epochs: 6,
    recordsPerEpoch: 400_000,
    stale: 0,
    counters: 200_000,
  }
  for (const each of [
    one,
    { ...one, producers: 8, stale: 1 },
    { ...one, producers: 64, stale: 3 },
    { ...one, producers: 8, stale: 1, counters: 20 * 12 },
    { ...one, kinds: 100_000, partitions: 100, producers: 8, stale: 1 },
    { ...one, kinds: 100_000, partitions: 100, producers: 8, stale: 1, counters: 20 * 100 },
  ]) {
    const started = performance.now()
    const { imbalance, kinds, hashImbalance, hashKinds, isExact } = runProducers(each, zipf(each.kinds, 1))
    console.log(
      `${each.kinds} ${each.partitions}, ${each.producers} producers, stale 0-${each.stale}, ${each.counters} counters (${isExact ? 'exact' : 'sketch'}) | ` +
        `imbalance ${imbalance.toFixed(2)}, kinds ${kinds.toFixed(0)} | by hash ${hashImbalance.toFixed(2)}, ${hashKinds.toFixed(0)} | ${((performance.now() - started) / 1000).toFixed(1)} s`,
    )
  }
}

function costs(): void {
  console.log(
    '\ncosts a record, 5,000 kinds of Zipf 1.0, 12 partitions, key of 10 bytes: ns, bytes allocated',
  )
  const count = 2_000_000
  const records = new Records(zipf(5000, 1), randomFrom(3))
  const kinds = Array.from({ length: 65_536 }, () => records.nextKind())
  const keys = Array.from({ length: 65_536 }, () => Buffer.from(records.nextKey()))
  const unknown = kinds.map((kind) => `other-${kind}`)
  const lookup = new PlanLookup(planVariety(zipf(5000, 1), 12))
  const weights = new KindWeights()
  const sketch = new KindWeights(240)
  const cases: [string, (i: number) => number][] = [
    ['look-up', (i) => lookup.partitionOf(kinds[i] as string, keys[i] as Buffer)],
    ['look-up of an unknown kind', (i) => lookup.partitionOf(unknown[i] as string, keys[i] as Buffer)],
    ['learning, exact', (i) => (weights.add(kinds[i] as string, 190), 0)],
    ['learning, sketch of 240 counters', (i) => (sketch.add(kinds[i] as string, 190), 0)],
  ]
  for (const [name, run] of cases) {
    let sum = 0
    const best = Math.min(
      ...[1, 2, 3, 4, 5].map(() => {
        const started = performance.now()
        for (let i = 0; i < count; i++) sum += run(i & 65_535)
        return performance.now() - started
      }),
    )
    globalThis.gc?.()
    const heap = process.memoryUsage().heapUsed
    for (let i = 0; i < count; i++) sum += run(i & 65_535)
    const allocated = Math.max(0, process.memoryUsage().heapUsed - heap) / count
    console.log(
      `${name}: ${((best * 1e6) / count).toFixed(0)} ns, ${allocated.toFixed(1)} bytes${sum < 0 ? '!' : ''}`,
    )
  }
}

/** docs/guides/variety.svg: 24 rounds of drift, 5,000 kinds of Zipf 1.0, 12 partitions. */
function plot(): string {
  const drift = drifting(5)
  let weights = zipf(5000, 1)
  const first = planVariety(weights, 12)
  let plan = first
  const hashed = [byHash(weights, 12).imbalance]
  const left = [1]
  const repaired = [1]
  const moved = [0]
  const must = [0]
  for (let round = 1; round <= 24; round++) {
    weights = drift(weights)
    const done = repairRound(plan, weights)
    plan = done.plan
    hashed.push(byHash(weights, 12).imbalance)
    left.push(spreadOf(first, weights).imbalance)
    repaired.push(done.after)
    moved.push(done.moved)
    must.push(done.must)
  }
  return svgOf([
    {
      title: 'Load of the fullest partition',
      unit: 'times the mean, by rounds of drift',
      ticks: [1, 1.1, 1.5, 2, 3, 5],
      isLogarithmic: true,
      lines: [
        { name: 'hash of the kind', color: '#b3541e', values: hashed },
        { name: 'plan, never repaired', color: '#8a8a8a', values: left },
        { name: 'plan, repaired each round', color: '#1f6fb2', values: repaired },
      ],
    },
    {
      title: 'Load that a repair moves',
      unit: 'per cent, by rounds of drift',
      ticks: [0, 3, 6, 9, 12],
      isLogarithmic: false,
      lines: [
        { name: 'must move: above 1.1', color: '#8a8a8a', values: must },
        { name: 'moved', color: '#1f6fb2', values: moved },
      ],
    },
  ])
}

/** What a plan without kinds does: each kind goes where its hash says. */
function byHash(weights: Weights, partitions: number): Spread {
  return spreadOf(planVariety(new Map(), partitions), weights)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >>> 1] as number
}

function peak(): string {
  return mib(process.resourceUsage().maxRSS * 1024)
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
