import { MILLIS_PER_DAY, civilFromDays, dayOfWeek, daysFromCivil, isoWeek } from './civil-date.ts'
import { offsetText } from './fixed-offset.ts'
import { type JodaToken, jodaTokens } from './joda-tokens.ts'
import { type LocaleNames, localeNames, zoneName } from './locale-names.ts'
import { type TimeZone, localToUtc } from './time-zone.ts'

/** Writes times as a Joda-Time pattern says (Java: `DateTimeFormat.forPattern(...).withZone(...).withLocale(...)`). */
export class JodaPattern {
  readonly pattern: string
  readonly zone: TimeZone
  readonly #tokens: readonly JodaToken[]
  readonly #names: LocaleNames

  /** @param locale the text of the `locale` key. @throws {RangeError} `Illegal pattern component: T` */
  constructor(pattern: string, zone: TimeZone, locale: string) {
    this.pattern = pattern
    this.zone = zone
    this.#tokens = jodaTokens(pattern)
    this.#names = localeNames(locale)
  }

  /** Several microseconds; what is asked for again and again goes through {@link TimeBuckets}. */
  format(utcMs: number): string {
    const offsetMs = this.zone.offsetAt(utcMs)
    const fields = new LocalFields(utcMs, utcMs + offsetMs, offsetMs)
    let text = ''
    for (const token of this.#tokens) {
      text += token.type === 'literal' ? token.text : this.#field(token.letter, token.count, fields)
    }
    return text
  }

  /** The UTC time of a local one (see {@link localToUtc}). */
  localToUtc(localMs: number): number {
    return localToUtc(this.zone, localMs)
  }

  #field(letter: string, count: number, at: LocalFields): string {
    const names = this.#names
    switch (letter) {
      case 'G':
        return names.eras[at.year > 0 ? 1 : 0]
      case 'C':
        return padded(Math.floor(at.yearOfEra / 100), count)
      case 'Y':
        return yearText(at.yearOfEra, count)
      case 'y':
        return yearText(at.year, count)
      case 'x':
        return yearText(at.week.weekYear, count)
      case 'w':
        return padded(at.week.week, count)
      case 'e':
        return padded(at.dayOfWeek, count)
      case 'E':
        return (count >= 4 ? names.longWeekdays : names.shortWeekdays)[at.dayOfWeek - 1] ?? ''
      case 'D':
        return padded(at.dayOfYear, count)
      case 'M':
        if (count < 3) return padded(at.month, count)
        return (count >= 4 ? names.longMonths : names.shortMonths)[at.month - 1] ?? ''
      case 'd':
        return padded(at.day, count)
      case 'a':
        return names.halfDays[at.hour < 12 ? 0 : 1]
      case 'K':
        return padded(at.hour % 12, count)
      case 'h':
        return padded(((at.hour + 11) % 12) + 1, count)
      case 'H':
        return padded(at.hour, count)
      case 'k':
        return padded(((at.hour + 23) % 24) + 1, count)
      case 'm':
        return padded(Math.floor(at.millisOfDay / 60_000) % 60, count)
      case 's':
        return padded(Math.floor(at.millisOfDay / 1000) % 60, count)
      case 'S':
        return padded(at.millisOfDay % 1000, 3)
          .padEnd(count, '0')
          .slice(0, count)
      case 'Z':
        return count >= 3 ? this.zone.id : offsetText(at.offsetMs, count === 1 ? '' : ':', 'never')
      default:
        if (this.zone.isFixed && this.zone.id !== 'UTC') return this.zone.id
        return zoneName(names.tag, this.zone.id, at.utcMs, count >= 4 ? 'long' : 'short')
    }
  }
}

/** The fields of one instant, in its zone; the dearer ones when asked for. */
class LocalFields {
  readonly utcMs: number
  readonly offsetMs: number
  readonly #days: number
  readonly millisOfDay: number
  readonly year: number
  readonly month: number
  readonly day: number

  constructor(utcMs: number, localMs: number, offsetMs: number) {
    this.utcMs = utcMs
    this.offsetMs = offsetMs
    this.#days = Math.floor(localMs / MILLIS_PER_DAY)
    this.millisOfDay = localMs - this.#days * MILLIS_PER_DAY
    const date = civilFromDays(this.#days)
    this.year = date.year
    this.month = date.month
    this.day = date.day
  }

  get hour(): number {
    return Math.floor(this.millisOfDay / 3_600_000)
  }

  get yearOfEra(): number {
    return this.year > 0 ? this.year : 1 - this.year
  }

  get dayOfYear(): number {
    return this.#days - daysFromCivil(this.year, 1, 1) + 1
  }

  get dayOfWeek(): number {
    return dayOfWeek(this.#days)
  }

  get week(): { readonly weekYear: number; readonly week: number } {
    return isoWeek(this.#days)
  }
}

function padded(value: number, width: number): string {
  return value < 0 ? `-${String(-value).padStart(width, '0')}` : String(value).padStart(width, '0')
}

/** Two letters mean the last two digits; any other number of letters is the least width. */
function yearText(year: number, count: number): string {
  return count === 2 ? padded(Math.abs(year) % 100, 2) : padded(year, count)
}
