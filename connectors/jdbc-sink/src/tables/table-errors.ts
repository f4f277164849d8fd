import { DataError, type ErrorRow } from '@spillway/api'
import { jdbcErrors } from '../error-rows.ts'

/** A field that no column takes, or a table that cannot be made: told to the record, never tried again. */
export class TableAlterOrCreateError extends DataError {
  static override readonly row: ErrorRow = jdbcErrors.rows.TableAlterOrCreateError
}
