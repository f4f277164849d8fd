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
  /** Records that a copy may lack and still count as one that is there (Java: `acceptable.recovery.lag`). */
  readonly acceptableLag: bigint
}

class Process {
  threads = 0
  active = 0
  /** How many changelog records it lacks, by task. */
  readonly lags = new Map<string, bigint>()
}

class Load {
  readonly member: BalanceMember
  readonly process: Process
  readonly active: string[] = []
  readonly standby: string[] = []
  /** Stateless tasks that it would keep. */
  statelessOwned = 0

  constructor(member: BalanceMember, process: Process) {
    this.member = member
    this.process = process
  }

  give(task: string): void {
    this.active.push(task)
    this.process.active++
  }
}

/**
 * Spreads tasks over threads: numbers differ by one at most, of all tasks and of those with state; a task stays where it is as far
 * as that allows, else goes where its state is freshest. The same input gives the same result, whatever its order. Corresponds
 * to Java's `StickyTaskAssignor`.
 *
 * A task has one owner at most among the members.
 *
 * @returns by member id, an entry for each member
 */
export function balanceTasks(input: BalanceInput): ReadonlyMap<string, MemberTasks> {
  if (input.members.length === 0) return new Map()
  return new TaskBalance(input).run()
}

class TaskBalance {
  readonly #input: BalanceInput
  readonly #loads: readonly Load[]
  /** As many tasks as a member may have. */
  readonly #most: number

  constructor(input: BalanceInput) {
    this.#input = input
    const processes = new Map<string, Process>()
    this.#loads = [...input.members]
      .sort((a, b) => compare(a.id, b.id))
      .map((member) => {
        const process = processes.get(member.processId) ?? new Process()
        processes.set(member.processId, process)
        process.threads++
        for (const [task, lag] of member.lags) {
          const known = process.lags.get(task)
          if (known === undefined || lag < known) process.lags.set(task, lag)
        }
        for (const task of member.owned) process.lags.set(task, 0n)
        return new Load(member, process)
      })
    this.#most = Math.ceil(input.tasks.length / this.#loads.length)
  }

  run(): ReadonlyMap<string, MemberTasks> {
    const { tasks, standbyReplicas } = this.#input
    const idsOf = (isStateful: boolean): string[] =>
      tasks
        .filter((task) => task.isStateful === isStateful)
        .map(({ id }) => id)
        .sort(compareTasks)
    const [stateful, stateless] = [idsOf(true), idsOf(false)]
    for (const load of this.#loads)
      load.statelessOwned = stateless.filter((task) => load.member.owned.has(task)).length
    this.#spread(stateful)
    for (const load of this.#loads) load.statelessOwned = 0
    this.#spread(stateless)
    for (let replica = 0; replica < standbyReplicas; replica++) this.#addStandbys(stateful)
    return new Map(
      this.#loads.map(({ member, active, standby }) => [
        member.id,
        { active: active.sort(compareTasks), standby: standby.sort(compareTasks) },
      ]),
    )
  }

  /** Gives each task to one member, so that numbers of tasks differ by one at most. */
  #spread(tasks: readonly string[]): void {
    const loads = this.#loads
    const total = tasks.length + loads.reduce((sum, { active }) => sum + active.length, 0)
    const least = Math.floor(total / loads.length)
    /** So many members may have one more than the least. */
    let extra = (total % loads.length) - loads.filter(({ active }) => active.length > least).length
    const hasRoom = ({ active }: Load): boolean =>
      active.length < least || (active.length === least && extra > 0)
    const left = new Set(tasks)
    const give = (load: Load, task: string): void => {
      if (load.active.length >= least) extra--
      load.give(task)
      left.delete(task)
    }
    // Who has much of the other kind too is the last to have one more.
    const byOther = [...loads].sort((a, b) => a.statelessOwned - b.statelessOwned)
    for (const load of byOther) {
      const owned = tasks.filter((task) => load.member.owned.has(task) && left.has(task))
      // What nobody else could go on with is the last to be given up.
      const copies = new Map(owned.map((task) => [task, this.#copies(task, load.process)]))
      owned.sort((a, b) => (copies.get(a) ?? 0) - (copies.get(b) ?? 0))
      for (const task of owned) if (hasRoom(load)) give(load, task)
    }
    const candidates = (task: string): readonly Load[] =>
      loads.filter((load) => hasRoom(load) && this.#isCaughtUp(load, task))
    const choices = new Map([...left].map((task) => [task, candidates(task).length]))
    // Those go first that have the fewest places with their state to go to; those with none take what is left.
    const order = [...left].sort(
      (a, b) => (choices.get(a) || Infinity) - (choices.get(b) || Infinity) || compareTasks(a, b),
    )
    for (const task of order) {
      const [best] = loads.filter(hasRoom).sort(
        (a, b) =>
          // Nobody has to give up another task for this one, where that can be.
          Number(this.#spare(b) > 0) - Number(this.#spare(a) > 0) ||
          compareLags(this.#lagClass(a, task), this.#lagClass(b, task)) ||
          a.active.length - b.active.length ||
          a.process.active / a.process.threads - b.process.active / b.process.threads ||
          this.#spare(b) - this.#spare(a),
      )
      if (best !== undefined) give(best, task)
    }
  }

  /** How many tasks it can take beside those that it would keep. */
  #spare({ active, statelessOwned }: Load): number {
    return this.#most - active.length - statelessOwned
  }

  /** Puts one copy of each task on another process than those that have it: where state is already, else where there are fewest. */
  #addStandbys(tasks: readonly string[]): void {
    const size = ({ active, standby }: Load): number => active.length + standby.length
    const total = tasks.length + this.#loads.reduce((sum, load) => sum + size(load), 0)
    const most = Math.ceil(total / this.#loads.length)
    const left = new Set(tasks)
    const place = (task: string, isFit: (load: Load) => boolean): void => {
      const holders = new Set(
        this.#loads
          .filter(({ active, standby }) => active.includes(task) || standby.includes(task))
          .map(({ process }) => process),
      )
      const [best] = this.#loads
        .filter((load) => !holders.has(load.process) && isFit(load))
        .sort(
          (a, b) =>
            compareLags(a.process.lags.get(task), b.process.lags.get(task)) ||
            size(a) - size(b) ||
            compare(a.member.id, b.member.id),
        )
      if (best === undefined) return
      best.standby.push(task)
      left.delete(task)
    }
    for (const task of tasks) place(task, (load) => size(load) < most && load.process.lags.has(task))
    for (const task of left) place(task, (load) => size(load) < most)
    for (const task of left) place(task, () => true)
  }

  #isCaughtUp({ process }: Load, task: string): boolean {
    const lag = process.lags.get(task)
    return lag !== undefined && lag <= this.#input.acceptableLag
  }

  /** Small differences do not count. */
  #lagClass(load: Load, task: string): bigint | undefined {
    return this.#isCaughtUp(load, task) ? 0n : load.process.lags.get(task)
  }

  /** Processes other than this that have the task's state. */
  #copies(task: string, own: Process): number {
    const others = this.#loads.filter((load) => load.process !== own && this.#isCaughtUp(load, task))
    return new Set(others.map(({ process }) => process)).size
  }
}

/** Less is better; none at all comes last. */
function compareLags(left: bigint | undefined, right: bigint | undefined): number {
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
