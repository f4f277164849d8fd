import { systemClock } from '@spillway/api'
import type { Logger } from 'pino'
import { parseLogLevel } from '../observe/log-levels.ts'
import { parseListener } from '../config/listener.ts'
import { startRest } from '../rest/rest-service.ts'
import { ConnectorServices } from '../connector/connector-services.ts'
import type { StartedWorker } from './standalone.ts'
import {
  advertisedAddress,
  assembleWorker,
  type WorkerAssembly,
  type WorkerStart,
} from './worker-assembly.ts'
import { AssignedWork } from '../distributed/assigned-work.ts'
import type { ConfigChange } from '../supervision/cluster-config-state.ts'
import { ConfigStore } from '../supervision/config-store.ts'
import type { OpenLog } from '../supervision/record-log.ts'
import { StatusStore } from '../supervision/status-store.ts'
import {
  type DistributedConfig,
  distributedConfig,
  isForeignDistributedKey,
} from '../distributed/distributed-config.ts'
import { type ClusterMember, DistributedHerder } from '../distributed/distributed-herder.ts'
import { ensureInternalTopic, type InternalTopic } from '../distributed/internal-topic.ts'
import { KafkaBasedLog } from '../distributed/kafka-based-log.ts'
import { WorkerGroup } from '../distributed/worker-group.ts'

/** A distributed worker that runs. */
export interface StartedDistributedWorker extends StartedWorker {
  /** Resolves where the worker cannot go on by itself: the group refuses it, say. */
  readonly failed: Promise<Error>
}

/**
 * Starts a worker of a cluster (Java: `ConnectDistributed`). It is there for REST at once and ready once it has read the
 * cluster's state and joined.
 * @throws {ConfigProblemsError} with everything wrong in the configuration; {ConfigError} for internal topics that would
 *   lose state; {ConnectError} where Kafka is not there.
 */
export async function startDistributed(parts: WorkerStart): Promise<StartedDistributedWorker> {
  const { logger } = parts
  const assembly = await assembleWorker(parts, {
    keys: distributedConfig.keys,
    parse: (raw) => distributedConfig.parse(raw),
    unknownKeys: (raw) => distributedConfig.unknownKeys(raw, isForeignDistributedKey),
  })
  const { config, admin, worker } = assembly
  const services = new ConnectorServices({ ...assembly, logger })
  const member = Promise.withResolvers<ClusterMember>()
  // Requests wait for it; whether anybody does is not known.
  member.promise.catch(() => undefined)
  const herder = new DistributedHerder({
    kafkaClusterId: assembly.kafkaClusterId,
    groupId: config['group.id'],
    services,
    member: member.promise,
  })
  const rest = await startRest({
    config,
    rawConfig: assembly.resolved,
    herder,
    pool: assembly.pool,
    buffers: assembly.buffers,
    logger,
    masker: assembly.masker,
    logLevels: parts.logLevels,
    publishLogLevel: async (namespace, level) =>
      await (await member.promise).configs.putLogLevel(namespace, level.toUpperCase()),
  })
  const close = async (): Promise<void> => {
    await worker.stop()
    await admin.close()
    await rest.close()
  }
  herder.workerId = advertisedAddress(config, Number(new URL(rest.url).port) || undefined)
  logger.info(`REST API on ${rest.url}, Kafka cluster ${assembly.kafkaClusterId}`)
  const failed = Promise.withResolvers<Error>()
  try {
    const joined = await joinCluster(assembly, {
      herder,
      services,
      logger,
      onLogLevel: (namespace, level) => {
        // Another worker has let it in: what cannot be done here must not end this one.
        rest.loggers.set(namespace, parseLogLevel(level) ?? 'INFO').catch((error: unknown) => {
          logger.warn({ err: error }, `The level ${level} of the logger ${namespace} is not set`)
        })
      },
      onFatal: (error) => failed.resolve(error),
    })
    member.resolve(joined)
  } catch (error) {
    member.reject(error)
    await close()
    throw error
  }
  let stopping: Promise<void> | undefined
  return {
    herder,
    url: rest.url,
    failed: failed.promise,
    stop: async () => {
      stopping ??= herder.stop().then(close)
      await stopping
    },
  }
}

async function joinCluster(
  assembly: WorkerAssembly<DistributedConfig>,
  parts: {
    readonly herder: DistributedHerder
    readonly services: ConnectorServices
    readonly logger: Logger
    readonly onLogLevel: (namespace: string, level: string) => void
    readonly onFatal: (error: Error) => void
  },
): Promise<ClusterMember> {
  const { config, admin, kafka } = assembly
  const { herder, logger } = parts
  for (const topic of internalTopics(config))
    await ensureInternalTopic(admin, topic, assembly.resolved, systemClock)
  const logOf =
    (topic: string): OpenLog =>
    (onRecord) =>
      new KafkaBasedLog({ kafka, admin, groupId: config['group.id'], topic, onRecord, logger })
  const statuses = new StatusStore(logOf(config['status.storage.topic']), systemClock, logger)
  const onChange = (change: ConfigChange): void => {
    work.configChanged(change)
    group.configChanged(change)
  }
  const configs = new ConfigStore(logOf(config['config.storage.topic']), onChange, parts.onLogLevel)
  const work = new AssignedWork({
    worker: assembly.worker,
    services: parts.services,
    configs,
    statuses,
    workerId: () => herder.workerId,
    generation: () => group.generation,
    tasksMove: true,
    stopTimeoutMs: config['task.shutdown.graceful.timeout.ms'],
    clock: systemClock,
    logger,
  })
  const group = new WorkerGroup({
    kafka,
    config,
    configs,
    clock: systemClock,
    url: `${parseListener(config.listeners[0] ?? '').protocol}://${herder.workerId}`,
    logger,
    listener: {
      held: () => work.held(),
      onAssigned: async (assigned) => {
        const hasGivenUp = await work.assign(assigned)
        herder.isReady = true
        return hasGivenUp
      },
      onLost: () => work.abandon(),
      onFatal: parts.onFatal,
    },
  })
  try {
    await Promise.all([configs.start(), statuses.start()])
  } catch (error) {
    await Promise.all([configs.close(), statuses.close()])
    throw error
  }
  group.start()
  return { configs, statuses, work, group }
}

function internalTopics(config: DistributedConfig): InternalTopic[] {
  return [
    {
      kind: 'config',
      name: config['config.storage.topic'],
      partitions: 1,
      replicationFactor: config['config.storage.replication.factor'],
    },
    {
      kind: 'offset',
      name: config['offset.storage.topic'],
      partitions: config['offset.storage.partitions'],
      replicationFactor: config['offset.storage.replication.factor'],
    },
    {
      kind: 'status',
      name: config['status.storage.topic'],
      partitions: config['status.storage.partitions'],
      replicationFactor: config['status.storage.replication.factor'],
    },
  ]
}
