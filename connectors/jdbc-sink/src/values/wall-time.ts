import { type CivilDate, civilFromDays, hybridDate, MILLIS_PER_DAY } from '@spillway/api'

/** Days on either side of the epoch that a Date can tell; the Julian calendar goes on before. */
const MAX_DAYS = 100_000_000

/**
 * Calendar date of a day since the epoch; Julian before 1582-10-15 where asked for, as older Java shows it.
 *
 * @throws {RangeError} for a day that cannot be told.
 */
export function wallDate(epochDay: number, legacy: boolean): CivilDate {
  const isTold = epochDay <= MAX_DAYS && (legacy || epochDay >= -MAX_DAYS)
  if (!isTold) throw new RangeError('A date is beyond the years that can be told')
  return legacy ? hybridDate(epochDay) : civilFromDays(epochDay)
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n))

/** `yyyy-MM-dd`, not a pattern of Joda-Time, whose years go on below 1; years before 1 with ` BC` at the end of the whole text, see {@link eraOf}. */
export function dateText(date: CivilDate): string {
  const year = date.year > 0 ? date.year : 1 - date.year
  return `${String(year).padStart(4, '0')}-${two(date.month)}-${two(date.day)}`
}

export function eraOf(date: CivilDate): string {
  return date.year > 0 ? '' : ' BC'
}

/** `HH:mm:ss.SSS` and, where given, the microseconds and below. */
export function timeText(msOfDay: number, belowMillis = ''): string {
  const ms = msOfDay % 1000
  const seconds = (msOfDay - ms) / 1000
  const s = seconds % 60
  const m = ((seconds - s) / 60) % 60
  const h = (seconds - s - m * 60) / 3600
  return `${two(h)}:${two(m)}:${two(s)}.${String(ms).padStart(3, '0')}${belowMillis}`
}

/** A local instant split into day and time of day, both for times before 1970 too. */
export function splitDay(localMs: number): { readonly epochDay: number; readonly msOfDay: number } {
  const epochDay = Math.floor(localMs / MILLIS_PER_DAY)
  return { epochDay, msOfDay: localMs - epochDay * MILLIS_PER_DAY }
}
