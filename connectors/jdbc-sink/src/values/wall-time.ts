const DAY_MS = 86_400_000
/** 1582-10-15, the first day of the Gregorian calendar, as days since the epoch. */
const GREGORIAN_START = -141_427

export interface WallDate {
  /** Astronomical: 0 is 1 BC. */
  readonly year: number
  readonly month: number
  readonly day: number
}

/** Calendar date of a day since the epoch; Julian before 1582-10-15 where asked for, as older Java shows it. */
export function wallDate(epochDay: number, legacy: boolean): WallDate {
  if (legacy && epochDay < GREGORIAN_START) return julianDate(epochDay)
  const date = new Date(epochDay * DAY_MS)
  if (Number.isNaN(date.getTime())) throw new RangeError('A date is beyond the years that can be told')
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

/** Richards' algorithm without its Gregorian correction. */
function julianDate(epochDay: number): WallDate {
  const f = epochDay + 2_440_588 + 1401
  const e = 4 * f + 3
  const g = Math.floor((((e % 1461) + 1461) % 1461) / 4)
  const h = 5 * g + 2
  const day = Math.floor((h % 153) / 5) + 1
  const month = ((Math.floor(h / 153) + 2) % 12) + 1
  const year = Math.floor(e / 1461) - 4716 + Math.floor((12 + 2 - month) / 12)
  return { year, month, day }
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n))

/** `yyyy-MM-dd`; years before 1 with ` BC` at the end of the whole text, see {@link eraOf}. */
export function dateText(date: WallDate): string {
  const year = date.year > 0 ? date.year : 1 - date.year
  return `${String(year).padStart(4, '0')}-${two(date.month)}-${two(date.day)}`
}

export function eraOf(date: WallDate): string {
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
  const epochDay = Math.floor(localMs / DAY_MS)
  return { epochDay, msOfDay: localMs - epochDay * DAY_MS }
}
