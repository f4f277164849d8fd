import { durationOf, instantOf } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'
import { endOfTime } from './window.ts'

/** Windows which a record belongs to by its timestamp alone. Corresponds to Java's `Windows`. */
export interface Windows {
  readonly kind: 'time' | 'unlimited'
  readonly sizeMs: number
  readonly gracePeriodMs: number
  /** Start of the first window holding that time; NaN when there is none. */
  firstStart(timestamp: number): number
  /** Distance between window starts. */
  readonly advanceMs: number
}

/**
 * Tumbling and hopping windows [start, end), aligned to the epoch, never beginning before it.
 * Corresponds to Java's `TimeWindows`.
 */
export class TimeWindows implements Windows {
  readonly kind = 'time' as const
  readonly sizeMs: number
  readonly advanceMs: number
  readonly gracePeriodMs: number

  private constructor(sizeMs: number, advanceMs: number, gracePeriodMs: number) {
    durationOf(sizeMs, 'window size')
    durationOf(advanceMs, 'window advance')
    durationOf(gracePeriodMs, 'grace period')
    if (sizeMs <= 0) throw new IllegalArgumentException('Window size (sizeMs) must be larger than zero.')
    if (advanceMs <= 0 || advanceMs > sizeMs) {
      throw new IllegalArgumentException(
        'Window advancement interval should be more than zero and less than window duration which is ' +
          `${sizeMs} ms, but given advancement interval is: ${advanceMs} ms`,
      )
    }
    if (gracePeriodMs < 0) throw new IllegalArgumentException('Grace period must not be negative.')
    this.sizeMs = sizeMs
    this.advanceMs = advanceMs
    this.gracePeriodMs = gracePeriodMs
  }

  /** Records are accepted until stream time passes the window's end by the grace. */
  static ofSizeAndGrace(sizeMs: number, graceMs: number): TimeWindows {
    return new TimeWindows(sizeMs, sizeMs, graceMs)
  }

  static ofSizeWithNoGrace(sizeMs: number): TimeWindows {
    return new TimeWindows(sizeMs, sizeMs, 0)
  }

  /** Makes the windows hop: a new one begins every `advanceMs`. */
  advanceBy(advanceMs: number): TimeWindows {
    return new TimeWindows(this.sizeMs, advanceMs, this.gracePeriodMs)
  }

  firstStart(timestamp: number): number {
    const earliest = Math.max(0, timestamp - this.sizeMs + this.advanceMs)
    return Math.floor(earliest / this.advanceMs) * this.advanceMs
  }
}

/** One window without end. Corresponds to Java's `UnlimitedWindows`. */
export class UnlimitedWindows implements Windows {
  readonly kind = 'unlimited' as const
  readonly sizeMs = endOfTime
  readonly advanceMs = Number.POSITIVE_INFINITY
  readonly gracePeriodMs = 0
  readonly startMs: number

  private constructor(startMs: number) {
    instantOf(startMs, 'window start time')
    if (startMs < 0) throw new IllegalArgumentException('Window start time (startMs) cannot be negative.')
    this.startMs = startMs
  }

  static of(): UnlimitedWindows {
    return new UnlimitedWindows(0)
  }

  /** Records before that time are in no window. */
  startOn(start: number | Date): UnlimitedWindows {
    return new UnlimitedWindows(instantOf(start, 'window start time'))
  }

  firstStart(timestamp: number): number {
    return timestamp >= this.startMs ? this.startMs : Number.NaN
  }
}
