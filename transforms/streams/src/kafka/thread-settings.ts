import { IllegalArgumentException } from '../core/errors.ts'
import type { AutoOffsetReset } from '../config/auto-offset-reset.ts'
import { numberSetting, type StreamsConfig } from '../config/streams-config.ts'
import type { ClientSettings } from './client-settings.ts'
import { HostInfo } from './queries/host-info.ts'

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
