const OFFSET = /^([+-])(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,3}))?)?)?$/

/** A fixed offset from UTC and the id Joda-Time gives it. */
export interface FixedOffset {
  readonly id: string
  readonly offsetMs: number
}

/** Reads `+05:30`, `-0800`, `UTC+02:00`, `UTC`, `Z`; undefined for anything else (Java: `DateTimeZone.forID`). */
export function parseFixedOffset(text: string): FixedOffset | undefined {
  if (text === 'UTC' || text === 'UT' || text === 'Z') return { id: 'UTC', offsetMs: 0 }
  const match = OFFSET.exec(text.replace(/^(?:UTC|GMT|UT)(?=[+-])/, ''))
  if (match === null) return undefined
  const [hours, minutes, seconds] = [Number(match[2]), Number(match[3] ?? 0), Number(match[4] ?? 0)]
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  const millis = Number((match[5] ?? '').padEnd(3, '0'))
  const size = hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + millis
  return fixedOffset(match[1] === '-' ? 0 - size : size)
}

/** The offset of that many ms. */
export function fixedOffset(offsetMs: number): FixedOffset {
  return { id: offsetMs === 0 ? 'UTC' : offsetText(offsetMs, ':', 'needed'), offsetMs }
}

/** `+05:30`; seconds and millis only where asked for and not zero. */
export function offsetText(offsetMs: number, separator: string, seconds: 'never' | 'needed'): string {
  const size = Math.abs(offsetMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  let text = `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(size / 3_600_000))}${separator}${two(Math.floor(size / 60_000) % 60)}`
  if (seconds === 'needed' && size % 60_000 !== 0) {
    text += `${separator}${two(Math.floor(size / 1000) % 60)}`
    if (size % 1000 !== 0) text += `.${String(size % 1000).padStart(3, '0')}`
  }
  return text
}
