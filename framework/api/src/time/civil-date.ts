import { MILLIS_PER_DAY } from '../data/logical-types.ts'

/** A day of the proleptic Gregorian calendar, as ISO 8601 and Joda-Time's ISOChronology count them. */
export interface CivilDate {
  /** 0 is 1 BC, -1 is 2 BC. */
  readonly year: number
  /** 1-12 */
  readonly month: number
  /** 1-31 */
  readonly day: number
}

export { MILLIS_PER_DAY }
const DAYS_PER_ERA = 146_097
/** The calendar, weekdays included, repeats after 400 years. */
export const MILLIS_PER_ERA: number = DAYS_PER_ERA * MILLIS_PER_DAY

/** Days since 1970-01-01 of a date; any year, as `Date` covers only 271,821 BC to 275,760. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * DAYS_PER_ERA + dayOfEra - 719_468
}

/** The date of a number of days since 1970-01-01. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + 719_468
  const era = Math.floor(shifted / DAYS_PER_ERA)
  const dayOfEra = shifted - era * DAYS_PER_ERA
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** ISO weekday of a number of days since 1970-01-01: 1 is Monday, 7 Sunday. */
export function dayOfWeek(days: number): number {
  return ((((days + 3) % 7) + 7) % 7) + 1
}

/** Days since 1970-01-01 of the Monday with which an ISO week-year begins. */
export function weekYearStart(weekYear: number): number {
  const fourth = daysFromCivil(weekYear, 1, 4)
  return fourth - dayOfWeek(fourth) + 1
}

/** ISO week of a number of days since 1970-01-01. */
export function isoWeek(days: number): { readonly weekYear: number; readonly week: number } {
  const thursday = days - dayOfWeek(days) + 4
  const weekYear = civilFromDays(thursday).year
  return { weekYear, week: Math.floor((thursday - daysFromCivil(weekYear, 1, 1)) / 7) + 1 }
}

/** Days of a month. */
export function daysInMonth(year: number, month: number): number {
  return (
    daysFromCivil(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1) -
    daysFromCivil(year, month, 1)
  )
}
