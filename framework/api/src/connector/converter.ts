import type { RawConfig } from '../config/config-def.ts'
import type { MaybePromise, PluginBase } from '../config/plugin-base.ts'
import type { Header } from '../data/headers.ts'
import type { Schema } from '../data/schema.ts'
import type { RawHeader } from '../kafka/port.ts'

/** A value and its schema; a null schema means schemaless (Java: `SchemaAndValue`). */
export interface SchemaAndValue {
  readonly schema: Schema | null
  readonly value: unknown
  /** For a schemaless JSON value: the valid JSON text it was read from (see `SinkRecord.valueText`). */
  readonly text?: Buffer
  /** True where {@link text} has no blanks between its tokens; false where that was not looked at. */
  readonly isCompact?: boolean
  /** True where `value` is read only when it is asked for. */
  readonly isLazy?: boolean
}

/**
 * Turns the bytes of a Kafka record into Connect data and back (Java: `Converter`).
 *
 * @example see docs/extending.md
 */
export interface Converter {
  /** @param config the keys below `key.converter.` or `value.converter.`, without that prefix. */
  configure(config: RawConfig, isKey: boolean): MaybePromise<void>
  /**
   * @throws {DataError} for bytes that are not what this converter reads.
   * @throws {RetriableError} where a registry cannot be reached.
   */
  toConnectData(
    topic: string,
    bytes: Buffer | null,
    headers: readonly RawHeader[],
  ): MaybePromise<SchemaAndValue>
  /** @throws {DataError} for a value that does not fit its schema or this converter. */
  fromConnectData(topic: string, schema: Schema | null, value: unknown): MaybePromise<Buffer | null>
  close?(): MaybePromise<void>
}

/** Turns a header's bytes into Connect data and back (Java: `HeaderConverter`). */
export interface HeaderConverter {
  configure(config: RawConfig): MaybePromise<void>
  toConnectHeader(topic: string, key: string, bytes: Buffer | null): MaybePromise<Header>
  fromConnectHeader(topic: string, header: Header): MaybePromise<Buffer | null>
  close?(): MaybePromise<void>
}

export interface ConverterPlugin extends PluginBase {
  readonly kind: 'converter'
  create(): Converter
}

export interface HeaderConverterPlugin extends PluginBase {
  readonly kind: 'header_converter'
  create(): HeaderConverter
}
