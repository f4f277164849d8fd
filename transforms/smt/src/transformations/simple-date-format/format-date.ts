import { hybridDate, hybridDay, MILLIS_PER_DAY } from '@spillway/api'
import { dayOfMillis, dayOfWeek, firstWeekOf, onOrBefore } from './calendar-weeks.ts'
import type { PatternItem } from './compile-pattern.ts'
import { AM_PM, ERAS, MONTHS, short, WEEKDAYS } from './symbols.ts'

const MILLIS_PER_HOUR = 3_600_000

/** Writes an instant in UTC as `SimpleDateFormat.format` does. */
export function formatDate(items: readonly PatternItem[], millis: number): string {
  const moment = new Moment(millis)
  let text = ''
  for (const item of items) text += item.kind === 'text' ? item.text : field(item.letter, item.count, moment)
  return text
}

/** The parts of an instant that a pattern may ask for. */
class Moment {
  readonly day: number
  readonly millisOfDay: number
  readonly year: number
  readonly month: number
  readonly dayOfMonth: number

  constructor(millis: number) {
    this.day = dayOfMillis(millis)
    this.millisOfDay = millis - this.day * MILLIS_PER_DAY
    const { year, month, day } = hybridDate(this.day)
    this.year = year
    this.month = month - 1
    this.dayOfMonth = day
  }

  get hour(): number {
    return Math.floor(this.millisOfDay / MILLIS_PER_HOUR)
  }

  /** The year whose first week comes last before this day. */
  get weekYear(): number {
    return this.day >= firstWeekOf(this.year + 1) ? this.year + 1 : this.year
  }
}

function field(letter: string, count: number, moment: Moment): string {
  switch (letter) {
    case 'G':
      return ERAS[moment.year > 0 ? 1 : 0] ?? ''
    case 'y':
      return yearText(moment.year > 0 ? moment.year : 1 - moment.year, count)
    case 'Y':
      return yearText(moment.weekYear, count)
    case 'M':
    case 'L':
      return count < 3 ? pad(moment.month + 1, count) : name(MONTHS[moment.month], count)
    case 'w':
      return pad(weeksBetween(firstWeekOf(moment.weekYear), moment.day), count)
    case 'W':
      return pad(weeksBetween(onOrBefore(firstOfMonth(moment), 1), moment.day), count)
    case 'D':
      return pad(moment.day - hybridDay(moment.year, 1, (first) => first) + 1, count)
    case 'd':
      return pad(moment.dayOfMonth, count)
    case 'F':
      return pad(Math.floor((moment.dayOfMonth - 1) / 7) + 1, count)
    case 'E':
      return name(WEEKDAYS[dayOfWeek(moment.day) - 1], count)
    case 'u':
      return pad(((dayOfWeek(moment.day) + 5) % 7) + 1, count)
    default:
      return timeField(letter, count, moment)
  }
}

function timeField(letter: string, count: number, moment: Moment): string {
  const { hour, millisOfDay } = moment
  switch (letter) {
    case 'a':
      return AM_PM[hour < 12 ? 0 : 1] ?? ''
    case 'H':
      return pad(hour, count)
    case 'k':
      return pad(hour === 0 ? 24 : hour, count)
    case 'K':
      return pad(hour % 12, count)
    case 'h':
      return pad(hour % 12 === 0 ? 12 : hour % 12, count)
    case 'm':
      return pad(Math.floor(millisOfDay / 60_000) % 60, count)
    case 's':
      return pad(Math.floor(millisOfDay / 1000) % 60, count)
    case 'S':
      return pad(millisOfDay % 1000, count)
    case 'z':
      return count >= 4 ? 'Coordinated Universal Time' : 'UTC'
    case 'Z':
      return '+0000'
    default:
      return 'Z'
  }
}

function firstOfMonth(moment: Moment): number {
  return moment.day - moment.dayOfMonth + 1
}

/** Number of the week a day is in, where the first began on that Sunday. */
function weeksBetween(firstSunday: number, day: number): number {
  return Math.floor((day - firstSunday) / 7) + 1
}

function yearText(year: number, count: number): string {
  return count === 2 ? pad(year % 100, 2) : pad(year, count)
}

function name(full: string | undefined, count: number): string {
  return count >= 4 ? (full ?? '') : short(full ?? '')
}

function pad(value: number, count: number): string {
  return value < 0 ? `-${String(-value).padStart(count, '0')}` : String(value).padStart(count, '0')
}
