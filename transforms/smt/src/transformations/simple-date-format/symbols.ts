/** The names of `java.text.DateFormatSymbols` in English. */
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

/** From Sunday. */
export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const

export const AM_PM = ['AM', 'PM'] as const
export const ERAS = ['BC', 'AD'] as const
export const LONG_ERAS = ['Before Christ', 'Anno Domini'] as const

/** Three letters of a name. */
export const short = (name: string): string => name.slice(0, 3)

/** Time zones that can be read by name, in minutes east of UTC; GMT and offsets are read by rule. */
export const ZONE_MINUTES: ReadonlyMap<string, number> = new Map([
  ['Coordinated Universal Time', 0],
  ['UTC', 0],
  ['WET', 0],
  ['WEST', 60],
  ['CET', 60],
  ['CEST', 120],
  ['EET', 120],
  ['EEST', 180],
  ['MSK', 180],
  ['JST', 540],
  ['AST', -240],
  ['ADT', -180],
  ['EST', -300],
  ['EDT', -240],
  ['CST', -360],
  ['CDT', -300],
  ['MST', -420],
  ['MDT', -360],
  ['PST', -480],
  ['PDT', -420],
  ['AKST', -540],
  ['AKDT', -480],
  ['HST', -600],
])
