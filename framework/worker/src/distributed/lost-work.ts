import type { Clock } from '@spillway/api'

/**
 * Remembers, at the leader, who had what, and lets the work of a member that is gone wait for its return
 * (`scheduled.rebalance.max.delay.ms`).
 *
 * A leader that is new knows of nobody that is gone: what it finds free it gives away at once, as Connect's does.
 */
export class LostWork {
  readonly #maxDelayMs: number
  readonly #clock: Clock
  #owners: ReadonlyMap<string, string> = new Map()
  /** Until when each lost unit waits, ms since the epoch. */
  readonly #deadlines = new Map<string, number>()

  constructor(maxDelayMs: number, clock: Clock) {
    this.#maxDelayMs = maxDelayMs
    this.#clock = clock
  }

  /** The units that wait, and ms until the first of them need not wait any more. */
  waiting(
    units: readonly string[],
    held: ReadonlyMap<string, readonly string[]>,
  ): { readonly units: ReadonlySet<string>; readonly delayMs: number } {
    const has = new Set([...held.values()].flat())
    const exists = new Set(units)
    for (const unit of this.#deadlines.keys()) {
      if (has.has(unit) || !exists.has(unit)) this.#deadlines.delete(unit)
    }
    const now = this.#clock.now()
    for (const [unit, owner] of this.#owners) {
      const isLost = !held.has(owner) && exists.has(unit) && !has.has(unit)
      if (isLost && !this.#deadlines.has(unit)) this.#deadlines.set(unit, now + this.#maxDelayMs)
    }
    const gone = new Set([...this.#deadlines.keys()].map((unit) => this.#owners.get(unit)))
    const returned = [...held].filter(([member, work]) => work.length === 0 && !this.#knows(member))
    const isBack = returned.length >= gone.size
    const left = [...this.#deadlines].filter(([, deadline]) => deadline > now && !isBack)
    return {
      units: new Set(left.map(([unit]) => unit)),
      delayMs: left.length === 0 ? 0 : Math.min(...left.map(([, deadline]) => deadline - now)),
    }
  }

  /** What was decided; units that still wait keep the owner they had. */
  decided(assigned: ReadonlyMap<string, readonly string[]>, waiting: ReadonlySet<string>): void {
    const owners = new Map([...this.#owners].filter(([unit]) => waiting.has(unit)))
    for (const [member, units] of assigned) for (const unit of units) owners.set(unit, member)
    this.#owners = owners
    for (const unit of this.#deadlines.keys()) if (!waiting.has(unit)) this.#deadlines.delete(unit)
  }

  #knows(member: string): boolean {
    return [...this.#owners.values()].includes(member)
  }
}
