import { ConfigError, findPlugin, type ModuleDoor } from '@spillway/api'
import { databaseNamed, unknownDatabase } from '../config/database-kind.ts'
import type { SinkSettings } from '../config/sink-settings.ts'
import { TemporalText } from '../values/temporal-text.ts'
import type { Dialect } from './dialect.ts'
import { type DialectPlugin, DIALECTS } from './dialect-plugin.ts'

/**
 * The dialect that dialect.name or the URL names.
 *
 * @param modules leads to it.
 * @param warn told about driver properties that do not act.
 * @param isTrial true where connecting must leave nothing behind: no file of SQLite's comes to be.
 * @throws {ConfigError} for a database there is no dialect for.
 */
export async function createDialect(
  settings: SinkSettings,
  modules: ModuleDoor,
  warn: (text: string) => void,
  isTrial = false,
): Promise<Dialect> {
  const plugin = await pluginFor(settings, modules)
  for (const property of settings.connection.properties.keys()) {
    if (!plugin.properties.includes(property)) {
      warn(`The connection property ${property} does not act with ${plugin.className}: it is ignored`)
    }
  }
  return await plugin.create({
    connection: settings.connection,
    quotes: settings.quotes,
    temporal: new TemporalText(settings.values),
    timestampUnitsPerMs: settings.values.timestampUnitsPerMs,
    isTrial,
  })
}

async function pluginFor(
  { dialectName, connection: { subprotocol } }: SinkSettings,
  modules: ModuleDoor,
): Promise<DialectPlugin> {
  if (dialectName !== '') {
    const known = databaseNamed(modules.plugins, DIALECTS, dialectName)
    return known ?? (await findPlugin(modules, DIALECTS, dialectName, 'dialect.name'))
  }
  const databases = modules.plugins.ofKind(DIALECTS)
  const plugin = databases.find(({ subprotocols }) => subprotocols.includes(subprotocol))
  if (plugin !== undefined) return plugin
  throw new ConfigError(unknownDatabase(subprotocol, databases), { key: 'connection.url' })
}
