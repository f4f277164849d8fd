import { parseIsoDateTime } from './iso-date-time.ts'
import { JodaParser } from './joda-parser.ts'
import type { TimeZone } from './time-zone.ts'
import { own } from '../../data/own.ts'

/** How one kind of value is read as a time: ms since the epoch, or undefined where it is not of that kind. */
export type TimestampFormat = (value: string | number | bigint) => number | undefined

const MILLIS_TEXT = /^-?[0-9]{1,19}$/

/** Units by name, as powers of ten of what a second has. */
const UNITS: Readonly<Record<string, number>> = { seconds: 0, millis: 3, micros: 6, nanos: 9 }

/** Reads integers of a unit, as number, bigint or text; seconds may have a fraction. */
function unitFormat(digits: number): TimestampFormat {
  const more = 3 - digits
  return (value) => {
    if (typeof value === 'bigint') return scaled(value, more)
    if (typeof value === 'number') return Math.floor(more >= 0 ? value * 10 ** more : value / 10 ** -more)
    if (MILLIS_TEXT.test(value)) return scaled(BigInt(value), more)
    return /^-?\d{1,19}\.\d+$/.test(value) ? Math.floor(Number(value) * 10 ** more) : undefined
  }
}

function scaled(value: bigint, more: number): number {
  if (more >= 0) return Number(value * 10n ** BigInt(more))
  const unit = 10n ** BigInt(-more)
  return Number((value - (((value % unit) + unit) % unit)) / unit)
}

/**
 * A format of `timestamp.field.format`: `seconds`, `millis`, `micros`, `nanos`, `iso`, or a Joda-Time pattern.
 *
 * @param zone where a text without an offset was meant.
 * @throws {RangeError} for a pattern that Joda-Time does not know.
 */
export function timestampFormat(name: string, zone: TimeZone, locale: string): TimestampFormat {
  const digits = own(UNITS, name)
  if (digits !== undefined) return unitFormat(digits)
  if (name === 'iso') return textFormat((text) => parseIsoDateTime(text, zone))
  const parser = new JodaParser(name, zone, locale)
  return textFormat((text) => parser.parse(text))
}

function textFormat(parse: (text: string) => number): TimestampFormat {
  return (value) => {
    if (typeof value !== 'string') return undefined
    try {
      return parse(value)
    } catch {
      return undefined
    }
  }
}

/**
 * What Confluent's extractor does: integers are ms, texts of up to 19 digits too, other texts ISO 8601.
 *
 * @throws {RangeError} `Invalid format: "…"`
 */
export function confluentTimestamp(value: string | number | bigint, zone: TimeZone): number {
  if (typeof value !== 'string') return Math.trunc(Number(value))
  return MILLIS_TEXT.test(value) ? Number(value) : parseIsoDateTime(value, zone)
}
