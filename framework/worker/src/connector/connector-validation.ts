import {
  CONFIG_LIMITS,
  CONVERTERS,
  type ConfigCheck,
  configDef,
  ConfigDef,
  type ConfigInfo,
  type ConfigInfos,
  configInfoSteps,
  type ConfigKey,
  type ConfigProblem,
  exampleMatch,
  findPlugin,
  HEADER_CONVERTERS,
  jobOf,
  type ModuleDoor,
  parseValue,
  type Plugin,
  type PluginKind,
  type Plugins,
  PREDICATES,
  type RawConfig,
  rule,
  type SinkConnectorPlugin,
  systemClock,
  TRANSFORMATIONS,
  Turns,
} from '@spillway/api'
import { commonConfigOf, isForeignConnectorKey, sinkConnectorConfig } from '../config/connector-config.ts'
import { clientProblems, type OverridePolicy, overrideProblems } from './client-overrides.ts'

export type ConverterKey = 'key.converter' | 'value.converter' | 'header.converter'

export interface ValidationParts {
  /** The plugins there are, and what modules the caller may have loaded. */
  readonly modules: ModuleDoor
  readonly plugin: SinkConnectorPlugin
  /** With the placeholders of configuration providers filled in. */
  readonly config: RawConfig
  readonly overridePolicy: OverridePolicy
  /** As written for the worker, placeholders resolved: connectors' clients inherit from it. */
  readonly workerConfig: RawConfig
  /** The worker's `key.converter`, `value.converter` and `header.converter`, which a connector has without its own. */
  readonly workerConverters: Readonly<Record<ConverterKey, string>>
  /** True where the outside world is looked at too. */
  readonly probes?: boolean
  /**
   * Set for callers who may only read: nothing is connected to and no file is opened. What would need either is left out
   * (`checks`), or a problem (`refuses`).
   */
  readonly offline?: 'checks' | 'refuses' | undefined
}

/** How long one check of a connector may take. */
const CHECK_MS = 30_000
const MOST_SAMPLED_TOPICS = 3
/** Names that one message lists. */
const MOST_TOLD = 10

/** Validates a connector's whole configuration: common keys, its own, transformations, predicates, converters. */
export async function validateConnector(parts: ValidationParts): Promise<ConfigInfos> {
  const turns = new Turns()
  const def = await wholeDefinition(parts, turns)
  const { config } = parts
  const infos = await turns.run(configInfoSteps(def, config, parts.modules.plugins))
  const extra: ConfigProblem[] = [
    ...nullValues(config),
    ...(await moduleProblems(def, parts)),
    ...overrideProblems(parts.overridePolicy, config),
    ...clientProblems(parts.workerConfig, parts.offline === undefined ? config : withoutClientFiles(config)),
    ...(await outsideProblems(def, parts)),
  ]
  const configs = withProblems(infos, extra)
  const errors = configs.reduce((count, info) => count + info.value.errors.length, 0)
  const samples = parts.probes === true && errors === 0 ? await sampleObjectKeys(def, parts) : []
  return {
    name: config['connector.class'] ?? parts.plugin.className,
    error_count: errors,
    groups: [...new Set(Object.values(def.keys).flatMap((key) => key.group ?? []))],
    configs,
    ...(samples.length > 0 && { sample_object_keys: samples }),
  }
}

/** Keys of objects the connector would write; none where it cannot tell. */
async function sampleObjectKeys(
  def: ConfigDef,
  { plugin, config, modules, offline }: ValidationParts,
): Promise<readonly string[]> {
  if (plugin.sampleObjectKeys === undefined) return []
  if (offline !== undefined && openingKeys(def, config).length > 0) return []
  const settings = sinkConnectorConfig.parse(config)
  const topics =
    settings.topics.length > 0
      ? settings.topics.slice(0, MOST_SAMPLED_TOPICS)
      : [exampleMatch(settings['topics.regex']) ?? '<topic>']
  const request = { config, topics, nowMs: systemClock.now(), modules }
  return await plugin.sampleObjectKeys(request).catch(() => [])
}

