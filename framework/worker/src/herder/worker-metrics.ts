import { Turns } from '@spillway/api'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { ConnectorInfo, ConnectorState, Herder, State, TaskState } from '../connector/herder.ts'
import type { TaskStartups } from '../threads/task-thread-pool.ts'
import type { TaskId } from '../task/task-id.ts'
import { PrometheusText } from '../observe/prometheus-text.ts'
import {
  CONNECTOR_TASK_METRICS,
  SINK_TASK_METRICS,
  TASK_ERROR_METRICS,
  type TaskMetricsSnapshot,
} from '../observe/task-metrics.ts'

/** Bytes of a budget of the worker. */
export interface BudgetUse {
  readonly used: number
  readonly total: number
}

export interface WorkerMetricsParts {
  readonly herder: Herder
  readonly tasks: {
    metricsOf(id: TaskId): TaskMetricsSnapshot | undefined
    readonly startups: Readonly<TaskStartups>
  }
  readonly buffers: { readonly memory: BudgetUse; readonly disk: BudgetUse }
}

interface MeasuredConnector {
  readonly info: ConnectorInfo
  /** Undefined where another worker has it. */
  readonly connector: ConnectorState | undefined
  /** Those of this worker. */
  readonly tasks: readonly TaskState[]
}

/** States with a count of their own per connector (Java: `connector-…-task-count`). */
const COUNTED: readonly State[] = ['RUNNING', 'PAUSED', 'FAILED', 'UNASSIGNED', 'RESTARTING']

/**
 * What `GET /metrics` answers: a worker, its connectors and tasks, by the names that Strimzi's JMX rules give Connect's
 * MBeans, so that dashboards made for those work unchanged; `spillway_` is before what Connect does not have.
 */
export class WorkerMetrics {
  readonly #parts: WorkerMetricsParts
  readonly #process = new Registry()

  constructor(parts: WorkerMetricsParts) {
    this.#parts = parts
    collectDefaultMetrics({ register: this.#process })
  }

  async text(): Promise<string> {
    const out = new PrometheusText()
    const turns = new Turns()
    const connectors = await this.#connectors()
    this.#writeWorker(out, connectors)
    for (const connector of connectors) {
      writeConnector(out, connector)
      for (const task of connector.tasks) {
        this.#writeTask(out, connector.info.name, task)
        await turns.pause()
      }
    }
    return `${await out.text(async () => await turns.pause())}\n${await this.#process.metrics()}`
  }

  async #connectors(): Promise<MeasuredConnector[]> {
    const { herder } = this.#parts
    // A worker that is still starting has none, and a scrape must not wait for its cluster.
    if (!herder.isReady) return []
    const measured = await Promise.all(
      (await herder.connectors()).map(async (name) => {
        try {
          const [info, status] = [await herder.connectorInfo(name), await herder.connectorStatus(name)]
          const isHere = ({ worker_id }: { worker_id: string }): boolean => worker_id === herder.workerId
          return {
            info,
            connector: isHere(status.connector) ? status.connector : undefined,
            tasks: status.tasks.filter(isHere),
          }
        } catch {
          // Deleted since it was listed, or not known everywhere yet: the next scrape will have it.
          return undefined
        }
      }),
    )
    return measured.filter((connector) => connector !== undefined)
  }

  #writeWorker(out: PrometheusText, connectors: readonly MeasuredConnector[]): void {
    const { startups } = this.#parts.tasks
    const worker = (name: string, help: string, value: number): void =>
      out.gauge(`kafka_connect_worker_${name}`, help, {}, value)
    const total = (name: string, help: string, value: number): void =>
      out.counter(`kafka_connect_worker_${name}`, help, {}, value)
    worker(
      'connector_count',
      'Connectors of this worker.',
      connectors.filter(({ connector }) => connector !== undefined).length,
    )
    worker(
      'task_count',
      'Tasks of this worker.',
      connectors.reduce((sum, { tasks }) => sum + tasks.length, 0),
    )
    total('task_startup_attempts_total', 'Task starts that were tried.', startups.attempts)
    total('task_startup_success_total', 'Task starts that succeeded.', startups.successes)
    total('task_startup_failure_total', 'Task starts that failed.', startups.failures)
    const { memory, disk } = this.#parts.buffers
    for (const [kind, { used, total: size }] of Object.entries({ memory, disk })) {
      out.gauge('spillway_buffer_used_bytes', 'Bytes of open files.', { kind }, used)
      out.gauge('spillway_buffer_limit_bytes', 'Bytes that open files may have.', { kind }, size)
    }
  }

  #writeTask(out: PrometheusText, connector: string, task: TaskState): void {
    const labels = { connector, task: task.id }
    out.gauge(
      'kafka_connect_connector_task_status',
      'State of the task, 1 for the one it is in.',
      { ...labels, status: task.state.toLowerCase() },
      1,
    )
    const metrics = this.#parts.tasks.metricsOf({ connector, task: task.id })
    if (metrics === undefined) return
    writeAll(out, 'kafka_connect_sink_task_', SINK_TASK_METRICS, metrics.sinkTask, labels)
    writeAll(out, 'kafka_connect_connector_task_', CONNECTOR_TASK_METRICS, metrics.connectorTask, labels)
    writeAll(out, 'kafka_connect_task_error_', TASK_ERROR_METRICS, metrics.taskError, labels)
    for (const { topic, partition, lag } of metrics.lags) {
      out.gauge(
        'kafka_consumer_fetch_manager_records_lag',
        'Records of the partition that are in Kafka but not read yet.',
        { clientId: `connector-consumer-${connector}-${task.id}`, topic, partition },
        lag,
      )
    }
  }
}

function writeConnector(out: PrometheusText, { info, connector, tasks }: MeasuredConnector): void {
  const { name } = info
  if (connector !== undefined) {
    const one = (attribute: string, help: string, value: string): void =>
      out.gauge(`kafka_connect_connector_${attribute}`, help, { connector: name, [attribute]: value }, 1)
    one('status', 'State of the connector, 1 for the one it is in.', connector.state.toLowerCase())
    one('connector_class', 'Class of the connector.', info.config['connector.class'] ?? '')
    one('connector_type', 'Type of the connector.', info.type)
    if (connector.version !== undefined)
      one('connector_version', 'Version of the connector.', connector.version)
  }
  const count = (kind: string, value: number): void =>
    out.gauge(
      `kafka_connect_worker_connector_${kind}_task_count`,
      kind === 'total' ? 'Tasks of the connector on this worker.' : `Its tasks that are ${kind}.`,
      { connector: name },
      value,
    )
  count('total', tasks.length)
  for (const state of COUNTED) count(state.toLowerCase(), tasks.filter((t) => t.state === state).length)
  // Connect counts tasks that were destroyed and are still listed; here there are none.
  count('destroyed', 0)
}

function writeAll<T extends Readonly<Record<string, string>>>(
  out: PrometheusText,
  prefix: string,
  names: T,
  values: Readonly<Record<keyof T, number>>,
  labels: Readonly<Record<string, string | number>>,
): void {
  for (const [name, help] of Object.entries(names)) {
    const onlyGrows = /_total$|^total_|^deadletterqueue_/.test(name)
    out[onlyGrows ? 'counter' : 'gauge'](`${prefix}${name}`, help, labels, values[name] ?? 0)
  }
}
