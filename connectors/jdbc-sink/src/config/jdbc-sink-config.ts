import {
  type CheckInput,
  configDef,
  type ConfigDef,
  type ConfigKeys,
  type ConfigOf,
  type ConfigProblem,
  type Plugins,
  type RawConfig,
  replacementProblem,
} from '@spillway/api'
import { aliasKeys, resolveAliases } from './alias-keys.ts'
import { DATABASES, unknownDatabase } from './database-kind.ts'
import { jdbcSinkKeys } from './jdbc-sink-keys.ts'
import { deletes, pkModeOf } from './recommended-values.ts'

/** What the keys say, parsed. */
export type ParsedSinkConfig = ConfigOf<typeof jdbcSinkKeys>

const isAiven = (raw: RawConfig): boolean => raw['connector.class']?.startsWith('io.aiven.') === true

function* deletesNeedRecordKey({ raw }: CheckInput): Iterable<ConfigProblem> {
  if (!deletes(raw) || pkModeOf(raw) === 'record_key') return
  const message = isAiven(raw)
    ? 'Delete support only works with pk.mode=record_key'
    : 'Deletes are only supported for pk.mode record_key'
  yield { key: 'delete.enabled', message }
  yield { key: 'pk.mode', message }
}

/** Aiven's connector refuses early what Confluent's meets with the first record, or passes by. */
function* aivensKeyFields({ raw, values }: CheckInput): Iterable<ConfigProblem> {
  if (!isAiven(raw)) return
  const fields = (values['pk.fields'] as string[] | undefined)?.filter((name) => name !== '') ?? []
  const mode = pkModeOf(raw)
  if (mode === 'none' && fields.length > 0) {
    yield { key: 'pk.fields', message: `Primary key fields should not be set when pkMode is 'none'.` }
  }
  if (mode === 'kafka' && fields.length > 0 && fields.length !== 3) {
    const message = `Primary key fields must be set with three fields (topic, partition, offset) when pkMode is 'kafka', or not at all.`
    yield { key: 'pk.fields', message }
  }
}

/** Told with the key, before anything is read of a URL whose form may be any database's own. */
function* databaseIsKnown({ values, plugins }: CheckInput): Iterable<ConfigProblem> {
  const url = values['connection.url']
  const protocol = typeof url === 'string' ? /^\s*jdbc:([^:${]+):/.exec(url)?.[1]?.toLowerCase() : undefined
  if (protocol === undefined || plugins === undefined || Boolean(values['dialect.name'])) return
  const databases = plugins.ofKind(DATABASES)
  if (databases.some(({ subprotocols }) => subprotocols.includes(protocol))) return
  yield { key: 'connection.url', message: unknownDatabase(protocol, databases) }
}

function* replacementFits({ values }: CheckInput): Iterable<ConfigProblem> {
  const key = 'table.name.topic.replacement'
  const message = replacementProblem(values['table.name.topic.regex'], values[key])
  if (message !== undefined) yield { key, message }
}

/** Every key of the connector with its rules, as REST validates it. */
export const jdbcSinkConfig: ConfigDef = (
  configDef({ ...jdbcSinkKeys.keys, ...aliasKeys }) as ConfigDef<ConfigKeys>
).check(databaseIsKnown, deletesNeedRecordKey, aivensKeyFields, replacementFits)

/** Parses a configuration; aliases act where the key they stand for is not set. @throws {ConfigProblemsError} */
export function parseSinkConfig(raw: RawConfig, plugins?: Plugins): ParsedSinkConfig {
  const resolved = resolveAliases(raw)
  return jdbcSinkConfig.parse(resolved, plugins) as unknown as ParsedSinkConfig
}

/** True for keys that go to the driver or to single topics, which no list can name. */
export function isPassedOn(key: string): boolean {
  return (
    key.startsWith('connection.') ||
    key.startsWith('pk.fields.') ||
    key.startsWith('jdbc.credentials.provider.')
  )
}
