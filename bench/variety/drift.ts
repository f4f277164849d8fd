/** Weights of kinds that change, the same in each run. */
import { randomFrom } from '../../test/support/random.ts'

export type Weights = ReadonlyMap<string, number>

export function zipf(kinds: number, exponent: number): Weights {
  return new Map(Array.from({ length: kinds }, (_, i) => [`kind-${i}`, 1 / (i + 1) ** exponent]))
}

/** One round: log-normal factors with sigma 0.3, and 1 % of the kinds trade places with another each. */
export function drifting(seed: number): (weights: Weights) => Weights {
  const random = randomFrom(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return (weights) => {
    const kinds = [...weights.keys()]
    const values = [...weights.values()].map((weight) => weight * Math.exp(0.3 * normal()))
    for (let i = 0; i < kinds.length / 100; i++) {
      const a = Math.floor(random() * kinds.length)
      const b = Math.floor(random() * kinds.length)
      ;[values[a], values[b]] = [values[b] as number, values[a] as number]
    }
    return new Map(kinds.map((kind, i) => [kind, values[i] as number]))
  }
}

/** Draws kinds by their weights, with a key each. */
export class Records {
  readonly #kinds: readonly string[]
  readonly #sums: Float64Array
  readonly #random: () => number

  constructor(weights: Weights, random: () => number) {
    this.#kinds = [...weights.keys()]
    let sum = 0
    this.#sums = Float64Array.from(weights.values(), (weight) => (sum += weight))
    this.#random = random
  }

  nextKind(): string {
    const at = this.#random() * (this.#sums.at(-1) as number)
    let low = 0
    let high = this.#sums.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (at < (this.#sums[middle] as number)) high = middle
      else low = middle + 1
    }
    return this.#kinds[low] as string
  }

  nextKey(): string {
    return `key-${Math.floor(this.#random() * 1_000_000)}`
  }
}
