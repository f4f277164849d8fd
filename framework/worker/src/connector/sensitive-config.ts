import {
  CONFIG_PROVIDERS,
  type ConfigKeys,
  CONVERTERS,
  findPlugin,
  HEADER_CONVERTERS,
  innerSecrets,
  isClientSecret,
  MASK,
  type ModuleDoor,
  namesSecret,
  namesUser,
  parseValue,
  type Plugin,
  type PluginKind,
  PREDICATES,
  type RawConfig,
  secretParts,
  SINKS,
  TRANSFORMATIONS,
  withoutSecretParts,
} from '@spillway/api'
import { sinkConnectorConfig } from '../config/connector-config.ts'

/** A secret is sent beside a user's name; so many names are tried with each that is short. */
const MOST_USERS = 5
const SHORT = 6
const PLACEHOLDER = /^\$\{[^}]*:[^}]*\}$/
/** What an undeclared key that only sounds like a secret's may well hold. */
const SWITCH = /^(?:true|false|null|none|\d{1,3})$/i
const CONVERTER_KEYS = [
  ['key.converter', CONVERTERS],
  ['value.converter', CONVERTERS],
  ['header.converter', HEADER_CONVERTERS],
] as const

/** Which keys of one configuration hold secrets. */
export class SensitiveConfig {
  readonly #declared: ReadonlyMap<string, string>
  readonly #opaque: readonly string[]

  /**
   * @param declared the types of all keys that something declares.
   * @param opaque prefixes of keys of which nobody knows what they are: their plugin is not loaded.
   */
  constructor(declared: ReadonlyMap<string, string>, opaque: readonly string[]) {
    this.#declared = declared
    this.#opaque = opaque
  }

  /** The configuration as users who may only read see it: secrets are `[hidden]`, whole or within a value. */
  shown(config: RawConfig): RawConfig {
    return Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        key,
        value === null ? null : this.#shownValue(key, value),
      ]),
    )
  }

  #shownValue(key: string, value: string): string {
    const type = this.#declared.get(key)
    if (type === 'password') return MASK
    if (type !== undefined) return withoutSecretParts(value, MASK)
    const isUnknown = this.#opaque.some((prefix) => key.startsWith(prefix))
    const isSecret = isUnknown || isClientSecret(key) || namesSecret(key) || /credential/i.test(key)
    return isSecret ? MASK : withoutSecretParts(value, MASK)
  }

  /**
   * What must not leave the process in a text: the values of secret keys of a configuration, what is secret within others,
   * and short ones with the user's name before them, as they are sent.
   */
  secretsOf(resolved: RawConfig): string[] {
    const entries = Object.entries(resolved).flatMap(([key, value]) =>
      value === null ? [] : [[key, value] as const],
    )
    const users = new Set(
      entries.filter(([key]) => namesUser(key) && !this.#isSecret(key)).map(([, value]) => value),
    )
    const secrets = new Set<string>()
    for (const [key, value] of entries) {
      // Of a provider, or a key, that there is not.
      if (PLACEHOLDER.test(value)) continue
      const found = this.#isSecret(key) ? [value, ...innerSecrets(value)] : secretParts(value)
      // What another key shows openly, as user or database, is kept from nobody by hiding it here.
      for (const secret of found) {
        if (!users.has(secret) && !SWITCH.test(secret)) secrets.add(secret)
      }
    }
    // A longer one is found in base64 whatever stands before it.
    const short = [...secrets].filter(({ length }) => length < SHORT)
    const pairs = [...users]
      .slice(0, MOST_USERS)
      .flatMap((user) => short.map((secret) => `${user}:${secret}`))
    return [...pairs, ...[...secrets].flatMap(decoded), ...secrets]
  }

  #isSecret(key: string): boolean {
    const type = this.#declared.get(key)
    return type === undefined ? isClientSecret(key) || namesSecret(key) : type === 'password'
  }
}

/** Tells of configurations which of their keys hold secrets, by what the plugins in them declare. */
export class SensitiveConfigs {
  readonly #modules: ModuleDoor

  /** @param modules a door through which nothing new is loaded. */
  constructor(modules: ModuleDoor) {
    this.#modules = modules
  }

