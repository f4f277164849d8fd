import { MILLIS_PER_DAY, daysFromCivil, daysInMonth } from './civil-date.ts'
import { DateScanner } from './date-scanner.ts'
import { type JodaToken, jodaTokens } from './joda-tokens.ts'
import { type LocaleNames, localeNames } from './locale-names.ts'
import { type TimeZone, localToUtc, timeZone } from './time-zone.ts'

/** What a pattern has found in a text so far. */
interface Fields {
  year: number
  month: number
  day: number
  dayOfYear: number | undefined
  hour: number
  half: number | undefined
  minute: number
  second: number
  millis: number
  offsetMs: number | undefined
  zone: TimeZone
}

/**
 * Reads times that a Joda-Time pattern describes (Java: `DateTimeFormatter.parseMillis`). Years, months, days, times,
 * fractions, half days, offsets and zone ids; names of weekdays are read over.
 */
export class JodaParser {
  readonly #tokens: readonly JodaToken[]
  /** Of each token: whether digits touch the next one, and so end where their own letters do, as in yyyyMMdd. */
  readonly #touches: readonly boolean[]
  readonly #names: LocaleNames
  readonly #zone: TimeZone

  /** @throws {RangeError} for a letter Joda-Time does not know, or one that cannot be read back. */
  constructor(pattern: string, zone: TimeZone, locale: string) {
    this.#tokens = jodaTokens(pattern)
    this.#touches = this.#tokens.map((_, index) => {
      const next = this.#tokens[index + 1]
      return next?.type === 'field' && /[YyMdDHhKkmsS]/.test(next.letter)
    })
    this.#names = lowerCase(localeNames(locale))
    this.#zone = zone
    for (const token of this.#tokens) {
      if (token.type === 'field' && 'GCxwez'.includes(token.letter)) {
        throw new RangeError(`A timestamp cannot be read by pattern letter ${token.letter}: ${pattern}`)
      }
    }
  }

  /** @throws {RangeError} `Invalid format: "…" is malformed at "…"` */
  parse(text: string): number {
    const scan = new DateScanner(text)
    const fields: Fields = {
      year: 1970,
      month: 1,
      day: 1,
      dayOfYear: undefined,
      hour: 0,
      half: undefined,
      minute: 0,
      second: 0,
      millis: 0,
      offsetMs: undefined,
      zone: this.#zone,
    }
    this.#tokens.forEach((token, index) => {
      if (token.type === 'literal') readLiteral(scan, token.text)
      else this.#read(scan, token.letter, token.count, fields, this.#touches[index] as boolean)
    })
    scan.end()
    return toUtc(fields)
  }

  #read(scan: DateScanner, letter: string, count: number, fields: Fields, touches: boolean): void {
    const width = (most: number): number => (touches ? count : Math.max(most, count))
    switch (letter) {
      case 'Y':
      case 'y':
        fields.year = count === 2 ? pivotYear(scan.number(2, 'year', 0, 99)) : scan.signed(width(9))
        break
      case 'M':
        fields.month =
          count < 3
            ? scan.number(width(2), 'monthOfYear', 1, 12)
            : this.#name(scan, [this.#names.longMonths, this.#names.shortMonths]) + 1
        break
      case 'd':
        fields.day = scan.number(width(2), 'dayOfMonth', 1, 31)
        break
      case 'D':
        fields.dayOfYear = scan.number(width(3), 'dayOfYear', 1, 366)
        break
      case 'E':
        this.#name(scan, [this.#names.longWeekdays, this.#names.shortWeekdays])
        break
      case 'a':
        fields.half = this.#name(scan, [this.#names.halfDays])
        break
      case 'H':
        fields.hour = scan.number(width(2), 'hourOfDay', 0, 23)
        break
      case 'k':
        fields.hour = scan.number(width(2), 'clockhourOfDay', 1, 24) % 24
        break
      case 'h':
        fields.hour = scan.number(width(2), 'clockhourOfHalfday', 1, 12) % 12
        break
      case 'K':
        fields.hour = scan.number(width(2), 'hourOfHalfday', 0, 11)
        break
      case 'm':
        fields.minute = scan.number(width(2), 'minuteOfHour', 0, 59)
        break
      case 's':
        fields.second = scan.number(width(2), 'secondOfMinute', 0, 59)
        break
      case 'S':
        fields.millis = readFraction(scan, touches ? count : 9)
        break
      default:
        if (count >= 3) fields.zone = readZone(scan)
        else fields.offsetMs = readOffset(scan)
    }
  }

  /** The index of the name that stands here, the longest first. */
  #name(scan: DateScanner, lists: readonly (readonly string[])[]): number {
    const rest = scan.text.slice(scan.at).toLowerCase()
    let best = { index: -1, length: 0 }
    for (const list of lists) {
      list.forEach((name, index) => {
        if (name.length > best.length && rest.startsWith(name)) best = { index, length: name.length }
      })
    }
    if (best.index < 0) throw scan.malformed()
    scan.at += best.length
    return best.index
  }
}

function lowerCase(names: LocaleNames): LocaleNames {
  const lower = (list: readonly string[]): string[] => list.map((name) => name.toLowerCase())
  return {
    ...names,
    longMonths: lower(names.longMonths),
    shortMonths: lower(names.shortMonths),
    longWeekdays: lower(names.longWeekdays),
    shortWeekdays: lower(names.shortWeekdays),
    halfDays: [names.halfDays[0].toLowerCase(), names.halfDays[1].toLowerCase()],
  }
}

function readLiteral(scan: DateScanner, text: string): void {
  if (scan.text.slice(scan.at, scan.at + text.length).toLowerCase() !== text.toLowerCase())
    throw scan.malformed()
  scan.at += text.length
}

function readFraction(scan: DateScanner, most: number): number {
  const start = scan.at
  scan.number(most, 'fractionOfSecond', 0, Infinity)
  return Number(scan.text.slice(start, scan.at).padEnd(3, '0').slice(0, 3))
}

function readOffset(scan: DateScanner): number {
  const offset = scan.offset()
  if (offset === undefined) throw scan.malformed()
  return offset
}

function readZone(scan: DateScanner): TimeZone {
  const id = scan.take(/[A-Za-z][A-Za-z0-9_/+-]*|[+-]\d\d:?\d\d/y)
  if (id === undefined) throw scan.malformed()
  return timeZone(id)
}

/** Two digits are a year between 1970 and 2069. */
function pivotYear(twoDigits: number): number {
  return twoDigits < 70 ? 2000 + twoDigits : 1900 + twoDigits
}

function toUtc(fields: Fields): number {
  const { year, month, day, dayOfYear } = fields
  if (dayOfYear === undefined && day > daysInMonth(year, month)) {
    throw new RangeError(`Value ${day} for dayOfMonth must be in the range [1,${daysInMonth(year, month)}]`)
  }
  const days =
    dayOfYear === undefined ? daysFromCivil(year, month, day) : daysFromCivil(year, 1, 1) + dayOfYear - 1
  const hour = fields.hour + (fields.half === 1 && fields.hour < 12 ? 12 : 0)
  const localMs =
    days * MILLIS_PER_DAY + ((hour * 60 + fields.minute) * 60 + fields.second) * 1000 + fields.millis
  return fields.offsetMs === undefined ? localToUtc(fields.zone, localMs) : localMs - fields.offsetMs
}
