import { DataError } from '@spillway/api'

/** Values that one message may become beyond what its bytes hold: two bytes can stand for a struct of a thousand nulls. */
const MOST_FREE_VALUES = 4_000_000
/** Values that a byte pays for: the smallest struct takes one, and as much room as ten values. */
const VALUES_PER_BYTE = 16
/** What a struct takes beside its values. */
export const STRUCT_COST = 10

/** One for all, as the reading of a message is never interrupted. */
const budget = { left: 0 }

/** Begins a message of that many bytes. */
export function beginMessage(bytes: number): void {
  budget.left = MOST_FREE_VALUES + bytes * VALUES_PER_BYTE
}

/** Counts values before they are made. @throws {DataError} where the message would become too many of them. */
export function takeValues(count: number): void {
  budget.left -= count
  if (budget.left < 0) {
    throw new DataError(
      `the message becomes more than ${MOST_FREE_VALUES} values, those that it leaves out included`,
    )
  }
}
