import { type CheckInput, type ConfigProblem, ConfigProblemsError, isConnectError } from '@spillway/api'
import { knownPartitioner } from './create-partitioner.ts'
import { isExtractorModule } from '../confluent/extractor-names.ts'
import { partitionerConfig } from './partitioner-config.ts'
import { wallclockExtractor } from './timestamp-extractor.ts'

/**
 * A rule for connectors with the keys of partitioners: what a task would find wrong with them when it starts, such as
 * spans, patterns, locales and extractors. Modules of the user's own are not imported: a request loads no code.
 */
export function* partitionerStarts({ raw }: CheckInput): Iterable<ConfigProblem> {
  // Told by the keys' own rules; creating the partitioner would tell it again.
  if (partitionerConfig.validate(raw).some(({ errors }) => errors.length > 0)) return
  const plugin = knownPartitioner(raw)
  if (plugin === undefined) return
  try {
    plugin.create({
      raw,
      directoryDelimiter: raw['directory.delim'] ?? '/',
      ...(isExtractorModule(raw['timestamp.extractor'] ?? '') && { extractor: wallclockExtractor }),
    })
  } catch (error) {
    if (error instanceof ConfigProblemsError) yield* error.problems
    else if (isConnectError(error)) yield { key: keyOf(error) ?? 'partitioner.class', message: error.message }
    else throw error
  }
}

function keyOf(error: object): string | undefined {
  return (error as { readonly key?: string }).key
}
