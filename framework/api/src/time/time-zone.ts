import { MILLIS_PER_DAY, MILLIS_PER_ERA, daysFromCivil } from './civil-date.ts'
import { parseFixedOffset } from './fixed-offset.ts'

const HOUR = 3_600_000
/** What `Date`, and so `Intl`, can represent. */
const MAX_DATE = 8_640_000_000_000_000
/** Beyond this the rules of daylight saving time repeat for ever, as the calendar does. */
const FAR_FUTURE = daysFromCivil(2100, 1, 1) * MILLIS_PER_DAY
const CACHED_HOURS = 4096
/** Ids may come from records. */
const CACHED_ZONES = 1024

/**
 * A time zone with the runtime's own data (Java: Joda's `DateTimeZone`). Times are ms since the epoch; a local time
 * is what a clock on the wall shows, counted as if it were UTC.
 */
export interface TimeZone {
  readonly id: string
  /** True where the zone is a fixed offset: it has no name and no daylight saving time. */
  readonly isFixed: boolean
  /** Local time minus UTC, in ms. */
  offsetAt(utcMs: number): number
}

/** Ids of the tz database without a region. `Intl` also knows abbreviations of its own, such as PST, and any case. */
const PLAIN_IDS = new Set(
  (
    'CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran ' +
    'Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK ' +
    'Singapore Turkey UCT Universal W-SU WET Zulu'
  ).split(' '),
)
const REGION_ID = /^[A-Z][A-Za-z]*(\/[A-Z][A-Za-z0-9_+-]*)+$/
const OFFSET_LIKE = /^(?:UTC|GMT|UT)?([+-])(.*)$/

const zones = new Map<string, TimeZone>()

/**
 * The zone of an IANA id (`America/Santiago`), of `UTC`, or of an offset (`+05:30`, `UTC-08:00`).
 *
 * @throws {RangeError} in the words of Joda: `The datetime zone id 'X' is not recognised`, or for what looks like an offset
 *   `Invalid format: "+5" is malformed at "5"`.
 */
export function timeZone(id: string): TimeZone {
  let zone = zones.get(id)
  if (zone === undefined) {
    zone = makeZone(id)
    if (zones.size >= CACHED_ZONES) zones.clear()
    zones.set(id, zone)
  }
  return zone
}

/** The zone this process runs in; what Java calls the default zone. */
export function processTimeZone(): TimeZone {
  return timeZone(new Intl.DateTimeFormat().resolvedOptions().timeZone)
}

/**
 * The UTC time of a local one as Joda's lenient `convertLocalToUTC` finds it. A local time that occurs twice means the
 * second one east of Greenwich and the first one west of it; one that daylight saving time skips is moved by the
 * offset in force before the gap.
 */
export function localToUtc(zone: TimeZone, localMs: number): number {
  const guess = zone.offsetAt(localMs)
  const offset = zone.offsetAt(localMs - guess)
  if (guess !== offset && guess < 0 && zone.offsetAt(localMs - offset) !== offset) return localMs - guess
  return localMs - offset
}

function makeZone(id: string): TimeZone {
  const fixed = parseFixedOffset(id)
  if (fixed !== undefined) return { id: fixed.id, isFixed: true, offsetAt: () => fixed.offsetMs }
  if (!PLAIN_IDS.has(id) && !REGION_ID.test(id)) throw unknownZone(id)
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: id,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (cause) {
    throw unknownZone(id, cause)
  }
  return new RegionZone(id, format)
}

function unknownZone(id: string, cause?: unknown): RangeError {
  const [, sign, digits] = OFFSET_LIKE.exec(id) ?? []
  const text =
    sign === undefined
      ? `The datetime zone id '${id}' is not recognised`
      : `Invalid format: "${sign}${digits}" is malformed at "${digits}"`
  return new RangeError(text, { cause })
}

/** A zone of the tz database. Asks Intl twice per hour of use; within an hour offsets come from a cache. */
class RegionZone implements TimeZone {
  readonly id: string
  readonly isFixed = false
  readonly #format: Intl.DateTimeFormat
  readonly #hours = new Map<number, Hour>()
  #last: Hour = { index: NaN, before: 0, change: 0, after: 0 }

  constructor(id: string, format: Intl.DateTimeFormat) {
    this.id = id
    this.#format = format
  }

  offsetAt(utcMs: number): number {
    const index = Math.floor(utcMs / HOUR)
    let hour = this.#last
    if (hour.index !== index) {
      hour = this.#hours.get(index) ?? this.#look(index)
      this.#last = hour
    }
    return utcMs < hour.change ? hour.before : hour.after
  }

  #look(index: number): Hour {
    const start = index * HOUR
    const before = this.#ask(start)
    const after = this.#ask(start + HOUR)
    const hour: Hour = { index, before, change: Infinity, after }
    if (before !== after) {
      let low = start
      let high = start + HOUR
      while (high - low > 1000) {
        const middle = low + Math.floor((high - low) / 2000) * 1000
        if (this.#ask(middle) === before) low = middle
        else high = middle
      }
      hour.change = high
    }
    if (this.#hours.size >= CACHED_HOURS) this.#hours.clear()
    this.#hours.set(index, hour)
    return hour
  }

  #ask(utcMs: number): number {
    const seconds = Math.floor(withinDate(utcMs) / 1000) * 1000
    let isBeforeChrist = false
    let [yearOfEra, month, day, hour, minute, second] = [0, 0, 0, 0, 0, 0]
    for (const part of this.#format.formatToParts(seconds)) {
      if (part.type === 'year') yearOfEra = Number(part.value)
      else if (part.type === 'era') isBeforeChrist = part.value.startsWith('B')
      else if (part.type === 'month') month = Number(part.value)
      else if (part.type === 'day') day = Number(part.value)
      else if (part.type === 'hour') hour = Number(part.value)
      else if (part.type === 'minute') minute = Number(part.value)
      else if (part.type === 'second') second = Number(part.value)
    }
    const year = isBeforeChrist ? 1 - yearOfEra : yearOfEra
    const local =
      daysFromCivil(year, month, day) * MILLIS_PER_DAY + hour * HOUR + minute * 60_000 + second * 1000
    return local - seconds
  }
}

/** Offsets of one hour of UTC: `before` up to `change`, then `after`. No zone changes twice within an hour. */
interface Hour {
  readonly index: number
  readonly before: number
  change: number
  readonly after: number
}

/** A time with the same offset that Intl can be asked for. */
function withinDate(utcMs: number): number {
  if (utcMs > FAR_FUTURE) return FAR_FUTURE + ((utcMs - FAR_FUTURE) % MILLIS_PER_ERA)
  // A day's margin: the local time has to be representable too.
  return Math.max(utcMs, -MAX_DATE + MILLIS_PER_DAY)
}
