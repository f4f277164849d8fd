import { durationOf } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'

/** Windows [t - difference, t] around events, both ends inclusive. Corresponds to Java's `SlidingWindows`. */
export class SlidingWindows {
  readonly kind = 'sliding' as const
  readonly timeDifferenceMs: number
  readonly gracePeriodMs: number

  private constructor(timeDifferenceMs: number, gracePeriodMs: number) {
    durationOf(timeDifferenceMs, 'window time difference')
    durationOf(gracePeriodMs, 'grace period')
    if (timeDifferenceMs < 0)
      throw new IllegalArgumentException('Window time difference must not be negative.')
    if (gracePeriodMs < 0) throw new IllegalArgumentException('Window grace period must not be negative.')
    this.timeDifferenceMs = timeDifferenceMs
    this.gracePeriodMs = gracePeriodMs
  }

  static ofTimeDifferenceAndGrace(timeDifferenceMs: number, graceMs: number): SlidingWindows {
    return new SlidingWindows(timeDifferenceMs, graceMs)
  }

  static ofTimeDifferenceWithNoGrace(timeDifferenceMs: number): SlidingWindows {
    return new SlidingWindows(timeDifferenceMs, 0)
  }
}

/** Sessions of activity per key, closed by a gap without records. Corresponds to Java's `SessionWindows`. */
export class SessionWindows {
  readonly kind = 'session' as const
  readonly inactivityGapMs: number
  readonly gracePeriodMs: number

  private constructor(inactivityGapMs: number, gracePeriodMs: number) {
    durationOf(inactivityGapMs, 'inactivity gap')
    durationOf(gracePeriodMs, 'grace period')
    if (inactivityGapMs < 0) throw new IllegalArgumentException('Gap time cannot be negative.')
    if (gracePeriodMs < 0) throw new IllegalArgumentException('Grace period cannot be negative.')
    this.inactivityGapMs = inactivityGapMs
    this.gracePeriodMs = gracePeriodMs
  }

  static ofInactivityGapAndGrace(gapMs: number, graceMs: number): SessionWindows {
    return new SessionWindows(gapMs, graceMs)
  }

  static ofInactivityGapWithNoGrace(gapMs: number): SessionWindows {
    return new SessionWindows(gapMs, 0)
  }
}

/** Which records of two streams meet: right.ts in [left.ts - before, left.ts + after]. Corresponds to Java's `JoinWindows`. */
export class JoinWindows {
  readonly kind = 'join' as const
  readonly beforeMs: number
  readonly afterMs: number
  readonly gracePeriodMs: number

  private constructor(beforeMs: number, afterMs: number, gracePeriodMs: number) {
    durationOf(beforeMs, 'time difference before')
    durationOf(afterMs, 'time difference after')
    durationOf(gracePeriodMs, 'grace period')
    if (beforeMs + afterMs < 0) {
      throw new IllegalArgumentException('Window interval (ie, beforeMs+afterMs) must not be negative.')
    }
    if (gracePeriodMs < 0) throw new IllegalArgumentException('Grace period must not be negative.')
    this.beforeMs = beforeMs
    this.afterMs = afterMs
    this.gracePeriodMs = gracePeriodMs
  }

  static ofTimeDifferenceAndGrace(timeDifferenceMs: number, graceMs: number): JoinWindows {
    return new JoinWindows(timeDifferenceMs, timeDifferenceMs, graceMs)
  }

  static ofTimeDifferenceWithNoGrace(timeDifferenceMs: number): JoinWindows {
    return new JoinWindows(timeDifferenceMs, timeDifferenceMs, 0)
  }

  /** How far back from the left record's time the right one may lie. */
  before(timeDifferenceMs: number): JoinWindows {
    return new JoinWindows(timeDifferenceMs, this.afterMs, this.gracePeriodMs)
  }

  /** How far after the left record's time the right one may lie. */
  after(timeDifferenceMs: number): JoinWindows {
    return new JoinWindows(this.beforeMs, timeDifferenceMs, this.gracePeriodMs)
  }

  get sizeMs(): number {
    return this.beforeMs + this.afterMs
  }
}

/** When windowed aggregations emit. Corresponds to Java's `EmitStrategy`. */
export type EmitStrategy = 'on-window-update' | 'on-window-close'

export const EmitStrategy = {
  /** Every change, at once: the default. */
  onWindowUpdate: (): EmitStrategy => 'on-window-update',
  /** One final result per window, once it is closed. */
  onWindowClose: (): EmitStrategy => 'on-window-close',
} as const
