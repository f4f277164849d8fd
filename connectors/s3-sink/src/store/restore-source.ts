import { ConfigError, findPlugin, type ModuleDoor, type RawConfig, type RestoreSource } from '@spillway/api'
import { envelopeConfig, FORMATS, objectNaming } from '@spillway/object-store'
import { s3Config } from '../config/s3-config.ts'
import { sinkStore } from './sink-store.ts'

/** Formats that are read back, by the ending of their objects. */
const READ_BACK = { JsonFormat: ['json', '.json'], AvroFormat: ['avro', '.avro'] } as const
const COMPRESSIONS: Readonly<Record<string, string>> = { gzip: '.gz', snappy: '.snappy', zstd: '.zst' }

/** Where a backup lies. @throws {ConfigError} for a configuration that writes none. */
export async function restoreSource(raw: RawConfig, modules: ModuleDoor): Promise<RestoreSource> {
  const config = s3Config.parse(raw, modules.plugins)
  if (!envelopeConfig.parse(raw)['format.envelope']) {
    throw new ConfigError(
      'format.envelope is not true: the objects hold values alone, without keys, headers and timestamps.',
      { key: 'format.envelope' },
    )
  }
  const { className } = await findPlugin(modules, FORMATS, config['format.class'], 'format.class')
  const simple = className.slice(className.lastIndexOf('.') + 1)
  if (simple !== 'JsonFormat' && simple !== 'AvroFormat') {
    throw new ConfigError(
      `Objects of ${className} are not read back: whole records are restored from JsonFormat and AvroFormat.`,
      { key: 'format.class' },
    )
  }
  const [format, ending] = READ_BACK[simple]
  const compression = config['format.compression.type'] || config['s3.compression.type']
  return {
    store: await sinkStore(config, raw, modules),
    prefix: objectNaming(config).root,
    format,
    extension: ending + (COMPRESSIONS[compression] ?? ''),
  }
}
