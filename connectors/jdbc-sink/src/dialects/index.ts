import { ConfigError } from '@spillway/api'
import { unknownDatabase } from '../config/jdbc-url.ts'
import type { SinkSettings } from '../config/sink-settings.ts'
import { TemporalText } from '../values/temporal-text.ts'
import type { Dialect } from './dialect.ts'
import type { DialectPlugin } from './dialect-plugin.ts'
import { mysql } from './mysql/index.ts'
import { postgresql } from './postgresql/index.ts'
import { sqlite } from './sqlite/index.ts'

/** Every dialect, one line each. */
export const dialects: readonly DialectPlugin[] = [postgresql, mysql, sqlite]

/**
 * The dialect that dialect.name or the URL names.
 *
 * @param warn told about driver properties that do not act.
 * @param isTrial true where connecting must leave nothing behind: no file of SQLite's comes to be.
 * @throws {ConfigError} for a database there is no dialect for.
 */
export function createDialect(
  settings: SinkSettings,
  warn: (text: string) => void,
  isTrial = false,
): Dialect {
  const plugin = pluginFor(settings)
  for (const property of settings.connection.properties.keys()) {
    if (!plugin.properties.includes(property)) {
      warn(`The connection property ${property} does not act with ${plugin.name}: it is ignored`)
    }
  }
  return plugin.create({
    connection: settings.connection,
    quotes: settings.quotes,
    temporal: new TemporalText(settings.values),
    timestampUnitsPerMs: settings.values.timestampUnitsPerMs,
    isTrial,
  })
}

function pluginFor({ dialectName, connection }: SinkSettings): DialectPlugin {
  const plugin =
    dialectName === ''
      ? dialects.find(({ subprotocols }) => subprotocols.includes(connection.subprotocol))
      : dialects.find(({ name }) => name.toLowerCase() === dialectName)
  if (plugin !== undefined) return plugin
  throw new ConfigError(unknownDatabase(connection.subprotocol), { key: 'connection.url' })
}
