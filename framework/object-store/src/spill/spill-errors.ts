import { ConnectError, type ErrorRow } from '@spillway/api'
import { objectStoreErrors } from '../error-rows.ts'

/** Neither memory nor disk has room for more bytes. Nothing was taken; what is there stays readable. */
export class SpillFullError extends ConnectError {
  static override readonly row: ErrorRow = objectStoreErrors.rows.SpillFullError
}

/** The spill log gave back other bytes than were written. The task fails and reads the records again from Kafka. */
export class SpillCorruptedError extends ConnectError {
  static override readonly row: ErrorRow = objectStoreErrors.rows.SpillCorruptedError
  /** Path of the segment. */
  readonly segment: string
  /** Where in the segment the broken frame begins. */
  readonly offset: number

  constructor(segment: string, offset: number, what: string) {
    super(
      `The spill log is corrupted: ${what} at offset ${offset} of ${segment}. No data is lost: restart the task and ` +
        'it reads the records again from Kafka. Check the disk that buffer.dir lies on.',
    )
    this.segment = segment
    this.offset = offset
  }
}
