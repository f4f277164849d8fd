/** A stream thread as the leader of its group sees it. */
export interface BalanceMember {
  readonly id: string
  /** Threads of one process share its state: a task moves among them without a restore. */
  readonly processId: string
  /** Tasks it has now. */
  readonly owned: ReadonlySet<string>
  /** How many changelog records its process lacks of a task whose state it keeps; absent: all. */
  readonly lags: ReadonlyMap<string, bigint>
}

/** A task to be given to somebody. */
export interface BalanceTask {
  readonly id: string
  readonly isStateful: boolean
}

/** What a member gets. */
export interface MemberTasks {
  readonly active: readonly string[]
  readonly standby: readonly string[]
}

/** Both sides of {@link balanceTasks}. */
export interface BalanceInput {
  readonly members: readonly BalanceMember[]
  readonly tasks: readonly BalanceTask[]
  /** `num.standby.replicas` */
  readonly standbyReplicas: number
}

class Load {
  readonly member: BalanceMember
  readonly active: string[] = []
  readonly standby: string[] = []
  stateful = 0

  constructor(member: BalanceMember) {
    this.member = member
  }
}

/**
 * Spreads tasks over threads: numbers differ by one at most, of all tasks and of those with state; a task stays where it is as far
 * as that allows, else goes where its state is freshest. The same input gives the same result, whatever its order. Corresponds
 * to Java's `StickyTaskAssignor`.
 *
 * @returns by member id, an entry for each member
 */
export function balanceTasks({
  members,
  tasks,
  standbyReplicas,
}: BalanceInput): ReadonlyMap<string, MemberTasks> {
  const loads = [...members].sort((a, b) => compare(a.id, b.id)).map((member) => new Load(member))
  if (loads.length === 0) return new Map()
  const stateful = tasks.filter(({ isStateful }) => isStateful).map(({ id }) => id)
  const stateless = tasks.filter(({ isStateful }) => !isStateful).map(({ id }) => id)
  spread(stateful.sort(compareTasks), loads, (load) => load.active.length)
  for (const load of loads) load.stateful = load.active.length
  spread(stateless.sort(compareTasks), loads, (load) => load.active.length)
  if (standbyReplicas > 0) addStandbys(stateful, loads, standbyReplicas)
  return new Map(
    loads.map(({ member, active, standby }) => [
      member.id,
      { active: active.sort(compareTasks), standby: standby.sort(compareTasks) },
    ]),
  )
}

/** Gives each task to one member, so that loads differ by one at most. */
function spread(tasks: readonly string[], loads: readonly Load[], sizeOf: (load: Load) => number): void {
  const total = tasks.length + loads.reduce((sum, load) => sum + sizeOf(load), 0)
  const least = Math.floor(total / loads.length)
  /** So many members may have one more than the least. */
  let extra = total % loads.length
  const taken = new Set<string>()
  const take = (load: Load, task: string): void => {
    if (sizeOf(load) >= least) extra--
    load.active.push(task)
    taken.add(task)
  }
  const hasRoom = (load: Load): boolean => sizeOf(load) < least || (sizeOf(load) === least && extra > 0)
  for (const load of loads) if (sizeOf(load) > least) extra--
  for (const load of loads)
    for (const task of tasks)
      if (load.member.owned.has(task) && !taken.has(task) && hasRoom(load)) take(load, task)
  const left = tasks.filter((task) => !taken.has(task))
  for (const task of left) {
    const [best] = loads.filter(hasRoom).sort((a, b) => compareState(task, a, b) || sizeOf(a) - sizeOf(b))
    if (best !== undefined) take(best, task)
  }
}

/** Puts copies on other processes than the task's own: where some state is already, else where there are fewest. */
function addStandbys(tasks: readonly string[], loads: readonly Load[], replicas: number): void {
  for (let replica = 0; replica < replicas; replica++) {
    for (const task of tasks) {
      const holders = new Set(
        loads
          .filter((load) => load.active.includes(task) || load.standby.includes(task))
          .map((load) => load.member.processId),
      )
      const [best] = loads
        .filter((load) => !holders.has(load.member.processId))
        .sort(
          (a, b) =>
            a.standby.length + a.active.length - (b.standby.length + b.active.length) ||
            compareState(task, a, b) ||
            compare(a.member.id, b.member.id),
        )
      best?.standby.push(task)
    }
  }
}

/** Whose state of the task is fresher comes first; one that has none comes last. */
function compareState(task: string, a: Load, b: Load): number {
  const [left, right] = [a.member.lags.get(task), b.member.lags.get(task)]
  if (left === right) return 0
  if (left === undefined) return 1
  if (right === undefined) return -1
  return left < right ? -1 : 1
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** By sub-topology, then partition, as numbers. */
function compareTasks(a: string, b: string): number {
  const [left, right] = [a.split('_').map(Number), b.split('_').map(Number)]
  return (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0)
}
