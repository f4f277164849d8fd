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
  type SinkRecord,
  TRANSFORMATIONS,
} from '@spillway/api'
import { REFINE_CLASS, type RefineAction, Refiner } from '@spillway/refine'
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

/**
 * The transformation chain of a connector with its predicates, configured. What `refine.*` says comes first.
 *
 * @param tells where what `refine.*` does to each record is added, for a preview.
 */
export async function createTransforms(
  modules: ModuleDoor,
  config: RawConfig,
  tells?: RefineAction[],
): Promise<TransformStep[]> {
  const steps = refineSteps(config, tells)
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
      prefix,
      className: plugin.className,
      transformation,
      predicate: predicateAlias === null ? null : await createPredicate(modules, config, predicateAlias),
      predicateAlias,
      negate: parseValue(`${prefix}negate`, 'boolean', config[`${prefix}negate`] ?? 'false') as boolean,
    })
  }
  return steps
}

function refineSteps(config: RawConfig, tells: RefineAction[] | undefined): TransformStep[] {
  const refiner = Refiner.of(config, tells)
  if (refiner === undefined) return []
  const transformation = { configure: () => {}, apply: (record: SinkRecord) => refiner.apply(record) }
  const inFront = { alias: 'refine', prefix: '', predicate: null, predicateAlias: null, negate: false }
  return [{ ...inFront, className: REFINE_CLASS, transformation }]
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