  async ofConnector(config: RawConfig): Promise<SensitiveConfig> {
    const found = new Found(this.#modules, config)
    found.declare('', sinkConnectorConfig.keys)
    // Without its class nothing but the common keys is known.
    await found.plugin('', SINKS, 'connector.class')
    await found.pluginsOfKeys()
    for (const [key, kind] of CONVERTER_KEYS) await found.plugin(`${key}.`, kind, key)
    for (const alias of aliases(config, 'transforms')) {
      const prefix = `transforms.${alias}.`
      found.declare(prefix, STAGE)
      await found.plugin(prefix, TRANSFORMATIONS, `${prefix}type`)
    }
    for (const alias of aliases(config, 'predicates')) {
      const prefix = `predicates.${alias}.`
      found.declare(prefix, STAGE)
      await found.plugin(prefix, PREDICATES, `${prefix}type`)
    }
    return found.sensitive()
  }

  /** @param keys those that the kind of worker declares. */
  async ofWorker(config: RawConfig, keys: ConfigKeys): Promise<SensitiveConfig> {
    const found = new Found(this.#modules, config)
    found.declare('', keys)
    for (const [key, kind] of CONVERTER_KEYS) await found.plugin(`${key}.`, kind, key)
    for (const name of aliases(config, 'config.providers')) {
      const prefix = `config.providers.${name}.`
      found.declare(prefix, STAGE)
      await found.plugin(`${prefix}param.`, CONFIG_PROVIDERS, `${prefix}class`)
    }
    return found.sensitive()
  }
}

/** What a plugin itself is named by, and how it is used. */
const STAGE: ConfigKeys = Object.fromEntries(
  ['type', 'class', 'predicate', 'negate', 'plugin.version'].map((key) => [
    key,
    { type: 'string', importance: 'low', doc: '' },
  ]),
)

/** Gathers what the keys of one configuration are. */
class Found {
  readonly #modules: ModuleDoor
  readonly #config: RawConfig
  readonly #declared = new Map<string, string>()
  readonly #opaque: string[] = []
  /** What kinds of plugins keys name. */
  readonly #kinds = new Map<string, PluginKind>()

  constructor(modules: ModuleDoor, config: RawConfig) {
    this.#modules = modules
    this.#config = config
  }

  declare(prefix: string, keys: ConfigKeys): void {
    for (const [key, { type }] of Object.entries(keys)) {
      // What is a secret to one stays one.
      if (this.#declared.get(prefix + key) !== 'password') this.#declared.set(prefix + key, type)
    }
  }

  /** The keys below a prefix belong to the plugin that a key names. */
  async plugin(prefix: string, kind: PluginKind, key: string): Promise<void> {
    const name = this.#config[key]
    if (name === undefined || name === null) return
    const found = await this.#find(kind, name, key)
    // There is none, or it is not loaded.
    if (found === undefined) this.#opaque.push(prefix)
    else this.#declareOf(prefix, found)
  }

  /** The keys of the plugins that the connector's own keys name, such as a format: they lie beside them. */
  async pluginsOfKeys(): Promise<void> {
    for (const [key, kind] of this.#kinds) {
      const name = this.#config[key]?.trim()
      if (name === undefined || name === '') continue
      const found = await this.#find(kind, name, key)
      if (found !== undefined) this.#declareOf('', found)
    }
  }

  async #find(kind: PluginKind, name: string, key: string): Promise<Plugin | undefined> {
    // Each kind is one of whole plugins.
    return await findPlugin(this.#modules, kind as PluginKind<Plugin>, name, key).catch(() => undefined)
  }

  #declareOf(prefix: string, { config }: Plugin): void {
    const keys: ConfigKeys = config?.keys ?? {}
    this.declare(prefix, keys)
    for (const [key, { plugin }] of Object.entries(keys)) {
      if (plugin !== undefined) this.#kinds.set(prefix + key, plugin)
    }
  }

  sensitive(): SensitiveConfig {
    return new SensitiveConfig(this.#declared, this.#opaque)
  }
}

function aliases(config: RawConfig, key: string): string[] {
  try {
    return [...new Set(parseValue(key, 'list', config[key] ?? '') as string[])]
  } catch {
    return []
  }
}

/** A password of a URL as it is once the URL has been read. */
function decoded(secret: string): string[] {
  try {
    const text = decodeURIComponent(secret)
    return text === secret ? [] : [text]
  } catch {
    return []
  }
}
