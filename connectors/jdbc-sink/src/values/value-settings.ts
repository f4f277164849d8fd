import type { TimeZone } from '@spillway/api'

/** How values are turned into columns. */
export interface ValueSettings {
  readonly zone: TimeZone
  readonly dateZone: TimeZone
  readonly isLegacyCalendar: boolean
  /** Units of timestamp.fields.list per millisecond: 1,000 or 1,000,000. */
  readonly timestampUnitsPerMs: bigint
  readonly replaceNullWithDefault: boolean
}
