import type { RawConfig, SharedBuffers } from '@spillway/api'
import type { LogLevelSettings } from '../observe/log-levels.ts'
import type { PluginModule } from '../plugins/plugin-path.ts'
import type { ModuleRules } from '../plugins/worker-modules.ts'
import type { TaskMetricsSnapshot } from '../observe/task-metrics.ts'
import type { TaskEvent } from '../task/task-event.ts'
import type { TaskId } from '../task/task-id.ts'

/** What a task thread is born with. */
export interface ThreadData {
  /** Module that exports `registry: PluginRegistry`: the composition root's, so that framework names no plugin. */
  readonly registryModule: string
  /** Modules of plugin packages that the worker has found. */
  readonly pluginModules: readonly PluginModule[]
  readonly workerConfig: RawConfig
  /** Which modules configurations may name. */
  readonly modules: ModuleRules
  readonly buffers: SharedBuffers
  /** Two Int32: one counts up while the thread's event loop turns, one holds the run that was last at work. */
  readonly heartbeat: SharedArrayBuffer
  readonly logLevel: string
  /** Levels that were set while the worker ran. */
  readonly logLevels: LogLevelSettings
  /** Secrets of the worker's own configuration. */
  readonly secrets: readonly string[]
}

/** One run of a task. A task that is started again gets a new run number, so late messages of an old run are known. */
export interface StartTask {
  readonly type: 'start'
  readonly id: TaskId
  readonly run: number
  /** Configuration with providers resolved. */
  readonly config: RawConfig
  /** Values that came from providers: hidden in the thread's log lines and traces. */
  readonly secrets: readonly string[]
  /** Modules of the configuration that the command line vouches for ({@link ModuleRules}). */
  readonly trusted: readonly string[]
  readonly paused: boolean
}

export type ToThread =
  StartTask | { readonly type: 'pause' | 'resume' | 'stop' | 'cancel'; readonly run: number }

/** What a thread is told that is about no task of its own. */
export interface SetLogLevels {
  readonly type: 'log-levels'
  readonly settings: LogLevelSettings
}

/** What a thread tells of a run. */
export interface FromThread {
  readonly run: number
  readonly event: TaskEvent | { readonly type: 'metrics'; readonly metrics: TaskMetricsSnapshot }
}

/** Index of the beat counter in {@link ThreadData.heartbeat}. */
export const BEATS = 0
/** Index of the run last at work in {@link ThreadData.heartbeat}. */
export const LAST_RUN = 1
