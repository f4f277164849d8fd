import type { JobTask } from '@spillway/api'
import { ErrorMetrics } from '../failures/error-metrics.ts'
import { TaskMetrics, type TaskMetricsSnapshot } from '../observe/task-metrics.ts'
import type { TaskParts } from './task-parts.ts'
import type { TaskRunner } from './task-runner.ts'

export type JobTaskParts = TaskParts & { readonly clients: Readonly<Record<string, string>> }

/** Runs a task that reads and writes Kafka itself: what a topology of streams does with records is its own. */
export class JobTaskRunner implements TaskRunner {
  readonly #task: JobTask
  readonly #parts: JobTaskParts
  readonly #metrics = new TaskMetrics(new ErrorMetrics())
  #processed = 0

  constructor(task: JobTask, parts: JobTaskParts) {
    this.#task = task
    this.#parts = parts
  }

  async run(): Promise<void> {
    const { id, config, clients, logger, modules, paused, signal, tell, atWork } = this.#parts
    atWork()
    await this.#task.run({
      connectorName: id.connector,
      taskId: id.task,
      config,
      clients,
      logger,
      modules,
      isPaused: paused,
      signal,
      tell,
      atWork,
    })
  }

  stop(): void {
    this.#task.stop()
  }

  pause(): void {
    this.#task.pause()
  }

  resume(): void {
    this.#task.resume()
  }

  metrics(): TaskMetricsSnapshot {
    const { processed = 0, lags = [] } = this.#task.figures() ?? {}
    const grown = processed - this.#processed
    this.#processed = processed
    if (grown > 0) this.#metrics.read(grown)
    return this.#metrics.snapshot(lags.length, 0, lags)
  }
}
