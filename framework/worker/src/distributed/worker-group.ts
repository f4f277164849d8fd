import {
  type Clock,
  ConnectError,
  type GroupAssignment,
  type GroupMembership,
  type KafkaClient,
} from '@spillway/api'
import type { Logger } from 'pino'
import type { TaskId } from '../task/task-id.ts'
import type { ConfigChange } from '../supervision/cluster-config-state.ts'
import type { ConfigStore } from '../supervision/config-store.ts'
import type { DistributedConfig } from './distributed-config.ts'
import { LeaderAssignor } from './leader-assignor.ts'
import {
  decodeAssignment,
  encodeWorkerState,
  type Work,
  WORKER_PROTOCOL,
  type WorkerAssignment,
} from './worker-protocol.ts'

const POLL_MS = 1_000
const RETRY_MS = 1_000
/** A coordinator moves, a broker restarts: no reason yet to call the worker unhealthy. */
const PATIENCE_MS = 10_000

/** What a worker does as the group tells it. */
export interface WorkerGroupListener {
  /** What this worker has now. */
  held(): Work
  /** Takes a new assignment: what is not in it has stopped when this resolves. @returns true where any of it had. */
  onAssigned(work: Work): Promise<boolean>
  /** Others may already run what this worker runs: it must end, without a commit. */
  onLost(): Promise<void>
  /** The membership cannot go on. */
  onFatal(error: Error): void
}

/** Membership of a worker in its cluster's group (Java: `WorkerGroupMember`, `WorkerCoordinator`). */
export class WorkerGroup {
  readonly #membership: GroupMembership
  readonly #configs: ConfigStore
  readonly #url: string
  readonly #listener: WorkerGroupListener
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #assignor: LeaderAssignor
  readonly #abort = new AbortController()
  #loop: Promise<void> | undefined
  #leader: { readonly url: string; readonly isSelf: boolean } | undefined
  #generation = -1
  #isJoining = true
  /** How far the present assignment knows the configuration topic, and the last change of work in it. */
  #covered = -1n
  #lastChange = -1n
  #rejoinTimer: AbortController | undefined

  constructor(parts: {
    readonly kafka: KafkaClient
    readonly config: DistributedConfig
    readonly configs: ConfigStore
    readonly url: string
    readonly listener: WorkerGroupListener
    readonly clock: Clock
    readonly logger: Logger
  }) {
    const { config } = parts
    this.#configs = parts.configs
    this.#url = parts.url
    this.#listener = parts.listener
    this.#clock = parts.clock
    this.#logger = parts.logger
    this.#assignor = new LeaderAssignor(config['scheduled.rebalance.max.delay.ms'], parts.clock)
    this.#membership = parts.kafka.groupMember(
      {
        groupId: config['group.id'],
        clientId: `connect-${parts.url}`,
        protocolType: 'connect',
        sessionTimeoutMs: config['session.timeout.ms'],
        heartbeatIntervalMs: config['heartbeat.interval.ms'],
        rebalanceTimeoutMs: config['rebalance.timeout.ms'],
      },
      {
        protocols: () => [{ name: WORKER_PROTOCOL, metadata: this.#metadata() }],
        assign: async (_protocol, members, leaderId) => {
          await this.#refresh()
          return this.#assignor.assign(members, leaderId, this.#configs.state)
        },
        beforeJoin: async () => {
          this.#isJoining = true
        },
        onJoined: async (assignment) => await this.#joined(assignment),
        onLost: async () => await this.#lost(),
      },
    )
  }

  start(): void {
    this.#loop = this.#run()
  }

  /** The worker that decides for all; undefined while there is none. */
  get leader(): { readonly url: string; readonly isSelf: boolean } | undefined {
    return this.#leader
  }

  get generation(): number {
    return this.#generation
  }

  /** On the leader: where a connector's worker listens. */
  connectorOwner(name: string): string | undefined {
    return this.#assignor.connectorOwner(name)
  }

  /** On the leader: where a task's worker listens. */
  taskOwner(id: TaskId): string | undefined {
    return this.#assignor.taskOwner(id)
  }

  /** Asks for a rebalance where the change is news to the present assignment. */
  configChanged(change: ConfigChange): void {
    if (!change.changesWork) return
    this.#lastChange = change.offset
    if (!this.#isJoining) this.#rejoinForChanges()
  }

  /** @throws {ConnectError} where the coordinator of the group has not been reached for a while. */
  checkHealth(): void {
    const problem = this.#membership.lastProblem()
    if (problem === undefined || this.#clock.now() - problem.since < PATIENCE_MS) return
    throw new ConnectError(
      `It has not reached the coordinator of its group since ${new Date(problem.since).toISOString()}: ` +
        problem.error.message,
      { cause: problem.error },
    )
  }

  /** Leaves the group at once. Idempotent. */
  async close(): Promise<void> {
    if (!this.#abort.signal.aborted) this.#abort.abort()
    this.#rejoinTimer?.abort()
    this.#membership.wakeup()
    await this.#membership.close()
    await this.#loop
    this.#leader = undefined
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        await this.#membership.poll(POLL_MS)
      } catch (error) {
        if (this.#abort.signal.aborted) return
        this.#logger.error({ err: error }, "The membership in the workers' group cannot go on")
        await this.#lost()
        this.#listener.onFatal(error as Error)
        return
      }
    }
  }

  async #joined(group: GroupAssignment): Promise<void> {
    const assignment = decodeAssignment(group.assignment)
    this.#generation = group.generation
    this.#leader = { url: assignment.leaderUrl, isSelf: group.leaderId === group.memberId }
    while (this.#configs.state.offset < assignment.configOffset && !this.#abort.signal.aborted) {
      if (!(await this.#refresh()))
        await this.#clock.sleep(RETRY_MS, this.#abort.signal).catch(() => undefined)
    }
    this.#logger.info(
      `Joined the group in generation ${group.generation}, led by ${assignment.leaderUrl}, with ` +
        `${assignment.connectors.length} connectors and ${assignment.tasks.length} tasks`,
    )
    const hasGivenUp = await this.#listener.onAssigned(assignment)
    this.#covered = assignment.configOffset
    this.#isJoining = false
    if (hasGivenUp) this.#membership.requestRejoin('work was given up for others')
    else this.#rejoinForChanges()
    this.#rejoinLater(assignment)
  }

  async #lost(): Promise<void> {
    this.#logger.warn(
      "The membership in the workers' group has ended; connectors and tasks stop without a commit",
    )
    this.#isJoining = true
    this.#leader = undefined
    await this.#listener.onLost()
  }

  #rejoinForChanges(): void {
    if (this.#lastChange < this.#covered) return
    this.#membership.requestRejoin('the configuration has other connectors or tasks')
  }

  #rejoinLater({ delayMs }: WorkerAssignment): void {
    this.#rejoinTimer?.abort()
    if (delayMs === 0) return
    this.#rejoinTimer = new AbortController()
    void this.#clock.sleep(delayMs, this.#rejoinTimer.signal).then(
      () => this.#membership.requestRejoin('work has waited long enough for a worker that is gone'),
      () => undefined,
    )
  }

  /** True where the configuration is as new as the topic. */
  async #refresh(): Promise<boolean> {
    try {
      await this.#configs.refresh()
      return true
    } catch (error) {
      this.#logger.warn({ err: error }, 'Reading the configuration topic to its end failed')
      return false
    }
  }

  #metadata(): Buffer {
    return encodeWorkerState({
      ...this.#listener.held(),
      url: this.#url,
      configOffset: this.#configs.state.offset,
    })
  }
}
