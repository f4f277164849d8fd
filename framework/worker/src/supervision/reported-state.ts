import type { ConnectorInfo, ConnectorStateInfo, State, TaskState } from '../connector/herder.ts'
import type { TaskId } from '../task/task-id.ts'
import type { ClusterConfigState } from './cluster-config-state.ts'
import type { StatusRecord, StatusStore } from './status-store.ts'

/** What is known of a connector or task until its worker has told. */
function unknown(workerId: string): StatusRecord {
  return { state: 'UNASSIGNED', trace: null, worker_id: workerId, generation: -1 }
}

/** Undefined for a connector that is not there. */
export function connectorInfo(name: string, state: ClusterConfigState): ConnectorInfo | undefined {
  const config = state.connectorConfig(name)
  return config === undefined ? undefined : { name, config, tasks: state.taskIds(name), type: 'sink' }
}

/**
 * The states that REST shows of a connector and its tasks.
 * @param workerId of what no worker has told anything about yet.
 */
export function connectorStateInfo(
  name: string,
  state: ClusterConfigState,
  statuses: StatusStore,
  workerId: string,
): ConnectorStateInfo {
  const { trace, state: own, worker_id, version } = statuses.connector(name) ?? unknown(workerId)
  return {
    name,
    connector: {
      state: own,
      worker_id,
      ...(trace !== null && { trace }),
      ...(version !== undefined && { version }),
    },
    tasks: state.taskIds(name).map((id) => taskState(id, statuses, workerId)),
    type: 'sink',
  }
}

/** The state that REST shows of a task. */
export function taskState(id: TaskId, statuses: StatusStore, workerId: string): TaskState {
  const { generation: _generation, trace, ...rest } = statuses.task(id) ?? unknown(workerId)
  return { id: id.task, ...rest, ...(trace !== null && trace !== undefined && { trace }) }
}

/** What a restart will touch shows RESTARTING; a trace stays until it has started (Java: `RestartPlan`). */
export function restartPlan(
  status: ConnectorStateInfo,
  { includeTasks, onlyFailed }: { readonly includeTasks: boolean; readonly onlyFailed: boolean },
): ConnectorStateInfo {
  const touched = <T extends { readonly state: State }>(unit: T): T =>
    onlyFailed && unit.state !== 'FAILED' ? unit : { ...unit, state: 'RESTARTING' }
  return {
    ...status,
    connector: touched(status.connector),
    tasks: includeTasks ? status.tasks.map(touched) : status.tasks,
  }
}

/** True where a connector or one of its tasks has failed. */
export function hasFailure({ connector, tasks }: ConnectorStateInfo): boolean {
  return [connector, ...tasks].some(({ state }) => state === 'FAILED')
}
