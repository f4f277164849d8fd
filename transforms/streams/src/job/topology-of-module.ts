import { registerHooks } from 'node:module'
import { ConfigError } from '@spillway/api'
import type { StreamsConfig } from '../config/streams-config.ts'
import { StreamsBuilder } from '../streams-builder.ts'
import type { Topology } from '../topology/topology.ts'

/**
 * The topology that a module exports: a `Topology`, a `StreamsBuilder`, or a function of a `StreamsBuilder` and the configuration that
 * returns one of them, or nothing.
 *
 * @param module its name, for messages
 * @throws {ConfigError} where it is none of these
 */
export async function topologyOfModule(
  module: string,
  found: unknown,
  config: StreamsConfig,
): Promise<Topology> {
  if (isTopology(found)) return found
  if (isBuilder(found)) return found.build(config)
  if (typeof found !== 'function')
    throw new ConfigError(`${module}: its topology is neither a Topology nor a function of a StreamsBuilder`)
  const builder = new StreamsBuilder()
  const made: unknown = await (found as (builder: StreamsBuilder, config: StreamsConfig) => unknown)(
    builder,
    config,
  )
  if (isTopology(made)) return made
  if (made === undefined || made === builder) return builder.build(config)
  if (isBuilder(made)) return made.build(config)
  throw new ConfigError(`${module}: its function must return a Topology, its StreamsBuilder, or nothing`)
}

/** Of any copy of the package. */
function isTopology(value: unknown): value is Topology {
  return typeof value === 'object' && value !== null && 'describe' in value && 'addSource' in value
}

function isBuilder(value: unknown): value is StreamsBuilder {
  return typeof value === 'object' && value !== null && 'build' in value && 'stream' in value
}

const provided = new Set<string>()

/**
 * Lets modules import these packages that have no copy of them: they are given those that run them. A copy of their own wins. Once per
 * thread and package.
 *
 * @param resolve the address of a package
 */
export function providePackages(names: readonly string[], resolve: (name: string) => string): void {
  const own = new Map(names.filter((name) => !provided.has(name)).map((name) => [name, resolve(name)]))
  if (own.size === 0) return
  for (const name of own.keys()) provided.add(name)
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
