import type { ConnectionSettings } from '../config/connection-settings.ts'
import type { TemporalText } from '../values/temporal-text.ts'
import type { Dialect } from './dialect.ts'

/** What a dialect is made from. */
export interface DialectOptions {
  readonly connection: ConnectionSettings
  readonly quotes: boolean
  readonly temporal: TemporalText
  /** Units of timestamp.fields.list per millisecond. */
  readonly timestampUnitsPerMs: bigint
  /** True for validation and previews: connecting must leave nothing behind. */
  readonly isTrial: boolean
}

/** One entry of the list of dialects. */
export interface DialectPlugin {
  /** Confluent's class name of it, for dialect.name. */
  readonly name: string
  /** What follows `jdbc:` in its URLs. */
  readonly subprotocols: readonly string[]
  /** Driver properties that act, or need not; lower case. Others are warned about. */
  readonly properties: readonly string[]
  create(options: DialectOptions): Dialect
}
