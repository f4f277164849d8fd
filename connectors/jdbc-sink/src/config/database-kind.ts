import {
  ConfigError,
  type Plugin,
  type PluginKind,
  pluginKind,
  type Plugins,
  type Validator,
} from '@spillway/api'

/** What configurations need to know of a dialect. */
export interface DatabasePlugin extends Plugin {
  readonly kind: 'dialect'
  /** What follows `jdbc:` in its URLs. */
  readonly subprotocols: readonly string[]
}

/** Dialects, by what of them is known here: see `dialects/dialect-plugin.ts`. */
export const DATABASES: PluginKind<DatabasePlugin> = pluginKind({
  name: 'dialect',
  suffixes: ['DatabaseDialect', 'Dialect'],
})

/** The dialect of a name: in whatever case, as Confluent's connector takes it. */
export function databaseNamed<P extends Plugin>(
  plugins: Plugins,
  kind: PluginKind<P>,
  name: string,
): P | undefined {
  const simple = ({ className }: Plugin): string => className.slice(className.lastIndexOf('.') + 1)
  return (
    plugins.find(kind, name) ??
    plugins.ofKind(kind).find((plugin) => simple(plugin).toLowerCase() === name.toLowerCase())
  )
}

/** `dialect.name`: the class of a dialect, or a module. */
export const dialectName: Validator = {
  describe: () => 'class of a dialect, or the path of a module',
  check(key, value, plugins) {
    const name = value as string
    if (name === '' || plugins === undefined || DATABASES.namesModule(name)) return
    if (databaseNamed(plugins, DATABASES, name) !== undefined) return
    const known = plugins.ofKind(DATABASES).map(({ className }) => className)
    throw ConfigError.invalidValue(key, value, `Invalid enumerator: it must be one of ${known.join(', ')}`)
  },
}

/** Why a URL of another database cannot be used, and what can. */
export function unknownDatabase(subprotocol: string, databases: readonly DatabasePlugin[]): string {
  const known = databases.flatMap(({ subprotocols }) => subprotocols.map((protocol) => `jdbc:${protocol}:`))
  return (
    `There is no dialect for the database "${subprotocol}" of connection.url. Use one of ${known.join(', ')}; dialect.name makes ` +
    `another URL one of these, where the database is of their kind`
  )
}
