import {
  CONFIG_PROVIDERS,
  ConfigError,
  ConfigTransformer,
  configureProviders,
  ConnectError,
  DEFAULT_MAX_DECOMPRESSED_BATCH_BYTES,
  findPlugin,
  type KafkaClient,
  type ModuleDoor,
  type PluginRegistry,
  type RawConfig,
  type RestoreSource,
  SINKS,
} from '@spillway/api'
import {
  headerValuesOf,
  type PartConverter,
  ProgressGroup,
  RecordRestorer,
  restoreObjects,
} from '@spillway/object-store'
import { freeModules } from '../plugins/worker-modules.ts'
import { adminSettings, consumerSettings, kafkaClientFor } from '../task/client-settings.ts'
import { createConverter } from '../task/task-plugins.ts'
import { readConnectorConfig, readWorkerConfig } from './config-file.ts'

export interface RestoreOptions {
  readonly to: string
  readonly bootstrapServer?: string
  /** Worker configuration with the cluster, its security settings, and converters. */
  readonly worker?: string
  /** Only objects whose names go on so after what all have in common. */
  readonly prefix?: string
  readonly keepPartitions?: boolean
  /** Forgets what earlier restores did. */
  readonly again?: boolean
}

/**
 * `spillway restore <connector>`: writes the records of the objects that a connector has written with
 * `format.envelope=true` to a topic, with their keys, headers and timestamps.
 */
export async function restoreCommand(
  registryModule: string,
  connectorFile: string,
  options: RestoreOptions,
): Promise<number> {
  const report = (line: string): void => {
    process.stdout.write(`${line}\n`)
  }
  const { registry } = (await import(registryModule)) as { registry: PluginRegistry }
  const modules = freeModules(registry)
  const worker: RawConfig = options.worker === undefined ? {} : await readWorkerConfig(options.worker)
  const { name, config } = await readConnectorConfig(connectorFile)
  const providers = await configureProviders(worker, registry.ofKind(CONFIG_PROVIDERS))
  const { config: connector } = await new ConfigTransformer(providers).transform(config)
  const client = await kafkaClientFor(
    adminSettings(
      options.bootstrapServer === undefined
        ? worker
        : { ...worker, 'bootstrap.servers': options.bootstrapServer },
      {},
      undefined,
    ),
  )
  await checkTopic(client, options.to)
  const source = await sourceOf(modules, connector, options.prefix)
  try {
    const restorer = new RecordRestorer({
      topic: options.to,
      key: await converterOf(modules, 'key.converter', connector, worker),
      value: await converterOf(modules, 'value.converter', connector, worker),
      hasByteHeaders: headerValuesOf(connector) === 'bytes',
      keepsPartitions: options.keepPartitions === true,
    })
    const group = new ProgressGroup(name, options.to)
    const done = await progressOf(client, group, options.again === true)
    const producer = client.producer({
      clientId: 'spillway-restore',
      acks: 'all',
      idempotent: true,
      transactionalId: group.groupId,
    })
    try {
      await producer.initTransactions()
      const { objects, records } = await restoreObjects({
        source,
        restorer,
        producer,
        group,
        done,
        maxPieceBytes: maxPieceBytes(worker, connector, name),
        report,
      })
      report(`Restored ${records} records of ${objects} objects to ${options.to}.`)
    } finally {
      await producer.close()
    }
  } finally {
    source.store.close()
  }
  return 0
}

/** As what the connector's consumer takes: what it has written holds what it has read. */
function maxPieceBytes(worker: RawConfig, connector: RawConfig, name: string): number {
  const { options } = consumerSettings(worker, connector, { connector: name, task: 0 })
  return options.maxDecompressedBatchBytes ?? DEFAULT_MAX_DECOMPRESSED_BATCH_BYTES
}

async function sourceOf(
  modules: ModuleDoor,
  connector: RawConfig,
  prefix: string | undefined,
): Promise<RestoreSource> {
  const key = 'connector.class'
  const className = connector[key]
  if (className === undefined || className === null) {
    throw new ConfigError(`Missing required configuration "${key}" which has no default value.`, { key })
  }
  const plugin = await findPlugin(modules, SINKS, className, key)
  if (plugin.restoreSource === undefined) {
    throw new ConfigError(
      `Invalid value ${className} for configuration ${key}: its records cannot be restored.`,
      { key },
    )
  }
  const source = await plugin.restoreSource(connector, modules)
  return prefix === undefined ? source : { ...source, prefix: source.prefix + prefix }
}

async function converterOf(
  modules: ModuleDoor,
  key: 'key.converter' | 'value.converter',
  connector: RawConfig,
  worker: RawConfig,
): Promise<PartConverter> {
  const { className, instance } = await createConverter(modules, key, connector, worker)
  const owner = connector[key] === undefined || connector[key] === null ? worker : connector
  const isJson = className === 'org.apache.kafka.connect.json.JsonConverter'
  const isPlainJson = isJson && (owner[`${key}.schemas.enable`] ?? 'true').toLowerCase() === 'false'
  return { key, className, converter: instance, isPlainJson }
}

async function checkTopic(client: KafkaClient, topic: string): Promise<void> {
  const admin = client.admin()
  try {
    const [found] = await admin.describeTopics([topic])
    if (found === undefined) {
      throw new ConnectError(
        `There is no topic ${topic} in the cluster: create it, with the partitions and the retention it is to have.`,
      )
    }
  } finally {
    await admin.close()
  }
}

async function progressOf(
  client: KafkaClient,
  group: ProgressGroup,
  again: boolean,
): ReturnType<ProgressGroup['read']> {
  const admin = client.admin()
  try {
    if (again) await admin.deleteGroup(group.groupId)
    return again ? undefined : await group.read(admin)
  } finally {
    await admin.close()
  }
}
