import type { Admin, Clock, KafkaClient } from '@spillway/api'
import { IllegalArgumentException } from '../core/errors.ts'
import type { AutoOffsetReset } from '../config/auto-offset-reset.ts'
import { numberSetting, type StreamsConfig } from '../config/streams-config.ts'
import type { ClientSettings } from './client-settings.ts'
import { HostInfo } from './queries/host-info.ts'
import type { MetricsRegistry } from '../context/metrics.ts'
import type { RecordCacheShares } from '../context/record-cache.ts'
import type { StateEngines } from '../runtime/task-stores.ts'
import type { StateStore } from '../stores/key-value-store.ts'
import type { StateRestoreListener } from './changelog-reader.ts'
import type { ClusterMetadata } from './queries/cluster-metadata.ts'
import type { StateDirectory } from './state-directory.ts'
import type { StateLags } from './state-keeping/state-lags.ts'
import type { StreamsLogger } from './streams-logger.ts'
import type { TaskPlans } from './topics/task-plans.ts'
import type { KnownTopics } from './topics/topic-widths.ts'

/** Settings of stream threads, read from Kafka Streams' keys. Times in ms. */
export interface ThreadSettings {
  readonly clientId: string
  readonly groupInstanceId: string | undefined
  /** Where this client can be asked; null: nowhere. */
  readonly applicationServer: HostInfo | null
  readonly threads: number
  readonly pollMs: number
  readonly commitIntervalMs: number
  /** What the record caches of all threads may hold together, bytes; 0: none. */
  readonly cacheBytes: number
  readonly purgeIntervalMs: number
  readonly emitIntervalMs: number
  /** How often the progress of restores is told. */
  readonly progressLogMs: number
  readonly bufferedRecords: number
  readonly standbyReplicas: number
  /** Records that a copy of a task's state may lack and still count as one that is there. */
  readonly acceptableLag: number
  readonly replicationFactor: number
  readonly stateCleanupDelayMs: number
  /** How long what Kafka cannot do at present is tried again. */
  readonly taskTimeoutMs: number
  /** `auto.offset.reset` of the main consumer. */
  readonly defaultReset: AutoOffsetReset
}

/** Where a thread stands (Java: `StreamThread.State`). */
export type ThreadState =
  | 'CREATED'
  | 'STARTING'
  | 'PARTITIONS_REVOKED'
  | 'PARTITIONS_ASSIGNED'
  | 'RUNNING'
  | 'PENDING_SHUTDOWN'
  | 'DEAD'

/** What all threads of a client share. */
export interface ThreadParts {
  readonly client: KafkaClient
  readonly admin: Admin
  readonly clients: ClientSettings
  readonly settings: ThreadSettings
  readonly config: StreamsConfig
  readonly plans: TaskPlans
  readonly known: KnownTopics
  readonly engines: StateEngines
  readonly metrics: MetricsRegistry
  readonly globalStores: ReadonlyMap<string, StateStore>
  readonly cacheShares: RecordCacheShares
  readonly restoreListener: StateRestoreListener
  readonly logger: StreamsLogger
  readonly clock: Clock
  readonly processId: string
  readonly directory: StateDirectory
  readonly lags: StateLags
  /** Of the topology. */
  readonly fingerprint: string
  /** Who has which tasks: told of each assignment. */
  readonly cluster: ClusterMetadata
  readonly isPaused: () => boolean
  readonly stateChanged: () => void
  /** Whether all clients of the application are to be told to shut down. */
  readonly isShutdownRequested: () => boolean
  /** The group says that the application shuts down. */
  readonly shutdownReceived: () => void
}

/** @throws IllegalArgumentException for what cannot work here, naming the key */
export function threadSettings(config: StreamsConfig, clients: ClientSettings): ThreadSettings {
  const main = clients.of('main.consumer')
  return {
    clientId: main['client.id'] ?? clients.applicationId,
    groupInstanceId: main['group.instance.id'],
    applicationServer: HostInfo.buildFromEndpoint(config['application.server']),
    threads: numberSetting(config, 'num.stream.threads', 1),
    pollMs: numberSetting(config, 'poll.ms', 100),
    commitIntervalMs: numberSetting(config, 'commit.interval.ms', clients.isExactlyOnce ? 100 : 30_000),
    cacheBytes: cacheBytes(config),
    purgeIntervalMs: numberSetting(config, 'repartition.purge.interval.ms', 30_000),
    emitIntervalMs: numberSetting(
      config,
      '__emit.interval.ms.kstreams.outer.join.spurious.results.fix__',
      1_000,
    ),
    progressLogMs: 1_000,
    bufferedRecords: Math.max(1, numberSetting(config, 'buffered.records.per.partition', 1_000)),
    standbyReplicas: numberSetting(config, 'num.standby.replicas', 0),
    acceptableLag: numberSetting(config, 'acceptable.recovery.lag', 10_000),
    replicationFactor: numberSetting(config, 'replication.factor', -1),
    stateCleanupDelayMs: numberSetting(config, 'state.cleanup.delay.ms', 600_000),
    taskTimeoutMs: numberSetting(config, 'task.timeout.ms', 300_000),
    defaultReset: resetOf(main['auto.offset.reset'] ?? 'earliest'),
  }
}

/** Bytes that record caches may hold: by default, 10 MiB as in Java. The older key counts where the newer one is left out. */
function cacheBytes(config: StreamsConfig): number {
  const older = numberSetting(config, 'cache.max.bytes.buffering', 10 * 1024 * 1024)
  return numberSetting(config, 'statestore.cache.max.bytes', older)
}

function resetOf(text: string): AutoOffsetReset {
  const word = text.toLowerCase()
  if (word === 'earliest' || word === 'latest' || word === 'none') return word
  const duration = /^by_duration:pt(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(word)
  if (duration === null) {
    throw new IllegalArgumentException(
      `Invalid value ${text} for configuration auto.offset.reset: it must be earliest, latest, none or by_duration:PT1H30M.`,
    )
  }
  const [hours = 0, minutes = 0, seconds = 0] = duration.slice(1).map((part) => Number(part ?? 0))
  return { byDurationMs: ((hours * 60 + minutes) * 60 + seconds) * 1000 }
}
