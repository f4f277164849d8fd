import type { ConfigKeys, RawConfig } from '@spillway/api'

/** Keys of other JDBC sinks that mean the same as one of ours, and how their values are translated. */
interface Alias {
  readonly key: string
  readonly of: string
  readonly translate?: Readonly<Record<string, string>>
}

const ALIASES: readonly Alias[] = [
  { key: 'sql.quote.identifiers', of: 'Aiven', translate: { true: 'always', false: 'never' } },
  { key: 'connection.username', of: 'Debezium' },
  { key: 'primary.key.mode', of: 'Debezium' },
  { key: 'primary.key.fields', of: 'Debezium' },
  { key: 'collection.name.format', of: 'Debezium' },
  { key: 'quote.identifiers', of: 'Debezium', translate: { true: 'always', false: 'never' } },
  { key: 'use.time.zone', of: 'Debezium' },
  { key: 'database.time_zone', of: 'Debezium' },
  { key: 'flush.max.retries', of: 'Debezium' },
  { key: 'flush.retry.delay.ms', of: 'Debezium' },
  { key: 'schema.evolution', of: 'Debezium', translate: { none: 'false', basic: 'true' } },
]

const TARGETS: Readonly<Record<string, readonly string[]>> = {
  'sql.quote.identifiers': ['quote.sql.identifiers'],
  'connection.username': ['connection.user'],
  'primary.key.mode': ['pk.mode'],
  'primary.key.fields': ['pk.fields'],
  'collection.name.format': ['table.name.format'],
  'quote.identifiers': ['quote.sql.identifiers'],
  'use.time.zone': ['db.timezone'],
  'database.time_zone': ['db.timezone'],
  'flush.max.retries': ['max.retries'],
  'flush.retry.delay.ms': ['retry.backoff.ms'],
  'schema.evolution': ['auto.create', 'auto.evolve'],
}

/** The aliases as configuration keys, for the reference page and REST. */
export const aliasKeys: ConfigKeys = Object.fromEntries(
  ALIASES.map(({ key, of }) => [
    key,
    {
      type: 'string',
      default: null,
      importance: 'low',
      group: 'Aliases',
      doc: `${of}'s name of ${(TARGETS[key] ?? []).join(' and ')}; acts where that key is not set.`,
    },
  ]),
)

/** The configuration with every alias written as the key it stands for, where that key is not set itself. */
export function resolveAliases(raw: RawConfig): RawConfig {
  const resolved: Record<string, string | null> = { ...raw }
  for (const { key, translate } of ALIASES) {
    const value = raw[key]
    if (value === undefined || value === null) continue
    for (const target of TARGETS[key] ?? []) {
      resolved[target] ??= translate?.[value.toLowerCase()] ?? value
    }
  }
  // Debezium makes underscores of a topic's dots where it names tables.
  const isSet = (key: string): boolean => (raw[key] ?? null) !== null
  const named = ['table.name.format', 'table.name.topic.regex', 'table.name.topic.replacement'].some(isSet)
  if (isSet('collection.name.format') && !named) {
    resolved['table.name.topic.regex'] = '\\.'
    resolved['table.name.topic.replacement'] = '_'
  }
  return resolved
}
