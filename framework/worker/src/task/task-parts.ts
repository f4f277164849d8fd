import type { ModuleDoor, RawConfig, SharedBuffers } from '@spillway/api'
import type { Logger } from 'pino'
import type { TaskNews } from './task-event.ts'
import type { TaskId } from './task-id.ts'

/** What a task is made from. */
export interface TaskParts {
  readonly id: TaskId
  readonly config: RawConfig
  readonly workerConfig: RawConfig
  readonly modules: ModuleDoor
  /** Hides secrets in what leaves the task as text beside its log. */
  readonly mask: (text: string) => string
  readonly buffers: SharedBuffers
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly tell: (event: TaskNews) => void
  /** Called before each stretch of work that may keep the thread busy. */
  readonly atWork: () => void
  readonly paused: boolean
}