/** Keys nothing reads, for a warning: each with the key that may have been meant. */
export async function unknownKeys(parts: ValidationParts): Promise<{ key: string; meant?: string }[]> {
  const { plugin, config } = parts
  return ConfigDef.all([
    commonConfigOf(plugin),
    plugin.config,
    ...(await definitionsOfKeys(parts)),
  ]).unknownKeys(config, (key) => isForeignConnectorKey(key) || plugin.knowsKey?.(key) === true)
}

/** In the order in which Connect lists them: common keys, transformations and predicates, the connector's own, converters. */
async function wholeDefinition(parts: ValidationParts, turns: Turns): Promise<ConfigDef> {
  const { plugin, config } = parts
  if (jobOf(plugin) !== undefined)
    return ConfigDef.all([commonConfigOf(plugin), plugin.config, ...(await definitionsOfKeys(parts))])
  const defs = [commonDefinition(parts)]
  const predicates = aliases(config, 'predicates')
  for (const alias of aliases(config, 'transforms')) {
    const prefix = `transforms.${alias}.`
    const group = `Transforms: ${alias}`
    defs.push(await pluginDefinition(parts, TRANSFORMATIONS, prefix, group))
    defs.push(stageDefinition(config, prefix, group, predicates))
    await turns.pause()
  }
  for (const alias of predicates) {
    const prefix = `predicates.${alias}.`
    defs.push(await pluginDefinition(parts, PREDICATES, prefix, `Predicates: ${alias}`))
    await turns.pause()
  }
  defs.push(plugin.config, ...(await definitionsOfKeys(parts)))
  for (const [key, kind] of CONVERTER_KEYS) defs.push(await converterDefinition(parts, kind, key))
  return ConfigDef.all(defs)
}

/** The common keys, with what this worker has for those that a connector leaves out. */
function commonDefinition({ modules, plugin, config, workerConverters }: ValidationParts): ConfigDef {
  const { plugins } = modules
  const { keys, checks } = sinkConnectorConfig
  const found: Record<string, ConfigKey> = { ...keys }
  found['connector.plugin.version'] = only(keys['connector.plugin.version'], plugin.version)
  for (const [key, kind] of CONVERTER_KEYS) {
    const own = config[key] ?? workerConverters[key]
    const converter = findKnown(plugins, kind, own)
    const worker = findKnown(plugins, kind, workerConverters[key])
    found[key] = {
      ...keys[key],
      default: worker?.className ?? workerConverters[key],
      recommend: () => classNames(plugins, kind),
    }
    found[`${key}.plugin.version`] = only(keys[`${key}.plugin.version`], converter?.version)
  }
  return new ConfigDef(found, checks)
}

const CONVERTER_KEYS: readonly (readonly [ConverterKey, PluginKind])[] = [
  ['key.converter', CONVERTERS],
  ['value.converter', CONVERTERS],
  ['header.converter', HEADER_CONVERTERS],
]

/** A version key where there is one version to choose, or none. */
function only(declared: ConfigKey, version: string | undefined): ConfigKey {
  return { ...declared, default: version ?? null, recommend: () => (version === undefined ? [] : [version]) }
}

function classNames(plugins: Plugins, kind: PluginKind): string[] {
  return plugins
    .ofKind(kind)
    .map(({ className }) => className)
    .toSorted()
}

function findKnown(plugins: Plugins, kind: PluginKind, name: string): Plugin | undefined {
  try {
    // Each kind is one of whole plugins.
    return plugins.find(kind as PluginKind<Plugin>, name)
  } catch {
    // Several of that name: the check of the key itself tells.
    return undefined
  }
}

/** Those within the limits: of others the key itself has an error. */
function aliases(config: RawConfig, key: string): string[] {
  const { aliases: most, aliasLength } = CONFIG_LIMITS
  const named = new Set(parseValue(key, 'list', config[key] ?? '') as string[])
  return [...named].filter((alias) => alias.length <= aliasLength).slice(0, most)
}

