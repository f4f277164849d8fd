/** The kit of object-store sinks. */
export { PartitionError } from './confluent/partition-error.ts'
export {
  DAILY_PARTITIONER,
  DEFAULT_PARTITIONER,
  FIELD_PARTITIONER,
  HOURLY_PARTITIONER,
  MISSING_FIELDS,
  type MissingField,
  MIX_PARTITIONER,
  TIME_BASED_PARTITIONER,
} from './confluent/partitioner-keys.ts'
export {
  isReadable,
  LOCAL_STORAGE,
  storageClassConfig,
  storageConfig,
  type StorageConfig,
} from './confluent/storage-config.ts'
export { avroFormat } from './formats/avro/avro-format.ts'
export { type Compression, gzip, snappy, zstd } from './formats/compression.ts'
export {
  ENVELOPE_SCHEMA,
  envelopeConfig,
  envelopeOf,
  type EnvelopeSettings,
  headerValuesOf,
} from './formats/envelope/envelope-config.ts'
export {
  ENVELOPE_FIELDS,
  type EnvelopeField,
  headerValue,
  type HeaderValues,
} from './formats/envelope/envelope-fields.ts'
export { jsonEnvelope, PartTexts } from './formats/envelope/json-envelope.ts'
export { StructEnvelope, type StructEnvelopeOptions } from './formats/envelope/struct-envelope.ts'
export {
  type FinishedFile,
  type Format,
  type FormatPlugin,
  FORMATS,
  type FormatSettings,
  type RecordView,
} from './formats/format.ts'
export { builtInFormats, formatConfig } from './formats/index.ts'
export { latestOnly } from './formats/latest-only.ts'
export { parquetFormat } from './formats/parquet/parquet-format.ts'
export {
  COMPATIBILITIES,
  type CompatibilityMode,
  compatibilityNamed,
  SchemaCompatibility,
  type SchemaVerdict,
} from './formats/schema-compatibility.ts'
export { suppliedSchemaConfig, suppliedSchemaOf } from './formats/schemaless/supplied-schema.ts'
export { localStoreKeys } from './local/local-keys.ts'
export { LocalObjectStore } from './local/local-object-store.ts'
export {
  checkParameters,
  parseFileNameTemplate,
  templateGrouping,
  type TemplateGrouping,
  type TemplatePart,
  type TemplateVariable,
  variablesOf,
} from './naming/file-name-template.ts'
export {
  anyStoreKeys,
  fileAsDirectory,
  fileStoreKeys,
  type KeyParts,
  type KeyRule,
  longElement,
  MAX_KEY_BYTES,
} from './naming/key-rule.ts'
export { AFFIX_TYPES, type AffixType } from './naming/schema-affix.ts'
export { bookkeepingKey, ledgerName, literalPattern, type NamedFile, type Naming } from './naming/naming.ts'
export { OFFSET_MARK, PADDED_OFFSET_MARK, partitionText, TemplateNaming } from './naming/template-naming.ts'
export { TemplatePartitioner, type TemplateTime } from './naming/template-partitioner.ts'
export { builtInExtractors } from './partitioners/built-in-extractors.ts'
export { builtInPartitioners } from './partitioners/built-in-partitioners.ts'
export { createPartitioner, findPartitioner } from './partitioners/create-partitioner.ts'
export { type ExamplePlace, ExampleRecord, type ReadsRecords } from './partitioners/example-record.ts'
export { FieldPath, type Found, NO_SUCH_FIELD, NOT_AN_OBJECT } from './partitioners/field-path.ts'
export { HIVE_DEFAULT_PARTITION, hiveEscape } from './partitioners/hive-escape.ts'
export { makeExtractor } from './partitioners/make-extractor.ts'
export { partitionerConfig, type PartitionerConfig } from './partitioners/partitioner-config.ts'
export { PARTITIONERS, TIMESTAMP_EXTRACTORS } from './partitioners/partitioner-kinds.ts'
export { partitionerStarts } from './partitioners/partitioner-problems.ts'
export type { Partitioner, PartitionerPlugin, PartitionerSettings } from './partitioners/partitioner.ts'
export { quotedFieldIn } from './partitioners/time-settings.ts'
export {
  FallbackExtractor,
  recordExtractor,
  type TimestampExtractor,
  type TimestampExtractorPlugin,
  usableTime,
  wallclockExtractor,
} from './partitioners/timestamp-extractor.ts'
export { type PartConverter, RecordRestorer } from './restore/record-restorer.ts'
export { restoreObjects } from './restore/restore-objects.ts'
export { ProgressGroup } from './restore/restore-progress.ts'
export {
  OBJECT_STORES,
  type ObjectStorePlugin,
  type ObjectStoreSettings,
} from './settings/object-store-plugin.ts'
export type { MakeSinkSetup, SinkSetup, UploadSettings } from './settings/sink-setup.ts'
export { type ObjectTagging, type TaggedRecords, tagObject } from './settings/tag-object.ts'
export {
  exactlyOnceOf,
  objectNaming,
  type StoreChoices,
  writerSettings,
  type WriterSettings,
} from './settings/writer-settings.ts'
export { type RecordShaper, shapeOf } from './formats/record-shaper.ts'
export { ObjectStoreSinkTask } from './sink/object-store-sink-task.ts'
export { PartitionWriter } from './sink/partition-writer.ts'
export { previewObjects } from './sink/preview-objects.ts'
export { sampleObjectKeys } from './sink/sample-object-keys.ts'
export { ByteBudget } from './spill/byte-budget.ts'
export { openSpillBuffer } from './spill/open-spill-buffer.ts'
export { reclaimSpillThread, type ThreadBuffers } from './spill/reclaim-thread.ts'
export type { FileBuffer, SpillBuffer, SpillBufferOptions } from './spill/spill-buffer.ts'
export { SpillCorruptedError, SpillFullError } from './spill/spill-errors.ts'
export {
  checkOwnSpillPlace,
  ownSpillPlace,
  removeOwnSpillPlace,
  sweepSpillPlaces,
} from './spill/spill-place.ts'
export { headersFileSchema, headersView, keyFileSchema, keyView, valueView } from './views/record-views.ts'
