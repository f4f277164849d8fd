import type { Clock, GroupMemberMetadata } from '@spillway/api'
import { type TaskId, taskName, taskOf } from '../task/task-id.ts'
import type { ClusterConfigState } from '../supervision/cluster-config-state.ts'
import { LostWork } from './lost-work.ts'
import { type AssignmentPlan, planAssignment } from './sticky-assignment.ts'
import { decodeWorkerState, encodeAssignment, type WorkerState } from './worker-protocol.ts'

/** Shares connectors and tasks, each for themselves, among the workers; used on the leader only. */
export class LeaderAssignor {
  readonly #lostConnectors: LostWork
  readonly #lostTasks: LostWork
  readonly #owners = new Map<string, string>()

  constructor(maxDelayMs: number, clock: Clock) {
    this.#lostConnectors = new LostWork(maxDelayMs, clock)
    this.#lostTasks = new LostWork(maxDelayMs, clock)
  }

  /** Where the worker that was last given a connector listens; undefined where nobody was. */
  connectorOwner(name: string): string | undefined {
    return this.#owners.get(`connector ${name}`)
  }

  taskOwner(id: TaskId): string | undefined {
    return this.#owners.get(`task ${taskName(id)}`)
  }

  /** Bytes for every member. */
  assign(
    members: readonly GroupMemberMetadata[],
    leaderId: string,
    config: ClusterConfigState,
  ): Map<string, Buffer> {
    const states = new Map(members.map((m) => [m.memberId, decodeWorkerState(m.metadata)] as const))
    const names = config.connectors()
    const tasks = names.flatMap((name) => config.taskIds(name).map(taskName))
    const connectorPlan = plan(
      names,
      held(states, (state) => state.connectors),
      this.#lostConnectors,
    )
    const taskPlan = plan(
      tasks,
      held(states, (state) => state.tasks.map(taskName)),
      this.#lostTasks,
    )
    this.#owners.clear()
    const delays = [connectorPlan.delayMs, taskPlan.delayMs].filter((ms) => ms > 0)
    return new Map(
      [...states].map(([member, state]) => {
        const connectors = connectorPlan.assigned.get(member) ?? []
        const taskNames = taskPlan.assigned.get(member) ?? []
        for (const name of connectors) this.#owners.set(`connector ${name}`, state.url)
        for (const name of taskNames) this.#owners.set(`task ${name}`, state.url)
        const bytes = encodeAssignment({
          leaderUrl: states.get(leaderId)?.url ?? '',
          configOffset: config.offset,
          connectors,
          tasks: taskNames.map(taskOf),
          delayMs: delays.length === 0 ? 0 : Math.min(...delays),
        })
        return [member, bytes] as const
      }),
    )
  }
}

function held(
  states: ReadonlyMap<string, WorkerState>,
  what: (state: WorkerState) => readonly string[],
): Map<string, readonly string[]> {
  return new Map([...states].map(([member, state]) => [member, what(state)] as const))
}

function plan(
  units: readonly string[],
  holders: ReadonlyMap<string, readonly string[]>,
  lost: LostWork,
): AssignmentPlan & { readonly delayMs: number } {
  const waiting = lost.waiting(units, holders)
  const planned = planAssignment(units, holders, waiting.units)
  lost.decided(planned.assigned, waiting.units)
  return { ...planned, delayMs: waiting.delayMs }
}