/** `<prefix>type` and the keys of the class it names. */
async function pluginDefinition(
  parts: ValidationParts,
  kind: PluginKind,
  prefix: string,
  group: string,
): Promise<ConfigDef> {
  const typeKey = `${prefix}type`
  const found = await find(parts, kind, typeKey)
  const alias = prefix.split('.')[1] ?? ''
  const title = kind === PREDICATES ? 'Predicate' : 'Transformation'
  const shared = { importance: 'high', width: 'long', group } as const
  const type = configDef({
    [typeKey]: {
      ...shared,
      type: 'class',
      order: 0,
      displayName: `${title} type for ${alias}`,
      recommend: () => classNames(parts.modules.plugins, kind),
      doc: `Class of the ${kind.name}.`,
    },
    [`${prefix}plugin.version`]: only(
      {
        ...shared,
        type: 'string',
        order: 1,
        displayName: `${title} version for ${alias}`,
        doc: 'Accepted and not used: a worker has one version of each plugin.',
      },
      found.plugin?.version,
    ),
  }) as ConfigDef
  const own = found.plugin?.config?.withPrefix(prefix, group)
  const def = own === undefined ? type : type.and(own)
  return found.problem === undefined ? def : def.check(report({ key: typeKey, message: found.problem }))
}

/** `predicate` and `negate` of a transformation. */
function stageDefinition(
  config: RawConfig,
  prefix: string,
  group: string,
  known: readonly string[],
): ConfigDef {
  const told = known.length > MOST_TOLD ? [...known.slice(0, MOST_TOLD), '…'] : known
  const def = configDef({
    [`${prefix}predicate`]: {
      type: 'string',
      default: null,
      importance: 'medium',
      group,
      displayName: 'predicate',
      doc: 'Alias of the predicate that decides whether the transformation applies.',
      validator: rule(`one of the predicates: ${told.join(', ')}`, (value) =>
        value === null || known.includes(value as string)
          ? undefined
          : `There is no predicate of that alias. Add it to "predicates"${known.length > 0 ? ` (${told.join(', ')})` : ''}.`,
      ),
    },
    [`${prefix}negate`]: {
      type: 'boolean',
      default: false,
      importance: 'medium',
      group,
      displayName: 'negate',
      doc: 'Applies the transformation where the predicate says no.',
    },
  }) as ConfigDef
  if (config[`${prefix}negate`] === undefined || config[`${prefix}predicate`] !== undefined) return def
  return def.check(
    report({
      key: `${prefix}type`,
      message: `Config '${prefix}negate' was provided but there is no config '${prefix}predicate' defining a predicate to be negated.`,
    }),
  )
}

async function converterDefinition(
  parts: ValidationParts,
  kind: PluginKind,
  key: string,
): Promise<ConfigDef> {
  const name = parts.config[key]
  if (name === undefined || name === null) return configDef({}) as ConfigDef
  const found = await find(parts, kind, key)
  if (found.problem !== undefined)
    return (configDef({}) as ConfigDef).check(report({ key, message: found.problem }))
  return found.plugin?.config?.withPrefix(`${key}.`) ?? (configDef({}) as ConfigDef)
}

/**
 * The keys of the plugins that keys of the connector itself name, such as a format. They lie beside the connector's own,
 * which go before. What is wrong with a module is told with its key; a name that means nothing, by the key's own rules.
 */
async function definitionsOfKeys(parts: ValidationParts): Promise<ConfigDef[]> {
  const { plugin, config, modules, offline } = parts
  const defs: ConfigDef[] = []
  for (const [key, { plugin: kind }] of Object.entries<ConfigKey>(plugin.config.keys)) {
    const name = config[key]?.trim() ?? ''
    if (kind === undefined || name === '') continue
    const known = findKnown(modules.plugins, kind, name)
    if (known === undefined && (!kind.namesModule(name) || (await modules.refusal(key, name)) !== undefined))
      continue
    const found = known === undefined ? await find(parts, kind, key) : { plugin: known }
    if (found.plugin?.config !== undefined) defs.push(without(found.plugin.config, plugin.config))
    // For who may only read it need not be loaded.
    if (found.problem === undefined || offline !== undefined) continue
    defs.push((configDef({}) as ConfigDef).check(report({ key, message: found.problem })))
  }
  return defs
}

/** The keys and rules of a definition, less the keys that another has. */
function without(def: ConfigDef, other: ConfigDef): ConfigDef {
  const keys = Object.entries(def.keys).filter(([key]) => !Object.hasOwn(other.keys, key))
  // The rules of what comes with Spillway are the connector's already.
  return new ConfigDef(Object.fromEntries(keys), keys.length === 0 ? [] : def.checks)
}

