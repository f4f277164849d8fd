import type { MaybePromise, PluginKind } from '@spillway/api'
import type { ConnectionSettings } from '../config/connection-settings.ts'
import { DATABASES, type DatabasePlugin } from '../config/database-kind.ts'
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

/** A dialect that `dialect.name` or the URL of a database can name. Drivers are best loaded by `create`. */
export interface DialectPlugin extends DatabasePlugin {
  /** Driver properties that act, or need not; lower case. Others are warned about. */
  readonly properties: readonly string[]
  create(options: DialectOptions): MaybePromise<Dialect>
}

export const DIALECTS = DATABASES as PluginKind<DialectPlugin>
