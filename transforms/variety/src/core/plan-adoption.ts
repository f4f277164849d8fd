import { type VarietyPlan } from './plan.ts'
import { PlanLookup } from './plan-lookup.ts'

/** What a partitioner follows: undefined before there is a plan. It may be another one at each record. */
export interface PlanSource {
  readonly lookup: PlanLookup | undefined
}

/** Plans that are kept, so that a replay can be routed as the first try was. */
const KEPT = 4

/**
 * The plan that a producer follows, where it changes at commits only. The producer records {@link version} with what it commits,
 * in one transaction; after a crash it goes on from there by {@link restore}. So between two commits the partition of a
 * record is a function of the record, and a replay repeats it. No agreement between producers is needed: Kafka orders
 * records within an input partition, and that has one producer.
 */
export class PlanAdoption implements PlanSource {
  /** Ascending by version. */
  readonly #plans: VarietyPlan[] = []
  #lookup: PlanLookup | undefined

  get lookup(): PlanLookup | undefined {
    return this.#lookup
  }

  /** The version that is followed, 0 before there is one. */
  get version(): number {
    return this.#lookup?.plan.version ?? 0
  }

  /** A plan to be adopted at the next commit. An older one than the newest is left aside. */
  offer(plan: VarietyPlan): void {
    if (plan.version <= (this.#plans.at(-1)?.version ?? 0)) return
    this.#plans.push(plan)
    if (this.#plans.length > KEPT) this.#plans.shift()
  }

  /** To be called as a commit begins, when nothing is left that was routed before. @returns the version to record with it */
  adoptNewest(): number {
    const newest = this.#plans.at(-1)
    if (newest !== undefined && newest.version !== this.version) this.#lookup = new PlanLookup(newest)
    return this.version
  }

  /**
   * Goes on after a crash.
   *
   * @param version as recorded with the offsets that are gone back to
   * @returns false where that plan is not kept any more: the newest is followed then. What the replay sends elsewhere was
   *   sent in a transaction that nobody reads.
   */
  restore(version: number): boolean {
    const plan = this.#plans.find((each) => each.version === version)
    if (plan === undefined && version !== 0) {
      this.adoptNewest()
      return false
    }
    this.#lookup = plan === undefined ? undefined : new PlanLookup(plan)
    return true
  }
}

/** The newest plan that came, for producers that do not commit what they have read. */
export class NewestPlan implements PlanSource {
  #lookup: PlanLookup | undefined

  get lookup(): PlanLookup | undefined {
    return this.#lookup
  }

  /** Older ones are left aside. */
  adopt(plan: VarietyPlan): void {
    if (plan.version > (this.#lookup?.plan.version ?? 0)) this.#lookup = new PlanLookup(plan)
  }
}
