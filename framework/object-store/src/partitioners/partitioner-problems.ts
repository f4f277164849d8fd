import { type CheckInput, type ConfigProblem, ConfigProblemsError, isConnectError } from '@spillway/api'
import { extractorName, knownPartitioner, partitionerSettings } from './create-partitioner.ts'
import { TIMESTAMP_EXTRACTORS } from './partitioner-kinds.ts'
import { partitionerConfig } from './partitioner-config.ts'
import { wallclockExtractor } from './timestamp-extractor.ts'

/**
 * A rule for connectors with the keys of partitioners: what a task would find wrong with them when it starts, such as
 * spans, patterns, locales and extractors. Modules of the user's own are not imported: whoever finds them tells.
 */
export function* partitionerStarts({ raw, plugins }: CheckInput): Iterable<ConfigProblem> {
  // Told by the keys' own rules; creating the partitioner would tell it again.
  if (partitionerConfig.validate(raw).some(({ errors }) => errors.length > 0)) return
  if (plugins === undefined) return
  try {
    const name = extractorName(raw)
    const extractor =
      plugins.find(TIMESTAMP_EXTRACTORS, name) ??
      (TIMESTAMP_EXTRACTORS.namesModule(name) ? { create: () => wallclockExtractor } : undefined)
    knownPartitioner(raw, plugins)?.create(partitionerSettings(raw, extractor))
  } catch (error) {
    if (error instanceof ConfigProblemsError) yield* error.problems
    // A plugin of somebody else's may throw anything.
    else yield { key: keyOf(error) ?? 'partitioner.class', message: messageOf(error) }
  }
}

function keyOf(error: unknown): string | undefined {
  return isConnectError(error) ? (error as { readonly key?: string }).key : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
