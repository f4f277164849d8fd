import type { RawConfig } from '../../config/config-def.ts'
import type { ModuleDoor } from '../../config/module-door.ts'
import type { SinkRecord } from '../../data/sink-record.ts'
import { timeZone } from '../time/index.ts'
import type { ExactlyOnceMode } from '../chain/decide-chaining.ts'
import type { Compression } from '../formats/compression.ts'
import { envelopeOf } from '../formats/envelope/envelope-config.ts'
import { findFormat } from '../formats/find-format.ts'
import { suppliedSchemaOf } from '../formats/schemaless/supplied-schema.ts'
import { type AffixType, withSchemaAffix } from '../naming/schema-affix.ts'
import type { KeyRule } from '../naming/key-rule.ts'
import type { Naming } from '../naming/naming.ts'
import { ObjectNaming } from '../naming/object-naming.ts'
import {
  builtInExtractorName,
  createPartitioner,
  findPartitioner,
  type Partitioner,
} from '../partitioners/index.ts'
import type { FileBuffer } from '../spill/spill-buffer.ts'
import { appenderOf, type FileView, fileViews } from '../views/file-views.ts'
import { FileRotation, type FileRotationSettings } from './file-rotation.ts'
import { isNullValue } from './null-values.ts'
import type { RotationSettings } from './rotation.ts'
import { compatibilityNamed, SchemaCompatibility } from './schema-compatibility.ts'
import type { SinkSetup } from './sink-setup.ts'
import type { StorageConfig } from './storage-config.ts'
import { withTombstones } from './tombstones.ts'

/** What the writers of a task share. */
export interface WriterSettings {
  readonly naming: Naming
  /** Which keys of objects the store can take; absent where it takes any. */
  readonly keyRule?: KeyRule
  /** Appends a record to its file, all views of it or none. */
  readonly appender: { append(record: SinkRecord, file: FileBuffer): void }
  /** What objects a file becomes, in the order they are written; the value is last. */
  readonly views: readonly FileView[]
  /** The directory of records without a value; undefined where they are not written. */
  readonly tombstonePartition: string | undefined
  readonly partitioner: Partitioner
  readonly rotation: RotationSettings
  readonly fileRotation: FileRotationSettings
  readonly compatibility: SchemaCompatibility
  /** Judges key schemas; undefined where files have no rows of keys, which alone need one schema. */
  readonly keyCompatibility: SchemaCompatibility | undefined
  /** Makes of a record what its file holds of it, after it was placed; absent where that is the record. */
  readonly shape?: RecordShaper
  /** True where the files of an output partition all have one name, and only the latest counts. */
  readonly replaces?: boolean
  /** `schema.max.open.versions` */
  readonly maxOpenSchemas: number
}

/** @throws {DataError} for a record that cannot be brought into shape. */
export type RecordShaper = (record: SinkRecord) => SinkRecord

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
  modules: ModuleDoor,
): Promise<WriterSettings> {
  const compatibility = new SchemaCompatibility(compatibilityNamed(config['schema.compatibility']) ?? 'NONE')
  const envelope = envelopeOf(raw, await findFormat(config['format.class'], modules), compatibility)
  const views = await fileViews(raw, config, compression, modules)
  // In an envelope a null value has its place.
  const tombstonePartition =
    config['behavior.on.null.values'].toLowerCase() === 'write' && envelope === undefined
      ? config['tombstone.encoded.partition']
      : undefined
  const partitioner = withSchemaAffix(
    await createPartitioner(raw, modules),
    config['s3.schema.partition.affix.type'] as AffixType,
    config['directory.delim'],
  )
  const hasKeyRows = views.some(({ name, format }) => name === 'key' && format.encode !== undefined)
  return {
    naming: objectNaming(config),
    views,
    appender: appenderOf(views, tombstonePartition === undefined ? () => false : isNullValue),
    tombstonePartition,
    partitioner:
      tombstonePartition === undefined ? partitioner : withTombstones(partitioner, tombstonePartition),
    rotation: {
      flushSize: config['flush.size'],
      rotateIntervalMs: config['rotate.interval.ms'],
      rotateOnPartitionChange: config['rotate.file.on.partition.change'],
      rotateScheduleIntervalMs: config['rotate.schedule.interval.ms'],
      zone: timeZone(config.timezone || 'UTC'),
      maxOpenFiles: config['partitioner.max.open.files'],
      neutralPartition: tombstonePartition,
    },
    fileRotation: fileRotationOf(config),
    compatibility: envelope?.compatibility ?? compatibility,
    maxOpenSchemas: config['schema.max.open.versions'],
    keyCompatibility: hasKeyRows ? new SchemaCompatibility('NONE') : undefined,
    ...shapeOf([suppliedSchemaOf(raw), envelope?.shape]),
  }
}

/** Several shapers, one after the other. */
export function shapeOf(shapers: readonly (RecordShaper | undefined)[]): Pick<WriterSettings, 'shape'> {
  const used = shapers.filter((shaper) => shaper !== undefined)
  if (used.length === 0) return {}
  return { shape: (record) => used.reduce((shaped, shaper) => shaper(shaped), record) }
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
    records: config['rotate.file.records'],
    ageMs: config['rotate.file.age.ms'],
    idleMs: config['rotate.idle.ms'],
    latenessMs: config['rotate.lateness.ms'],
  }
}

/** What the configuration means for exactly-once. */
export async function exactlyOnceOf(
  raw: RawConfig,
  config: StorageConfig & { readonly 'timestamp.extractor': string },
  modules: ModuleDoor,
): Promise<SinkSetup['exactlyOnce']> {
  const { timeBased } = await findPartitioner(raw, modules)
  return {
    mode: config['exactly.once'] as ExactlyOnceMode,
    isReplayable: config['rotate.schedule.interval.ms'] <= 0 && !FileRotation.isUsed(fileRotationOf(config)),
    goesByWallClock: timeBased && builtInExtractorName(config['timestamp.extractor']) === 'Wallclock',
  }
}
