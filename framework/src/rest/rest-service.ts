import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { RawConfig } from '../config/config-def.ts'
import { LogLevels, type LogLevelSettings, WORKER_LOGGER, type LogLevel } from '../observe/log-levels.ts'
import { WorkerMetrics, type WorkerMetricsParts } from '../observe/worker-metrics.ts'
import type { Herder } from '../worker/herder.ts'
import type { WorkerConfig } from '../worker/worker-config.ts'
import { accessRules } from './authentication.ts'
import { Credentials } from './credentials.ts'
import { crossOriginRules } from './cross-origin.ts'
import { type Listener, listenerUrl, parseListener } from './listener.ts'
import { type ListenerPrefix, readListenerTls } from './listener-tls.ts'
import type { Loggers } from './loggers-resource.ts'
import { isOpen, warnOfOpenListeners } from './open-listeners.ts'
import { parseHeaderRules } from './response-headers.ts'
import { workerLoggers, type WorkerLoggersParts } from './worker-loggers.ts'
import { createAdminServer, createRestServer, listen, type RestServerParts } from './rest-server.ts'

export interface RestServiceParts {
  readonly config: WorkerConfig
  /** The worker's configuration as it is written, providers resolved: TLS settings are read from it. */
  readonly rawConfig: RawConfig
  readonly herder: Herder
  /** The threads that tasks run in. */
  readonly pool: WorkerLoggersParts['threads'] & WorkerMetricsParts['tasks']
  readonly buffers: WorkerMetricsParts['buffers']
  /** The worker's root logger: its level, and those of its children, can be changed from now on. */
  readonly logger: Logger
  /** Levels that hold from the start. */
  readonly logLevels?: LogLevelSettings | undefined
  /** Tells a log level to every worker of the cluster, this one included; absent for a worker that stands alone. */
  readonly publishLogLevel?: (namespace: string, level: LogLevel) => Promise<void>
}

/** The listening REST API of a worker. */
export interface RestService {
  /** Address of the first listener. */
  readonly url: string
  /** Address of each of `listeners`, in their order. */
  readonly urls: readonly string[]
  /** Address of each of `admin.listeners`. */
  readonly adminUrls: readonly string[]
  /** Levels of the worker's loggers, for what comes from other workers. */
  readonly loggers: Loggers
  /** Stops listening and ends what is under way. Idempotent. */
  close(): Promise<void>
}

/**
 * Serves a herder on every listener of a worker (Java: `ConnectRestServer`).
 * @throws {ConfigError} naming the key: a port that is taken, a key store or a users file that cannot be read.
 */
export async function startRest(parts: RestServiceParts): Promise<RestService> {
  const { config, herder, pool } = parts
  const loggers = workerLoggers({
    levels: new LogLevels(parts.logger),
    herder,
    threads: pool,
    ...(parts.publishLogLevel !== undefined && { publish: parts.publishLogLevel }),
  })
  for (const [name, level] of Object.entries(parts.logLevels ?? {})) await loggers.set(name, level)
  const metrics = new WorkerMetrics({ herder, tasks: pool, buffers: parts.buffers })
  const adminListeners = config['admin.listeners']
  const logger = parts.logger.child({ logger: `${WORKER_LOGGER}.runtime.rest` })
  const access = accessRules(Credentials.read(config), config['rest.anonymous.paths'], logger)
  const server: RestServerParts = {
    herder,
    logger,
    tracking: {
      enabled: config['topic.tracking.enable'],
      allowReset: config['topic.tracking.allow.reset'],
    },
    metrics: () => metrics.text(),
    access,
    crossOrigin: crossOriginRules(
      config['access.control.allow.origin'],
      config['access.control.allow.methods'],
    ),
    headers: parseHeaderRules(config['response.http.headers.config']),
    ...(adminListeners === null && { loggers }),
  }
  const apps: FastifyInstance[] = []
  const close = async (): Promise<void> => {
    await Promise.all(apps.map((app) => app.close()))
  }
  const open: string[] = []
  const serve = async (
    listeners: readonly string[],
    key: 'listeners' | 'admin.listeners',
    create: (tls: Pick<RestServerParts, 'tls'>) => FastifyInstance,
  ): Promise<string[]> => {
    const urls: string[] = []
    for (const text of listeners) {
      const listener = parseListener(text, key)
      const tls = tlsOf(listener, parts.rawConfig, `${key}.https.`)
      const app = create(tls)
      apps.push(app)
      const url = listenerUrl(listener, await listen(app, text, key))
      urls.push(url)
      if (isOpen(listener, tls.tls)) open.push(url)
    }
    return urls
  }
  try {
    const urls = await serve(config.listeners, 'listeners', (tls) => createRestServer({ ...server, ...tls }))
    const adminUrls = await serve(adminListeners ?? [], 'admin.listeners', (tls) =>
      createAdminServer({ ...server, loggers, metrics: () => metrics.text(), ...tls }),
    )
    if (access === undefined) warnOfOpenListeners(open, logger)
    return { url: urls[0] ?? '', urls, adminUrls, loggers, close }
  } catch (error) {
    await close()
    throw error
  }
}

function tlsOf(
  { protocol }: Listener,
  config: RawConfig,
  prefix: ListenerPrefix,
): Pick<RestServerParts, 'tls'> {
  return protocol === 'https' ? { tls: readListenerTls(config, prefix) } : {}
}
