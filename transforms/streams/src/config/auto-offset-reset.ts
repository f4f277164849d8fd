import { durationOf } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'

/** Where to begin on a topic without committed offset. Corresponds to Java's `AutoOffsetReset`. */
export type AutoOffsetReset = 'none' | 'earliest' | 'latest' | { readonly byDurationMs: number }

export const AutoOffsetReset = {
  none: (): AutoOffsetReset => 'none',
  earliest: (): AutoOffsetReset => 'earliest',
  latest: (): AutoOffsetReset => 'latest',
  byDuration: (durationMs: number): AutoOffsetReset => {
    if (durationOf(durationMs, 'duration') < 0)
      throw new IllegalArgumentException('Duration cannot be negative')
    return { byDurationMs: durationMs }
  },
} as const
