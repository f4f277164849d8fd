import type { PatternItem } from './compile-pattern.ts'
import { type CalendarField, CalendarFields } from './calendar-fields.ts'
import { doubleToInt } from '../shared/java-number.ts'
import { AM_PM, ERAS, LONG_ERAS, MONTHS, short, WEEKDAYS, ZONE_MINUTES } from './symbols.ts'

/** The instant from which two digits of a year are counted: 80 years before a format is made. */
export interface Century {
  readonly startYear: number
  readonly startMillis: number
}

/** Fields that are plain numbers. */
const NUMBER_FIELDS: Readonly<Record<string, CalendarField>> = {
  d: 'dayOfMonth',
  D: 'dayOfYear',
  F: 'dayOfWeekInMonth',
  w: 'weekOfYear',
  W: 'weekOfMonth',
  H: 'hourOfDay',
  k: 'hourOfDay',
  K: 'hour',
  h: 'hour',
  m: 'minute',
  s: 'second',
  S: 'millisecond',
  u: 'dayOfWeek',
}

/** Reads a text as the lenient `SimpleDateFormat.parse` does; what follows the pattern is ignored. */
export class DateParser {
  readonly #items: readonly PatternItem[]
  readonly #century: Century

  constructor(items: readonly PatternItem[], century: Century) {
    this.#items = items
    this.#century = century
  }

  /** Milliseconds since the epoch, or undefined for a text that does not follow the pattern. */
  parse(text: string): number | undefined {
    const reading = new Reading(text, this.#century)
    for (const [i, item] of this.#items.entries()) {
      const isRead =
        item.kind === 'text'
          ? reading.text(item.text)
          : reading.field(item.letter, item.count, this.#isAbutted(i))
      if (!isRead) return undefined
    }
    return reading.at === 0 ? undefined : reading.toMillis()
  }

  /** True where a number follows without anything between: then the number of letters counts. */
  #isAbutted(index: number): boolean {
    const next = this.#items[index + 1]
    if (next?.kind !== 'field') return false
    return (
      Object.hasOwn(NUMBER_FIELDS, next.letter) ||
      'yY'.includes(next.letter) ||
      ('ML'.includes(next.letter) && next.count <= 2)
    )
  }
}

/** One text being read. */
class Reading {
  readonly #text: string
  readonly #century: Century
  readonly #fields = new CalendarFields()
  #isAmbiguousYear = false
  at = 0

  constructor(text: string, century: Century) {
    this.#text = text
    this.#century = century
  }

  toMillis(): number {
    const millis = this.#fields.toMillis()
    if (!this.#isAmbiguousYear || millis >= this.#century.startMillis) return millis
    this.#fields.addYears(100)
    return this.#fields.toMillis()
  }

  text(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.at)) return false
    this.at += expected.length
    return true
  }

  field(letter: string, count: number, obeysCount: boolean): boolean {
    const start = this.at
    while (this.#text[this.at] === ' ' || this.#text[this.at] === '\t') this.at++
    if (this.at >= this.#text.length) return false
    switch (letter) {
      case 'G':
        return this.#name(start, 'era', [ERAS, LONG_ERAS])
      case 'E':
        return this.#name(start, 'dayOfWeek', [WEEKDAYS, WEEKDAYS.map(short)], 1)
      case 'a':
        return this.#name(start, 'amPm', [AM_PM])
      case 'z':
      case 'Z':
        return this.#generalZone(start)
      case 'X':
        return this.#isoZone(count)
      case 'M':
      case 'L':
        if (count > 2) return this.#name(start, 'month', [MONTHS, MONTHS.map(short)])
    }
    const digitsFrom = this.at
    const value = this.#number(obeysCount ? start + count : undefined)
    if (value === undefined) return false
    this.#setNumber(letter, count, value, this.#text.slice(digitsFrom, this.at))
    return true
  }

  #setNumber(letter: string, count: number, value: number, digits: string): void {
    switch (letter) {
      case 'y':
      case 'Y':
        this.#fields.set(letter === 'y' ? 'year' : 'weekYear', this.#year(value, count, digits))
        return
      case 'M':
      case 'L':
        this.#fields.set('month', value - 1)
        return
      case 'k':
        this.#fields.set('hourOfDay', value === 24 ? 0 : value)
        return
      case 'h':
        this.#fields.set('hour', value === 12 ? 0 : value)
        return
      case 'u':
        // ISO counts from Monday, the calendar from Sunday.
        this.#fields.set('dayOfWeek', value >= 1 && value <= 7 ? (value % 7) + 1 : value)
        return
    }
    const field = NUMBER_FIELDS[letter]
    if (field !== undefined) this.#fields.set(field, value)
  }

  /** Two digits, and only two, mean a year within the century. */
  #year(value: number, count: number, digits: string): number {
    if (count > 2 || !/^\d\d$/.test(digits)) return value
    const { startYear } = this.#century
    const twoDigits = startYear % 100
    this.#isAmbiguousYear = value === twoDigits
    return value + Math.floor(startYear / 100) * 100 + (value < twoDigits ? 100 : 0)
  }

