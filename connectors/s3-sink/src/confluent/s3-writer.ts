import { findPlugin, type ModuleDoor, type RawConfig } from '@spillway/api'
import {
  type AffixType,
  type Compression,
  envelopeConfig,
  gzip,
  type KeyRule,
  OBJECT_STORES,
  type SinkSetup,
  snappy,
  writerSettings,
  type WriterSettings,
  zstd,
} from '@spillway/object-store'
import { KEYS_WITHOUT_EFFECT } from '../config/keys-without-effect.ts'
import { keyRuleOf } from '../config/key-rule.ts'
import type { S3Config } from '../config/s3-config.ts'
import { isS3Storage } from '../config/storage-class.ts'

/** What the writers of a task go by; also for those who only ask what it would write. @throws {ConfigError} */
export async function s3Writer(
  raw: RawConfig,
  config: S3Config,
  modules: ModuleDoor,
): Promise<WriterSettings> {
  const choices = {
    compression: compressionOf(config),
    schemaAffix: config['s3.schema.partition.affix.type'] as AffixType,
  }
  const settings = await writerSettings(raw, config, choices, modules)
  const keyRule = await keyRuleFor(config, modules)
  return {
    ...settings,
    ...(keyRule !== undefined && { keyRule }),
    keysWithoutEffect: KEYS_WITHOUT_EFFECT,
  }
}

/** Buckets go by `object.key.rule`; another store says itself what it takes. */
async function keyRuleFor(config: S3Config, modules: ModuleDoor): Promise<KeyRule | undefined> {
  const name = config['storage.class']
  if (isS3Storage(name)) return keyRuleOf(config)
  return (await findPlugin(modules, OBJECT_STORES, name, 'storage.class')).keyRule
}

/** What becomes of records without a value. */
export function nullValuesOf(raw: RawConfig, config: S3Config): SinkSetup['nullValues'] {
  return {
    behavior: config['behavior.on.null.values'].toLowerCase() as SinkSetup['nullValues']['behavior'],
    report: config['report.null.values.to.dlq'],
    inline: envelopeConfig.parse(raw)['format.envelope'],
  }
}

function compressionOf(config: S3Config): Compression | null {
  const type = config['format.compression.type'] || config['s3.compression.type']
  switch (type) {
    case 'gzip':
      return gzip(config['s3.compression.level'])
    case 'snappy':
      return snappy()
    case 'zstd':
      return zstd()
    default:
      return null
  }
}
