import { DataError } from '@spillway/api'

/** A field that no column takes, or a table that cannot be made: told to the record, never tried again. */
export class TableAlterOrCreateError extends DataError {
  override readonly javaClass: string = 'io.confluent.connect.jdbc.sink.TableAlterOrCreateException'
}