  /** An integer with or without minus, not beyond `end`. */
  #number(end: number | undefined): number | undefined {
    if (end !== undefined && end > this.#text.length) return undefined
    const digits = /^-?\d+/.exec(this.#text.slice(this.at, end))?.[0]
    if (digits === undefined) return undefined
    this.at += digits.length
    const exact = BigInt(digits)
    return BigInt.asIntN(64, exact) === exact ? Number(BigInt.asIntN(32, exact)) : doubleToInt(Number(digits))
  }

  /** The longest name that stands here, whatever its case. */
  #name(start: number, field: CalendarField, lists: readonly (readonly string[])[], first = 0): boolean {
    let length = 0
    let value = 0
    for (const names of lists) {
      for (const [i, name] of names.entries()) {
        if (name.length > length && this.#startsWith(start, name)) {
          length = name.length
          value = i + first
        }
      }
    }
    if (length === 0) return false
    this.at = start + length
    this.#fields.set(field, value)
    return true
  }

  #startsWith(start: number, name: string): boolean {
    return this.#text.slice(start, start + name.length).toLowerCase() === name.toLowerCase()
  }

  /** `+hhmm`, `GMT+h:mm`, `GMT` or a zone's name. */
  #generalZone(start: number): boolean {
    const sign = signOf(this.#text[this.at])
    if (sign !== 0) {
      this.at++
      return this.#offset(/\d\d(?=\d\d)/y, /\d\d/y, sign)
    }
    if (this.#startsWith(start, 'GMT')) {
      this.at = start + 3
      const afterGmt = signOf(this.#text[this.at])
      if (afterGmt === 0) return this.#setZone(0)
      this.at++
      return this.#offset(/\d\d?(?=:)/y, /:\d\d/y, afterGmt)
    }
    let length = 0
    let minutes = 0
    for (const [name, offset] of ZONE_MINUTES) {
      if (name.length > length && this.#startsWith(this.at, name)) {
        length = name.length
        minutes = offset
      }
    }
    this.at += length
    return length > 0 && this.#setZone(minutes)
  }

  #isoZone(count: number): boolean {
    if (this.#text[this.at] === 'Z') {
      this.at++
      return this.#setZone(0)
    }
    const sign = signOf(this.#text[this.at])
    if (sign === 0) return false
    this.at++
    const minutes = [/(?:)/y, /\d\d/y, /:\d\d/y][count - 1] ?? /\d\d/y
    return this.#offset(/\d\d/y, minutes, sign)
  }

  #offset(hoursPattern: RegExp, minutesPattern: RegExp, sign: number): boolean {
    const hours = this.#match(hoursPattern)
    const minutes = hours === undefined ? undefined : this.#match(minutesPattern)
    if (hours === undefined || minutes === undefined) return false
    const minuteCount = Number(minutes.replace(':', ''))
    if (Number(hours) > 23 || minuteCount > 59) return false
    return this.#setZone(sign * (Number(hours) * 60 + minuteCount))
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.#text)?.[0]
    this.at += found?.length ?? 0
    return found
  }

  #setZone(minutes: number): boolean {
    this.#fields.set('zoneMinutes', minutes)
    return true
  }
}

function signOf(char: string | undefined): number {
  return char === '+' ? 1 : char === '-' ? -1 : 0
}
