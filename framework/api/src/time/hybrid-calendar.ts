import { type CivilDate, civilFromDays, daysFromCivil } from './civil-date.ts'

/**
 * The calendar that Java's `GregorianCalendar` keeps, and so `java.sql.Date` and `SimpleDateFormat`: Julian until 4
 * October 1582, Gregorian from the next day, which was the 15th. Days count from 1970-01-01, years are astronomical:
 * 0 is 1 BC.
 */

/** 15 October 1582. */
const CUTOVER_DAY = -141_427
/** From 1 March of the Julian year 0 to the epoch. */
const JULIAN_EPOCH = 719_470
const DAYS_PER_JULIAN_ERA = 1461

/** The date of a number of days since 1970-01-01. */
export function hybridDate(day: number): CivilDate {
  return day >= CUTOVER_DAY ? civilFromDays(day) : julianDate(day)
}

/**
 * A day from what `place` makes of the first of a month. Each calendar is asked; the one that gives a day within its
 * own time has it.
 *
 * @param month 1 for January; months beyond 1 to 12 run into other years.
 */
export function hybridDay(year: number, month: number, place: (firstOfMonth: number) => number): number {
  const years = Math.floor((month - 1) / 12)
  const inYear = month - 12 * years
  const gregorian = place(daysFromCivil(year + years, inYear, 1))
  return gregorian >= CUTOVER_DAY ? gregorian : place(firstOfJulianMonth(year + years, inYear))
}

/** Years are counted from March, so that a leap day is the last of its year. */
function firstOfJulianMonth(year: number, month: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const marchMonth = month + (month > 2 ? -3 : 9)
  return julianDay(marchYear, Math.floor((153 * marchMonth + 2) / 5))
}

function julianDay(marchYear: number, dayOfYear: number): number {
  return 365 * marchYear + Math.floor(marchYear / 4) + dayOfYear - JULIAN_EPOCH
}

function julianDate(day: number): CivilDate {
  const shifted = day + JULIAN_EPOCH
  const era = Math.floor(shifted / DAYS_PER_JULIAN_ERA)
  const inEra = shifted - era * DAYS_PER_JULIAN_ERA
  const marchYear = era * 4 + Math.floor((inEra - Math.floor(inEra / 1460)) / 365)
  const dayOfYear = day - julianDay(marchYear, 0)
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return {
    year: month <= 2 ? marchYear + 1 : marchYear,
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  }
}
