import type { Schema } from '@spillway/api'

/** A field of a record as a column sees it (Java: `SinkRecordField`). */
export interface SinkField {
  readonly name: string
  readonly schema: Schema
  readonly isPrimaryKey: boolean
  /** Named in timestamp.fields.list: time since the epoch, to be written as a timestamp. */
  readonly isTimestamp: boolean
}

/** A column as the catalog describes it. */
export interface Column {
  readonly name: string
  /** The database's own name of the type, without length or precision, in lower case. */
  readonly type: string
  readonly isNullable: boolean
  /** True where texts that differ may be equal: collations that pass over case, accents or trailing spaces. */
  readonly isLoose: boolean
  /** Most characters of a text, where the column has a limit. */
  readonly maxLength?: number | undefined
  /** Digits after the point that the column keeps, of a decimal or of seconds; undefined for all. */
  readonly fraction?: number | undefined
}
