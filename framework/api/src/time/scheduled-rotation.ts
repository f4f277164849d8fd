import { MILLIS_PER_DAY } from './civil-date.ts'
import type { TimeZone } from './time-zone.ts'

/**
 * The next point of the grid of `rotate.schedule.interval.ms` after a time, both in ms since the epoch (Java:
 * `DateTimeUtils.getNextTimeAdjustedByDay`). The grid starts anew at each local midnight, so its last step of a day may
 * be shorter, and days of 23 and 25 hours are what they are.
 */
export function nextScheduledRotation(nowMs: number, periodMs: number, zone: TimeZone): number {
  const localDay = Math.floor((nowMs + zone.offsetAt(nowMs)) / MILLIS_PER_DAY)
  const start = startOfDay(localDay, zone)
  const length = startOfDay(localDay + 1, zone) - start
  const next = (Math.floor((nowMs - start) / periodMs) + 1) * periodMs
  return start + Math.min(next, length)
}

/** The first instant of a local day; where daylight saving time skips midnight, the end of the gap. */
function startOfDay(localDay: number, zone: TimeZone): number {
  const midnight = localDay * MILLIS_PER_DAY
  const before = zone.offsetAt(midnight - MILLIS_PER_DAY)
  const after = zone.offsetAt(midnight + MILLIS_PER_DAY)
  if (before === after) return midnight - before
  const change = transition(midnight - MILLIS_PER_DAY, midnight + MILLIS_PER_DAY, zone)
  if (midnight - before < change) return midnight - before
  return Math.max(midnight - after, change)
}

/** The instant between two at which the offset of the first one ends. */
function transition(fromMs: number, toMs: number, zone: TimeZone): number {
  const offset = zone.offsetAt(fromMs)
  let low = fromMs
  let high = toMs
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (zone.offsetAt(middle) === offset) low = middle
    else high = middle
  }
  return high
}
