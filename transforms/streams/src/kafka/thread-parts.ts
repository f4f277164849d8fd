import type { Admin, Clock, KafkaClient } from '@spillway/api'
import type { StreamsConfig } from '../config/streams-config.ts'
import type { MetricsRegistry } from '../context/metrics.ts'
import type { RecordCacheShares } from '../context/record-cache.ts'
import type { StateEngines } from '../runtime/task-stores.ts'
import type { StateStore } from '../stores/key-value-store.ts'
import type { StateRestoreListener } from './changelog-reader.ts'
import type { ClientSettings } from './client-settings.ts'
import type { ClusterMetadata } from './queries/cluster-metadata.ts'
import type { StateDirectory } from './state-directory.ts'
import type { StateLags } from './state-keeping/state-lags.ts'
import type { StreamsLogger } from './streams-logger.ts'
import type { ThreadSettings } from './thread-settings.ts'
import type { TaskPlans } from './topics/task-plans.ts'
import type { KnownTopics } from './topics/topic-widths.ts'

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
