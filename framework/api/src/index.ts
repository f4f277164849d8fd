/** What everything else is built on: data model, ConfigDef, plugin interfaces, errors, the types of the Kafka port and of object stores. */
export {
  type CheckInput,
  type ConfigCheck,
  configDef,
  ConfigDef,
  type ConfigKey,
  type ConfigKeys,
  type ConfigOf,
  type ConfigProblem,
  ConfigProblemsError,
  type ConfigValue,
  type FormPlace,
  type Importance,
  type ParsedConfig,
  type RawConfig,
  type Width,
} from './config/config-def.ts'
export { configPage } from './config/config-docs.ts'
export {
  type ConfigInfo,
  type ConfigInfos,
  configInfosOf,
  configInfoSteps,
  type ConfigKeyInfo,
  type ConfigValueInfo,
  keyInfos,
} from './config/config-infos.ts'
export { atMost, beyondLimits, CONFIG_LIMITS, shortAliases } from './config/config-limits.ts'
export { didYouMean, HintBudget } from './config/did-you-mean.ts'
export { looksLikeJavaClass, looksLikeModule } from './config/import-module.ts'
export { exampleMatch } from './config/java-regex/example-match.ts'
export {
  JavaRegex,
  type JavaRegexOptions,
  javaRegexValidator,
  replacementProblem,
} from './config/java-regex/java-regex.ts'
export type { Replacement } from './config/java-regex/java-replacement.ts'
export { shortened, SlowRegexError } from './config/java-regex/slow-regex-error.ts'
export { type ModuleDoor, noModules } from './config/module-door.ts'
export { type ConfigType, parseValue, renderValue } from './config/parse-value.ts'
export { Password } from './config/password.ts'
export { parseProperties } from './config/properties.ts'
export { ALLOWED_PATHS, AllowedPaths } from './config/providers/allowed-paths.ts'
export type { ConfigData, ConfigProvider, ConfigProviderPlugin } from './config/providers/config-provider.ts'
export {
  ConfigTransformer,
  hasPlaceholder,
  restorePlaceholders,
  type TransformedConfig,
} from './config/providers/config-transformer.ts'
export { configureProviders } from './config/providers/configure-providers.ts'
export { directoryConfigProvider } from './config/providers/directory-config-provider.ts'
export { envVarConfigProvider, envVarConfigProviderOf } from './config/providers/env-var-config-provider.ts'
export { fileConfigProvider } from './config/providers/file-config-provider.ts'
export { configProviders } from './config/providers/index.ts'
export { MASK, SecretMasker } from './config/providers/secret-masker.ts'
export {
  innerSecrets,
  isClientSecret,
  namesSecret,
  namesUser,
  secretParts,
  withoutSecretParts,
} from './config/sensitive-keys.ts'
export { Turns } from './config/turns.ts'
export {
  allOf,
  butNot,
  distinctItems,
  nonEmpty,
  oneOf,
  oneOfAnyCase,
  oneOfIgnoringCase,
  range,
  regex,
  rule,
  uniqueAliases,
  type Validator,
  valueOf,
} from './config/validators.ts'
export type {
  Converter,
  ConverterPlugin,
  HeaderConverter,
  HeaderConverterPlugin,
  SchemaAndValue,
} from './connector/converter.ts'
export type { MaybePromise, Plugin, PluginBase } from './config/plugin-base.ts'
export { pluginClass, unknownClass } from './config/plugin-class.ts'
export {
  isNameOf,
  type NamedPlugin,
  noPlugins,
  type PluginKind,
  pluginKind,
  type Plugins,
  shortNames,
} from './config/plugin-kind.ts'
export { checkedPlugin } from './connector/checked-plugin.ts'
export {
  CONFIG_PROVIDERS,
  CONVERTERS,
  HEADER_CONVERTERS,
  PREDICATES,
  SINKS,
  TRANSFORMATIONS,
} from './connector/connect-kinds.ts'
export { findPlugin } from './connector/find-plugin.ts'
export {
  type JobConnectorPlugin,
  type JobFigures,
  type JobNews,
  jobOf,
  type JobTask,
  type JobTaskContext,
  type JobTopology,
} from './connector/job-connector.ts'
export { PluginRegistry } from './connector/plugin-registry.ts'
export type { PreviewedStatement, PreviewRequest, RecordPreview } from './connector/record-preview.ts'
export type {
  AlteredOffsets,
  SampleRequest,
  SinkConnector,
  SinkConnectorContext,
  SinkConnectorPlugin,
} from './connector/sink-connector.ts'
export type {
  ErrantRecordReporter,
  Offsets,
  SharedBuffers,
  SinkTask,
  SinkTaskContext,
} from './connector/sink-task.ts'
export { TopicPartitionMap, topicPartitionName } from './connector/topic-partition-map.ts'
export type {
  Predicate,
  PredicatePlugin,
  Transformation,
  TransformationPlugin,
} from './connector/transformation.ts'
export { Decimal } from './data/decimal.ts'
export { droppedFields } from './data/dropped-fields.ts'
export { fieldSteps } from './data/field-steps.ts'
export { type Header, Headers } from './data/headers.ts'
export { isStructValue } from './data/is-struct-value.ts'
export {
  DATE,
  dateSchema,
  DECIMAL,
  decimalDigits,
  decimalSchema,
  isDecimal,
  isLogical,
  logicalNameOf,
  type LogicalOptions,
  MILLIS_PER_DAY,
  PRECISION_PARAMETER,
  SCALE_PARAMETER,
  TIME,
  timeSchema,
  TIMESTAMP,
  timestampSchema,
  withoutForeignName,
} from './data/logical-types.ts'
export { own } from './data/own.ts'
export {
  BOOLEAN,
  BYTES,
  FLOAT32,
  FLOAT64,
  INT16,
  INT32,
  INT64,
  INT8,
  OPTIONAL_BOOLEAN,
  OPTIONAL_BYTES,
  OPTIONAL_FLOAT32,
  OPTIONAL_FLOAT64,
  OPTIONAL_INT16,
  OPTIONAL_INT32,
  OPTIONAL_INT64,
  OPTIONAL_INT8,
  OPTIONAL_STRING,
  SchemaBuilder,
  STRING,
} from './data/schema-builder.ts'
export { projectValue } from './data/schema-projector.ts'
export { type Field, Schema, SCHEMA_TYPES, type SchemaParts, type SchemaType } from './data/schema.ts'
export {
  type LazyValue,
  type RecordTimestampType,
  SinkRecord,
  type SinkRecordParts,
} from './data/sink-record.ts'
export { isStruct, markStruct, type StructLike } from './data/struct-like.ts'
export { Struct } from './data/struct.ts'
export { validateValue } from './data/validate-value.ts'
export { valuesEqual } from './data/values-equal.ts'
export { javaDoubleText, javaFloatText } from './data/values/java-number-text.ts'
export type { ParsedValue } from './data/values/parsed-value.ts'
export { parseString } from './data/values/parse-string.ts'
export { valueToString } from './data/values/value-to-string.ts'
export {
  AlreadyExistsError,
  ConfigError,
  ConnectError,
  DataError,
  IllegalWorkerStateError,
  isCausedByRetriable,
  isConnectError,
  isOfKind,
  isRetriable,
  javaClassOf,
  NotFoundError,
  RetriableError,
  SchemaBuilderError,
  SchemaProjectorError,
  traceOf,
} from './errors/connect-errors.ts'
export { defineErrors, type ErrorRow, type ErrorTable } from './errors/define-errors.ts'
export { apiErrors } from './errors/error-rows.ts'
export { BadRequestError, RestError } from './errors/rest-error.ts'
export {
  CommitFailedError,
  FencedInstanceIdError,
  InvalidGroupIdError,
  KafkaAuthError,
  KafkaUnavailableError,
  OffsetOutOfRangeError,
  ProducerFencedError,
  RecordTooLargeError,
  TopicExistsError,
  UnknownTopicError,
  UnsupportedByClientError,
} from './kafka/kafka-errors.ts'
export { murmur2, partitionForKey } from './kafka/murmur2.ts'
export {
  type Admin,
  type AssignedPartition,
  type ClusterOptions,
  type ConnectionProblem,
  type Consumer,
  type ConsumerOptions,
  type ConsumerRecord,
  DEFAULT_MAX_DECOMPRESSED_BATCH_BYTES,
  type GroupAssignment,
  type GroupCallbacks,
  type GroupDescription,
  type AssignorCluster,
  type AssignorMember,
  type ConsumerGroupMetadata,
  type GroupIdentity,
  type GroupListing,
  type MemberAssignment,
  type MemberlessGroup,
  type PartitionAssignor,
  type GroupMemberMetadata,
  type GroupMemberOptions,
  type GroupMembership,
  type GroupStanding,
  type KafkaClient,
  type NewTopic,
  type OffsetAndMetadata,
  type Producer,
  type LostRecord,
  type ProducerOptions,
  type ProducerRecord,
  type RawHeader,
  type RebalanceListener,
  type RecordMetadata,
  type Subscription,
  type TimestampType,
  type TopicCreation,
  type TopicDescription,
  type TopicPartition,
  type TopicPattern,
} from './kafka/port.ts'
export {
  isNoSuchUpload,
  isPreconditionFailed,
  NoSuchUploadError,
  PreconditionFailedError,
} from './object-store/object-store-errors.ts'
export type {
  MultipartUpload,
  ObjectHead,
  ObjectStore,
  ObjectSummary,
  PutOptions,
  StoredObject,
  UploadedPart,
  WriteCondition,
} from './object-store/object-store.ts'
export type { RestoreSource } from './object-store/restore-source.ts'
export { type CivilDate, civilFromDays } from './time/civil-date.ts'
export { type Clock, systemClock } from './time/clock.ts'
export { hybridDate, hybridDay } from './time/hybrid-calendar.ts'
export { JodaPattern } from './time/joda-pattern.ts'
export { nextScheduledRotation } from './time/scheduled-rotation.ts'
export { TimeBuckets } from './time/time-buckets.ts'
export { processTimeZone, timeZone, type TimeZone } from './time/time-zone.ts'
export { confluentTimestamp, timestampFormat, type TimestampFormat } from './time/timestamp-format.ts'
