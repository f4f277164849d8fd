import { ConnectError, isConnectError, type SinkRecord } from '@spillway/api'

const RECORD_FAULTS: ReadonlySet<string> = new Set([
  'CONNECT_DATA',
  'CONNECT_SCHEMA_BUILDER',
  'CONNECT_SCHEMA_PROJECTOR',
  'STORAGE_PARTITION',
])

/** True for an error that one record is to blame for: it may go to the dead letter queue. */
export function isRecordFault(error: unknown): boolean {
  return isConnectError(error) && RECORD_FAULTS.has(error.code)
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
  return (error as { code?: unknown } | null)?.code === 'STORAGE_SPILL_FULL'
}
