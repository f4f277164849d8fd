import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '@spillway/api'
import { providePackages, type StreamsConfig, type Topology, topologyOfModule } from '@spillway/streams'

/** A topology, and what its module adds to the configuration: objects, such as serdes and handlers. */
export interface LoadedTopology {
  readonly topology: Topology
  readonly config: StreamsConfig
}

/** Packages that a module may import without a copy of its own: it is given those that run it. */
const PROVIDED = ['@spillway/streams', '@spillway/framework']

/**
 * Imports a module and takes its topology: its default export, or what it calls `topology`. A function is given a `StreamsBuilder`
 * and the configuration, and may return the topology, the builder, or nothing.
 *
 * @param config of the file; it wins over `config` of the module
 * @throws {ConfigError} where there is no module, or none with a topology
 */
export async function loadTopology(file: string, config: StreamsConfig): Promise<LoadedTopology> {
  const exported = await importFile(file)
  const own = exported['config']
  if (own !== undefined && (typeof own !== 'object' || own === null))
    throw new ConfigError(`${file}: its export config must be an object`)
  const all: StreamsConfig = { ...own, ...config }
  const found = exported['default'] ?? exported['topology']
  if (found === undefined) {
    const names = Object.keys(exported).join(', ')
    throw new ConfigError(
      `${file} exports no topology: its default export, or \`topology\`, must be a Topology or a function of a StreamsBuilder. ` +
        `It exports ${names === '' ? 'nothing' : names}.`,
    )
  }
  return { topology: await topologyOfModule(file, found, all), config: all }
}

async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const path = resolve(file)
  const isThere = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isThere) throw new ConfigError(`${file}: there is no such file`)
  providePackages(PROVIDED, (name) => import.meta.resolve(name))
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (cause) {
    throw new ConfigError(`${file} cannot be imported: ${(cause as Error).message}`, { cause })
  }
}
