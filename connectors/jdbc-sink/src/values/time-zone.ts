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

/** Zone rules change on quarter hours only, so one answer serves that long. */
const BUCKET_MS = 900_000
const MAX_CACHED_BUCKETS = 4096

/** Offsets of a time zone. `offsetMs(t)` is local time minus UTC. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat | null
  readonly #offsets = new Map<number, number>()

  /** @throws {RangeError} for a name that is none. */
  constructor(name: string) {
    const zone = nameOf(name)
    this.#format =
      zone === 'UTC'
        ? null
        : new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', era: 'short' })
  }

  offsetMs(epochMs: number): number {
    if (this.#format === null) return 0
    const bucket = Math.floor(epochMs / BUCKET_MS)
    let offset = this.#offsets.get(bucket)
    if (offset === undefined) {
      offset = readOffset(this.#format, bucket * BUCKET_MS)
      if (this.#offsets.size >= MAX_CACHED_BUCKETS) this.#offsets.clear()
      this.#offsets.set(bucket, offset)
    }
    return offset
  }
}

export function isTimeZone(name: string): boolean {
  try {
    new TimeZone(name)
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

/** `GMT+05:30`, `GMT`, or with seconds for local mean times of long ago. */
function readOffset(format: Intl.DateTimeFormat, epochMs: number): number {
  const text = format.formatToParts(epochMs).find((part) => part.type === 'timeZoneName')?.value ?? ''
  const match = /GMT([+-−])(\d{2}):(\d{2})(?::(\d{2}))?/.exec(text)
  if (match === null) return 0
  const ms = (Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0)) * 1000
  return match[1] === '+' ? ms : -ms
}
