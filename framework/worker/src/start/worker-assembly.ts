import { hostname } from 'node:os'
import {
  type Admin,
  CONFIG_PROVIDERS,
  type ConfigKeys,
  type ConfigProviderPlugin,
  ConfigTransformer,
  configureProviders,
  ConnectError,
  CONVERTERS,
  findPlugin,
  HEADER_CONVERTERS,
  type KafkaClient,
  looksLikeModule,
  parseValue,
  type PluginRegistry,
  type RawConfig,
  type SecretMasker,
  systemClock,
} from '@spillway/api'
import {
  ByteBudget,
  ownSpillPlace,
  reclaimSpillThread,
  removeOwnSpillPlace,
  sweepSpillPlaces,
} from '@spillway/object-store'
import type { Logger } from 'pino'
import type { LogLevelSettings } from '../observe/log-levels.ts'
import { type BrokenPlugin, findPlugins } from '../plugins/plugin-path.ts'
import { WorkerModules } from '../plugins/worker-modules.ts'
import { parseListener } from '../config/listener.ts'
import { adminSettings, kafkaClientFor } from '../task/client-settings.ts'
import { withLegacyListener } from '../config/legacy-listener.ts'
import { Previewer } from '../preview/previewer.ts'
import { TaskThreadPool } from '../threads/task-thread-pool.ts'
import { SensitiveConfigs } from '../connector/sensitive-config.ts'
import { Worker } from '../connector/worker.ts'
import { isForeignWorkerKey, type WorkerConfig } from '../config/worker-config.ts'

/** What a worker is started with. */
export interface WorkerStart {
  readonly registryModule: string
  readonly workerConfig: RawConfig
  readonly logger: Logger
  /** Levels by logger name that hold from the start (`CONNECT_LOG4J_LOGGERS`). */
  readonly logLevels?: LogLevelSettings
  /** Told every secret that a provider hands out; the logger hides them. */
  readonly masker: SecretMasker
}

/** The keys of one kind of worker. */
interface WorkerDefinition<C extends WorkerConfig> {
  readonly keys: ConfigKeys
  parse(raw: RawConfig): C
  unknownKeys(
    raw: RawConfig,
    isForeign: (key: string) => boolean,
  ): { readonly key: string; readonly meant?: string }[]
}

/** What standalone and distributed workers have in common: all but the herder and the REST API. */
export interface WorkerAssembly<C extends WorkerConfig> {
  readonly config: C
  readonly written: RawConfig
  /** As written, with the placeholders of configuration providers filled in. */
  readonly resolved: RawConfig
  readonly registry: PluginRegistry
  readonly brokenPlugins: readonly BrokenPlugin[]
  readonly modules: WorkerModules
  readonly previewer: Previewer
  readonly transformer: ConfigTransformer
  readonly masker: SecretMasker
  readonly worker: Worker
  /** Its threads and budgets, for log levels and metrics. */
  readonly pool: TaskThreadPool
  readonly buffers: { readonly memory: ByteBudget; readonly disk: ByteBudget }
  readonly kafka: KafkaClient
  readonly admin: Admin
  readonly kafkaClusterId: string
}

/**
 * Checks a worker's configuration, finds the cluster, and makes what runs tasks.
 * @throws {ConfigProblemsError} with everything wrong in the configuration; {ConnectError} where Kafka is not there.
 */
