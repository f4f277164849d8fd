import { didYouMean } from '../../config/did-you-mean.ts'
import type { RawConfig } from '../../config/config-def.ts'
import { importDefault, looksLikeJavaClass } from '../../config/import-module.ts'
import { ConfigError } from '../../errors/connect-errors.ts'
import { builtInPartitioners } from './built-in-partitioners.ts'
import { builtInExtractorName } from './make-extractor.ts'
import { DEFAULT_PARTITIONER, MIX_PARTITIONER } from './partitioner-config.ts'
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
  plugins: readonly PartitionerPlugin[] = builtInPartitioners,
): Promise<Partitioner> {
  const plugin = await findPartitioner(raw, plugins)
  const extractorName = raw['timestamp.extractor']?.trim() ?? ''
  return plugin.create({
    raw,
    directoryDelimiter: raw['directory.delim'] ?? '/',
    ...(namesModule(extractorName) && { extractor: await importExtractor(extractorName) }),
  })
}

/** The plugin of `partitioner.class`, or of `partition.by` where that is set. @throws {ConfigError} */
export async function findPartitioner(
  raw: RawConfig,
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
  return importPartitioner(name)
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

/** Whether `timestamp.extractor` names a module rather than a built-in extractor or an unknown class. */
export function namesModule(extractor: string): boolean {
  const name = extractor.trim()
  return builtInExtractorName(name) === undefined && /[./\\:@]/.test(name) && !looksLikeJavaClass(name)
}

async function importPartitioner(specifier: string): Promise<PartitionerPlugin> {
  const plugin = await importDefault('partitioner.class', specifier)
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

async function importExtractor(specifier: string): Promise<TimestampExtractor> {
  const exported = await importDefault('timestamp.extractor', specifier)
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
