import { findPlugin, type ModuleDoor, type RawConfig, type SinkRecord, timeZone } from '@spillway/api'
import type { Compression } from '../formats/compression.ts'
import { envelopeOf } from '../formats/envelope/envelope-config.ts'
import { type RecordShaper, shapeOf } from '../formats/record-shaper.ts'
import { FORMATS } from '../formats/format.ts'
import { suppliedSchemaOf } from '../formats/schemaless/supplied-schema.ts'
import { type AffixType, withSchemaAffix } from '../naming/schema-affix.ts'
import type { KeyRule } from '../naming/key-rule.ts'
import type { Naming } from '../naming/naming.ts'
import { ObjectNaming } from '../naming/object-naming.ts'
import { createPartitioner, findExtractor, findPartitioner, type Partitioner } from '../partitioners/index.ts'
import type { FileBuffer } from '../spill/spill-buffer.ts'
import { appenderOf, type FileView, fileViews } from '../views/file-views.ts'
import { FileRotation, type FileRotationSettings } from '../rotation/file-rotation.ts'
import type { ExactlyOnceMode, ExactlyOnceSettings } from './exactly-once.ts'
import { isNullValue } from './null-values.ts'
import type { RotationSettings } from '../rotation/rotation.ts'
import { compatibilityNamed, SchemaCompatibility } from '../formats/schema-compatibility.ts'
import type { StorageConfig } from '../confluent/storage-config.ts'
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
  /** Keys of the connector's own that change no record's place, contents or name: see `chainIdentity`. */
  readonly keysWithoutEffect?: readonly RegExp[]
}

/** What the keys of a store decide of its writers, by whatever names it has for them. */
export interface StoreChoices {
  /** Compresses whole files, where their format allows it; null for none. */
  readonly compression: Compression | null
  /** Where the name of the value's schema stands in the directory. */
  readonly schemaAffix: AffixType
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
  { compression, schemaAffix }: StoreChoices,
  modules: ModuleDoor,
): Promise<WriterSettings> {
  const compatibility = new SchemaCompatibility(compatibilityNamed(config['schema.compatibility']) ?? 'NONE')
  const format = await findPlugin(modules, FORMATS, config['format.class'], 'format.class')
  const envelope = envelopeOf(raw, format, compatibility)
  const views = await fileViews(raw, config, compression, modules)
  // In an envelope a null value has its place.
  const tombstonePartition =
    config['behavior.on.null.values'].toLowerCase() === 'write' && envelope === undefined
      ? config['tombstone.encoded.partition']
      : undefined
  const partitioner = withSchemaAffix(
    await createPartitioner(raw, modules),
    schemaAffix,
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
  config: StorageConfig,
  modules: ModuleDoor,
): Promise<ExactlyOnceSettings> {
  const { timeBased } = await findPartitioner(raw, modules)
  return {
    mode: config['exactly.once'] as ExactlyOnceMode,
    isReplayable: config['rotate.schedule.interval.ms'] <= 0 && !FileRotation.isUsed(fileRotationOf(config)),
    goesByWallClock: timeBased && (await findExtractor(raw, modules))?.isWallClock === true,
  }
}
