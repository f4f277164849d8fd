import {
  AlreadyExistsError,
  type ConfigInfos,
  type ConfigKeyInfo,
  NotFoundError,
  type RawConfig,
  RestError,
  type JobTopology,
} from '@spillway/api'
import { groupIdOf } from '../task/group-id.ts'
import type { ConnectorServices } from '../connector/connector-services.ts'
import { invalidConfig, patched } from '../connector/written-config.ts'
import type {
  AtTimestamp,
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
import type { PreviewInput, PreviewResult } from '../preview/preview-protocol.ts'
import { KeyedMutex } from '../connector/keyed-mutex.ts'
import { type TaskId, taskName } from '../task/task-id.ts'
import { type ClusterConfigState, sameConfig } from '../supervision/cluster-config-state.ts'
import type { ConfigStore } from '../supervision/config-store.ts'
import {
  connectorInfo,
  connectorStateInfo,
  hasFailure,
  restartPlan,
  taskState,
} from '../supervision/reported-state.ts'
import type { StatusStore } from '../supervision/status-store.ts'
import type { AssignedWork } from './assigned-work.ts'
import { conflict, forwardRequest } from './forwarding.ts'
import type { WorkerGroup } from './worker-group.ts'

const TARGET_NAMES: Readonly<Record<TargetState, string>> = {
  STARTED: 'RUNNING',
  PAUSED: 'PAUSED',
  STOPPED: 'STOPPED',
}

/** A worker's part in its cluster. */
export interface ClusterMember {
  readonly configs: ConfigStore
  readonly statuses: StatusStore
  readonly work: AssignedWork
  readonly group: WorkerGroup
}

export interface DistributedHerderParts {
  readonly kafkaClusterId: string
  /** Name of the workers' group, which no connector may read in. */
  readonly groupId: string
  readonly services: ConnectorServices
  /** Resolves when this worker knows the cluster's state; rejects where it never will. */
  readonly member: Promise<ClusterMember>
}

/**
 * Serves the REST API on any worker of a cluster (Java: `DistributedHerder`). What is read comes from the topics; what is
 * checked and then written goes through the leader, so that nothing comes between; what is about a running connector or
 * task goes to the worker that owns it.
 */
export class DistributedHerder implements Herder {
  readonly kafkaClusterId: string
  /** Known once the REST API listens. */
  workerId = ''
  isReady = false
  readonly #parts: DistributedHerderParts
  readonly #mutex = new KeyedMutex()

  constructor(parts: DistributedHerderParts) {
    this.kafkaClusterId = parts.kafkaClusterId
    this.#parts = parts
  }

  async checkHealth(): Promise<void> {
    const { group } = await this.#parts.member
    group.checkHealth()
    await this.#parts.services.admin.clusterId()
  }

  async connectors(): Promise<string[]> {
    return (await this.#state()).connectors()
  }

  async connectorInfo(name: string): Promise<ConnectorInfo> {
    return this.#info(name, await this.#state())
  }

  async connectorStatus(name: string): Promise<ConnectorStateInfo> {
    const { configs, statuses } = await this.#parts.member
    if (!configs.state.has(name)) throw new NotFoundError(`No status found for connector ${name}`)
    return connectorStateInfo(name, configs.state, statuses, '')
  }

  async putConnectorConfig(
    name: string,
    written: RawConfig,
    options: { readonly allowReplace: boolean; readonly initialState?: TargetState },
  ): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }> {
    const leader = await this.#leader()
    if (!leader.isSelf) {
      const { initialState } = options
      const { status, body } = options.allowReplace
        ? await this.#forward(leader.url, 'PUT', `${pathOf(name)}/config`, written)
        : await this.#forward(leader.url, 'POST', '/connectors', {
            name,
            config: written,
            ...(initialState !== undefined && { initial_state: TARGET_NAMES[initialState] }),
          })
      return { created: status === 201, info: body as ConnectorInfo }
    }
    const named: RawConfig = { ...written, name: written['name'] ?? name }
    const present = (await this.#state()).connectorConfig(name)
    const config = await this.#parts.services.withoutMarks(named, present)
    await this.#parts.services.checkConfig(name, config)
    await this.#parts.services.jobs.checkApplication(name, config, (await this.#state()).connectorConfigs())
    await this.#checkGroup(name, config)
    return await this.#mutex.run(name, async () => {
      const state = await this.#freshState()
      const present = state.connectorConfig(name)
      // Its tasks as they were: others come later, when its owner has planned them.
      const tasks = state.taskIds(name)
      if (present !== undefined && !options.allowReplace) {
        throw new AlreadyExistsError(`Connector ${name} already exists`)
      }
      if (present !== undefined && sameConfig(present, config)) await this.#restartFailed(name)
      else await (await this.#parts.member).configs.putConnector(name, config, options.initialState)
      return { created: present === undefined, info: { ...this.#info(name, state), tasks } }
    })
  }

  async patchConnectorConfig(name: string, patch: RawConfig): Promise<ConnectorInfo> {
    const leader = await this.#leader()
    if (!leader.isSelf) {
      return (await this.#forward(leader.url, 'PATCH', `${pathOf(name)}/config`, patch)).body as ConnectorInfo
    }
    const { config } = this.#info(name, await this.#freshState())
    const { info } = await this.putConnectorConfig(name, patched(config, patch), { allowReplace: true })
    return info
  }

  async deleteConnector(name: string): Promise<void> {
    const leader = await this.#leader()
    if (!leader.isSelf) {
      await this.#forward(leader.url, 'DELETE', pathOf(name))
      return
    }
    await this.#mutex.run(name, async () => {
      this.#mustHave(name, await this.#freshState(), `Connector ${name} not found`)
      const { configs, statuses } = await this.#parts.member
      await configs.removeConnector(name)
      await statuses.resetTopics(name)
    })
  }

  async setTargetState(name: string, target: TargetState): Promise<void> {
    const leader = await this.#leader()
    if (!leader.isSelf) {
      const verb = target === 'STARTED' ? 'resume' : target === 'PAUSED' ? 'pause' : 'stop'
      await this.#forward(leader.url, 'PUT', `${pathOf(name)}/${verb}`)
      return
    }
    await this.#mutex.run(name, async () => {
      const state = await this.#freshState()
      this.#mustHave(name, state, `Unknown connector ${name}`)
      const { configs } = await this.#parts.member
      if (state.targetState(name) !== target) await configs.putTargetState(name, target)
      if (target === 'STOPPED' && state.taskCount(name) > 0) await configs.putTasks(name, [])
    })
  }

  async restartConnector(
    name: string,
    options: { readonly includeTasks: boolean; readonly onlyFailed: boolean },
  ): Promise<ConnectorStateInfo> {
    const unknown = `Unknown connector: ${name}`
    this.#mustHave(name, await this.#state(), unknown)
    const { group, work, configs } = await this.#parts.member
    if (!options.includeTasks && !options.onlyFailed) {
      if (work.hasConnector(name)) await work.supervisor.restartConnector(name)
      else await this.#toOwner(group.connectorOwner(name), `${pathOf(name)}/restart`)
      return await this.connectorStatus(name)
    }
    const leader = await this.#leader()
    if (!leader.isSelf) {
      const query = `includeTasks=${options.includeTasks}&onlyFailed=${options.onlyFailed}`
      const { body } = await this.#forward(leader.url, 'POST', `${pathOf(name)}/restart?${query}`)
      return body as ConnectorStateInfo
    }
    return await this.#mutex.run(name, async () => {
      this.#mustHave(name, await this.#freshState(), unknown)
      const plan = restartPlan(await this.connectorStatus(name), options)
      await configs.requestRestart(name, options)
      return plan
    })
  }

  async restartTask(id: TaskId): Promise<void> {
    const state = await this.#state()
    this.#mustHave(id.connector, state, `Unknown connector: ${id.connector}`)
    if (state.taskConfig(id) === undefined) throw new NotFoundError(`Unknown task: ${taskName(id)}`)
    const { group, work } = await this.#parts.member
    if (work.hasTask(id)) await work.supervisor.restartTask(id)
    else await this.#toOwner(group.taskOwner(id), `${pathOf(id.connector)}/tasks/${id.task}/restart`)
  }

  async taskInfos(name: string): Promise<TaskInfo[]> {
    const state = await this.#state()
    this.#mustHave(name, state, `Connector ${name} not found`)
    const connector = state.connectorConfig(name) ?? {}
    return state.taskIds(name).map((id) => ({
      id,
      config: this.#parts.services.shownTask(state.taskConfig(id) ?? {}, connector),
    }))
  }

  async taskState(id: TaskId): Promise<TaskState> {
    const { configs, statuses } = await this.#parts.member
    if (configs.state.taskConfig(id) === undefined) {
      throw new NotFoundError(`No status found for task ${taskName(id)}`)
    }
    return taskState(id, statuses, '')
  }

  async activeTopics(name: string): Promise<string[]> {
    return (await this.#parts.member).statuses.topics(name)
  }

  async resetActiveTopics(name: string): Promise<void> {
    await (await this.#parts.member).statuses.resetTopics(name)
  }

  async offsets(name: string): Promise<ConnectorOffset[]> {
    return await this.#parts.services.offsets(name, this.#info(name, await this.#state()).config)
  }

  async topology(name: string, caller: Caller): Promise<JobTopology> {
    return await this.#parts.services.jobs.topology(
      name,
      this.#info(name, await this.#state()).config,
      caller,
    )
  }

  async alterOffsets(name: string, changes: readonly OffsetChange[] | null): Promise<string> {
    const leader = await this.#leader()
    if (!leader.isSelf) {
      const path = `${pathOf(name)}/offsets`
      const { body } =
        changes === null
          ? await this.#forward(leader.url, 'DELETE', path)
          : await this.#forward(leader.url, 'PATCH', path, offsetsBody(changes))
      return String((body as { message?: unknown } | undefined)?.message)
    }
    return await this.#mutex.run(name, async () => {
      const state = await this.#freshState()
      const { config } = this.#info(name, state)
      return await this.#parts.services.alterOffsets(
        { name, config, targetState: state.targetState(name) },
        changes,
      )
    })
  }

  async validate(pluginName: string, config: RawConfig, caller: Caller): Promise<ConfigInfos> {
    return await this.#parts.services.validate(pluginName, config, caller)
  }

  async shownToReaders(config: RawConfig): Promise<RawConfig> {
    return await this.#parts.services.shownToReaders(config)
  }

  async preview(
    pluginName: string,
    config: RawConfig,
    input: PreviewInput,
    caller: Caller,
  ): Promise<PreviewResult> {
    return await this.#parts.services.preview(pluginName, config, input, caller)
  }

  plugins(query: PluginQuery): PluginInfo[] {
    return this.#parts.services.plugins(query)
  }

  pluginConfig(name: string): ConfigKeyInfo[] {
    return this.#parts.services.pluginConfig(name)
  }

  /** Commits, stops this worker's part, and leaves the group: others go on with it at once. */
  async stop(): Promise<void> {
    this.isReady = false
    const { configs, statuses, work, group } = await this.#parts.member
    await work.stop()
    await group.close()
    await Promise.all([configs.close(), statuses.close()])
  }

  /** What this worker has read of the configuration; never waits for anybody but its own start. */
  async #state(): Promise<ClusterConfigState> {
    return (await this.#parts.member).configs.state
  }

  /** @throws {RestError} 409 where the topic cannot be read up to what others have written */
  async #freshState(): Promise<ClusterConfigState> {
    const { configs } = await this.#parts.member
    try {
      await configs.refresh()
    } catch (cause) {
      const message =
        'Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)'
      throw new RestError(409, message, { cause })
    }
    return configs.state
  }

  /** @throws {RestError} 409 where there is no leader at present */
  async #leader(): Promise<{ readonly url: string; readonly isSelf: boolean }> {
    const { leader } = (await this.#parts.member).group
    if (leader !== undefined) return leader
    throw new RestError(
      409,
      'Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway.',
    )
  }

  /** Asks another worker, and then knows what it has written: a client that asks here next finds it. */
  async #forward(
    url: string,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const answer = await forwardRequest(url, method, path, body)
    await (await this.#parts.member).configs.refresh()
    return answer
  }

  /** A follower asks the leader, who knows the owner. @throws {RestError} 409 where nobody owns it at present */
  async #toOwner(owner: string | undefined, path: string): Promise<void> {
    const leader = await this.#leader()
    if (leader.isSelf && (owner === undefined || owner === leader.url)) throw conflict()
    await forwardRequest(leader.isSelf ? (owner ?? '') : leader.url, 'POST', path)
  }

  #info(name: string, state: ClusterConfigState): ConnectorInfo {
    const info = connectorInfo(name, state)
    if (info === undefined) throw new NotFoundError(`Connector ${name} not found`)
    return info
  }

  #mustHave(name: string, state: ClusterConfigState, message: string): void {
    if (!state.has(name)) throw new NotFoundError(message)
  }

  /** The same configuration again restarts what has failed and nothing else. */
  async #restartFailed(name: string): Promise<void> {
    if (!hasFailure(await this.connectorStatus(name))) return
    const { configs } = await this.#parts.member
    await configs.requestRestart(name, { includeTasks: true, onlyFailed: true })
  }

  async #checkGroup(name: string, config: RawConfig): Promise<void> {
    const resolved = await this.#parts.services.resolve(config)
    const group = groupIdOf(name, resolved)
    if (group !== this.#parts.groupId) return
    const what =
      resolved['consumer.override.group.id'] === undefined ? ` for sink connector named ${name}` : ` ${group}`
    throw invalidConfig([`Consumer group${what} conflicts with Connect worker group ${this.#parts.groupId}`])
  }
}

function pathOf(name: string): string {
  return `/connectors/${encodeURIComponent(name)}`
}

/** What `PATCH /connectors/{c}/offsets` takes; offsets as text, which holds every int64. */
function offsetsBody(changes: readonly OffsetChange[]): unknown {
  return {
    offsets: changes.map(({ topic, partition, offset }) => ({
      partition: { kafka_topic: topic, kafka_partition: partition },
      offset: offset === null ? null : positionBody(offset),
    })),
  }
}

function positionBody(offset: bigint | AtTimestamp): unknown {
  return typeof offset === 'bigint'
    ? { kafka_offset: String(offset) }
    : { kafka_timestamp: String(offset.timestamp) }
}
