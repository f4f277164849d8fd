import { hashOfText } from './hash.ts'
import { type PlanSource } from './plan-adoption.ts'
import { type KeyBytes } from './plan-lookup.ts'

/** Records without a key that go to one slice before the next is chosen: producers batch by partition. */
const KEYLESS_RUN = 64
/** 2^32 by the golden ratio: steps of this size are spread evenly, after any number of them. */
const STEP = 0x9e3779b9

/** What may name a kind. Numbers and booleans are the kind of their text; null and undefined are the kind with the empty name. */
export type Kind = string | number | bigint | boolean | null | undefined

/** The name of a kind, as plans have it. */
export function kindName(kind: Kind): string {
  return typeof kind === 'string' ? kind : String(kind ?? '')
}

/** Chooses partitions for one producer. Without a plan, kinds go where their hash says. */
export class KindRouter {
  readonly #source: PlanSource
  #keyless = 0
  #run = 0

  constructor(source: PlanSource) {
    this.#source = source
  }

  /**
   * @param key null where there is none: such records are spread over the slices of their kind
   * @param partitions of the topic; undefined where that is not known yet, and the result is brought into it by its rest
   * @throws {RangeError} where the plan is of more partitions than the topic has
   */
  route(kind: Kind, key: KeyBytes | null, partitions: number | undefined): number {
    const name = kindName(kind)
    const { lookup } = this.#source
    if (lookup === undefined) {
      const hash = hashOfText(name)
      return partitions === undefined ? hash : hash % partitions
    }
    if (partitions !== undefined && lookup.plan.partitions > partitions) {
      throw new RangeError(
        `Version ${lookup.plan.version} of the variety plan is for ${lookup.plan.partitions} partitions, and the topic has ` +
          `${partitions}: it is another topic's plan, or the topic was made anew. Write a plan for this topic.`,
      )
    }
    return lookup.partitionOf(name, key, key === null ? this.#nextKeyless() : 0)
  }

  #nextKeyless(): number {
    if (++this.#run > KEYLESS_RUN) {
      this.#run = 1
      this.#keyless = (this.#keyless + STEP) >>> 0
    }
    return this.#keyless
  }
}
