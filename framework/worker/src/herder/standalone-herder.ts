import {
  type Admin,
  AlreadyExistsError,
  type ConfigInfos,
  type ConfigKeyInfo,
  type ConfigTransformer,
  NotFoundError,
  type PluginRegistry,
  type RawConfig,
  type SecretMasker,
  systemClock,
  type JobTopology,
} from '@spillway/api'
import type { Logger } from 'pino'
import type { BrokenPlugin } from '../plugins/plugin-path.ts'
import type { WorkerModules } from '../plugins/worker-modules.ts'
import { ConnectorServices } from '../connector/connector-services.ts'
import { patched } from '../connector/written-config.ts'
import type {
  ConnectorInfo,
  ConnectorOffset,
  ConnectorStateInfo,
  Herder,
  OffsetChange,
  PluginInfo,
  PluginQuery,
  TargetState,
  TaskInfo,
  TaskState,
} from '../connector/herder.ts'
import type { Caller } from '../config/caller.ts'
import type { Previewer } from '../preview/previewer.ts'
import type { PreviewInput, PreviewResult } from '../preview/preview-protocol.ts'
import { KeyedMutex } from '../connector/keyed-mutex.ts'
import type { TaskId } from '../task/task-id.ts'
import { taskName } from '../task/task-id.ts'
import type { Worker } from '../connector/worker.ts'
import type { WorkerConfig } from '../config/worker-config.ts'
import { sameConfig } from '../supervision/cluster-config-state.ts'
import { ConfigStore } from '../supervision/config-store.ts'
import { MemoryLog } from '../supervision/memory-log.ts'
import type { OpenLog } from '../supervision/record-log.ts'
import {
  connectorInfo,
  connectorStateInfo,
  hasFailure,
  restartPlan,
  taskState,
} from '../supervision/reported-state.ts'
import { StatusStore } from '../supervision/status-store.ts'
import { EVERYTHING, Supervisor } from '../supervision/supervisor.ts'

export interface StandaloneHerderParts {
  readonly kafkaClusterId: string
  readonly config: WorkerConfig
  /** As written, placeholders resolved. */
  readonly resolved: RawConfig
  readonly written: RawConfig
  readonly registry: PluginRegistry
  readonly brokenPlugins: readonly BrokenPlugin[]
  readonly modules: WorkerModules
  readonly previewer: Previewer
  readonly transformer: ConfigTransformer
  readonly masker: SecretMasker
  readonly worker: Worker
  readonly admin: Admin
  readonly logger: Logger
}

/** Keeps all connectors in this one process, and what they are to do in its memory (Java: `StandaloneHerder`). */
export class StandaloneHerder implements Herder {
  readonly kafkaClusterId: string
  /** Known once the REST API listens. */
  workerId = ''
  isReady = true
  readonly #parts: StandaloneHerderParts
  readonly #services: ConnectorServices
  readonly #configs: ConfigStore
  readonly #statuses: StatusStore
  readonly #supervisor: Supervisor
  /** Of requests about one connector. */
  readonly #mutex = new KeyedMutex()

