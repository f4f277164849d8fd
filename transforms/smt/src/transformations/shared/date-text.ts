import { MILLIS_PER_DAY } from '@spillway/api'

/**
 * A logical date, time or timestamp as text (Java: `Values.dateFormatFor`): below a day `HH:mm:ss.SSS'Z'`, on midnight
 * `yyyy-MM-dd`, else the full timestamp. Always UTC, where Java takes the time zone of its machine. Instants before
 * 1970 print with their date, where Java shows only their time of day.
 */
export function dateText(date: Date): string {
  const millis = date.getTime()
  if (millis >= 0 && millis < MILLIS_PER_DAY) return isoOf(date).slice(-13)
  return millis % MILLIS_PER_DAY === 0 ? isoOf(date).slice(0, -14) : isoOf(date)
}

/** Years beyond 9999 without the sign that ISO 8601 wants for them. */
function isoOf(date: Date): string {
  return date.toISOString().replace(/^\+0*/, '')
}
