import {
  type Admin,
  BadRequestError,
  CONFIG_PROVIDERS,
  configDef,
  type ConfigDef,
  type ConfigInfos,
  type ConfigKeyInfo,
  type ConfigTransformer,
  findPlugin,
  isNameOf,
  jobOf,
  keyInfos,
  MASK,
  type ModuleDoor,
  NotFoundError,
  type Plugin,
  type PluginRegistry,
  type RawConfig,
  type SecretMasker,
  SINKS,
  type SinkConnectorPlugin,
  type TransformedConfig,
} from '@spillway/api'
import type { Logger } from 'pino'
import type { BrokenPlugin } from '../plugins/plugin-path.ts'
import type { WorkerModules } from '../plugins/worker-modules.ts'
import type { OverridePolicy } from './client-overrides.ts'
import { adminSettings, kafkaClientFor } from '../task/client-settings.ts'
import { commonConfigOf } from '../config/connector-config.ts'
import { groupIdOf } from '../task/group-id.ts'
import { changeOffsets, readOffsets } from './connector-group.ts'
import { ConnectorJobs } from './connector-jobs.ts'
import { invalidConfig } from './written-config.ts'
import { unknownKeys, validateConnector, type ValidationParts } from './connector-validation.ts'
import type { ConnectorOffset, OffsetChange, PluginInfo, PluginQuery, TargetState } from './herder.ts'
import type { Caller } from '../config/caller.ts'
import { previewConnector } from '../preview/preview-connector.ts'
import type { Previewer } from '../preview/previewer.ts'
import type { PreviewInput, PreviewResult } from '../preview/preview-protocol.ts'
import { atTimestamps } from './offset-timestamps.ts'
import { SensitiveConfigs } from './sensitive-config.ts'
import { type TaskId, taskName } from '../task/task-id.ts'
import type { WorkerConfig } from '../config/worker-config.ts'
import { unjudgedPlaceholders, writtenConfigInfos } from '../config/written-config-infos.ts'

const STOPPED_FIRST = (name: string): string =>
  'Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified ' +
  `connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`

/** Configurations of requests whose secrets are still hidden after they are answered. */
const REMEMBERED_REQUESTS = 32
/** Who may create connectors. */
const MAY_WRITE: Caller = { mayOnlyRead: false }

/** Lines that one configuration may have in the log for keys that nobody knows. */
const MOST_WARNINGS = 20

export interface ConnectorServicesParts {
  readonly config: WorkerConfig
  /** The worker's configuration as written, placeholders resolved: clients of connectors inherit from it. */
  readonly resolved: RawConfig
  /** The same, placeholders as they are. */
  readonly written: RawConfig
  readonly registry: PluginRegistry
  /** Packages of `plugin.path` that could not be loaded. */
  readonly brokenPlugins: readonly BrokenPlugin[]
  readonly modules: WorkerModules
  readonly previewer: Previewer
  readonly transformer: ConfigTransformer
  /** Of all that leaves the process. */
  readonly masker: SecretMasker
  readonly admin: Admin
  readonly logger: Logger
}

/** What every herder does with plugins, configurations and offsets, wherever connectors live (Java: `AbstractHerder`). */
export class ConnectorServices {
  readonly #parts: ConnectorServicesParts
  readonly #sensitive: SensitiveConfigs
  /** What is asked of streams jobs alone. */
  readonly jobs: ConnectorJobs
  /** Counts configurations of requests, whose secrets are hidden for as long as somebody may still tell of them. */
  #requests = 0

  constructor(parts: ConnectorServicesParts) {
    this.#parts = parts
    this.#sensitive = new SensitiveConfigs(parts.modules.loadedOnly())
    this.jobs = new ConnectorJobs(parts.modules, (config) => this.resolve(config))
  }

  get admin(): Admin {
    return this.#parts.admin
  }

  async offsets(name: string, config: RawConfig): Promise<ConnectorOffset[]> {
    const resolved = await this.resolve(config)
    const job = await this.jobs.of(resolved).catch(() => undefined)
    const group = job?.groupId(name, resolved) ?? groupIdOf(name, resolved)
    const offsets = await this.#withAdmin(resolved, (admin) => readOffsets(admin, group))
    return offsets.filter(({ partition }) => job?.isInternal(name, resolved, partition.kafka_topic) !== true)
  }

