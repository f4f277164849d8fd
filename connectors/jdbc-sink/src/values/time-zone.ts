import { timeZone, type TimeZone } from '@spillway/api'

/** Java's three-letter zones that Intl does not know (Java: `ZoneId.SHORT_IDS`). */
const SHORT_IDS: Readonly<Record<string, string>> = {
  ACT: 'Australia/Darwin',
  AET: 'Australia/Sydney',
  AGT: 'America/Argentina/Buenos_Aires',
  ART: 'Africa/Cairo',
  AST: 'America/Anchorage',
  BET: 'America/Sao_Paulo',
  BST: 'Asia/Dhaka',
  CAT: 'Africa/Harare',
  CNT: 'America/St_Johns',
  CST: 'America/Chicago',
  CTT: 'Asia/Shanghai',
  EAT: 'Africa/Addis_Ababa',
  ECT: 'Europe/Paris',
  EST: '-05:00',
  HST: '-10:00',
  IET: 'America/Indiana/Indianapolis',
  IST: 'Asia/Kolkata',
  JST: 'Asia/Tokyo',
  MIT: 'Pacific/Apia',
  MST: '-07:00',
  NET: 'Asia/Yerevan',
  NST: 'Pacific/Auckland',
  PLT: 'Asia/Karachi',
  PNT: 'America/Phoenix',
  PRT: 'America/Puerto_Rico',
  PST: 'America/Los_Angeles',
  SST: 'Pacific/Guadalcanal',
  VST: 'Asia/Ho_Chi_Minh',
  Z: 'UTC',
}

/**
 * The zone of a name that `java.util.TimeZone` or Intl knows. Names are not those of `timeZone`, which are Joda-Time's: no
 * short ids there, no `GMT+2`, and case counts. Offsets are the same.
 *
 * @throws {RangeError} for a name that is none.
 */
export function javaTimeZone(name: string): TimeZone {
  return timeZone(new Intl.DateTimeFormat('en-US', { timeZone: nameOf(name) }).resolvedOptions().timeZone)
}

export function isTimeZone(name: string): boolean {
  try {
    javaTimeZone(name)
    return true
  } catch {
    return false
  }
}

function nameOf(name: string): string {
  const known = Object.hasOwn(SHORT_IDS, name) ? (SHORT_IDS[name] ?? name) : name
  const offset = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(known)
  if (offset === null) return known
  return `${offset[1]}${(offset[2] ?? '').padStart(2, '0')}:${offset[3] ?? '00'}`
}