  constructor(parts: StandaloneHerderParts) {
    this.kafkaClusterId = parts.kafkaClusterId
    this.#parts = parts
    this.#services = new ConnectorServices(parts)
    const { worker, logger } = parts
    const inMemory: OpenLog = (onRecord) => new MemoryLog(onRecord)
    this.#statuses = new StatusStore(inMemory, systemClock, logger)
    this.#configs = new ConfigStore(
      inMemory,
      (change) => this.#supervisor.configChanged(change),
      // A worker that is alone has nobody to tell levels to.
      () => undefined,
    )
    this.#supervisor = new Supervisor(
      {
        worker,
        services: this.#services,
        configs: this.#configs,
        statuses: this.#statuses,
        workerId: () => this.workerId,
        generation: () => 0,
        tasksMove: false,
        stopTimeoutMs: parts.config['task.shutdown.graceful.timeout.ms'],
        clock: systemClock,
        logger,
      },
      EVERYTHING,
    )
  }

  /** Opens the stores. Nothing runs before. */
  async start(): Promise<void> {
    await Promise.all([this.#configs.start(), this.#statuses.start()])
  }

  async checkHealth(): Promise<void> {
    await this.#parts.admin.clusterId()
  }

  async connectors(): Promise<string[]> {
    return this.#configs.state.connectors()
  }

  async connectorInfo(name: string): Promise<ConnectorInfo> {
    return this.#mustHave(name)
  }

  async connectorStatus(name: string): Promise<ConnectorStateInfo> {
    const { state } = this.#configs
    if (!state.has(name)) throw new NotFoundError(`No status found for connector ${name}`)
    return connectorStateInfo(name, state, this.#statuses, this.workerId)
  }

  async putConnectorConfig(
    name: string,
    written: RawConfig,
    options: { readonly allowReplace: boolean; readonly initialState?: TargetState },
  ): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }> {
    const { state } = this.#configs
    const named: RawConfig = 'name' in written ? written : { ...written, name }
    const config = await this.#services.withoutMarks(named, state.connectorConfig(name))
    await this.#services.checkConfig(name, config)
    await this.#services.jobs.checkApplication(name, config, state.connectorConfigs())
    return await this.#mutex.run(name, async () => {
      const present = state.connectorConfig(name)
      if (present !== undefined && !options.allowReplace) {
        throw new AlreadyExistsError(`Connector ${name} already exists`)
      }
      if (present !== undefined && sameConfig(present, config)) await this.#restartFailed(name)
      else
        await this.#configs.putConnector(
          name,
          config,
          present === undefined ? options.initialState : undefined,
        )
      await this.#supervisor.settled(name)
      return { created: present === undefined, info: this.#mustHave(name) }
    })
  }

  async patchConnectorConfig(name: string, patch: RawConfig): Promise<ConnectorInfo> {
    const { config } = this.#mustHave(name)
    const { info } = await this.putConnectorConfig(name, patched(config, patch), { allowReplace: true })
    return info
  }

  async deleteConnector(name: string): Promise<void> {
    await this.#mutex.run(name, async () => {
      this.#mustHave(name)
      await this.#configs.removeConnector(name)
      await this.#supervisor.settled(name)
      await this.#statuses.resetTopics(name)
    })
  }

  async setTargetState(name: string, target: TargetState): Promise<void> {
    const { state } = this.#configs
    await this.#mutex.run(name, async () => {
      if (!state.has(name)) throw new NotFoundError(`Unknown connector ${name}`)
      if (state.targetState(name) !== target) await this.#configs.putTargetState(name, target)
      await this.#supervisor.settled(name)
    })
  }

  async restartConnector(
    name: string,
    options: { readonly includeTasks: boolean; readonly onlyFailed: boolean },
  ): Promise<ConnectorStateInfo> {
    const isPlain = !options.includeTasks && !options.onlyFailed
    return await this.#mutex.run(name, async () => {
      if (!this.#configs.state.has(name)) {
        throw new NotFoundError(isPlain ? `Connector ${name} not found` : `Unknown connector: ${name}`)
      }
      const plan = restartPlan(await this.connectorStatus(name), options)
      await this.#configs.requestRestart(name, options)
      await this.#supervisor.settled(name)
      return plan
    })
  }

  async restartTask(id: TaskId): Promise<void> {
    await this.#mutex.run(id.connector, async () => {
      this.#mustHave(id.connector)
      if (this.#configs.state.taskConfig(id) === undefined) {
        throw new NotFoundError(`Task ${taskName(id)} not found`)
      }
      await this.#supervisor.restartTask(id)
    })
  }

  async taskInfos(name: string): Promise<TaskInfo[]> {
    const { config, tasks } = this.#mustHave(name)
    return tasks.map((id) => ({
      id,
      config: this.#services.shownTask(this.#configs.state.taskConfig(id) ?? {}, config),
    }))
  }

  async taskState(id: TaskId): Promise<TaskState> {
    if (this.#configs.state.taskConfig(id) === undefined) {
      throw new NotFoundError(`No status found for task ${taskName(id)}`)
    }
    return taskState(id, this.#statuses, this.workerId)
  }

  async activeTopics(name: string): Promise<string[]> {
    return this.#statuses.topics(name)
  }

  async resetActiveTopics(name: string): Promise<void> {
    await this.#statuses.resetTopics(name)
  }

  async offsets(name: string): Promise<ConnectorOffset[]> {
    return await this.#services.offsets(name, this.#mustHave(name).config)
  }

  async topology(name: string, caller: Caller): Promise<JobTopology> {
    return await this.#services.jobs.topology(name, this.#mustHave(name).config, caller)
  }

  async alterOffsets(name: string, changes: readonly OffsetChange[] | null): Promise<string> {
    return await this.#mutex.run(name, async () => {
      const { config } = this.#mustHave(name)
      const targetState = this.#configs.state.targetState(name)
      return await this.#services.alterOffsets({ name, config, targetState }, changes)
    })
  }

  async validate(pluginName: string, config: RawConfig, caller: Caller): Promise<ConfigInfos> {
    return await this.#services.validate(pluginName, config, caller)
  }

  async shownToReaders(config: RawConfig): Promise<RawConfig> {
    return await this.#services.shownToReaders(config)
  }

  async preview(
    pluginName: string,
    config: RawConfig,
    input: PreviewInput,
    caller: Caller,
  ): Promise<PreviewResult> {
    return await this.#services.preview(pluginName, config, input, caller)
  }

  plugins(query: PluginQuery): PluginInfo[] {
    return this.#services.plugins(query)
  }

  pluginConfig(name: string): ConfigKeyInfo[] {
    return this.#services.pluginConfig(name)
  }

  /** Stops every connector; offsets of what is durable are committed. */
  async stop(): Promise<void> {
    this.isReady = false
    await this.#supervisor.stop()
    await this.#parts.worker.stop()
    await this.#parts.admin.close()
  }

  /** The same configuration again restarts what has failed and nothing else. */
  async #restartFailed(name: string): Promise<void> {
    if (!hasFailure(await this.connectorStatus(name))) return
    await this.#configs.requestRestart(name, { includeTasks: true, onlyFailed: true })
  }

  #mustHave(name: string): ConnectorInfo {
    const info = connectorInfo(name, this.#configs.state)
    if (info === undefined) throw new NotFoundError(`Connector ${name} not found`)
    return info
  }
}
