import type { SinkRecord } from '../data/sink-record.ts'
import type { RawConfig } from '../config/config-def.ts'
import type { ModuleDoor } from '../config/module-door.ts'

/** What a sink would do with one record. */
export interface RecordPreview {
  /** What it would be written to: object keys, tables, files. Empty where nothing would be. */
  readonly destinations: readonly string[]
  /** What a database would be told, in this order. */
  readonly statements?: readonly PreviewedStatement[]
  /** Why it cannot be written. */
  readonly error?: unknown
}

/** A statement with its parameters, where it has any. */
export interface PreviewedStatement {
  readonly sql: string
  readonly parameters?: readonly unknown[]
}

/** What a preview is asked about. */
export interface PreviewRequest {
  readonly connectorName: string
  /** Resolved and valid. */
  readonly config: RawConfig
  /** As `put` would get them. */
  readonly records: readonly SinkRecord[]
  readonly signal: AbortSignal
  /**
   * True where nothing may be connected to and no file opened: for users who may only read. What cannot be told then is left
   * out.
   */
  readonly isOffline: boolean
  /** For modules that the configuration names. */
  readonly modules: ModuleDoor
}
