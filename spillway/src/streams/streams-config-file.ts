import { ConfigError, type RawConfig } from '@spillway/api'
import { builtInConverters } from '@spillway/converters'
import { converterSerde, type Serde, Serdes, type StreamsConfig } from '@spillway/streams'
import { readWorkerConfig } from '@spillway/worker'

/** Where the configuration of an application comes from. */
export interface ConfigOptions {
  readonly config?: string
  readonly bootstrapServer?: string
  readonly applicationId?: string
}

type AnySerde = Serde<never> | Serde<unknown>

/** Serdes by the names that Java's configuration has for them. */
const SERDES: Readonly<Record<string, () => AnySerde>> = {
  StringSerde: Serdes.string,
  LongSerde: Serdes.long,
  IntegerSerde: Serdes.integer,
  DoubleSerde: Serdes.double,
  BooleanSerde: Serdes.boolean,
  ByteArraySerde: Serdes.byteArray,
  BytesSerde: Serdes.bytes,
}

/**
 * The configuration of an application, with what the command line puts in its place.
 *
 * @throws {ConfigError} for a file that cannot be read, and a serde that there is not
 */
export async function readStreamsConfig(options: ConfigOptions): Promise<StreamsConfig> {
  const raw: RawConfig = options.config === undefined ? {} : await readWorkerConfig(options.config)
  const config: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(raw)) if (value !== null) config[key] = value
  if (options.bootstrapServer !== undefined) config['bootstrap.servers'] = options.bootstrapServer
  if (options.applicationId !== undefined) config['application.id'] = options.applicationId
  for (const kind of ['key', 'value'] as const) {
    const key = `default.${kind}.serde`
    const name = config[key]
    if (typeof name === 'string') config[key] = serdeNamed(key, name, raw, kind === 'key')
  }
  return config
}

/** @throws {ConfigError} where no application is named */
export function applicationIdOf(config: StreamsConfig): string {
  const id = config['application.id']
  if (typeof id === 'string' && id !== '') return id
  throw new ConfigError(
    'Which application? Name it with --application-id <id>, or its configuration with --config <file>.',
  )
}

/** A serde of Java's `Serdes`, or over a converter, whose keys stand below `default.value.serde.`; `schema.registry.*` too. */
function serdeNamed(key: string, name: string, raw: RawConfig, isKey: boolean): AnySerde {
  const simple = name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1)
  const made = Object.hasOwn(SERDES, simple) ? SERDES[simple]?.() : undefined
  if (made !== undefined) return made
  for (const plugin of builtInConverters) {
    if (plugin.kind !== 'converter') continue
    if (plugin.className !== name && plugin.className.slice(plugin.className.lastIndexOf('.') + 1) !== name)
      continue
    return converterSerde(plugin, { config: converterConfig(raw, `${key}.`), isKey })
  }
  throw ConfigError.invalidValue(
    key,
    name,
    `it must be one of ${Object.keys(SERDES).join(', ')}, or a converter such as AvroConverter or JsonConverter. ` +
      'Other serdes are objects: the module may export them in `config`.',
  )
}

function converterConfig(raw: RawConfig, prefix: string): RawConfig {
  const general = Object.entries(raw).filter(([key]) => key.startsWith('schema.registry.'))
  const own = Object.entries(raw)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value] as const)
  return Object.fromEntries([...general, ...own])
}
