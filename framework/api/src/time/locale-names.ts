/** The names a date pattern may print, as `DateFormatSymbols` has them for a locale. */
export interface LocaleNames {
  /** January to December. */
  readonly longMonths: readonly string[]
  readonly shortMonths: readonly string[]
  /** Monday to Sunday. */
  readonly longWeekdays: readonly string[]
  readonly shortWeekdays: readonly string[]
  readonly halfDays: readonly [am: string, pm: string]
  readonly eras: readonly [beforeChrist: string, afterChrist: string]
  /** The language tag for names of time zones. */
  readonly tag: string
}

/** Language codes that Java's `Locale` has renamed since. */
const RENAMED: Readonly<Record<string, string>> = { iw: 'he', in: 'id', ji: 'yi' }
const locales = new Map<string, LocaleNames>()

/**
 * The names for the text of the `locale` key, read as Java's `new Locale(text)` does: the whole text is one language.
 * So `fr` is French, while `fr-FR` and `en-US` are languages nobody knows, whose names are those of the root locale:
 * English and always short.
 */
export function localeNames(text: string): LocaleNames {
  let names = locales.get(text)
  if (names === undefined) {
    const language = text.toLowerCase()
    const known = /^[a-z]{2}$/.test(language) ? knownLanguage(RENAMED[language] ?? language) : undefined
    names = known === undefined ? rootNames() : namesOf(known)
    locales.set(text, names)
  }
  return names
}

function knownLanguage(language: string): string | undefined {
  return Intl.DateTimeFormat.supportedLocalesOf([language]).length > 0 ? language : undefined
}

function rootNames(): LocaleNames {
  const english = namesOf('en')
  return {
    ...english,
    longMonths: english.shortMonths,
    longWeekdays: english.shortWeekdays,
    eras: ['BCE', 'CE'],
  }
}

function namesOf(tag: string): LocaleNames {
  const months = [...Array(12).keys()].map((month) => Date.UTC(2024, month, 15))
  // 2024-01-01 is a Monday.
  const weekdays = [...Array(7).keys()].map((day) => Date.UTC(2024, 0, 1 + day))
  return {
    longMonths: months.map((ms) => monthName(tag, 'long', ms)),
    shortMonths: months.map((ms) => monthName(tag, 'short', ms)),
    longWeekdays: weekdays.map((ms) => part(tag, { weekday: 'long', day: 'numeric' }, 'weekday', ms)),
    shortWeekdays: weekdays.map((ms) => part(tag, { weekday: 'short', day: 'numeric' }, 'weekday', ms)),
    halfDays: [halfDay(tag, Date.UTC(2024, 0, 1, 1)), halfDay(tag, Date.UTC(2024, 0, 1, 13))],
    eras: [era(tag, Date.UTC(-100, 0, 1)), era(tag, Date.UTC(2024, 0, 1))],
    tag,
  }
}

/** As it stands beside a day (`апреля`); alone where the language writes a number there. */
function monthName(tag: string, month: 'long' | 'short', ms: number): string {
  const beside = part(tag, { month, day: 'numeric' }, 'month', ms)
  return /^\d+$/.test(beside) ? formatter(tag, { month }).format(ms) : beside
}

function halfDay(tag: string, ms: number): string {
  // Java's locale data has one kind of space here, the runtime's another.
  return part(tag, { hour: 'numeric', hourCycle: 'h12' }, 'dayPeriod', ms).replaceAll(/[ \u202f]/g, '\u00a0')
}

function era(tag: string, ms: number): string {
  return part(tag, { year: 'numeric', era: 'short' }, 'era', ms)
}

function part(
  tag: string,
  options: Intl.DateTimeFormatOptions,
  type: Intl.DateTimeFormatPartTypes,
  ms: number,
): string {
  const parts = formatter(tag, options).formatToParts(ms)
  return parts.find((candidate) => candidate.type === type)?.value ?? ''
}

function formatter(tag: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(tag, {
    ...options,
    timeZone: 'UTC',
    calendar: 'gregory',
    numberingSystem: 'latn',
  })
}

/** English data names zones as Java does (`EST`, `CET`) only for the zones its own country uses. */
const ENGLISH_TAGS = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-CA', 'en-NZ', 'en-ZA']

/** A zone's name at an instant: `EST`, or `Eastern Standard Time`. `GMT+3` where the runtime knows no abbreviation. */
export function zoneName(tag: string, zoneId: string, utcMs: number, length: 'short' | 'long'): string {
  const tags = tag === 'en' && length === 'short' ? ENGLISH_TAGS : [tag]
  let fallback = zoneId
  for (const candidate of tags) {
    const format = new Intl.DateTimeFormat(candidate, { timeZone: zoneId, timeZoneName: length })
    const name = format.formatToParts(utcMs).find(({ type }) => type === 'timeZoneName')?.value
    if (name !== undefined && !/^GMT[+-]/.test(name)) return name
    if (name !== undefined && fallback === zoneId) fallback = name
  }
  return fallback
}
