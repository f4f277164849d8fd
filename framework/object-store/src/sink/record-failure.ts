import { apiErrors, ConnectError, isOfKind, type SinkRecord } from '@spillway/api'
import { objectStoreErrors } from '../error-rows.ts'

/** Codes of what one record is to blame for, with all that extends them. */
const RECORD_FAULTS = [apiErrors.rows.DataError.code, objectStoreErrors.rows.PartitionError.code]

/** True for an error that one record is to blame for: it may go to the dead letter queue. */
export function isRecordFault(error: unknown): boolean {
  return RECORD_FAULTS.some((code) => isOfKind(error, code))
}

/** The failure of the task where nobody takes its bad records. */
export function recordFailure(record: SinkRecord, cause: unknown): ConnectError {
  return new ConnectError(
    `Record ${record.coordinates} cannot be written: ${(cause as Error).message} Repair or skip the record, or set ` +
      'errors.tolerance=all with errors.deadletterqueue.topic.name to keep such records aside.',
    { cause },
  )
}

/** True for the spill buffer's word that neither memory nor disk has room. */
export function isSpillFull(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === objectStoreErrors.rows.SpillFullError.code
}
