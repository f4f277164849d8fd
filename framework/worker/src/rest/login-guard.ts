import { createHash } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { type Clock, RestError, systemClock } from '@spillway/api'
import type { Credentials } from '../config/credentials.ts'

/** Failures that cost nothing: people mistype. */
const FREE = 3
const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 2_000
/** A failure is forgotten after this time. */
const FORGET_MS = 15 * 60_000
/** What is remembered at most, of each kind; the oldest goes first. */
const MOST_REMEMBERED = 10_000
/** Requests of one address or user that may wait at a time. */
const MOST_WAITING = 4

interface Failures {
  count: number
  last: number
  waiting: number
}

/** What a login has come to. */
export interface Login {
  /** Undefined where nobody is proven. */
  readonly user: string | undefined
  /** True where somebody was claimed, and not proven. */
  readonly failed: boolean
  /** Who was claimed to be there; undefined for a token. */
  readonly claimed: string | undefined
}

/**
 * Slows guessing of passwords and tokens down: after some failures every further login of that address, or as that user,
 * waits, longer each time, before it is even looked at. Who sends what has let him in before never waits: nobody can
 * lock him out.
 */
export class LoginGuard {
  readonly #credentials: Credentials
  readonly #clock: Clock
  /** By address and by user. */
  readonly #failures = new Map<string, Failures>()
  /** Digests of headers that have proven a user. */
  readonly #proven = new Set<string>()

  constructor(credentials: Credentials, clock: Clock = systemClock) {
    this.#credentials = credentials
    this.#clock = clock
  }

  /**
   * @param address where the connection comes from.
   * @param client its connection: a client that is gone waits no longer.
   * @throws {RestError} 429 where too many logins wait already.
   */
  async login(authorization: string | undefined, address: string, client: EventEmitter): Promise<Login> {
    if (authorization === undefined || authorization === '') {
      return { user: undefined, failed: false, claimed: undefined }
    }
    const digest = createHash('sha256').update(authorization).digest('base64')
    const claimed = this.#credentials.claimedUser(authorization)
    const keys = [
      `address ${networkOf(address)}`,
      ...(claimed === undefined ? [] : [`user ${claimed.slice(0, 256)}`]),
    ]
    if (!this.#proven.has(digest)) await this.#wait(keys, client)
    const user = this.#credentials.userOf(authorization)
    if (user === undefined) for (const key of keys) this.#noteFailure(key)
    else remember(this.#proven, digest)
    return { user, failed: user === undefined, claimed }
  }

  async #wait(keys: readonly string[], client: EventEmitter): Promise<void> {
    const entries = keys.flatMap((key) => this.#current(key) ?? [])
    const delay = Math.max(0, ...entries.map(({ count }) => delayAfter(count)))
    if (delay === 0) return
    if (entries.some(({ waiting }) => waiting >= MOST_WAITING)) {
      throw new RestError(429, 'Too many failed logins: try again later.')
    }
    const gone = new AbortController()
    const leave = (): void => gone.abort(new RestError(408, 'The client is gone.'))
    client.once('close', leave)
    for (const entry of entries) entry.waiting++
    try {
      await this.#clock.sleep(delay, gone.signal)
    } finally {
      client.off('close', leave)
      for (const entry of entries) entry.waiting--
    }
  }

  #current(key: string): Failures | undefined {
    const found = this.#failures.get(key)
    if (found === undefined || found.waiting > 0 || this.#clock.now() - found.last < FORGET_MS) return found
    this.#failures.delete(key)
    return undefined
  }

  #noteFailure(key: string): void {
    const found = this.#current(key) ?? { count: 0, last: 0, waiting: 0 }
    found.count++
    found.last = this.#clock.now()
    this.#failures.delete(key)
    this.#failures.set(key, found)
    forgetOldest(this.#failures)
  }
}

function delayAfter(failures: number): number {
  if (failures < FREE) return 0
  return Math.min(FIRST_DELAY_MS * 2 ** (failures - FREE), LONGEST_DELAY_MS)
}

/** An address of version 6 stands for its network: a client has as many of those as it likes. */
function networkOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (v4 !== undefined || !address.includes(':')) return v4 ?? address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const before = head.split(':').filter((part) => part !== '')
  const after = (tail ?? '').split(':').filter((part) => part !== '')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after].slice(0, 4).join(':')
}

function remember(set: Set<string>, item: string): void {
  set.delete(item)
  set.add(item)
  forgetOldest(set)
}

function forgetOldest(kept: Map<string, unknown> | Set<string>): void {
  if (kept.size <= MOST_REMEMBERED) return
  const [oldest] = kept.keys()
  if (oldest !== undefined) kept.delete(oldest)
}
