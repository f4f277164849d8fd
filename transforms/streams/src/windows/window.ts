import { instantOf } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'

/** Stands for Java's Long.MAX_VALUE as a time: the end of unlimited windows and of what never expires. */
export const endOfTime = Number.MAX_SAFE_INTEGER

/** A time or limit as Java's messages write it. */
export const longText = (value: number): string =>
  value >= endOfTime ? '9223372036854775807' : String(value)

/** A span of event time. Time windows end exclusively, sliding and session windows inclusively. Corresponds to Java's `Window`. */
export class Window {
  readonly start: number
  readonly end: number

  constructor(start: number, end: number) {
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) {
      instantOf(start, 'window startMs')
      instantOf(end, 'window endMs')
    }
    if (start < 0) throw new IllegalArgumentException('Window startMs time cannot be negative.')
    if (end < start)
      throw new IllegalArgumentException('Window endMs time cannot be smaller than window startMs time.')
    this.start = start
    this.end = end
  }
}

/** A key together with the window it was aggregated in. Corresponds to Java's `Windowed`. */
export class Windowed<K> {
  readonly key: K
  readonly window: Window

  constructor(key: K, window: Window) {
    this.key = key
    this.window = window
  }

  /** Start of the window, ms. */
  get start(): number {
    return this.window.start
  }

  /** End of the window, ms. */
  get end(): number {
    return this.window.end
  }

  toString(): string {
    return `[${String(this.key)}@${this.window.start}/${this.window.end}]`
  }
}
