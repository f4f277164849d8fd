import { registerHooks } from 'node:module'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '@spillway/api'
import { StreamsBuilder, type StreamsConfig, type Topology } from '@spillway/streams'

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
  return { topology: await topologyOf(file, found, all), config: all }
}

async function topologyOf(file: string, found: unknown, config: StreamsConfig): Promise<Topology> {
  if (isTopology(found)) return found
  if (isBuilder(found)) return found.build(config)
  if (typeof found !== 'function')
    throw new ConfigError(`${file}: its topology is neither a Topology nor a function of a StreamsBuilder`)
  const builder = new StreamsBuilder()
  const made: unknown = await (found as (builder: StreamsBuilder, config: StreamsConfig) => unknown)(
    builder,
    config,
  )
  if (isTopology(made)) return made
  if (made === undefined || made === builder) return builder.build(config)
  if (isBuilder(made)) return made.build(config)
  throw new ConfigError(`${file}: its function must return a Topology, its StreamsBuilder, or nothing`)
}

/** Of any copy of the package. */
function isTopology(value: unknown): value is Topology {
  return typeof value === 'object' && value !== null && 'describe' in value && 'addSource' in value
}

function isBuilder(value: unknown): value is StreamsBuilder {
  return typeof value === 'object' && value !== null && 'build' in value && 'stream' in value
}

async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const path = resolve(file)
  const isThere = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isThere) throw new ConfigError(`${file}: there is no such file`)
  providePackages()
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (cause) {
    throw new ConfigError(`${file} cannot be imported: ${(cause as Error).message}`, { cause })
  }
}

let areProvided = false

/** A copy of the module's own wins. */
function providePackages(): void {
  if (areProvided) return
  areProvided = true
  const own = new Map(PROVIDED.map((name) => [name, import.meta.resolve(name)]))
  registerHooks({
    resolve(specifier, context, next) {
      const url = own.get(specifier)
      if (url === undefined) return next(specifier, context)
      try {
        return next(specifier, context)
      } catch (error) {
        const { code } = error as { code?: string }
        if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error
        return { url, shortCircuit: true }
      }
    },
  })
}
