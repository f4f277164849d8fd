import { type RawConfig, restorePlaceholders } from '@spillway/api'
import type { State, TargetState } from '../connector/herder.ts'
import { sameConfig } from './cluster-config-state.ts'
import type { ConfigStore } from './config-store.ts'
import type { EndReason, OwnedParts } from './owned-task.ts'
import type { StatusRecord } from './status-store.ts'

/**
 * A connector instance that this worker was given: it runs here, and what tasks it wants is written to the configuration
 * topic for all. Its methods are called one at a time.
 */
export class OwnedConnector {
  readonly name: string
  readonly #parts: OwnedParts & { readonly configs: ConfigStore }
  readonly #onReconfiguration: () => void
  #config: RawConfig | undefined
  #version: string | undefined
  #target: TargetState = 'STARTED'
  #state: State = 'UNASSIGNED'

  /** @param onReconfiguration the connector wants other tasks: {@link plan} is to be called in its turn. */
  constructor(
    name: string,
    parts: OwnedParts & { readonly configs: ConfigStore },
    onReconfiguration: () => void,
  ) {
    this.name = name
    this.#parts = parts
    this.#onReconfiguration = onReconfiguration
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
      // Nobody has asked for anything new, but the tasks in the topic may not be the ones this connector wants.
      if (this.#state === 'RUNNING') await this.plan()
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

  /** Writes the tasks that the connector wants, where they are others than the topic has. */
  async plan(): Promise<void> {
    const { worker, configs, logger } = this.#parts
    if (!worker.isConnectorRunning(this.name)) return
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
    await this.#parts.worker.stopConnector(this.name)
    this.#forget()
    const { statuses, workerId } = this.#parts
    if (reason === 'removed') await statuses.removeConnector(this.name, workerId)
    else await statuses.putConnectorSafe(this.name, this.#record('UNASSIGNED', null))
  }

  /** Ends what others may already run; nothing is told of it. */
  async abandon(): Promise<void> {
    this.#forget()
    await this.#parts.worker.stopConnector(this.name)
  }

  async #start(): Promise<void> {
    const { worker, logger } = this.#parts
    await worker.stopConnector(this.name)
    const config = this.#config ?? {}
    try {
      this.#version ??= (await worker.pluginFor(config)).version
      await worker.startConnector(this.name, config, {
        onFailure: (trace) => this.#fail(trace),
        onTaskReconfiguration: () => this.#onReconfiguration(),
      })
    } catch (error) {
      logger.error({ err: error, connector: this.name }, 'The connector failed to start')
      this.#fail(worker.traceOf(error))
      return
    }
    if (this.#config === undefined) {
      // Abandoned while it was being started.
      await worker.stopConnector(this.name)
      return
    }
    this.#set('RUNNING')
    await this.plan()
  }

  async #halt(state: 'PAUSED' | 'STOPPED'): Promise<void> {
    await this.#parts.worker.stopConnector(this.name)
    if (this.#state !== state) this.#set(state)
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
      worker_id: this.#parts.workerId,
      generation: this.#parts.generation(),
      ...(this.#version !== undefined && { version: this.#version }),
    }
  }
}
