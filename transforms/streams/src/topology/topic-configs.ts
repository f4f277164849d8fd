import type { StreamsConfig } from '../config/streams-config.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import { endOfTime } from '../windows/window.ts'

const prefix = 'topic.'
const dayMs = 24 * 60 * 60 * 1000
/** Java's Long.MAX_VALUE, which topic configs overflow to. */
const forever = '9223372036854775807'

/** Adds times as Java does, stopping at Long.MAX_VALUE. */
function sum(retentionMs: number, additionMs: number): string {
  return retentionMs >= endOfTime - additionMs ? forever : String(retentionMs + additionMs)
}

/** Topic configs, by their own names. */
export type TopicConfigs = Readonly<Record<string, string>>

/** What the user gives to all internal topics, by the prefix `topic.`. */
export function generalTopicConfigs(config: StreamsConfig): TopicConfigs {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key, value]) => key.startsWith(prefix) && value !== null && value !== undefined)
      .map(([key, value]) => [key.slice(prefix.length), String(value)]),
  )
}

/** Full name of the topic that logs the changes of a store. */
export function changelogTopicName(applicationId: string, storeName: string): string {
  return `${applicationId}-${storeName}-changelog`
}

/** Configs of a repartition topic: records are deleted by request once they are processed. */
export function repartitionTopicConfig(general: TopicConfigs): TopicConfigs {
  return {
    'cleanup.policy': 'delete',
    'message.timestamp.type': 'CreateTime',
    'retention.ms': '-1',
    'segment.bytes': '52428800',
    ...general,
  }
}

/**
 * Configs of a store's changelog topic, as Java's `*ChangelogTopicConfig` classes give them: those of the library, under the
 * user's for all topics, under what the store needs to keep its rows, under the store's own.
 */
export function changelogTopicConfig(
  factory: StoreFactory,
  general: TopicConfigs,
  additionalRetentionMs = dayMs,
): TopicConfigs {
  const { changelog } = factory
  const merged = {
    'message.timestamp.type': 'CreateTime',
    'cleanup.policy': changelog.kind === 'windowed' ? 'compact,delete' : 'compact',
    ...general,
    ...(changelog.kind === 'windowed' && {
      'retention.ms': sum(changelog.retentionMs, additionalRetentionMs),
    }),
    ...(changelog.kind === 'versioned' && {
      'min.compaction.lag.ms': sum(changelog.historyRetentionMs, dayMs),
    }),
    ...factory.logConfig,
  }
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)))
}
