import { ConfigError, didYouMean, looksLikeJavaClass, type ModuleDoor, type RawConfig } from '@spillway/api'
import { builtInPartitioners } from './built-in-partitioners.ts'
import { isExtractorModule } from '../confluent/extractor-names.ts'
import { DEFAULT_PARTITIONER, MIX_PARTITIONER } from '../confluent/partitioner-keys.ts'
import type { Partitioner, PartitionerPlugin } from './partitioner.ts'
import type { TimestampExtractor } from './timestamp-extractor.ts'

/**
 * The partitioner a connector's configuration asks for, ready for one task. Modules of the user's own
 * (`partitioner.class`, `timestamp.extractor`) are imported.
 *
 * @throws {ConfigError} with every problem found.
 */
export async function createPartitioner(
  raw: RawConfig,
  modules: ModuleDoor,
  plugins: readonly PartitionerPlugin[] = builtInPartitioners,
): Promise<Partitioner> {
  const plugin = await findPartitioner(raw, modules, plugins)
  const extractorName = raw['timestamp.extractor']?.trim()
  const isCustom = extractorName !== undefined && isExtractorModule(extractorName)
  return plugin.create({
    raw,
    directoryDelimiter: raw['directory.delim'] ?? '/',
    ...(isCustom && { extractor: await importExtractor(extractorName, modules) }),
  })
}

/** The plugin of `partitioner.class`, or of `partition.by` where that is set. @throws {ConfigError} */
export async function findPartitioner(
  raw: RawConfig,
  modules: ModuleDoor,
  plugins: readonly PartitionerPlugin[] = builtInPartitioners,
): Promise<PartitionerPlugin> {
  const known = knownPartitioner(raw, plugins)
  if (known !== undefined) return known
  const name = nameOf(raw)
  if (looksLikeJavaClass(name)) {
    const meant = didYouMean(
      name,
      plugins.map((plugin) => plugin.className),
    )
    throw ConfigError.invalidValue(
      'partitioner.class',
      name,
      `Class ${name} could not be found.${meant === undefined ? '' : ` Did you mean ${meant}?`} A partitioner of ` +
        'your own is named by its module, e.g. ./my-partitioner.js',
    )
  }
  return await importPartitioner(name, modules)
}

/** As {@link findPartitioner}, without a look at modules: undefined where none of the plugins is meant. */
export function knownPartitioner(
  raw: RawConfig,
  plugins: readonly PartitionerPlugin[] = builtInPartitioners,
): PartitionerPlugin | undefined {
  const name = nameOf(raw)
  return plugins.find((plugin) => plugin.className === name || (plugin.aliases ?? []).includes(name))
}

function nameOf(raw: RawConfig): string {
  const byList = (raw['partition.by'] ?? '').trim() !== ''
  return raw['partitioner.class']?.trim() || (byList ? MIX_PARTITIONER : DEFAULT_PARTITIONER)
}

async function importPartitioner(specifier: string, modules: ModuleDoor): Promise<PartitionerPlugin> {
  const plugin = await modules.importDefault('partitioner.class', specifier)
  if (typeof plugin === 'function') {
    const Custom = plugin as new (settings: unknown) => Partitioner
    return {
      kind: 'partitioner',
      className: specifier,
      doc: 'A partitioner of the user.',
      timeBased: 'extractTimestamp' in (Custom.prototype as object),
      create: (settings) => new Custom(settings),
    }
  }
  if (hasMethod(plugin, 'create')) return plugin as PartitionerPlugin
  throw ConfigError.invalidValue(
    'partitioner.class',
    specifier,
    'its default export must be a PartitionerPlugin or a class with encodePartition',
  )
}

async function importExtractor(specifier: string, modules: ModuleDoor): Promise<TimestampExtractor> {
  const exported = await modules.importDefault('timestamp.extractor', specifier)
  const extractor = typeof exported === 'function' ? new (exported as new () => unknown)() : exported
  if (hasMethod(extractor, 'extract')) return extractor as TimestampExtractor
  throw ConfigError.invalidValue(
    'timestamp.extractor',
    specifier,
    'its default export must be a TimestampExtractor or a class of them',
  )
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
}
