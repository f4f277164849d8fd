import type { Headers } from '../core/headers.ts'
import type { RecordLike } from '../core/record.ts'
import type { AnySerde } from '../core/serde.ts'

/**
 * Settings by Kafka Streams' own keys. Handlers are objects, or the names of the built-in ones
 * (short or full Java class names).
 */
export interface StreamsConfig {
  readonly 'application.id'?: string
  readonly 'default.key.serde'?: AnySerde
  readonly 'default.value.serde'?: AnySerde
  readonly 'deserialization.exception.handler'?: string | DeserializationExceptionHandler
  readonly 'processing.exception.handler'?: string | ProcessingExceptionHandler
  readonly 'production.exception.handler'?: string | ProductionExceptionHandler
  readonly 'errors.dead.letter.queue.topic.name'?: string | null
  /**
   * Ours: records that an operator drops (late, without key, ...) are also written there, as they came in, with
   * `__streams.dropped.*` headers that tell why and where.
   */
  readonly 'dropped.records.topic.name'?: string | null
  /** `none`, `all`, or a comma separated choice of {@link optimizations}. */
  readonly 'topology.optimization'?: string
  readonly 'ensure.explicit.internal.resource.naming'?: boolean | string
  readonly 'processing.guarantee'?: string
  readonly 'max.task.idle.ms'?: number | string
  readonly 'windowstore.changelog.additional.retention.ms'?: number | string
  /** `in_memory` or `persistent` (Java's `rocksDB` means the same). */
  readonly 'default.dsl.store'?: string
  readonly 'state.dir'?: string
  /** Ours: bytes of rows that all stores of a client may hold in memory. Default 1 GiB. */
  readonly 'state.memory.max.bytes'?: number | string
  /** `host:port` where this process answers queries of others: told to all clients, see `queryMetadataForKey`. */
  readonly 'application.server'?: string
  readonly [key: string]: unknown
}

/** A record on its way to a topic. Corresponds to Java's `ProducerRecord<byte[], byte[]>`. */
export interface ProducerRecord {
  readonly topic: string
  /** Null: by the key's hash. */
  readonly partition: number | null
  /** Below 0: the time of sending. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
}

/** Where an error happened, and the raw record it happened on. Corresponds to Java's `ErrorHandlerContext`. */
export interface ErrorHandlerContext {
  readonly topic: string | null
  readonly partition: number
  readonly offset: bigint
  readonly headers: Headers
  readonly processorNodeId: string
  readonly taskId: string
  readonly timestamp: number
  readonly sourceRawKey: Uint8Array | null
  readonly sourceRawValue: Uint8Array | null
  /**
   * Ours: where the record was read first, where it has crossed repartition topics; known where
   * `errors.dead.letter.queue.topic.name` is set.
   */
  readonly original?: { readonly topic: string; readonly partition: number; readonly offset: bigint } | null
}

/** What is to be done, and the dead letters to send. Corresponds to Java's handler `Response`. */
export interface HandlerResponse {
  readonly result: 'RESUME' | 'FAIL' | 'RETRY'
  readonly deadLetterQueueRecords: readonly ProducerRecord[]
}

export const HandlerResponse = {
  resume: (records: readonly ProducerRecord[] = []): HandlerResponse => ({
    result: 'RESUME',
    deadLetterQueueRecords: records,
  }),
  fail: (records: readonly ProducerRecord[] = []): HandlerResponse => ({
    result: 'FAIL',
    deadLetterQueueRecords: records,
  }),
  retry: (): HandlerResponse => ({ result: 'RETRY', deadLetterQueueRecords: [] }),
} as const

/** Corresponds to Java's `DeserializationExceptionHandler`. */
export interface DeserializationExceptionHandler {
  configure?(config: StreamsConfig): void
  handleError(context: ErrorHandlerContext, error: unknown): HandlerResponse
}

/** Corresponds to Java's `ProcessingExceptionHandler`; the record is null for a punctuation. */
export interface ProcessingExceptionHandler {
  configure?(config: StreamsConfig): void
  handleError(
    context: ErrorHandlerContext,
    record: RecordLike<unknown, unknown> | null,
    error: unknown,
  ): HandlerResponse
}

/** Corresponds to Java's `ProductionExceptionHandler`. */
export interface ProductionExceptionHandler {
  configure?(config: StreamsConfig): void
  /** A key or value could not be serialized. */
  handleSerializationError(
    context: ErrorHandlerContext,
    record: RecordLike<unknown, unknown>,
    error: unknown,
    origin: 'KEY' | 'VALUE',
  ): HandlerResponse
  /** The producer refused the record. */
  handleError?(context: ErrorHandlerContext, record: ProducerRecord, error: unknown): HandlerResponse
}
