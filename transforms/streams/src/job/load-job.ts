import { ConfigDef, ConfigError, type ModuleDoor, type RawConfig } from '@spillway/api'
import { checkConfig, type StreamsConfig } from '../config/streams-config.ts'
import type { Topology } from '../topology/topology.ts'
import { providePackages, topologyOfModule } from './topology-of-module.ts'

/** What a job's module exports as default, where a topology alone is not enough. */
export interface StreamsJobModule {
  /** As the default export itself may be: a Topology, or a function of a StreamsBuilder and the configuration. */
  readonly topology: unknown
  /** Keys of its own: they are checked with the job's, and given to the function as what they are. */
  readonly config?: ConfigDef
  /** Settings that are objects, such as handlers and serdes. */
  readonly settings?: StreamsConfig
}

export interface LoadedJob {
  readonly topology: Topology
  /** All that is no text of the connector's configuration. */
  readonly settings: StreamsConfig
}

/**
 * Imports the module of a job and builds its topology.
 *
 * @throws {ConfigError} where there is no module, or none with a topology, or where the configuration does not fit
 */
export async function loadJob(modules: ModuleDoor, raw: RawConfig): Promise<LoadedJob> {
  const name = raw['topology.module']?.trim() ?? ''
  providePackages(['@spillway/streams'], (wanted) => import.meta.resolve(wanted))
  const exported = await modules.importDefault('topology.module', name)
  if (exported === undefined || exported === null) {
    throw ConfigError.invalidValue(
      'topology.module',
      name,
      'it has no default export. Export a Topology, a function of a StreamsBuilder, or { topology, config, settings }.',
    )
  }
  const { topology, config, settings = {} } = isWhole(exported) ? exported : { topology: exported }
  if (config !== undefined && !(config instanceof ConfigDef))
    throw ConfigError.invalidValue('topology.module', name, 'its config must be made by configDef.')
  const given: StreamsConfig = { ...raw, ...config?.parse(raw), ...settings }
  checkConfig(given)
  return { topology: await topologyOfModule(name, topology, given), settings }
}

/** The keys that a module declares; undefined: none. */
export function keysOf(exported: unknown): ConfigDef | undefined {
  return isWhole(exported) && exported.config instanceof ConfigDef ? exported.config : undefined
}

function isWhole(exported: unknown): exported is StreamsJobModule {
  return typeof exported === 'object' && exported !== null && 'topology' in exported
}
