import type { StoreFactory } from '../stores/store-factory.ts'
import { endOfTime } from '../windows/window.ts'

const dayMs = 24 * 60 * 60 * 1000
/** Java's Long.MAX_VALUE, which topic configs overflow to. */
const forever = '9223372036854775807'

/** Adds times as Java does, stopping at Long.MAX_VALUE. */
function sum(retentionMs: number, additionMs: number): string {
  return retentionMs >= endOfTime - additionMs ? forever : String(retentionMs + additionMs)
}

/** Configs of a repartition topic: records are deleted by request once they are processed. */
export const repartitionTopicConfig: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'message.timestamp.type': 'CreateTime',
  'retention.ms': '-1',
  'segment.bytes': '52428800',
}

/** Configs of a store's changelog topic, as Java's `*ChangelogTopicConfig` classes give them. */
export function changelogTopicConfig(
  factory: StoreFactory,
  additionalRetentionMs = dayMs,
): Readonly<Record<string, string>> {
  const config: Record<string, string> = { 'message.timestamp.type': 'CreateTime' }
  const { changelog } = factory
  switch (changelog.kind) {
    case 'compacted':
      config['cleanup.policy'] = 'compact'
      break
    case 'windowed':
      config['cleanup.policy'] = 'compact,delete'
      config['retention.ms'] = sum(changelog.retentionMs, additionalRetentionMs)
      break
    case 'versioned':
      config['cleanup.policy'] = 'compact'
      config['min.compaction.lag.ms'] = sum(changelog.historyRetentionMs, dayMs)
      break
  }
  const merged = { ...config, ...factory.logConfig }
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)))
}
