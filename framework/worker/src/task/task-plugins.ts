import {
  ConfigError,
  type Converter,
  CONVERTERS,
  findPlugin,
  HEADER_CONVERTERS,
  type HeaderConverter,
  type ModuleDoor,
  parseValue,
  PREDICATES,
  type RawConfig,
  TRANSFORMATIONS,
} from '@spillway/api'
import type { Named } from './record-pipeline.ts'
import type { TransformStep } from './transform-chain.ts'

/** The keys below a prefix, without it. */
export function belowPrefix(config: RawConfig, prefix: string): RawConfig {
  const entries = Object.entries(config).filter(([key]) => key.startsWith(prefix))
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]))
}

/** The configuration that holds a converter's class and keys: the connector's where it names a class, else the worker's. */
function ownerOf(key: string, connector: RawConfig, worker: RawConfig): RawConfig {
  return connector[key] === undefined || connector[key] === null ? worker : connector
}

/** The key or value converter of a task, configured. A class named by the connector does not see the worker's keys. */
export async function createConverter(
  modules: ModuleDoor,
  key: 'key.converter' | 'value.converter',
  connector: RawConfig,
  worker: RawConfig,
): Promise<Named<Converter>> {
  const owner = ownerOf(key, connector, worker)
  const name = required(owner, key)
  const plugin = await findPlugin(modules, CONVERTERS, name, key)
  const instance = plugin.create()
  await instance.configure(belowPrefix(owner, `${key}.`), key === 'key.converter')
  return { className: plugin.className, instance }
}

/** The header converter of a task, configured. */
export async function createHeaderConverter(
  modules: ModuleDoor,
  connector: RawConfig,
  worker: RawConfig,
): Promise<Named<HeaderConverter>> {
  const key = 'header.converter'
  const owner = ownerOf(key, connector, worker)
  const name = owner[key] ?? 'org.apache.kafka.connect.storage.SimpleHeaderConverter'
  const plugin = await findPlugin(modules, HEADER_CONVERTERS, name, key)
  const instance = plugin.create()
  await instance.configure(belowPrefix(owner, `${key}.`))
  return { className: plugin.className, instance }
}

/** The transformation chain of a connector with its predicates, configured. */
export async function createTransforms(modules: ModuleDoor, config: RawConfig): Promise<TransformStep[]> {
  const steps: TransformStep[] = []
  for (const alias of parseValue('transforms', 'list', config['transforms'] ?? '') as string[]) {
    const prefix = `transforms.${alias}.`
    const type = required(config, `${prefix}type`)
    const plugin = await findPlugin(modules, TRANSFORMATIONS, type, `${prefix}type`)
    const transformation = plugin.create()
    const { type: _type, predicate: _predicate, negate: _negate, ...own } = belowPrefix(config, prefix)
    await transformation.configure(own)
    const predicateAlias = config[`${prefix}predicate`] ?? null
    steps.push({
      alias,
      className: plugin.className,
      transformation,
      predicate: predicateAlias === null ? null : await createPredicate(modules, config, predicateAlias),
      predicateAlias,
      negate: parseValue(`${prefix}negate`, 'boolean', config[`${prefix}negate`] ?? 'false') as boolean,
    })
  }
  return steps
}

async function createPredicate(
  modules: ModuleDoor,
  config: RawConfig,
  alias: string,
): Promise<NonNullable<TransformStep['predicate']>> {
  const prefix = `predicates.${alias}.`
  const key = `${prefix}type`
  const plugin = await findPlugin(modules, PREDICATES, required(config, key), key)
  const predicate = plugin.create()
  const { type: _type, ...own } = belowPrefix(config, prefix)
  await predicate.configure(own)
  return predicate
}

function required(config: RawConfig, key: string): string {
  const value = config[key]
  if (value === undefined || value === null) {
    throw new ConfigError(`Missing required configuration "${key}" which has no default value.`, { key })
  }
  return value
}
