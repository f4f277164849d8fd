import type { Logger } from 'pino'
import type { RawConfig } from '../config/config-def.ts'
import { type ConfigInfos, type ConfigKeyInfo, keyInfos } from '../config/config-infos.ts'
import { restorePlaceholders } from '../config/providers/config-transformer.ts'
import type { ConfigTransformer } from '../config/providers/config-transformer.ts'
import type { PluginRegistry } from '../connector/plugin-registry.ts'
import { shortNames } from '../connector/plugin-registry.ts'
import type { SinkConnectorPlugin } from '../connector/sink-connector.ts'
import { AlreadyExistsError, NotFoundError } from '../errors/connect-errors.ts'
import type { Admin } from '../kafka/port.ts'
import { BadRequestError, RestError } from '../rest/rest-error.ts'
import { changeOffsets, groupIdOf, readOffsets } from './connector-group.ts'
import { unknownKeys, validateConnector } from './connector-validation.ts'
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
} from './herder.ts'
import { KeyedMutex } from './keyed-mutex.ts'
import { LocalConnector } from './local-connector.ts'
import { findPlugin } from './plugin-source.ts'
import type { TaskId } from './thread-protocol.ts'
import { taskName } from './thread-protocol.ts'
import type { Worker } from './worker.ts'
import type { WorkerConfig } from './worker-config.ts'

const STOPPED_FIRST = (name: string): string =>
  'Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified ' +
  `connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`

export interface StandaloneHerderParts {
  readonly kafkaClusterId: string
  readonly workerId: string
  readonly config: WorkerConfig
  readonly registry: PluginRegistry
  readonly transformer: ConfigTransformer
  readonly worker: Worker
  readonly admin: Admin
  readonly logger: Logger
}

/** Keeps all connectors in this one process, in memory (Java: `StandaloneHerder`). */
export class StandaloneHerder implements Herder {
  readonly kafkaClusterId: string
  readonly workerId: string
  isReady = true
  readonly #parts: StandaloneHerderParts
  readonly #connectors = new Map<string, LocalConnector>()
  readonly #mutex = new KeyedMutex()

