import {
  type Admin,
  AlreadyExistsError,
  type ConfigInfos,
  type ConfigKeyInfo,
  type ConfigTransformer,
  NotFoundError,
  type PluginRegistry,
  type RawConfig,
  restorePlaceholders,
  type SecretMasker,
} from '@spillway/api'
import type { Logger } from 'pino'
import type { BrokenPlugin } from '../plugins/plugin-path.ts'
import type { WorkerModules } from '../plugins/worker-modules.ts'
import { ConnectorServices, patched } from '../connector/connector-services.ts'
import type {
  ConnectorInfo,
  ConnectorOffset,
  ConnectorStateInfo,
  Herder,
  OffsetChange,
  PluginInfo,
  TargetState,
  TaskInfo,
  TaskState,
} from '../connector/herder.ts'
import type { Caller } from '../config/caller.ts'
import type { Previewer } from '../preview/previewer.ts'
import type { PreviewInput, PreviewResult } from '../preview/preview-protocol.ts'
import { KeyedMutex } from '../connector/keyed-mutex.ts'
import { LocalConnector } from '../connector/local-connector.ts'
import type { TaskId } from '../task/task-id.ts'
import { taskName } from '../task/task-id.ts'
import type { Worker } from '../connector/worker.ts'
import type { WorkerConfig } from '../config/worker-config.ts'

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

/** Keeps all connectors in this one process, in memory (Java: `StandaloneHerder`). */
export class StandaloneHerder implements Herder {
  readonly kafkaClusterId: string
  /** Known once the REST API listens. */
  workerId = ''
  isReady = true
  readonly #parts: StandaloneHerderParts
  readonly #services: ConnectorServices
  readonly #connectors = new Map<string, LocalConnector>()
  readonly #mutex = new KeyedMutex()

  constructor(parts: StandaloneHerderParts) {
    this.kafkaClusterId = parts.kafkaClusterId
    this.#parts = parts
    this.#services = new ConnectorServices(parts)
  }

  async checkHealth(): Promise<void> {
    await this.#parts.admin.clusterId()
  }

