import type { RawConfig } from '../../config/config-def.ts'
import { timeZone } from '../time/index.ts'
import type { ExactlyOnceMode } from '../chain/decide-chaining.ts'
import type { Compression } from '../formats/compression.ts'
import { findFormat } from '../formats/find-format.ts'
import type { Format } from '../formats/format.ts'
import { valueView } from '../formats/record-view.ts'
import { type AffixType, withSchemaAffix } from '../naming/schema-affix.ts'
import { ObjectNaming } from '../naming/object-naming.ts'
import {
  builtInExtractorName,
  createPartitioner,
  findPartitioner,
  type Partitioner,
} from '../partitioners/index.ts'
import { FileRotation, type FileRotationSettings } from './file-rotation.ts'
import type { RotationSettings } from './rotation.ts'
import { type CompatibilityMode, SchemaCompatibility } from './schema-compatibility.ts'
import type { SinkSetup } from './sink-setup.ts'
import type { StorageConfig } from './storage-config.ts'

/** What the writers of a task share. */
export interface WriterSettings {
  readonly naming: ObjectNaming
  readonly format: Format
  readonly compression: Compression | null
  /** Of every object: the format's, then the compression's. */
  readonly extension: string
  /** MIME type of every object. */
  readonly contentType: string
  readonly partitioner: Partitioner
  readonly rotation: RotationSettings
  readonly fileRotation: FileRotationSettings
  readonly compatibility: SchemaCompatibility
}

/**
 * What the writers of a task go by, of the keys that every object-store sink shares.
 *
 * @param config as {@link storageConfig} parsed it, with the `timezone` of the partitioner keys.
 * @throws {ConfigError} for what can only be found wrong when the task starts.
 */
export async function writerSettings(
  raw: RawConfig,
  config: StorageConfig & { readonly timezone: string },
  compression: Compression | null,
): Promise<WriterSettings> {
  const plugin = await findFormat(config['format.class'])
  const format = plugin.create({ raw, view: valueView })
  return {
    naming: objectNaming(config),
    format,
    compression,
    extension: format.extension + (compression?.extension ?? ''),
    contentType: format.contentType,
    partitioner: withSchemaAffix(
      await createPartitioner(raw),
      config['s3.schema.partition.affix.type'] as AffixType,
      config['directory.delim'],
    ),
    rotation: {
      flushSize: config['flush.size'],
      rotateIntervalMs: config['rotate.interval.ms'],
      rotateOnPartitionChange: config['rotate.file.on.partition.change'],
      rotateScheduleIntervalMs: config['rotate.schedule.interval.ms'],
      zone: timeZone(config.timezone || 'UTC'),
      maxOpenFiles: config['partitioner.max.open.files'],
    },
    fileRotation: fileRotationOf(config),
    compatibility: new SchemaCompatibility(config['schema.compatibility'].toUpperCase() as CompatibilityMode),
  }
}

/** How the objects of a connector are named. */
export function objectNaming(config: StorageConfig): ObjectNaming {
  return new ObjectNaming({
    topicsDir: config['topics.dir'],
    directoryDelimiter: config['directory.delim'],
    fileDelimiter: config['file.delim'],
    offsetPadWidth: config['filename.offset.zero.pad.width'],
  })
}

function fileRotationOf(config: StorageConfig): FileRotationSettings {
  return {
    bytes: config['rotate.file.bytes'],
    ageMs: config['rotate.file.age.ms'],
    idleMs: config['rotate.idle.ms'],
    latenessMs: config['rotate.lateness.ms'],
  }
}

/** What the configuration means for exactly-once. */
export async function exactlyOnceOf(
  raw: RawConfig,
  config: StorageConfig & { readonly 'timestamp.extractor': string },
): Promise<SinkSetup['exactlyOnce']> {
  const { timeBased } = await findPartitioner(raw)
  return {
    mode: config['exactly.once'] as ExactlyOnceMode,
    isReplayable: config['rotate.schedule.interval.ms'] <= 0 && !FileRotation.isUsed(fileRotationOf(config)),
    goesByWallClock: timeBased && builtInExtractorName(config['timestamp.extractor']) === 'Wallclock',
  }
}
