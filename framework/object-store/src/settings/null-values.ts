import { ConnectError, DataError, type SinkRecord } from '@spillway/api'

const N = 0x6e
const SPACE = 0x20

/** Whether a record's value is null, without parsing a value that is still JSON text: only `null` begins with an n. */
export function isNullValue(record: SinkRecord): boolean {
  const text = record.valueText
  if (text === null) return record.value === null || record.value === undefined
  let i = 0
  while ((text[i] as number) <= SPACE) i++
  return text[i] === N
}

/** What a null value is: fatal, or a fault of the record. */
export function nullValueFailure(record: SinkRecord, behavior: 'fail' | 'ignore' | 'write'): ConnectError {
  if (behavior === 'ignore') return new DataError('Skipping null value record.')
  return new ConnectError(
    `Null valued records are not writeable with current behavior.on.null.values setting '${behavior}': ` +
      `record ${record.coordinates}. Set behavior.on.null.values to 'ignore' to leave them out.`,
  )
}
