import type { TaskMetricsSnapshot } from '../observe/task-metrics.ts'

/** A task of a thread, whatever it does. */
export interface TaskRunner {
  /** Resolves when the task has ended as asked; rejects where it failed. Either way everything is closed. */
  run(): Promise<void>
  /** Ends it after what it is doing. */
  stop(): void
  pause(): void
  resume(): void
  /** What it has counted so far. */
  metrics(): TaskMetricsSnapshot
}
