import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { RawConfig } from '../config/config-def.ts'
import { ConfigTransformer } from '../config/providers/config-transformer.ts'
import { configureProviders } from '../config/providers/configure-providers.ts'
import type { SecretMasker } from '../config/providers/secret-masker.ts'
import type { ConfigProviderPlugin } from '../config/providers/config-provider.ts'
import type { PluginRegistry } from '../connector/plugin-registry.ts'
import { ConnectError } from '../errors/connect-errors.ts'
import type { Admin } from '../kafka/port.ts'
import { parseListener } from '../rest/listener.ts'
import { type RestService, startRest } from '../rest/rest-service.ts'
import { ByteBudget, reclaimSpillThread } from '../storage/spill/index.ts'
import { adminSettings, kafkaClientFor } from './client-settings.ts'
import type { Herder } from './herder.ts'
import { findPlugin } from './plugin-source.ts'
import { looksLikeModule } from '../config/import-module.ts'
import { StandaloneHerder } from './standalone-herder.ts'
import { TaskThreadPool } from './task-thread-pool.ts'
import { Worker } from './worker.ts'
import { isForeignWorkerKey, type StandaloneConfig, standaloneConfig } from './worker-config.ts'

/** A worker that runs. */
export interface StartedWorker {
  readonly herder: Herder
  /** Where the REST API is. */
  readonly url: string
  /** Commits, stops tasks and connectors, closes the REST API. Idempotent. */
  stop(): Promise<void>
}

/**
 * Starts a standalone worker (Java: `ConnectStandalone`).
 * @throws {ConfigProblemsError} with everything wrong in the configuration; {ConnectError} where Kafka is not there.
 */
export async function startStandalone(parts: {
  readonly registryModule: string
  readonly workerConfig: RawConfig
  readonly logger: Logger
  /** Told every secret that a provider hands out; the logger hides them. */
  readonly masker: SecretMasker
}): Promise<StartedWorker> {
  const { logger } = parts
  const { registry } = (await import(parts.registryModule)) as { registry: PluginRegistry }
  const providers = await configureProviders(
    parts.workerConfig,
    await providerPlugins(registry, parts.workerConfig),
  )
  const transformer = new ConfigTransformer(providers)
  const { config: resolved, secrets } = await transformer.transform(parts.workerConfig)
  const masker = parts.masker.set('', secrets)
  const config = await parseWorkerConfig(resolved, registry, logger)
  const admin = kafkaClientFor(adminSettings(resolved, {}, undefined)).admin()
  const kafkaClusterId = await clusterIdOf(admin, config)
  const workerId = advertisedAddress(config)
  const buffers = {
    memory: new ByteBudget(config['buffer.memory.bytes']),
    disk: new ByteBudget(config['buffer.disk.bytes']),
    directory: config['buffer.dir'] ?? join(tmpdir(), 'spillway'),
  }
  const pool = new TaskThreadPool({
    size: config['task.threads'],
    stallTimeoutMs: config['task.thread.stall.timeout.ms'],
    memoryMiB: config['task.thread.memory.mb'],
    logger,
    onThreadEnd: (threadId) => reclaimSpillThread(buffers, threadId),
    data: {
      registryModule: parts.registryModule,
      workerConfig: resolved,
      logLevel: logger.level,
      secrets: [...secrets],
      buffers: { ...buffers, memory: buffers.memory.shared, disk: buffers.disk.shared },
    },
  })
  const worker = new Worker({ registry, pool, transformer, masker, logger })
  const herder = new StandaloneHerder({
    kafkaClusterId,
    workerId,
    config,
    registry,
    transformer,
    worker,
    admin,
    logger,
  })
  let rest: RestService
  try {
    rest = await startRest({ config, rawConfig: resolved, herder, pool, buffers, logger })
  } catch (error) {
    await herder.stop()
    throw error
  }
  logger.info(`REST API on ${rest.url}, Kafka cluster ${kafkaClusterId}`)
  for (const url of rest.urls.slice(1)) logger.info(`REST API also on ${url}`)
  for (const url of rest.adminUrls) logger.info(`Admin API on ${url}`)
  let stopping: Promise<void> | undefined
  return {
    herder,
    url: rest.url,
    stop: async () => {
      stopping ??= (async () => {
        await herder.stop()
        await rest.close()
      })()
      await stopping
    },
  }
}

async function parseWorkerConfig(
  raw: RawConfig,
  registry: PluginRegistry,
  logger: Logger,
): Promise<StandaloneConfig> {
  const config = standaloneConfig.parse(raw)
  await findPlugin(registry, 'converter', config['key.converter'], 'key.converter')
  await findPlugin(registry, 'converter', config['value.converter'], 'value.converter')
  await findPlugin(registry, 'header_converter', config['header.converter'], 'header.converter')
  for (const { key, meant } of standaloneConfig.unknownKeys(raw, isForeignWorkerKey)) {
    logger.warn(
      `The worker configuration key ${key} is not known and has no effect.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
    )
  }
  return config
}

async function clusterIdOf(admin: Admin, config: StandaloneConfig): Promise<string> {
  try {
    return await admin.clusterId()
  } catch (cause) {
    await admin.close()
    throw new ConnectError(
      `Failed to connect to and describe the Kafka cluster at bootstrap.servers=${config['bootstrap.servers'].join(',')}: ` +
        `${(cause as Error).message}. Check that a broker listens there, and the security settings (security.protocol, sasl.*, ssl.*).`,
      { cause },
    )
  }
}

/** The providers that come with the worker, and those its configuration names by their module. */
async function providerPlugins(registry: PluginRegistry, config: RawConfig): Promise<ConfigProviderPlugin[]> {
  const plugins = registry.ofKind('config_provider')
  for (const [key, name] of Object.entries(config)) {
    if (!/^config\.providers\.[^.]+\.class$/.test(key) || name === null || !looksLikeModule(name)) continue
    plugins.push({ ...(await findPlugin(registry, 'config_provider', name, key)), aliases: [name] })
  }
  return plugins
}

/** `host:port` that this worker is known by. */
function advertisedAddress(config: StandaloneConfig): string {
  const { host, port } = parseListener(config.listeners[0] ?? '')
  const own = host === '0.0.0.0' || host === '::' ? hostname() : host
  return `${config['rest.advertised.host.name'] ?? own}:${config['rest.advertised.port'] ?? port}`
}
