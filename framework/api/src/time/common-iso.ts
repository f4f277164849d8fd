import { MILLIS_PER_DAY, daysFromCivil, daysInMonth } from './civil-date.ts'

/** A time as it was written: local where it names no offset. */
export interface WrittenTime {
  readonly localMs: number
  readonly offsetMs: number | undefined
}

/**
 * Reads the form nearly every machine writes, `2015-04-02T01:00:00`, with any fraction and `Z` or `-07:00` behind it or
 * not. Undefined for everything else, right or wrong: {@link parseIsoDateTime} then says which.
 */
export function commonIsoTime(text: string): WrittenTime | undefined {
  const isShape =
    text.length >= 19 &&
    text[4] === '-' &&
    text[7] === '-' &&
    text[10] === 'T' &&
    text[13] === ':' &&
    text[16] === ':'
  if (!isShape) return undefined
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const hour = digits(text, 11, 13)
  const minute = digits(text, 14, 16)
  const second = digits(text, 17, 19)
  // What is no digit is NaN, and fails each of these.
  const isDate = year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
  if (!isDate || !(hour <= 23 && minute <= 59 && second <= 59)) return undefined
  let at = 19
  let millis = 0
  if (text[at] === '.') {
    const start = ++at
    while (isDigit(text, at)) at++
    if (at === start) return undefined
    millis =
      digits(text, start, Math.min(at, start + 3)) * (at - start === 1 ? 100 : at - start === 2 ? 10 : 1)
  }
  const localMs =
    daysFromCivil(year, month, day) * MILLIS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + millis
  if (at === text.length) return { localMs, offsetMs: undefined }
  if (text[at] === 'Z' && at + 1 === text.length) return { localMs, offsetMs: 0 }
  const sign = text[at] === '+' ? 1 : text[at] === '-' ? -1 : 0
  const hours = digits(text, at + 1, at + 3)
  const minutes = digits(text, at + 4, at + 6)
  const isOffset =
    sign !== 0 && text[at + 3] === ':' && at + 6 === text.length && hours <= 23 && minutes <= 59
  return isOffset ? { localMs, offsetMs: sign * (hours * 60 + minutes) * 60_000 } : undefined
}

function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) {
    if (!isDigit(text, at)) return NaN
    value = value * 10 + text.charCodeAt(at) - 48
  }
  return value
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}
