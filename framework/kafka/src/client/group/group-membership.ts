import { setImmediate as immediate } from 'node:timers/promises'
import {
  type Clock,
  type ClusterOptions,
  type ConnectionProblem,
  type GroupCallbacks,
  type GroupIdentity,
  type GroupMemberOptions,
  type GroupMembership,
  IllegalWorkerStateError,
} from '@spillway/api'

import { Cluster } from '../cluster/cluster.ts'
import type { Connect } from '../cluster/connections.ts'
import { GroupMember } from './group-member.ts'
import { Problems } from '../cluster/problems.ts'
import { Signal } from '../cluster/signal.ts'

/** Membership alone: a {@link GroupMember} with connections of its own. */
export class KafkaGroupMembership implements GroupMembership {
  readonly #cluster: Cluster
  readonly #member: GroupMember
  readonly #problems: Problems
  readonly #signal: Signal
  readonly #rebalanceTimeoutMs: number
  #events = 0
  #isWokenUp = false
  #closing: Promise<void> | undefined

  constructor(
    clusterOptions: ClusterOptions,
    options: GroupMemberOptions & { readonly clientId: string },
    callbacks: GroupCallbacks,
    connect: Connect,
    clock: Clock,
  ) {
    this.#cluster = new Cluster(options.clientId, clusterOptions, connect, clock)
    this.#problems = new Problems(clock)
    this.#signal = new Signal(clock)
    this.#rebalanceTimeoutMs = options.rebalanceTimeoutMs
    const counted = (run: () => Promise<void>) => async (): Promise<void> => {
      this.#events++
      await run()
    }
    this.#member = new GroupMember(
      this.#cluster,
      options,
      {
        protocols: () => callbacks.protocols(),
        assign: (protocol, members, leaderId) => callbacks.assign(protocol, members, leaderId),
        beforeJoin: counted(() => callbacks.beforeJoin()),
        onJoined: (assignment) => counted(() => callbacks.onJoined(assignment))(),
        onLost: counted(() => callbacks.onLost()),
      },
      () => this.#signal.notify(),
      this.#problems.reporter('group'),
    )
  }

  async poll(timeoutMs: number): Promise<void> {
    const deadline = this.#cluster.clock.monotonic() + timeoutMs
    const before = this.#events
    await immediate()
    for (;;) {
      if (this.#closing !== undefined) throw new IllegalWorkerStateError('The group member is closed')
      await this.#member.step()
      const left = deadline - this.#cluster.clock.monotonic()
      if (this.#isWokenUp || this.#events !== before || left <= 0) break
      await this.#signal.wait(Math.min(left, this.#rebalanceTimeoutMs / 3))
    }
    this.#isWokenUp = false
  }

  wakeup(): void {
    this.#isWokenUp = true
    this.#signal.notify()
  }

  requestRejoin(reason: string): void {
    this.#member.requestRejoin(reason)
  }

  identity(): GroupIdentity | undefined {
    return this.#member.identity()
  }

  lastProblem(): ConnectionProblem | undefined {
    return this.#problems.last()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#signal.notify()
    await this.#member.leave()
    await this.#cluster.close()
    await this.#member.ended()
  }
}
