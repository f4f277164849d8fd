import { type RawConfig, restorePlaceholders } from '@spillway/api'
import type { State, TargetState } from '../connector/herder.ts'
import { sameConfig } from './cluster-config-state.ts'
import type { StatusRecord } from './status-store.ts'
import type { EndReason, UnitParts } from './unit-parts.ts'

/**
 * A connector instance of this worker: it runs here, and the tasks it wants are written to the configuration for all. Its
 * methods are called one at a time; only events of the running instance come between.
 */
export class ConnectorUnit {
  readonly name: string
  readonly #parts: UnitParts
  readonly #onPlanDue: () => void
  #config: RawConfig | undefined
  #version: string | undefined
  #target: TargetState = 'STARTED'
  #state: State = 'UNASSIGNED'
  #isPlanDue = false
  #isAbandoned = false
  /** Counts instances: events of an earlier one are not about this one. */
  #instance = 0

  /** @param onPlanDue the connector wants other tasks: {@link plan} is to be called in its turn. */
  constructor(name: string, parts: UnitParts, onPlanDue: () => void) {
    this.name = name
    this.#parts = parts
    this.#onPlanDue = onPlanDue
  }

  get hasFailed(): boolean {
    return this.#state === 'FAILED'
  }

  /** Has the connector as configured and meant from now on; what it is already is left alone. */
  async run(config: RawConfig, target: TargetState): Promise<void> {
    const before = this.#target
    const isNew = this.#config === undefined || !sameConfig(this.#config, config)
    this.#config = config
    this.#target = target
    if (isNew) this.#version = undefined
    if (target === 'STOPPED') {
      await this.#halt('STOPPED')
      if (!this.#parts.configs.state.hasPublished(this.name, []))
        await this.#parts.configs.putTasks(this.name, [])
      return
    }
    if (!isNew && before === target) {
      // Nobody has asked for anything new, but the tasks that are written may not be the ones this connector wants.
      await this.plan()
      return
    }
    // As in Connect, a failed connector does not come back by pause and resume.
    if (!isNew && this.#state === 'FAILED' && before !== 'STOPPED') return
    if (target === 'PAUSED') await this.#halt('PAUSED')
    else await this.#start()
  }

  /** Stops and starts the instance; its tasks go on unless it wants others. */
  async restart(): Promise<void> {
    if (this.#config === undefined || this.#target === 'STOPPED') return
    this.#set('RESTARTING')
    if (this.#target === 'PAUSED') await this.#halt('PAUSED')
    else await this.#start()
  }

  /** Writes the tasks that the connector wants where it runs and they are others than those that are written. */
  async plan(): Promise<void> {
    this.#isPlanDue = false
    if (this.#state !== 'RUNNING') return
    const { worker, configs, logger } = this.#parts
    let tasks: RawConfig[]
    try {
      tasks = await worker.connectorTaskConfigs(this.name)
    } catch (error) {
      logger.error({ err: error, connector: this.name }, 'The connector could not plan its tasks')
      this.#fail(worker.traceOf(error))
      return
    }
    // What comes from a configuration provider is kept as it was written, never as the secret.
    const written = tasks.map((task) => restorePlaceholders(task, this.#config ?? {}))
    if (configs.state.hasPublished(this.name, written)) return
    await configs.putTasks(this.name, written)
  }

  async end(reason: EndReason): Promise<void> {
    if (this.#config === undefined) return
    await this.#stop()
    this.#forget()
    const { statuses, workerId } = this.#parts
    if (reason === 'removed') await statuses.removeConnector(this.name, workerId())
    else await statuses.putConnectorSafe(this.name, this.#record('UNASSIGNED', null))
  }

  /** Ends what others may already run; nothing is told of it. */
  async abandon(): Promise<void> {
    this.#isAbandoned = true
    this.#forget()
    await this.#stop()
  }

  async #start(): Promise<void> {
    const { worker, logger } = this.#parts
    await this.#stop()
    if (this.#isAbandoned) return
    const config = this.#config ?? {}
    const instance = this.#instance
    try {
      this.#version ??= (await worker.pluginFor(config)).version
      await worker.startConnector(this.name, config, {
        onFailure: (trace) => {
          if (instance === this.#instance) this.#fail(trace)
        },
        onTaskReconfiguration: () => {
          if (instance === this.#instance) this.#askForPlan()
        },
      })
    } catch (error) {
      logger.error({ err: error, connector: this.name }, 'The connector failed to start')
      this.#fail(worker.traceOf(error))
      return
    }
    if (this.#isAbandoned) {
      // Abandoned while it was being started.
      await worker.stopConnector(this.name)
      return
    }
    this.#set('RUNNING')
    await this.plan()
  }

  /** However often a connector asks, it is asked back once. */
  #askForPlan(): void {
    if (this.#isPlanDue) return
    this.#isPlanDue = true
    this.#onPlanDue()
  }

  async #halt(state: 'PAUSED' | 'STOPPED'): Promise<void> {
    await this.#stop()
    if (this.#state !== state) this.#set(state)
  }

  async #stop(): Promise<void> {
    this.#instance++
    await this.#parts.worker.stopConnector(this.name)
  }

  #forget(): void {
    this.#config = undefined
    this.#state = 'UNASSIGNED'
  }

  #fail(trace: string): void {
    this.#state = 'FAILED'
    void this.#parts.statuses.putConnectorSafe(this.name, this.#record('FAILED', trace))
  }

  #set(state: State): void {
    this.#state = state
    void this.#parts.statuses.putConnector(this.name, this.#record(state, null))
  }

  #record(state: State, trace: string | null): StatusRecord {
    return {
      state,
      trace,
      worker_id: this.#parts.workerId(),
      generation: this.#parts.generation(),
      ...(this.#version !== undefined && { version: this.#version }),
    }
  }
}
