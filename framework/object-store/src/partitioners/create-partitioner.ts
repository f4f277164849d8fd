import { findPlugin, type ModuleDoor, type Plugins, type RawConfig } from '@spillway/api'
import { DEFAULT_PARTITIONER, MIX_PARTITIONER } from '../confluent/partitioner-keys.ts'
import { PARTITIONERS, TIMESTAMP_EXTRACTORS } from './partitioner-kinds.ts'
import type { Partitioner, PartitionerPlugin, PartitionerSettings } from './partitioner.ts'
import type { TimestampExtractor, TimestampExtractorPlugin } from './timestamp-extractor.ts'

/** What makes the extractor of some settings. */
type ExtractorMaker = Pick<TimestampExtractorPlugin, 'create'>

/**
 * The partitioner a connector's configuration asks for, ready for one task. Modules of the user's own
 * (`partitioner.class`, `timestamp.extractor`) are imported.
 *
 * @throws {ConfigError} with every problem found.
 */
export async function createPartitioner(raw: RawConfig, modules: ModuleDoor): Promise<Partitioner> {
  const plugin = await findPartitioner(raw, modules)
  return plugin.create(partitionerSettings(raw, await findExtractor(raw, modules)))
}

/** What partitioners are made from. Only those that go by time ask for the extractor. */
export function partitionerSettings(
  raw: RawConfig,
  extractor: ExtractorMaker | undefined,
): PartitionerSettings {
  let made: TimestampExtractor | undefined
  return {
    raw,
    directoryDelimiter: raw['directory.delim'] ?? '/',
    get extractor() {
      return (made ??= extractor?.create({ raw }))
    },
  }
}

/** The plugin of `partitioner.class`, or of `partition.by` where that is set. @throws {ConfigError} */
export async function findPartitioner(raw: RawConfig, modules: ModuleDoor): Promise<PartitionerPlugin> {
  return await findPlugin(modules, PARTITIONERS, nameOf(raw), 'partitioner.class')
}

/** As {@link findPartitioner}, without a look at modules: undefined where none of the plugins is meant. */
export function knownPartitioner(raw: RawConfig, plugins: Plugins): PartitionerPlugin | undefined {
  return plugins.find(PARTITIONERS, nameOf(raw))
}

/** The plugin of `timestamp.extractor`; undefined for a name that means nothing. @throws {ConfigError} */
export async function findExtractor(
  raw: RawConfig,
  modules: ModuleDoor,
): Promise<TimestampExtractorPlugin | undefined> {
  const name = extractorName(raw)
  const known = modules.plugins.find(TIMESTAMP_EXTRACTORS, name)
  if (known !== undefined || !TIMESTAMP_EXTRACTORS.namesModule(name)) return known
  return await findPlugin(modules, TIMESTAMP_EXTRACTORS, name, 'timestamp.extractor')
}

/** `timestamp.extractor` */
export function extractorName(raw: RawConfig): string {
  return raw['timestamp.extractor']?.trim() || 'Wallclock'
}

function nameOf(raw: RawConfig): string {
  const byList = (raw['partition.by'] ?? '').trim() !== ''
  return raw['partitioner.class']?.trim() || (byList ? MIX_PARTITIONER : DEFAULT_PARTITIONER)
}