  /** Changes the offsets of a stopped connector, or forgets all where null; returns the message REST answers. */
  async alterOffsets(
    connector: { readonly name: string; readonly config: RawConfig; readonly targetState: TargetState },
    asked: readonly OffsetChange[] | null,
  ): Promise<string> {
    const { name } = connector
    if (connector.targetState !== 'STOPPED') throw new BadRequestError(STOPPED_FIRST(name))
    const config = await this.resolve(connector.config)
    const className = config['connector.class'] ?? ''
    const plugin = await findPlugin(this.#parts.modules, SINKS, className, 'connector.class')
    const job = jobOf(plugin)?.job
    const group = job?.groupId(name, config) ?? groupIdOf(name, config)
    const handled = await this.#withAdmin(config, async (admin) => {
      const changes = asked === null ? null : await atTimestamps(admin, asked)
      const forConnector =
        changes ??
        (await readOffsets(admin, group)).map(({ partition }) => ({
          topic: partition.kafka_topic,
          partition: partition.kafka_partition,
          offset: null,
        }))
      const isHandled =
        (await plugin.create().alterOffsets?.(config, forConnector, asked === null, this.#parts.modules)) ??
        false
      await changeOffsets(admin, group, name, changes)
      if (asked === null) await job?.reset(name, config, admin)
      return isHandled || job !== undefined
    })
    const what = asked === null ? 'reset' : 'altered'
    return handled
      ? `The offsets for this connector have been ${what} successfully`
      : `The Connect framework-managed offsets for this connector have been ${what} successfully. However, if this ` +
          'connector manages offsets externally, they will need to be manually ' +
          `${what} in the system that the connector uses.`
  }

  async validate(pluginName: string, config: RawConfig, caller: Caller): Promise<ConfigInfos> {
    const written = config['connector.class']
    const requested = this.#parts.registry.find(SINKS, pluginName)
    if (written !== undefined && written !== null) {
      const included = this.#parts.registry.find(SINKS, written)
      const same = included !== undefined ? included === requested : written === pluginName
      if (!same) {
        throw new BadRequestError(
          `Included connector type ${written} does not match request type ${pluginName}`,
        )
      }
    }
    const plugin = await this.#namedPlugin(pluginName, caller)
    const whole = { ...config, 'connector.class': written ?? plugin.className }
    return await this.#validate(plugin, whole, { caller, probes: true })
  }

  /** Where a connector of this configuration would write records; it writes none. */
  async preview(
    pluginName: string,
    config: RawConfig,
    input: PreviewInput,
    caller: Caller,
  ): Promise<PreviewResult> {
    const plugin = await this.#namedPlugin(pluginName, caller)
    return await previewConnector(
      { pluginName, plugin, config, input, caller },
      {
        ...this.#parts,
        resolve: async (whole) => await this.#ofRequest(whole),
        validate: async (checked, whole) => await this.#validate(checked, whole, { caller }),
        refusal: invalidConfig,
      },
    )
  }

  plugins({ connectorsOnly, allKinds }: PluginQuery): PluginInfo[] {
    const { registry } = this.#parts
    const isListed = (plugin: Plugin): boolean =>
      connectorsOnly ? plugin.kind === SINKS.name : allKinds || registry.kindOf(plugin).isConnects
    const plugins = registry
      .list()
      .filter(isListed)
      .map(({ className, kind, version }) => ({
        class: className,
        type: kind,
        ...(version !== undefined && { version }),
      }))
    if (connectorsOnly) return plugins
    const broken = this.#parts.brokenPlugins.map(({ name, version, folder, error }) => ({
      class: name,
      type: 'broken',
      version,
      location: folder,
      error,
    }))
    return [...plugins, ...broken]
  }

  pluginConfig(name: string): ConfigKeyInfo[] {
    const { registry } = this.#parts
    // Connect's own kinds go before: its clients know no others.
    const plugin = registry
      .list()
      .filter((one) => isNameOf(registry.kindOf(one), one, name))
      .toSorted((a, b) => Number(registry.kindOf(b).isConnects) - Number(registry.kindOf(a).isConnects))[0]
    if (plugin === undefined) throw new NotFoundError(`Unknown plugin ${name}.`)
    if (plugin.kind === CONFIG_PROVIDERS.name) {
      throw new BadRequestError(
        `Invalid plugin class ${name}. Valid types are sink, source, converter, header_converter, transformation, predicate.`,
      )
    }
    const def = plugin.config ?? (configDef({}) as ConfigDef)
    return keyInfos(plugin.kind === SINKS.name ? def.and(commonConfigOf(plugin as SinkConnectorPlugin)) : def)
  }

  /**
   * Ends what is left of the membership of a task that died without leaving its group (KIP-571): its partitions would
   * wait for the session time-out.
   */
  async endMembership(id: TaskId, connectorConfig: RawConfig): Promise<void> {
    const resolved = await this.resolve(connectorConfig)
    // A job knows by itself which of its members are dead.
    if ((await this.jobs.of(resolved).catch(() => undefined)) !== undefined) return
    const groupId = groupIdOf(id.connector, resolved)
    await this.#withAdmin(resolved, async (admin) => {
      const group = await admin.describeGroup(groupId)
      const dead = group.members.filter((m) => m.clientId === `connector-consumer-${taskName(id)}`)
      if (dead.length > 0)
        await admin.removeMembers(
          groupId,
          dead.map((m) => m.memberId),
        )
    })
  }

  /** The connector's plugin where the configuration can be used. @throws {BadRequestError} with every problem. */
  async checkConfig(name: string, config: RawConfig): Promise<SinkConnectorPlugin> {
    const written = config['name']
    if (written !== undefined && written !== name) {
      throw new BadRequestError(
        `Connector name configuration (${written ?? 'null'}) doesn't match connector name in the URL (${name})`,
      )
    }
    const className = config['connector.class']
    if (className === undefined || className === null) {
      const shown = (await this.#sensitive.ofConnector(config)).shown(config)
      throw new BadRequestError(`Connector config ${javaMap(shown)} contains no connector type`)
    }
    const plugin = await this.#connectorPlugin(className, MAY_WRITE)
    const infos = await this.#validate(plugin, config, { caller: MAY_WRITE })
    if (infos.error_count > 0) {
      const messages = infos.configs.flatMap((info) => info.value.errors)
      throw invalidConfig(messages)
    }
    const unknown = await unknownKeys({ ...this.#validationParts(MAY_WRITE), plugin, config })
    for (const { key, meant } of unknown.slice(0, MOST_WARNINGS)) {
      const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
      this.#parts.logger.warn(
        { connector: name },
        `The configuration '${key}' was supplied but isn't a known config.${hint}`,
      )
    }
    if (unknown.length > MOST_WARNINGS) {
      this.#parts.logger.warn(
        { connector: name },
        `${unknown.length - MOST_WARNINGS} more configurations were supplied but aren't known configs.`,
      )
    }
    for (const { key, reason } of plugin.config.keysWithoutEffect(config)) {
      this.#parts.logger.warn(
        { connector: name },
        `The configuration key ${key} is accepted and has no effect: ${reason}.`,
      )
    }
    return plugin
  }

  /** Fills the placeholders of configuration providers in. */
  async resolve(config: RawConfig): Promise<RawConfig> {
    return (await this.#withSecrets(config, config['name'] ?? '?')).config
  }

  /** The configuration as users are shown it who may only read. */
  async shownToReaders(config: RawConfig): Promise<RawConfig> {
    return (await this.#sensitive.ofConnector(config)).shown(config)
  }

  /**
   * A configuration in which `[hidden]` stands for what it stood for when it was shown.
   *
   * @param present the connector's configuration; undefined for a new one.
   * @throws {BadRequestError} where it stands for nothing.
   */
  async withoutMarks(config: RawConfig, present: RawConfig | undefined): Promise<RawConfig> {
    const marked = Object.entries(config).filter(([, value]) => value?.includes(MASK) === true)
    if (marked.length === 0) return config
    const shown = present === undefined ? {} : await this.shownToReaders(present)
    const kept = marked.map(([key, value]) => {
      const before = present?.[key] ?? undefined
      if (before !== undefined && (value === before || value === MASK || value === shown[key]))
        return [key, before]
      throw invalidConfig([
        `Invalid value ${value} for configuration ${key}: ${MASK} stands for a value that is not shown, but the connector ` +
          'has no such value here. Write the value itself.',
      ])
    })
    return { ...config, ...(Object.fromEntries(kept) as RawConfig) }
  }

  /**
   * A task's configuration as it may be shown: under keys that the connector's own lacks, nothing that a provider filled in.
   */
  shownTask(task: RawConfig, connector: RawConfig): RawConfig {
    return Object.fromEntries(
      Object.entries(task).map(([key, value]) => [
        key,
        value === null || Object.hasOwn(connector, key) ? value : this.#parts.masker.mask(value),
      ]),
    )
  }

  async #ofRequest(
    config: RawConfig,
  ): Promise<TransformedConfig & { readonly filledIn: ReadonlySet<string> }> {
    this.#requests = (this.#requests + 1) % REMEMBERED_REQUESTS
    const owner = `request ${this.#requests}`
    this.#parts.masker.forget(owner)
    return await this.#withSecrets(config, owner)
  }

  /** Resolved, with all that is secret in it, which is hidden wherever it might be told from now on. */
  async #withSecrets(
    config: RawConfig,
    owner: string,
  ): Promise<TransformedConfig & { readonly filledIn: ReadonlySet<string> }> {
    const resolved = await this.#parts.transformer.transform(config)
    const own = (await this.#sensitive.ofConnector(resolved.config)).secretsOf(resolved.config)
    const secrets = new Set([...resolved.secrets, ...own])
    this.#parts.masker.add(owner, secrets)
    return { ...resolved, secrets, filledIn: resolved.secrets }
  }

  /** Validates what the placeholders stand for; the answer shows them as they are written. */
  async #validate(
    plugin: SinkConnectorPlugin,
    raw: RawConfig,
    { caller, probes = false }: { readonly caller: Caller; readonly probes?: boolean },
  ): Promise<ConfigInfos> {
    if (caller.mayOnlyRead) return await this.#validateOffline(plugin, raw, probes)
    const { config, secrets, filledIn } = await this.#ofRequest(raw)
    const infos = await validateConnector({
      ...this.#validationParts(caller),
      plugin,
      config,
      probes,
    })
    return writtenConfigInfos(infos, raw, filledIn, secrets)
  }

  /** The same for who may only read: no placeholder is filled in, no file opened, no connection made. */
  async #validateOffline(
    plugin: SinkConnectorPlugin,
    config: RawConfig,
    isAsked: boolean,
  ): Promise<ConfigInfos> {
    const infos = await validateConnector({
      ...this.#validationParts({ mayOnlyRead: true }),
      plugin,
      config,
      probes: isAsked,
      offline: isAsked ? 'checks' : 'refuses',
    })
    const sent = Object.values(config).join('\n')
    const configs = infos.configs.map((info) => {
      // The worker's own settings take part in some checks.
      const errors = info.value.errors.map((text) => this.#parts.masker.mask(text, sent))
      return { ...info, value: { ...info.value, errors } }
    })
    return isAsked ? unjudgedPlaceholders({ ...infos, configs }, config) : { ...infos, configs }
  }

  #validationParts(
    caller: Caller,
  ): Pick<ValidationParts, 'modules' | 'overridePolicy' | 'workerConfig' | 'workerConverters'> {
    return {
      modules: this.#modulesFor(caller),
      overridePolicy: this.#overridePolicy(),
      workerConfig: this.#parts.resolved,
      workerConverters: this.#parts.config,
    }
  }

  #modulesFor({ mayOnlyRead }: Caller): ModuleDoor {
    const { modules } = this.#parts
    return mayOnlyRead ? modules.loadedOnly() : modules
  }

  async #connectorPlugin(className: string, caller: Caller): Promise<SinkConnectorPlugin> {
    const modules = this.#modulesFor(caller)
    try {
      return await findPlugin(modules, SINKS, className, 'connector.class')
    } catch (cause) {
      const known = this.#parts.registry
        .ofKind(SINKS)
        .map(
          ({ className: name, version }) =>
            `PluginDesc{klass=class ${name}, name='${name}', version='${version}', encodedVersion=${version}, ` +
            "type=sink, typeName='sink', location='classpath'}",
        )
      const hint = /Did you mean .*\?$/.exec((cause as Error).message)?.[0] ?? ''
      throw new BadRequestError(
        `Failed to find any class that implements Connector and which name matches ${className}, available ` +
          `connectors are: ${known.join(', ')}${hint === '' ? '' : `. ${hint}`}${this.#brokenHint()}`,
        { cause },
      )
    }
  }

  /** As {@link #connectorPlugin}; what a path names and is not there is 404. */
  async #namedPlugin(className: string, caller: Caller): Promise<SinkConnectorPlugin> {
    try {
      return await this.#connectorPlugin(className, caller)
    } catch (cause) {
      throw new NotFoundError((cause as Error).message, { cause })
    }
  }

  /** A class that is not found may be in a package that does not load. */
  #brokenHint(): string {
    const { brokenPlugins } = this.#parts
    if (brokenPlugins.length === 0) return ''
    const reasons = brokenPlugins.map(({ name, error }) => `${name} (${error})`)
    return `. These plugin packages could not be loaded: ${reasons.join('; ')}`
  }

  /** The worker's own admin client, or one made for a connector whose `admin.…` settings differ. */
  async #withAdmin<T>(connector: RawConfig, work: (admin: Admin) => Promise<T>): Promise<T> {
    const { resolved, admin } = this.#parts
    const differs =
      Object.keys(connector).some((key) => key.startsWith('admin.override.')) ||
      Object.keys(resolved).some((key) => key.startsWith('admin.') && !key.startsWith('admin.listeners'))
    if (!differs) return await work(admin)
    const settings = adminSettings(resolved, connector, { connector: connector['name'] ?? '', task: 0 })
    const own = (await kafkaClientFor(settings)).admin(settings.options)
    try {
      return await work(own)
    } finally {
      await own.close()
    }
  }

  #overridePolicy(): OverridePolicy {
    const { config } = this.#parts
    return {
      name: config['connector.client.config.override.policy'] as OverridePolicy['name'],
      allowlist: config['connector.client.config.override.allowlist'],
    }
  }
}

/** As Java prints a map. */
function javaMap(config: RawConfig): string {
  const entries = Object.entries(config).map(([key, value]) => `${key}=${value ?? 'null'}`)
  return `{${entries.join(', ')}}`
}
