import {
  connectorLogger,
  type LogLevel,
  type LogLevels,
  type LogLevelSettings,
} from '../observe/log-levels.ts'
import type { Loggers } from './loggers-resource.ts'

export interface WorkerLoggersParts {
  readonly levels: LogLevels
  readonly herder: { readonly isReady: boolean; connectors(): Promise<string[]> }
  /** The threads that tasks run in: what is set here is set there. */
  readonly threads: { setLogLevels(settings: LogLevelSettings): void }
  /** Tells every worker of the cluster, this one included; a worker that stands alone has nobody to tell. */
  readonly publish?: (namespace: string, level: LogLevel) => Promise<void>
}

/** The loggers of a worker: its own, and those of connectors and tasks, which live in the task threads. */
export function workerLoggers(parts: WorkerLoggersParts): Loggers {
  const { levels, herder, threads } = parts
  // A worker that is still starting may have to wait for its cluster; its own levels must not wait with it.
  const inThreads = async (): Promise<string[]> =>
    herder.isReady ? (await herder.connectors()).map((connector) => connectorLogger(connector)) : []
  const set = async (namespace: string, level: LogLevel): Promise<string[]> => {
    const names = levels.set(namespace, level, await inThreads())
    threads.setLogLevels(levels.settings())
    return names
  }
  return {
    all: async () => levels.all(await inThreads()),
    get: async (name) => levels.get(name, await inThreads()),
    set,
    setInCluster: async (namespace, level) => {
      levels.checkRoom(namespace)
      if (parts.publish === undefined) await set(namespace, level)
      else await parts.publish(namespace, level)
    },
  }
}