  constructor(parts: StandaloneHerderParts) {
    this.kafkaClusterId = parts.kafkaClusterId
    this.workerId = parts.workerId
    this.#parts = parts
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
    const config: RawConfig = 'name' in written ? written : { ...written, name }
    const plugin = await this.#checkConfig(name, config)
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
    const merged = Object.entries({ ...config, ...patch }).filter(([, value]) => value !== null)
    const { info } = await this.putConnectorConfig(name, Object.fromEntries(merged), { allowReplace: true })
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
    this.#mustHave(name)
    return await this.#mutex.run(name, async () => await this.#mustHave(name).restart(options))
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
      config: restorePlaceholders(info.config, connector.config),
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
    const { config } = this.#mustHave(name)
    return await readOffsets(this.#parts.admin, groupIdOf(name, await this.#resolve(config)))
  }

  async alterOffsets(name: string, changes: readonly OffsetChange[] | null): Promise<string> {
    return await this.#mutex.run(name, async () => {
      const connector = this.#mustHave(name)
      if (connector.targetState !== 'STOPPED') throw new BadRequestError(STOPPED_FIRST(name))
      const config = await this.#resolve(connector.config)
      const group = groupIdOf(name, config)
      const plugin = await this.#parts.worker.pluginFor(config)
      const forConnector =
        changes ??
        (await readOffsets(this.#parts.admin, group)).map(({ partition }) => ({
          topic: partition.kafka_topic,
          partition: partition.kafka_partition,
          offset: null,
        }))
      const handled = (await plugin.create().alterOffsets?.(config, forConnector)) ?? false
      await changeOffsets(this.#parts.admin, group, name, changes)
      const what = changes === null ? 'reset' : 'altered'
      return handled
        ? `The offsets for this connector have been ${what} successfully`
        : `The Connect framework-managed offsets for this connector have been ${what} successfully. However, if this ` +
            'connector manages offsets externally, they will need to be manually ' +
            `${what} in the system that the connector uses.`
    })
  }

  async validate(pluginName: string, config: RawConfig): Promise<ConfigInfos> {
    const written = config['connector.class']
    const requested = this.#parts.registry.find('sink', pluginName)
    if (written !== undefined && written !== null) {
      const included = this.#parts.registry.find('sink', written)
      const same = included !== undefined ? included === requested : written === pluginName
      if (!same) {
        throw new BadRequestError(
          `Included connector type ${written} does not match request type ${pluginName}`,
        )
      }
    }
    const plugin = await this.#connectorPlugin(pluginName)
    return await validateConnector({
      registry: this.#parts.registry,
      plugin,
      config: { ...config, 'connector.class': written ?? plugin.className },
      overridePolicy: this.#overridePolicy(),
    })
  }

  plugins(connectorsOnly: boolean): PluginInfo[] {
    return this.#parts.registry
      .list()
      .filter((plugin) => plugin.kind !== 'config_provider' && (!connectorsOnly || plugin.kind === 'sink'))
      .map((plugin) => ({ class: plugin.className, type: plugin.kind, version: plugin.version }))
  }

  pluginConfig(name: string): ConfigKeyInfo[] {
    const plugin = this.#parts.registry
      .list()
      .find((p) => p.className === name || (p.aliases ?? []).includes(name) || shortNames(p).includes(name))
    if (plugin === undefined) throw new NotFoundError(`Unknown plugin ${name}.`)
    return keyInfos(plugin.config)
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
        await this.#endMembership(connector, id)
        if (restart) await connector.restartIfFailed(id.task)
      })
    } catch (error) {
      this.#parts.logger.error(
        { err: error, connector: id.connector, task: id.task },
        'Recovering from the failure of the task failed',
      )
    }
  }

  /**
   * Ends what is left of the membership of a task that died without leaving its group (KIP-571): its partitions would
   * wait for the session time-out.
   */
  async #endMembership(connector: LocalConnector, id: TaskId): Promise<void> {
    const { admin } = this.#parts
    const groupId = groupIdOf(id.connector, await this.#resolve(connector.config))
    const group = await admin.describeGroup(groupId)
    const dead = group.members.filter((m) => m.clientId === `connector-consumer-${taskName(id)}`)
    if (dead.length > 0)
      await admin.removeMembers(
        groupId,
        dead.map((m) => m.memberId),
      )
  }

  /** The connector's plugin where the configuration can be used. @throws {BadRequestError} with every problem. */
  async #checkConfig(name: string, config: RawConfig): Promise<SinkConnectorPlugin> {
    const written = config['name']
    if (written !== undefined && written !== name) {
      throw new BadRequestError(
        `Connector name configuration (${written ?? 'null'}) doesn't match connector name in the URL (${name})`,
      )
    }
    const className = config['connector.class']
    if (className === undefined || className === null) {
      throw new BadRequestError(`Connector config ${JSON.stringify(config)} contains no connector type`)
    }
    const resolved = await this.#resolve(config)
    const plugin = await this.#connectorPlugin(className)
    const infos = await validateConnector({
      registry: this.#parts.registry,
      plugin,
      config: resolved,
      overridePolicy: this.#overridePolicy(),
    })
    if (infos.error_count > 0) {
      const messages = infos.configs.flatMap((info) => info.value.errors)
      throw new BadRequestError(
        `Connector configuration is invalid and contains the following ${infos.error_count} error(s):\n` +
          `${messages.join('\n')}\nYou can also find the above list of errors at the endpoint ` +
          '`/connector-plugins/{connectorType}/config/validate`',
      )
    }
    for (const { key, meant } of unknownKeys(plugin, config)) {
      const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
      this.#parts.logger.warn(
        { connector: name },
        `The configuration key ${key} is not known and has no effect.${hint}`,
      )
    }
    return plugin
  }

  async #connectorPlugin(className: string): Promise<SinkConnectorPlugin> {
    try {
      return await findPlugin(this.#parts.registry, 'sink', className, 'connector.class')
    } catch (cause) {
      const known = this.#parts.registry
        .ofKind('sink')
        .map((p) => `PluginDesc{class='${p.className}', version='${p.version}'}`)
      const hint = /Did you mean .*\?$/.exec((cause as Error).message)?.[0] ?? ''
      throw new RestError(
        500,
        `Failed to find any class that implements Connector and which name matches ${className}, available ` +
          `connectors are: ${known.join(', ')}${hint === '' ? '' : `. ${hint}`}`,
        { cause },
      )
    }
  }

  #overridePolicy(): 'All' | 'None' | 'Principal' {
    return this.#parts.config['connector.client.config.override.policy'] as 'All' | 'None' | 'Principal'
  }

  async #resolve(config: RawConfig): Promise<RawConfig> {
    return (await this.#parts.transformer.transform(config)).config
  }

  #mustHave(name: string): LocalConnector {
    const connector = this.#connectors.get(name)
    if (connector === undefined) throw new NotFoundError(`Connector ${name} not found`)
    return connector
  }
}
