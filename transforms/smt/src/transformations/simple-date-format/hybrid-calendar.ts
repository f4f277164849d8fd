import { MILLIS_PER_DAY } from '@spillway/api'

/**
 * The calendar that Java's `GregorianCalendar` keeps in UTC: Julian until 4 October 1582, Gregorian from the next day,
 * which was the 15th. Weeks begin on Sunday, and the week that holds 1 January is the first, as in the locale en_US.
 *
 * Days count from 1970-01-01. Years are astronomical: 0 is 1 BC. Months count from 0.
 */

/** 15 October 1582. */
const CUTOVER_DAY = -141_427

export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly dayOfMonth: number
}

/** One of the two calendars; both count years from March, so that a leap day is the last of its year. */
interface CalendarRule {
  dayOf(marchYear: number, dayOfMarchYear: number): number
  marchYearOf(day: number): number
}

const GREGORIAN: CalendarRule = {
  dayOf: (year, day) =>
    365 * year + Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400) + day - 719_468,
  marchYearOf(day) {
    const fromEra = day + 719_468
    const era = Math.floor(fromEra / 146_097)
    const inEra = fromEra - era * 146_097
    const year = Math.floor(
      (inEra - Math.floor(inEra / 1460) + Math.floor(inEra / 36_524) - Math.floor(inEra / 146_096)) / 365,
    )
    return year + era * 400
  },
}

const JULIAN: CalendarRule = {
  dayOf: (year, day) => 365 * year + Math.floor(year / 4) + day - 719_470,
  marchYearOf(day) {
    const fromEra = day + 719_470
    const era = Math.floor(fromEra / 1461)
    const inEra = fromEra - era * 1461
    return era * 4 + Math.floor((inEra - Math.floor(inEra / 1460)) / 365)
  },
}

/** The first of a month; months beyond 0 to 11 run into other years. */
function firstOfMonth(rule: CalendarRule, year: number, month: number): number {
  const fromMarch = month - 2
  const marchYear = year + Math.floor(fromMarch / 12)
  const marchMonth = fromMarch - 12 * Math.floor(fromMarch / 12)
  return rule.dayOf(marchYear, Math.floor((153 * marchMonth + 2) / 5))
}

/**
 * A day from what `place` makes of the first of a month. Each calendar is asked; the one that gives a day within its
 * own time has it.
 */
export function resolveDay(year: number, month: number, place: (firstOfMonth: number) => number): number {
  const gregorian = place(firstOfMonth(GREGORIAN, year, month))
  return gregorian >= CUTOVER_DAY ? gregorian : place(firstOfMonth(JULIAN, year, month))
}

export function civilDate(day: number): CivilDate {
  const rule = day >= CUTOVER_DAY ? GREGORIAN : JULIAN
  const marchYear = rule.marchYearOf(day)
  const dayOfYear = day - rule.dayOf(marchYear, 0)
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = (marchMonth + 2) % 12
  return {
    year: month < 2 ? marchYear + 1 : marchYear,
    month,
    dayOfMonth: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  }
}

export function dayOfMillis(millis: number): number {
  return Math.floor(millis / MILLIS_PER_DAY)
}

/** 1 for Sunday to 7 for Saturday, as in `java.util.Calendar`. */
export function dayOfWeek(day: number): number {
  return ((((day + 4) % 7) + 7) % 7) + 1
}

/** The last such day of the week that is not after the day. */
export function onOrBefore(day: number, weekday: number): number {
  const back = (dayOfWeek(day) - weekday) % 7
  return day - (back < 0 ? back + 7 : back)
}

/** The Sunday that begins the first week of a year. */
export function firstWeekOf(year: number): number {
  return onOrBefore(
    resolveDay(year, 0, (first) => first),
    1,
  )
}
