import { hybridDay, MILLIS_PER_DAY } from '@spillway/api'

/**
 * Weeks of Java's `GregorianCalendar` in UTC: they begin on Sunday, and the week that holds 1 January is the first, as in
 * the locale en_US. Days count from 1970-01-01.
 */

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
    hybridDay(year, 1, (first) => first),
    1,
  )
}
