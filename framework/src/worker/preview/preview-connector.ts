import type { RawConfig } from '../../config/config-def.ts'
import type { ConfigInfos } from '../../config/config-infos.ts'
import type { ConfigTransformer } from '../../config/providers/config-transformer.ts'
import type { PluginRegistry } from '../../connector/plugin-registry.ts'
import type { SinkConnectorPlugin } from '../../connector/sink-connector.ts'
import { BadRequestError } from '../../rest/rest-error.ts'
import type { WorkerModules } from '../../plugins/worker-modules.ts'
import type { Caller } from '../herder.ts'
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
 * @throws {BadRequestError} where the configuration is of another class, or wrong.
 */
export async function previewConnector(
  { pluginName, plugin, config: written, input, caller }: PreviewQuestion,
  parts: {
    readonly registry: PluginRegistry
    readonly modules: WorkerModules
    /** The worker's own, as written, placeholders resolved. */
    readonly resolved: RawConfig
    readonly transformer: ConfigTransformer
    readonly previewer: Previewer
    readonly validate: (plugin: SinkConnectorPlugin, config: RawConfig) => Promise<ConfigInfos>
    readonly refusal: (messages: readonly string[]) => Error
  },
): Promise<PreviewResult> {
  const className = written['connector.class'] ?? plugin.className
  const isSame = className === pluginName || parts.registry.find('sink', className) === plugin
  if (!isSame) {
    throw new BadRequestError(
      `Included connector type ${className} does not match request type ${pluginName}`,
    )
  }
  const whole: RawConfig = { name: 'preview', ...written, 'connector.class': className }
  const { validate: _outside, ...checked } = plugin
  const infos = await parts.validate(checked, whole)
  if (infos.error_count > 0) throw parts.refusal(infos.configs.flatMap((info) => info.value.errors))
  const { config, secrets } = await parts.transformer.transform(whole)
  return await parts.previewer.preview({
    connectorName: config['name'] ?? 'preview',
    config,
    input,
    secrets: [...secrets],
    modules: parts.modules.rulesFor(config, parts.resolved),
    mayOnlyRead: caller.mayOnlyRead,
  })
}
