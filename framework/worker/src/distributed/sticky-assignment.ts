/** What a leader decides for one kind of work, connectors or tasks. */
export interface AssignmentPlan {
  /** Everything each member is to have from now on. */
  readonly assigned: ReadonlyMap<string, readonly string[]>
  /** What members must give up now, for others to get in the next rebalance. */
  readonly revoked: ReadonlyMap<string, readonly string[]>
}

/**
 * Shares units of work among members so that numbers differ by one at most and nothing moves that need not (Java:
 * `IncrementalCooperativeAssignor`; KIP-415). A unit is given only where nobody has it: one that must move is taken away
 * first and is free in the rebalance after. So no unit ever runs twice, and what does not move never stops.
 *
 * @param units all work there is.
 * @param held what each member has now.
 * @param waiting units that nobody gets at present: they wait for a member that may return. Nothing moves meanwhile.
 */
export function planAssignment(
  units: readonly string[],
  held: ReadonlyMap<string, readonly string[]>,
  waiting: ReadonlySet<string> = new Set(),
): AssignmentPlan {
  const assigned = keep(units, held)
  const taken = new Set([...assigned.values()].flat())
  for (const unit of units) {
    if (!taken.has(unit) && !waiting.has(unit)) leastLoaded(assigned, unit)?.push(unit)
  }
  const revoked = new Map<string, string[]>()
  if (waiting.size === 0) balance(assigned, revoked)
  return { assigned, revoked }
}

/** What members have of what there is; of two that claim the same, the first. */
function keep(units: readonly string[], held: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const free = new Set(units)
  return new Map(
    [...held].map(([member, claimed]) => [member, claimed.filter((unit) => free.delete(unit))] as const),
  )
}

/** The member with the fewest units; of those, the one with the fewest of the same connector. */
function leastLoaded(assigned: ReadonlyMap<string, string[]>, unit: string): string[] | undefined {
  let best: { units: string[]; related: number } | undefined
  for (const units of assigned.values()) {
    const related = countRelated(units, unit)
    const isBetter =
      best === undefined ||
      units.length < best.units.length ||
      (units.length === best.units.length && related < best.related)
    if (isBetter) best = { units, related }
  }
  return best?.units
}

/** Takes from the members with the most until all are within one of each other, counting what is taken for the others. */
function balance(assigned: Map<string, string[]>, revoked: Map<string, string[]>): void {
  /** What each will have, should it get what is taken for it. */
  const expected = new Map([...assigned].map(([member, units]): [string, string[]] => [member, [...units]]))
  for (;;) {
    const byLoad = [...expected].toSorted(([, a], [, b]) => a.length - b.length)
    const [member, most] = byLoad.at(-1) ?? []
    const [, least] = byLoad[0] ?? []
    if (member === undefined || most === undefined || least === undefined) return
    if (most.length - least.length < 2) return
    const units = assigned.get(member) ?? []
    const unit = bestToMove(units, least)
    if (unit === undefined) return
    units.splice(units.indexOf(unit), 1)
    most.splice(most.indexOf(unit), 1)
    least.push(unit)
    revoked.set(member, [...(revoked.get(member) ?? []), unit])
  }
}

/** The unit whose connector has many units here and few there; the last of them. */
function bestToMove(units: readonly string[], there: readonly string[]): string | undefined {
  const gain = (unit: string): number => countRelated(units, unit) - countRelated(there, unit)
  return units.reduceRight<string | undefined>(
    (best, unit) => (best === undefined || gain(unit) > gain(best) ? unit : best),
    undefined,
  )
}

function countRelated(units: readonly string[], unit: string): number {
  const connector = connectorOf(unit)
  return units.filter((other) => connectorOf(other) === connector).length
}

/** A task is named `connector-task`; of connectors each is its own. */
function connectorOf(unit: string): string {
  return unit.replace(/-\d+$/, '')
}