async function find(
  { modules, config }: ValidationParts,
  kind: PluginKind,
  key: string,
): Promise<{ plugin?: Plugin; problem?: string }> {
  const name = config[key]
  if (name === undefined || name === null) return {}
  try {
    return { plugin: await findPlugin(modules, kind as PluginKind<Plugin>, name.trim(), key) }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

function report(problem: ConfigProblem): ConfigCheck {
  return () => [problem]
}

function asProblem(error: unknown): ConfigProblem[] {
  return [
    {
      key: 'connector.class',
      message: `The connector could not check its configuration: ${(error as Error).message}`,
    },
  ]
}

/** What the connector itself finds wrong with the help of the world outside, where that may be asked. */
async function outsideProblems(def: ConfigDef, parts: ValidationParts): Promise<readonly ConfigProblem[]> {
  const { plugin, config, modules, offline } = parts
  if (offline === 'checks') return []
  if (offline === 'refuses') return offlineProblems(def, parts)
  const checked =
    (await plugin.validate?.(config, AbortSignal.timeout(CHECK_MS), modules).catch(asProblem)) ?? []
  if (parts.probes !== true) return checked
  const probed = await plugin.probe?.(config, AbortSignal.timeout(CHECK_MS), modules).catch(asProblem)
  return [...checked, ...(probed ?? [])]
}

/** What a configuration has, or inherits from the worker, that cannot be tried without a file or a connection. */
function offlineProblems(def: ConfigDef, parts: ValidationParts): ConfigProblem[] {
  const { modules, config, workerConverters } = parts
  const connecting = CONVERTER_KEYS.filter(([key, kind]) => {
    const plugin = findKnown(modules.plugins, kind, config[key] ?? workerConverters[key])
    return Object.values<ConfigKey>(plugin?.config?.keys ?? {}).some(({ opens }) => opens === 'host')
  }).map(([key]) => key)
  return [...new Set([...openingKeys(def, config), ...connecting])].map((key) => ({
    key,
    message:
      `Invalid value ${config[key] ?? 'of the worker'} for configuration ${key}: it needs a file or a connection, and ` +
      'neither is opened for users who may only read (rest.read.only.users).',
  }))
}

/** Keys with a value that has the worker open a file or a connection. */
function openingKeys(def: ConfigDef, config: RawConfig): string[] {
  return Object.entries(def.keys).flatMap(([key, { opens }]) =>
    opens !== undefined && (config[key] ?? '') !== '' ? [key] : [],
  )
}

/** Without the files of Kafka clients: whether they are there is nobody's business who may only read. */
function withoutClientFiles(config: RawConfig): RawConfig {
  return Object.fromEntries(
    Object.entries(config).filter(
      ([key]) => !/^(?:consumer|producer|admin)\.override\..*\.location$/.test(key),
    ),
  )
}

/** Modules that only a task would load, and that this caller may not name. */
async function moduleProblems(
  def: ConfigDef,
  { config, modules }: ValidationParts,
): Promise<ConfigProblem[]> {
  const problems: ConfigProblem[] = []
  for (const [key, { plugin: kind }] of Object.entries(def.keys)) {
    const name = config[key]?.trim() ?? ''
    if (name === '' || kind === undefined || findKnown(modules.plugins, kind, name) !== undefined) continue
    if (!kind.namesModule(name)) continue
    const refusal = await modules.refusal(key, name)
    if (refusal !== undefined) problems.push({ key, message: refusal.message })
  }
  return problems
}

function nullValues(config: RawConfig): ConfigProblem[] {
  return Object.entries(config)
    .filter(([, value]) => value === null)
    .map(([key]) => ({ key, message: 'Null value can not be supplied as the configuration value.' }))
}

function withProblems(infos: readonly ConfigInfo[], problems: readonly ConfigProblem[]): ConfigInfo[] {
  const found = new Map(infos.map((info) => [info.value.name, info]))
  const errors = Map.groupBy(problems, ({ key }) => key)
  for (const [key, ofKey] of errors) {
    const value = found.get(key)?.value ?? {
      name: key,
      value: null,
      recommended_values: [],
      errors: [],
      visible: true,
    }
    const definition = found.get(key)?.definition ?? null
    const messages = ofKey.map(({ message }) => message)
    found.set(key, { definition, value: { ...value, errors: [...value.errors, ...messages] } })
  }
  return [...found.values()]
}
