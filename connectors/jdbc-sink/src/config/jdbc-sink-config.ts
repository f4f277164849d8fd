import {
  type CheckInput,
  type ConfigDef,
  type ConfigKeys,
  type ConfigOf,
  type ConfigProblem,
  configDef,
  type RawConfig,
} from '@spillway/framework'
import { aliasKeys, resolveAliases } from './alias-keys.ts'
import { jdbcSinkKeys } from './jdbc-sink-keys.ts'

/** What the keys say, parsed. */
export type ParsedSinkConfig = ConfigOf<typeof jdbcSinkKeys>

const DELETES_NEED_RECORD_KEY = 'Deletes are only supported for pk.mode record_key'

function* deletesNeedRecordKey({ raw }: CheckInput): Iterable<ConfigProblem> {
  const resolved = resolveAliases(raw)
  const enabled = resolved['delete.enabled']?.trim().toLowerCase() === 'true'
  if (!enabled || resolved['pk.mode']?.trim().toLowerCase() === 'record_key') return
  yield { key: 'delete.enabled', message: DELETES_NEED_RECORD_KEY }
  yield { key: 'pk.mode', message: DELETES_NEED_RECORD_KEY }
}

/** Every key of the connector with its rules, as REST validates it. */
export const jdbcSinkConfig: ConfigDef = (
  configDef({ ...jdbcSinkKeys.keys, ...aliasKeys }) as ConfigDef<ConfigKeys>
).check(deletesNeedRecordKey)

/** Parses a configuration; aliases act where the key they stand for is not set. @throws {ConfigProblemsError} */
export function parseSinkConfig(raw: RawConfig): ParsedSinkConfig {
  const resolved = resolveAliases(raw)
  return jdbcSinkConfig.parse(resolved) as unknown as ParsedSinkConfig
}

/** True for keys that go to the driver or to single topics, which no list can name. */
export function isPassedOn(key: string): boolean {
  return (
    key.startsWith('connection.') ||
    key.startsWith('pk.fields.') ||
    key.startsWith('jdbc.credentials.provider.')
  )
}
