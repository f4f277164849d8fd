import { MILLIS_PER_DAY, daysFromCivil, daysInMonth, weekYearStart } from './civil-date.ts'
import { type WrittenTime, commonIsoTime } from './common-iso.ts'
import { DateScanner } from './date-scanner.ts'
import { type TimeZone, localToUtc } from './time-zone.ts'

const NEXT_DATE_PART = /-[Ww]?\d/y
const WEEK = /-[Ww]/y
const NEXT_NUMBER = /-\d/y
const DASH = /-/y
const THREE_DIGITS = /\d{3}/y
const NEXT_TIME_PART = /:\d/y
const COLON = /:/y
const TIME_MARK = /[Tt]/y

/** Parts of a time with their unit in ms and the largest value. */
const TIME_PARTS = [
  ['hourOfDay', 3_600_000, 23],
  ['minuteOfHour', 60_000, 59],
  ['secondOfMinute', 1000, 59],
] as const

/**
 * Reads an ISO 8601 text as `ISODateTimeFormat.dateTimeParser().parseMillis` does: a date (`2015-04-02`, `2015-092`,
 * `2015-W14-4`, each from the right end on optional), a time (`T10`, `T10:30`, `T10:30:15.5`, fractions of any of
 * them), or both, and an offset after the time.
 *
 * @param zone where a text without an offset was meant. A time that daylight saving time skips there is taken with the
 *   offset before the gap, where Joda-Time refuses it.
 * @throws {RangeError} `Invalid format: "…" is malformed at "…"`, or `Cannot parse "…": Value 13 for …`
 */
export function parseIsoDateTime(text: string, zone: TimeZone): number {
  const { localMs, offsetMs } = commonIsoTime(text) ?? anyIsoTime(text)
  return offsetMs === undefined ? localToUtc(zone, localMs) : localMs - offsetMs
}

function anyIsoTime(text: string): WrittenTime {
  const scan = new DateScanner(text)
  let days = 0
  if (/^t/i.test(text)) {
    scan.at = 1
    if (!scan.isDigit()) throw scan.malformed()
  } else {
    days = readDate(scan)
    if (scan.at < text.length && !scan.take(TIME_MARK)) throw scan.malformed()
  }
  const hasTime = scan.at > 0 && /t/i.test(text.charAt(scan.at - 1))
  const timeMs = hasTime ? readTime(scan) : 0
  const offsetMs = hasTime ? scan.offset() : undefined
  scan.end()
  return { localMs: days * MILLIS_PER_DAY + timeMs, offsetMs }
}

function readDate(scan: DateScanner): number {
  const year = scan.signed(9)
  if (!scan.ahead(NEXT_DATE_PART)) return daysFromCivil(year, 1, 1)
  if (scan.take(WEEK)) {
    const week = scan.number(2, 'weekOfWeekyear', 1, weeksOf(year))
    const day = scan.ahead(NEXT_NUMBER) && scan.take(DASH) ? scan.number(1, 'dayOfWeek', 1, 7) : 1
    return weekYearStart(year) + (week - 1) * 7 + day - 1
  }
  scan.take(DASH)
  if (scan.ahead(THREE_DIGITS)) {
    const length = daysFromCivil(year + 1, 1, 1) - daysFromCivil(year, 1, 1)
    return daysFromCivil(year, 1, 1) + scan.number(3, 'dayOfYear', 1, length) - 1
  }
  const month = scan.number(2, 'monthOfYear', 1, 12)
  const day =
    scan.ahead(NEXT_NUMBER) && scan.take(DASH) ? scan.number(2, 'dayOfMonth', 1, daysInMonth(year, month)) : 1
  return daysFromCivil(year, month, day)
}

function readTime(scan: DateScanner): number {
  if (!scan.isDigit()) return 0
  let ms = 0
  for (const [name, unitMs, limit] of TIME_PARTS) {
    if (name !== 'hourOfDay' && !(scan.ahead(NEXT_TIME_PART) && scan.take(COLON))) return ms
    ms += scan.number(2, name, 0, limit) * unitMs
    const fraction = scan.fraction()
    if (fraction !== undefined) return ms + Math.floor(fraction * unitMs + 1e-6)
  }
  return ms
}

function weeksOf(weekYear: number): number {
  return (weekYearStart(weekYear + 1) - weekYearStart(weekYear)) / 7
}