export async function assembleWorker<C extends WorkerConfig>(
  parts: WorkerStart,
  definition: WorkerDefinition<C>,
): Promise<WorkerAssembly<C>> {
  const { logger } = parts
  const { registry: builtIn } = (await import(parts.registryModule)) as { registry: PluginRegistry }
  const found = await findPlugins(builtIn, parts.workerConfig, logger)
  const { registry } = found
  const folders = [...found.folders, ...listOf(parts.workerConfig, 'plugin.module.path')]
  const modules = new WorkerModules({ folders, packages: found.packages }, registry)
  // The operator's own words.
  modules.trust(parts.workerConfig)
  const providers = await configureProviders(
    parts.workerConfig,
    await providerPlugins(registry, modules, parts.workerConfig),
  )
  const transformer = new ConfigTransformer(providers)
  const { config: written, secrets } = await transformer.transform(parts.workerConfig)
  const resolved = withLegacyListener(written, (text) => logger.warn(text))
  modules.trust(resolved)
  const sensitive = new SensitiveConfigs(modules)
  const own = (await sensitive.ofWorker(resolved, definition.keys)).secretsOf(resolved)
  const masker = parts.masker.set('', [...secrets, ...own])
  const config = await parseWorkerConfig(definition, resolved, { modules, logger })
  const kafka = await kafkaClientFor(adminSettings(resolved, {}, undefined))
  const admin = kafka.admin()
  const kafkaClusterId = await clusterIdOf(admin, config)
  sweepSpillPlaces()
  const buffers = {
    memory: new ByteBudget(config['buffer.memory.bytes']),
    disk: new ByteBudget(config['buffer.disk.bytes']),
    directory: config['buffer.dir'] || ownSpillPlace(),
  }
  const pool = new TaskThreadPool({
    size: config['task.threads'],
    stallTimeoutMs: config['task.thread.stall.timeout.ms'],
    memoryMiB: config['task.thread.memory.mb'],
    logger,
    onThreadEnd: (threadId) => reclaimSpillThread(buffers, threadId),
    onClosed: () => removeOwnSpillPlace(buffers.directory),
    data: {
      registryModule: parts.registryModule,
      pluginModules: found.modules,
      workerConfig: resolved,
      modules: modules.rulesFor(resolved),
      logLevel: logger.level,
      secrets: [...secrets, ...own],
      buffers: { ...buffers, memory: buffers.memory.shared, disk: buffers.disk.shared },
    },
  })
  const worker = new Worker({
    modules,
    sensitive,
    pool,
    transformer,
    masker,
    clock: systemClock,
    logger,
  })
  return {
    config,
    written: parts.workerConfig,
    resolved,
    registry,
    brokenPlugins: found.broken,
    modules,
    previewer: new Previewer({
      registryModule: parts.registryModule,
      pluginModules: found.modules,
      workerConfig: resolved,
      logLevel: logger.level,
      workerSecrets: [...secrets, ...own],
    }),
    transformer,
    masker,
    worker,
    pool,
    buffers,
    kafka,
    admin,
    kafkaClusterId,
  }
}

/** `host:port` that this worker is known by; `boundPort` is what a listener with port 0 was given. */
export function advertisedAddress(config: WorkerConfig, boundPort?: number): string {
  const { host, port } = parseListener(config.listeners[0] ?? '')
  const own = host === '0.0.0.0' || host === '::' ? hostname() : host
  return `${config['rest.advertised.host.name'] ?? own}:${config['rest.advertised.port'] ?? boundPort ?? port}`
}

async function parseWorkerConfig<C extends WorkerConfig>(
  definition: WorkerDefinition<C>,
  raw: RawConfig,
  { modules, logger }: { readonly modules: WorkerModules; readonly logger: Logger },
): Promise<C> {
  const config = definition.parse(raw)
  await findPlugin(modules, CONVERTERS, config['key.converter'], 'key.converter')
  await findPlugin(modules, CONVERTERS, config['value.converter'], 'value.converter')
  await findPlugin(modules, HEADER_CONVERTERS, config['header.converter'], 'header.converter')
  for (const { key, meant } of definition.unknownKeys(raw, isForeignWorkerKey)) {
    logger.warn(
      `The configuration '${key}' was supplied but isn't a known config.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
    )
  }
  return config
}

async function clusterIdOf(admin: Admin, config: WorkerConfig): Promise<string> {
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
async function providerPlugins(
  registry: PluginRegistry,
  modules: WorkerModules,
  config: RawConfig,
): Promise<ConfigProviderPlugin[]> {
  const plugins = registry.ofKind(CONFIG_PROVIDERS)
  for (const [key, name] of Object.entries(config)) {
    if (!/^config\.providers\.[^.]+\.class$/.test(key) || name === null || !looksLikeModule(name)) continue
    const plugin = await findPlugin(modules, CONFIG_PROVIDERS, name, key)
    plugins.push({ ...plugin, aliases: [name] })
  }
  return plugins
}

function listOf(config: RawConfig, key: string): string[] {
  return parseValue(key, 'list', config[key] ?? '') as string[]
}
