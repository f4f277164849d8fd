import { DataError } from '@spillway/api'

/** Below this many digits in a row every integer is exact as a number. */
const MANY_DIGITS = /\d{16}/
/** Digits of an integer that is read exactly, as the framework has it: a million of them would take seconds. */
const MOST_DIGITS = 1000

/**
 * Reads JSON as schemaless data: integers beyond 2^53 become bigints, so that no digit is lost.
 *
 * @param what names the text in the error.
 * @throws {DataError} for a text that is no JSON.
 */
export function parseJsonText(text: string, what: string): unknown {
  try {
    return MANY_DIGITS.test(text)
      ? (JSON.parse(text, exactIntegers) as unknown)
      : (JSON.parse(text) as unknown)
  } catch (cause) {
    throw new DataError(`${what} is no JSON: ${(cause as Error).message}`, { cause })
  }
}

function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source
  if (source === undefined || !/^-?\d+$/.test(source)) return value
  if (source.length > MOST_DIGITS) throw new Error(`an integer has more than ${MOST_DIGITS} digits`)
  return BigInt(source)
}