  async connectors(): Promise<string[]> {
    return [...this.#connectors.keys()]
  }

  async connectorInfo(name: string): Promise<ConnectorInfo> {
    return this.#mustHave(name).info()
  }

  async connectorStatus(name: string): Promise<ConnectorStateInfo> {
    const connector = this.#connectors.get(name)
    if (connector === undefined) throw new NotFoundError(`No status found for connector ${name}`)
    return connector.status()
  }

  async putConnectorConfig(
    name: string,
    written: RawConfig,
    options: { readonly allowReplace: boolean; readonly initialState?: TargetState },
  ): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }> {
    const named: RawConfig = 'name' in written ? written : { ...written, name }
    const config = await this.#services.withoutMarks(named, this.#connectors.get(name)?.config)
    const plugin = await this.#services.checkConfig(name, config)
    return await this.#mutex.run(name, async () => {
      const existing = this.#connectors.get(name)
      if (existing !== undefined) {
        if (!options.allowReplace) throw new AlreadyExistsError(`Connector ${name} already exists`)
        await existing.reconfigure(config, plugin)
        return { created: false, info: existing.info() }
      }
      const connector = new LocalConnector({
        name,
        config,
        plugin,
        targetState: options.initialState ?? 'STARTED',
        worker: this.#parts.worker,
        workerId: this.workerId,
        stopTimeoutMs: this.#parts.config['task.shutdown.graceful.timeout.ms'],
        logger: this.#parts.logger,
        onRestartDue: (task) => void this.#afterDeath({ connector: name, task }, true),
        onDead: (task) => void this.#afterDeath({ connector: name, task }, false),
      })
      this.#connectors.set(name, connector)
      await connector.start()
      return { created: true, info: connector.info() }
    })
  }

  async patchConnectorConfig(name: string, patch: RawConfig): Promise<ConnectorInfo> {
    const { config } = this.#mustHave(name)
    const { info } = await this.putConnectorConfig(name, patched(config, patch), { allowReplace: true })
    return info
  }

  async deleteConnector(name: string): Promise<void> {
    await this.#mutex.run(name, async () => {
      const connector = this.#mustHave(name)
      await connector.stop()
      this.#connectors.delete(name)
    })
  }

  async setTargetState(name: string, state: TargetState): Promise<void> {
    if (!this.#connectors.has(name)) throw new NotFoundError(`Unknown connector ${name}`)
    await this.#mutex.run(name, async () => await this.#connectors.get(name)?.setTargetState(state))
  }

  async restartConnector(
    name: string,
    options: { readonly includeTasks: boolean; readonly onlyFailed: boolean },
  ): Promise<ConnectorStateInfo> {
    const isPlain = !options.includeTasks && !options.onlyFailed
    return await this.#mutex.run(name, async () => {
      const connector = this.#connectors.get(name)
      if (connector === undefined) {
        throw new NotFoundError(isPlain ? `Connector ${name} not found` : `Unknown connector: ${name}`)
      }
      return await connector.restart(options)
    })
  }

  async restartTask(id: TaskId): Promise<void> {
    await this.#mutex.run(id.connector, async () => {
      const connector = this.#mustHave(id.connector)
      if (!connector.hasTask(id.task)) throw new NotFoundError(`Task ${taskName(id)} not found`)
      await connector.restartTasks([id.task])
    })
  }

  async taskInfos(name: string): Promise<TaskInfo[]> {
    const connector = this.#mustHave(name)
    return connector.taskInfos().map((info) => ({
      id: info.id,
      config: this.#services.shownTask(restorePlaceholders(info.config, connector.config), connector.config),
    }))
  }

  async taskState(id: TaskId): Promise<TaskState> {
    const task = this.#connectors
      .get(id.connector)
      ?.status()
      .tasks.find((t) => t.id === id.task)
    if (task === undefined) throw new NotFoundError(`No status found for task ${taskName(id)}`)
    return task
  }

  async activeTopics(name: string): Promise<string[]> {
    return [...(this.#connectors.get(name)?.topics ?? [])]
  }

  async resetActiveTopics(name: string): Promise<void> {
    this.#connectors.get(name)?.topics.clear()
  }

  async offsets(name: string): Promise<ConnectorOffset[]> {
    return await this.#services.offsets(name, this.#mustHave(name).config)
  }

  async alterOffsets(name: string, changes: readonly OffsetChange[] | null): Promise<string> {
    return await this.#mutex.run(
      name,
      async () => await this.#services.alterOffsets(this.#mustHave(name), changes),
    )
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

  plugins(connectorsOnly: boolean): PluginInfo[] {
    return this.#services.plugins(connectorsOnly)
  }

  pluginConfig(name: string): ConfigKeyInfo[] {
    return this.#services.pluginConfig(name)
  }

  /** Stops every connector; offsets of what is durable are committed. */
  async stop(): Promise<void> {
    this.isReady = false
    const names = [...this.#connectors.keys()]
    await Promise.all(
      names.map((name) => this.#mutex.run(name, async () => await this.#connectors.get(name)?.stop())),
    )
    await this.#parts.worker.stop()
    await this.#parts.admin.close()
  }

  /** Ends what is left of a task's membership and, where it is due, starts the task again. */
  async #afterDeath(id: TaskId, restart: boolean): Promise<void> {
    try {
      await this.#mutex.run(id.connector, async () => {
        const connector = this.#connectors.get(id.connector)
        if (connector === undefined) return
        await this.#services.endMembership(id, connector.config)
        if (restart) await connector.restartIfFailed(id.task)
      })
    } catch (error) {
      this.#parts.logger.error(
        { err: error, connector: id.connector, task: id.task },
        'Recovering from the failure of the task failed',
      )
    }
  }

  #mustHave(name: string): LocalConnector {
    const connector = this.#connectors.get(name)
    if (connector === undefined) throw new NotFoundError(`Connector ${name} not found`)
    return connector
  }
}
