import {
  BadRequestError,
  type ConfigInfos,
  type PluginRegistry,
  type RawConfig,
  RestError,
  type SinkConnectorPlugin,
  jobOf,
  SINKS,
  type TransformedConfig,
} from '@spillway/api'
import type { WorkerModules } from '../plugins/worker-modules.ts'
import type { Caller } from '../config/caller.ts'
import type { Previewer } from './previewer.ts'
import type { PreviewInput, PreviewResult } from './preview-protocol.ts'

/** What {@link previewConnector} is asked. */
export interface PreviewQuestion {
  /** As the request names it. */
  readonly pluginName: string
  readonly plugin: SinkConnectorPlugin
  /** As written; `name` and `connector.class` may be left out. */
  readonly config: RawConfig
  readonly input: PreviewInput
  readonly caller: Caller
}

/**
 * Where a connector would write records. Its configuration is checked as for a start, but for what needs the outside
 * world: a bucket or a database may be missing still.
 *
 * Who may only read has records of the request taken through the connector, and nothing else: no placeholder is filled in,
 * no file opened, no connection made.
 *
 * @throws {BadRequestError} where the configuration is of another class, or wrong.
 * @throws {RestError} 403 for records of topics, to who may only read.
 */
export async function previewConnector(
  { pluginName, plugin, config: written, input, caller }: PreviewQuestion,
  parts: {
    readonly registry: PluginRegistry
    readonly modules: WorkerModules
    /** The worker's own as written, and with its placeholders filled in. */
    readonly written: RawConfig
    readonly resolved: RawConfig
    readonly resolve: (config: RawConfig) => Promise<TransformedConfig>
    readonly previewer: Previewer
    readonly validate: (plugin: SinkConnectorPlugin, config: RawConfig) => Promise<ConfigInfos>
    readonly refusal: (messages: readonly string[]) => Error
  },
): Promise<PreviewResult> {
  if (jobOf(plugin) !== undefined)
    throw new BadRequestError(
      `There is no preview of ${plugin.className} yet: its records do not pass the worker.`,
    )
  const className = written['connector.class'] ?? plugin.className
  const isSame = className === pluginName || parts.registry.find(SINKS, className) === plugin
  if (!isSame) {
    throw new BadRequestError(
      `Included connector type ${className} does not match request type ${pluginName}`,
    )
  }
  if (caller.mayOnlyRead && 'last' in input) {
    throw new RestError(
      403,
      'Users who may only read (rest.read.only.users) see no records of topics: send records along.',
    )
  }
  const whole: RawConfig = { name: 'preview', ...written, 'connector.class': className }
  const { validate: _outside, ...checked } = plugin
  const infos = await parts.validate(checked, whole)
  if (infos.error_count > 0) throw parts.refusal(infos.configs.flatMap((info) => info.value.errors))
  const connectorName = whole['name'] ?? 'preview'
  if (caller.mayOnlyRead) {
    // Nothing is filled in, so nothing has to be hidden, and no mask can confirm a guessed secret.
    return await parts.previewer.preview({
      connectorName,
      config: whole,
      workerConfig: parts.written,
      workerSecrets: [],
      input,
      secrets: [],
      modules: parts.modules.rulesFor(whole, parts.written),
      mayOnlyRead: true,
    })
  }
  const { config, secrets } = await parts.resolve(whole)
  return await parts.previewer.preview({
    connectorName: config['name'] ?? connectorName,
    config,
    input,
    secrets: [...secrets],
    modules: parts.modules.rulesFor(config, parts.resolved),
    mayOnlyRead: false,
  })
}
