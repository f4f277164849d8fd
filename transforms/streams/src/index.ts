/** The streams engine: Kafka Streams' semantics, as a library that needs no broker. */
export * from './core/errors.ts'
export { Headers } from './core/headers.ts'
export type { Header, HeadersInit } from './core/headers.ts'
export type * from './core/functions.ts'
export { murmur2, partitionForKey } from '@spillway/api'
export { KeyValue, Record } from './core/record.ts'
export type {
  FixedKeyRecord,
  KeyValueLike,
  RecordContext,
  RecordLike,
  RecordMetadata,
  ValueAndTimestamp,
} from './core/record.ts'
export { Serdes } from './core/serde.ts'
export { converterSerde } from './core/converter-serde.ts'
export type { ConverterSerdeOptions } from './core/converter-serde.ts'
export type { AnySerde, Deserializer, Serde, Serializer } from './core/serde.ts'
export { Branched, BranchedKStream } from './dsl/branched.ts'
export {
  CogroupedKStream,
  SessionWindowedCogroupedKStream,
  TimeWindowedCogroupedKStream,
} from './dsl/cogrouped.ts'
export { GlobalKTable } from './dsl/global-ktable.ts'
export { KGroupedStream } from './dsl/kgrouped-stream.ts'
export { KGroupedTable } from './dsl/kgrouped-table.ts'
export { KStream } from './dsl/kstream.ts'
export { KTable } from './dsl/ktable.ts'
export type { ValueTransformerWithKey } from './dsl/ktable.ts'
export { Joined, TableJoined } from './dsl/join-options.ts'
export { StreamJoined } from './stores/stream-joined.ts'
export { Consumed, Grouped, Named, Produced, Repartitioned } from './dsl/options.ts'
export { Materialized } from './stores/materialized.ts'
export { AutoOffsetReset } from './config/auto-offset-reset.ts'
export { SessionWindowedKStream } from './dsl/session-windowed.ts'
export { Printed, Suppressed } from './dsl/suppressed.ts'
export { BufferConfig } from './stores/buffer-config.ts'
export { TimeWindowedKStream } from './dsl/time-windowed.ts'
export { ContextualProcessor, PunctuationType } from './context/processor.ts'
export type {
  Cancellable,
  FixedKeyProcessor,
  FixedKeyProcessorContext,
  FixedKeyProcessorSupplier,
  ProcessingContext,
  Processor,
  ProcessorContext,
  ProcessorSupplier,
  Punctuator,
} from './context/processor.ts'
export {
  DefaultProductionExceptionHandler,
  HandlerResponse,
  LogAndContinueExceptionHandler,
  LogAndContinueProcessingExceptionHandler,
  LogAndFailExceptionHandler,
  LogAndFailProcessingExceptionHandler,
  deadLetter,
} from './config/exception-handlers.ts'
export type {
  DeserializationExceptionHandler,
  ErrorHandlerContext,
  ProcessingExceptionHandler,
  ProducerRecord,
  ProductionExceptionHandler,
} from './config/exception-handlers.ts'
export type { Metric } from './context/metrics.ts'
export { optimizations } from './config/streams-config.ts'
export type { StreamsConfig } from './config/streams-config.ts'
export type { DropReason } from './context/task-context.ts'
export {
  correctedTimestampExtractor,
  failOnInvalidTimestamp,
  logAndSkipOnInvalidTimestamp,
  usePartitionTimeOnInvalidTimestamp,
  wallclockTimestampExtractor,
} from './config/timestamp-extractors.ts'
export type { ConsumedRecord, DeviceTimes, TimestampExtractor } from './config/timestamp-extractors.ts'
export {
  MemoryStoreEngine,
  SqliteStoreEngine,
  StateMemory,
  versionedLatest,
  versionedNotPut,
} from './state/index.ts'
export type {
  ByteRow,
  ByteStore,
  ChangelogPort,
  ChangelogRecord,
  KeyValueByteStore,
  KeyValueSpec,
  SessionByteStore,
  SessionRow,
  SessionSpec,
  StoreContext,
  StoreEngine,
  StoreIterator,
  StoreSpec,
  VersionedByteStore,
  VersionedRow,
  VersionedSpec,
  WindowByteStore,
  WindowRow,
  WindowSpec,
  WindowVisitor,
} from './state/index.ts'
export type { KeyValueStore, ReadOnlyKeyValueStore, StateStore } from './stores/key-value-store.ts'
export type { SessionStore } from './stores/session-store.ts'
export { StoreBuilder, Stores } from './stores/stores.ts'
export type {
  KeyValueStoreSupplier,
  SessionStoreSupplier,
  StoreSupplier,
  VersionedStoreSupplier,
  WindowStoreSupplier,
} from './stores/store-suppliers.ts'
export type { VersionedKeyValueStore, VersionedRecord } from './stores/versioned-store.ts'
export type { WindowStore } from './stores/window-store.ts'
export { KafkaStreams } from './kafka/kafka-streams.ts'
export type { CloseOptions } from './kafka/in-time.ts'
export type {
  KafkaStreamsOptions,
  StreamsUncaughtExceptionHandler,
  StreamThreadExceptionResponse,
} from './kafka/kafka-streams.ts'
export type { KeyRouting } from './kafka/queries/cluster-metadata.ts'
export { HostInfo } from './kafka/queries/host-info.ts'
export { Position, PositionBound } from './kafka/queries/position.ts'
export type { QueryIterator } from './kafka/queries/query-iterator.ts'
export { QueryResult, StateQueryResult } from './kafka/queries/query-result.ts'
export type { FailureReason } from './kafka/queries/query-result.ts'
export { QueryableStoreTypes } from './kafka/queries/queryable-stores.ts'
export type {
  QueryableKeyValueStore,
  QueryableStoreType,
  ReadOnlySessionStore,
  ReadOnlyVersionedKeyValueStore,
  ReadOnlyWindowStore,
} from './kafka/queries/queryable-stores.ts'
export {
  KeyQuery,
  MultiVersionedKeyQuery,
  Query,
  RangeQuery,
  StateQueryRequest,
  TimestampedKeyQuery,
  TimestampedRangeQuery,
  VersionedKeyQuery,
  WindowKeyQuery,
  WindowRangeQuery,
} from './kafka/queries/state-query.ts'
export type { ResultOrder } from './kafka/queries/state-query.ts'
export { StoreQueryParameters } from './kafka/queries/store-query-parameters.ts'
export { KeyQueryMetadata } from './kafka/queries/streams-metadata.ts'
export type { LagInfo, StreamsMetadata } from './kafka/queries/streams-metadata.ts'
export type { KafkaStreamsState, StateListener } from './kafka/client-state.ts'
export type { RestoreProgress, StateRestoreListener } from './kafka/changelog-reader.ts'
export type { StreamsLogger } from './kafka/streams-logger.ts'
export type { ThreadMetadata } from './kafka/stream-threads.ts'
export type { ThreadState } from './kafka/thread-settings.ts'
export { LockException } from './core/errors.ts'
export { MissingSourceTopicException, TaskMigratedException } from './kafka/errors.ts'
export { StreamsBuilder } from './streams-builder.ts'
export { TestRecord } from './testing/test-record.ts'
export { TestInputTopic, TestOutputTopic } from './testing/test-topics.ts'
export { TopologyTestDriver } from './testing/topology-test-driver.ts'
export type { TestDriverOptions } from './testing/topology-test-driver.ts'
export { Topology } from './topology/topology.ts'
export type { SinkOptions, SourceOptions } from './topology/topology.ts'
export { enforceCopartitioning } from './topology/copartition.ts'
export type { CopartitionGroup } from './topology/copartition.ts'
export type { DescribedNode, DescribedSubtopology, TopologyDescription } from './topology/describe.ts'
export type { InternalTopic } from './topology/node-definitions.ts'
export { EmitStrategy, JoinWindows, SessionWindows, SlidingWindows } from './windows/event-windows.ts'
export { TimeWindows, UnlimitedWindows } from './windows/time-windows.ts'
export type { Windows } from './windows/time-windows.ts'
export { Window, Windowed, endOfTime } from './windows/window.ts'
export { WindowedSerdes } from './windows/windowed-serdes.ts'
export { providePackages, topologyOfModule } from './job/topology-of-module.ts'
