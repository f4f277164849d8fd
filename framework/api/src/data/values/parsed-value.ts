import type { Schema } from '../schema.ts'

/** A value with the schema that its text suggests; null where it suggests none. */
export interface ParsedValue {
  readonly schema: Schema | null
  readonly value: unknown
}
