import { hybridDay, MILLIS_PER_DAY } from '@spillway/api'
import { firstWeekOf, onOrBefore } from './calendar-weeks.ts'

/** The fields of `java.util.Calendar` that a text may set. */
export type CalendarField =
  | 'era'
  | 'year'
  | 'weekYear'
  | 'month'
  | 'weekOfYear'
  | 'weekOfMonth'
  | 'dayOfMonth'
  | 'dayOfYear'
  | 'dayOfWeek'
  | 'dayOfWeekInMonth'
  | 'amPm'
  | 'hour'
  | 'hourOfDay'
  | 'minute'
  | 'second'
  | 'millisecond'
  | 'zoneMinutes'

/** Not set. */
const UNSET = 0

/**
 * Fields as a text sets them, and the instant they mean: values beyond their range run over, and where fields
 * contradict each other the latest complete group wins (Java: `CalendarBuilder` and the lenient `GregorianCalendar`).
 */
export class CalendarFields {
  readonly #values = new Map<CalendarField, { readonly value: number; readonly stamp: number }>()
  #nextStamp = 1

  set(field: CalendarField, value: number): void {
    this.#values.set(field, { value, stamp: this.#nextStamp++ })
  }

  get(field: CalendarField, dflt: number): number {
    return this.#values.get(field)?.value ?? dflt
  }

  /** Moves the year, by whichever field it is set, without making it the latest. */
  addYears(years: number): void {
    for (const field of ['year', 'weekYear'] as const) {
      const entry = this.#values.get(field)
      if (entry !== undefined) this.#values.set(field, { ...entry, value: entry.value + years })
    }
  }

  /** Milliseconds since the epoch. */
  toMillis(): number {
    return this.#day() * MILLIS_PER_DAY + this.#timeOfDay() - this.get('zoneMinutes', 0) * 60_000
  }

  #stamp(field: CalendarField): number {
    return this.#values.get(field)?.stamp ?? UNSET
  }

  /** When a group of fields was complete; unset where one is missing. */
  #groupStamp(...fields: readonly CalendarField[]): number {
    const stamps = fields.map((field) => this.#stamp(field))
    return stamps.includes(UNSET) ? UNSET : Math.max(...stamps)
  }

  #timeOfDay(): number {
    const halfDay = this.#groupStamp('hour', 'amPm')
    const ofDay = this.#stamp('hourOfDay')
    const isOfDay =
      Math.max(halfDay, ofDay) === UNSET
        ? this.#stamp('hour') === UNSET && this.#stamp('amPm') === UNSET
        : ofDay >= halfDay
    const hours = isOfDay ? this.get('hourOfDay', 0) : this.get('hour', 0) + 12 * this.get('amPm', 0)
    const minutes = hours * 60 + this.get('minute', 0)
    return (minutes * 60 + this.get('second', 0)) * 1000 + this.get('millisecond', 0)
  }

  #day(): number {
    if (this.#stamp('weekYear') > this.#stamp('year')) return this.#dayOfWeekYear()
    const year = this.get('era', 1) === 0 ? 1 - this.get('year', 1970) : this.get('year', 1970)
    // The field counts from 0.
    const month = this.get('month', 0) + 1
    switch (this.#dayRule()) {
      case 'dayOfMonth':
        return hybridDay(year, month, (first) => first + this.get('dayOfMonth', 1) - 1)
      case 'weekOfMonth':
        return hybridDay(year, month, (first) =>
          this.#inWeek(onOrBefore(first, 1), this.get('weekOfMonth', 1)),
        )
      case 'dayOfWeekInMonth':
        return hybridDay(year, month, (first) => this.#dayOfWeekInMonth(first, year, month))
      case 'dayOfYear':
        return hybridDay(year, 1, (first) => first + this.get('dayOfYear', 1) - 1)
      case 'weekOfYear':
        return hybridDay(year, 1, (first) => this.#inWeek(onOrBefore(first, 1), this.get('weekOfYear', 1)))
    }
  }

  /** Which fields say the day: the latest complete group, else the latest of what there is. */
  #dayRule(): 'dayOfMonth' | 'weekOfMonth' | 'dayOfWeekInMonth' | 'dayOfYear' | 'weekOfYear' {
    const dayOfMonth = this.#stamp('dayOfMonth')
    const dayOfYear = this.#stamp('dayOfYear')
    let weekOfMonth = this.#groupStamp('weekOfMonth', 'dayOfWeek')
    let inMonth = this.#groupStamp('dayOfWeekInMonth', 'dayOfWeek')
    let weekOfYear = this.#groupStamp('weekOfYear', 'dayOfWeek')
    let best = Math.max(dayOfMonth, weekOfMonth, inMonth, dayOfYear, weekOfYear)
    if (best === UNSET) {
      weekOfMonth = this.#stamp('weekOfMonth')
      inMonth = Math.max(this.#stamp('dayOfWeekInMonth'), this.#stamp('dayOfWeek'))
      weekOfYear = this.#stamp('weekOfYear')
      best = Math.max(weekOfMonth, inMonth, weekOfYear)
    }
    if (best === dayOfMonth) return 'dayOfMonth'
    const ofYear = this.#stamp('weekOfYear')
    const isWeekOfMonth = best === weekOfMonth && this.#stamp('weekOfMonth') >= ofYear
    const isInMonth = best === inMonth && this.#stamp('dayOfWeekInMonth') >= ofYear
    if (isWeekOfMonth || isInMonth) {
      if (weekOfMonth !== inMonth) return best === weekOfMonth ? 'weekOfMonth' : 'dayOfWeekInMonth'
      return this.#stamp('weekOfMonth') >= this.#stamp('dayOfWeekInMonth')
        ? 'weekOfMonth'
        : 'dayOfWeekInMonth'
    }
    return best === dayOfYear ? 'dayOfYear' : 'weekOfYear'
  }

  /** The day of the week that is set, or Sunday, in the week with that number. */
  #inWeek(firstSunday: number, week: number): number {
    return onOrBefore(firstSunday + 6, this.get('dayOfWeek', 1)) + 7 * (week - 1)
  }

  /** The nth such weekday of a month; negative numbers count from its end. */
  #dayOfWeekInMonth(first: number, year: number, month: number): number {
    const weekday = this.get('dayOfWeek', 1)
    const nth = this.get('dayOfWeekInMonth', 1)
    if (nth >= 0) return onOrBefore(first + 7 * nth - 1, weekday)
    const length = hybridDay(year, month + 1, (next) => next) - first
    return onOrBefore(first + length + 7 * (nth + 1) - 1, weekday)
  }

  #dayOfWeekYear(): number {
    let week = this.get('weekOfYear', 1)
    let weekday = this.get('dayOfWeek', 1)
    if (weekday > 7) {
      // ISO numbers beyond Sunday run into later weeks.
      week += Math.floor((weekday - 1) / 7)
      weekday = ((weekday - 1) % 7) + 1
      weekday = weekday === 7 ? 1 : weekday + 1
    }
    return firstWeekOf(this.get('weekYear', 1970)) + 7 * (week - 1) + weekday - 1
  }
}
