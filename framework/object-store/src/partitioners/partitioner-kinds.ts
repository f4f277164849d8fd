import { looksLikeJavaClass, type PluginKind, pluginKind } from '@spillway/api'
import type { Partitioner, PartitionerPlugin } from './partitioner.ts'
import type { TimestampExtractor, TimestampExtractorPlugin } from './timestamp-extractor.ts'

const isMine = 'It is named by its module.'

/** A module may also export a class with `encodePartition`, or an object that only has `create`. */
export const PARTITIONERS: PluginKind<PartitionerPlugin> = pluginKind({
  name: 'partitioner',
  suffixes: ['Partitioner'],
  // Also the bare name of a package, which no class has.
  namesModule: (name) => !looksLikeJavaClass(name) && !isSimpleClass(name),
  adopt(exported, name) {
    if (typeof exported === 'function') {
      const Custom = exported as new (settings: unknown) => Partitioner
      return {
        kind: 'partitioner',
        className: name,
        doc: isMine,
        timeBased: 'extractTimestamp' in (Custom.prototype as object),
        create: (settings) => new Custom(settings),
      }
    }
    if (!hasMethod(exported, 'create')) return undefined
    return { ...(exported as PartitionerPlugin), kind: 'partitioner', className: name }
  },
})

/** A module may also export an extractor itself, or a class of them. */
export const TIMESTAMP_EXTRACTORS: PluginKind<TimestampExtractorPlugin> = pluginKind({
  name: 'timestamp_extractor',
  suffixes: ['TimestampExtractor', 'Extractor'],
  namesModule: (name) => /[./\\:@]/.test(name) && !looksLikeJavaClass(name),
  adopt(exported, name) {
    const about = { kind: 'timestamp_extractor', className: name, doc: isMine } as const
    if (typeof exported === 'function') {
      const Custom = exported as new (settings: unknown) => TimestampExtractor
      if (!hasMethod(Custom.prototype, 'extract')) return undefined
      return { ...about, create: (settings) => new Custom(settings) }
    }
    return hasMethod(exported, 'extract')
      ? { ...about, create: () => exported as TimestampExtractor }
      : undefined
  },
})

function isSimpleClass(name: string): boolean {
  return /^[A-Z]\w*$/.test(name)
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
}
