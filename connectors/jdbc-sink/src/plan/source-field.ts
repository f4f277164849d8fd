import type { SinkRecord } from '@spillway/api'
import type { SinkField } from '../values/column.ts'

/** A field with how to read it from a record. */
export interface SourceField extends SinkField {
  read(record: SinkRecord): unknown
}
