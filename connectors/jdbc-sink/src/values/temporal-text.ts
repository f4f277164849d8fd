import { DataError } from '@spillway/api'
import type { ValueSettings } from './value-settings.ts'
import { dateText, eraOf, splitDay, timeText, wallDate } from './wall-time.ts'

/** Units since the epoch as milliseconds and the digits below them. */
export function splitUnits(units: bigint, perMs: bigint): { readonly ms: number; readonly digits: string } {
  const below = ((units % perMs) + perMs) % perMs
  return {
    ms: Number((units - below) / perMs),
    digits: perMs === 1n ? '' : String(below).padStart(perMs === 1_000n ? 3 : 6, '0'),
  }
}

/** Texts of dates and times as databases read them, in the zones of the configuration. */
export class TemporalText {
  readonly #settings: ValueSettings

  constructor(settings: ValueSettings) {
    this.#settings = settings
  }

  /** `2016-09-23`; in a zone behind UTC the day before, as Connect's sinks have it (see date.timezone). */
  date(value: Date): string {
    const local = value.getTime() + this.#settings.dateZone.offsetAt(value.getTime())
    const date = wallDate(splitDay(local).epochDay, this.#settings.isLegacyCalendar)
    return dateText(date) + eraOf(date)
  }

  /** `13:10:02.123` */
  time(value: Date): string {
    return timeText(splitDay(value.getTime() + this.#settings.zone.offsetAt(value.getTime())).msOfDay)
  }

  /** `2016-09-23 13:10:02.123` in db.timezone. */
  timestamp(value: Date): string {
    return this.#wallTime(value.getTime(), '')
  }

  /** `2016-09-23 20:10:02.123+00`: an instant, whatever the session's zone. */
  instant(value: Date): string {
    return utcText(value.getTime(), '', this.#settings.isLegacyCalendar)
  }

  /** `20:10:02.123+00`: a time of day with its zone, whatever the session's. */
  utcTime(value: Date): string {
    return `${timeText(splitDay(value.getTime()).msOfDay)}+00`
  }

  /** A field of timestamp.fields.list, with its microseconds or nanoseconds. @throws {DataError} for no integer. */
  epochUnits(value: unknown, isInstant: boolean): string {
    const { ms, digits } = splitUnits(integerOf(value), this.#settings.timestampUnitsPerMs)
    return isInstant ? utcText(ms, digits, this.#settings.isLegacyCalendar) : this.#wallTime(ms, digits)
  }

  #wallTime(epochMs: number, belowMillis: string): string {
    const { epochDay, msOfDay } = splitDay(epochMs + this.#settings.zone.offsetAt(epochMs))
    const date = wallDate(epochDay, this.#settings.isLegacyCalendar)
    return `${dateText(date)} ${timeText(msOfDay, belowMillis)}${eraOf(date)}`
  }
}

function utcText(epochMs: number, belowMillis: string, isLegacy: boolean): string {
  const { epochDay, msOfDay } = splitDay(epochMs)
  const date = wallDate(epochDay, isLegacy)
  return `${dateText(date)} ${timeText(msOfDay, belowMillis)}+00${eraOf(date)}`
}

function integerOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  const text = String(value).trim()
  if (!/^[+-]?\d{1,19}$/.test(text)) {
    throw new DataError('A field of timestamp.fields.list must hold an integer, as a number or as text')
  }
  return BigInt(text)
}
