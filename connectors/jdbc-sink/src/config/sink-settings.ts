import { JavaRegex, type Plugins, type RawConfig, type Replacement } from '@spillway/api'
import { javaTimeZone } from '../values/time-zone.ts'
import type { ValueSettings } from '../values/value-settings.ts'
import { resolveAliases } from './alias-keys.ts'
import { type ConnectionSettings, connectionSettings } from './connection-settings.ts'
import { parseSinkConfig } from './jdbc-sink-config.ts'

export type InsertMode = 'insert' | 'upsert' | 'update'
export type PkMode = 'none' | 'kafka' | 'record_key' | 'record_value'
export type TableKind = 'TABLE' | 'PARTITIONED TABLE' | 'VIEW'

/** The whole configuration of a task in the form its parts need. */
export interface SinkSettings {
  readonly connection: ConnectionSettings
  readonly dialectName: string
  readonly mode: InsertMode
  /** At least 1. */
  readonly batchSize: number
  readonly batchMaxBytes: number
  readonly deleteEnabled: boolean
  readonly ignoresNullValues: boolean
  readonly tableKinds: readonly TableKind[]
  readonly offsetsTable: string
  readonly tableNameFormat: string
  readonly normalizesTableNames: boolean
  readonly topicTables: ReadonlyMap<string, string>
  /** What becomes of topics before they are put into table.name.format; null where nothing does. */
  readonly topicRewrite: { readonly regex: JavaRegex; readonly replacement: Replacement } | null
  readonly pkMode: PkMode
  pkFields(topic: string): readonly string[]
  readonly whitelist: ReadonlySet<string>
  readonly timestampFields: ReadonlySet<string>
  readonly values: ValueSettings
  readonly stringColumn: string
  readonly autoCreate: boolean
  readonly autoEvolve: boolean
  readonly quotes: boolean
  readonly maxRetries: number
  readonly retryBackoffMs: number
  readonly trimsSensitive: boolean
}

/**
 * @param plugins those there are; absent, names of dialects are not judged.
 * @throws {ConfigProblemsError} with every problem found.
 */
export function sinkSettings(raw: RawConfig, plugins?: Plugins): SinkSettings {
  const config = parseSinkConfig(raw, plugins)
  const zone = javaTimeZone(config['db.timezone'])
  const mode = config['insert.mode'].toLowerCase()
  const pkFields = nonBlank(config['pk.fields'])
  const topicPkFields = new Map(
    Object.entries(resolveAliases(raw)).flatMap(([key, value]) =>
      key.startsWith('pk.fields.') && value !== null
        ? [[key.slice('pk.fields.'.length), nonBlank(value.split(',').map((name) => name.trim()))] as const]
        : [],
    ),
  )
  return {
    connection: connectionSettings(config, raw),
    dialectName: config['dialect.name'].trim(),
    mode: mode === 'multi' ? 'insert' : (mode as InsertMode),
    batchSize: Math.max(1, config['batch.size']),
    batchMaxBytes: config['batch.max.bytes'],
    deleteEnabled: config['delete.enabled'],
    ignoresNullValues: config['behavior.on.null.values'].toLowerCase() === 'ignore',
    tableKinds: nonBlank(config['table.types']).map((type) => type.toUpperCase() as TableKind),
    offsetsTable: config['offsets.storage.table'],
    tableNameFormat: config['table.name.format'].trim(),
    normalizesTableNames: config['table.name.normalize'],
    topicTables: new Map(
      config['topics.to.tables.mapping'].map((entry) => entry.split(':') as [string, string]),
    ),
    topicRewrite: topicRewrite(config['table.name.topic.regex'], config['table.name.topic.replacement']),
    pkMode: config['pk.mode'].toLowerCase() as PkMode,
    pkFields: (topic) => topicPkFields.get(topic) ?? pkFields,
    whitelist: new Set(nonBlank(config['fields.whitelist'])),
    timestampFields: new Set(nonBlank(config['timestamp.fields.list'])),
    values: {
      zone,
      dateZone: config['date.timezone'].toUpperCase() === 'UTC' ? javaTimeZone('UTC') : zone,
      isLegacyCalendar: config['date.calendar.system'] === 'LEGACY',
      timestampUnitsPerMs:
        config['timestamp.precision.mode'].toLowerCase() === 'nanoseconds' ? 1_000_000n : 1_000n,
      replaceNullWithDefault: config['replace.null.with.default'],
    },
    stringColumn: config['string.output.value.column.name'],
    autoCreate: config['auto.create'],
    autoEvolve: config['auto.evolve'],
    quotes: config['quote.sql.identifiers'].toLowerCase() !== 'never',
    maxRetries: config['max.retries'],
    retryBackoffMs: config['retry.backoff.ms'],
    trimsSensitive: config['trim.sensitive.log'],
  }
}

function topicRewrite(pattern: string, replacement: string): SinkSettings['topicRewrite'] {
  if (pattern === '') return null
  const regex = JavaRegex.compile(pattern, { key: 'table.name.topic.regex' })
  return { regex, replacement: regex.replacement(replacement) }
}

function nonBlank(names: readonly string[]): string[] {
  return names.filter((name) => name !== '')
}
