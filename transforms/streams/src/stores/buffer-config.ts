import { countOf } from '../core/arguments.ts'

/** What a suppression may hold, and what happens when it is full. Corresponds to Java's `Suppressed.BufferConfig`. */
export class BufferConfig<Strict extends boolean = boolean> {
  readonly maxRecords: number
  readonly maxBytes: number
  readonly whenFull: 'shut-down' | 'emit'
  readonly loggingEnabled: boolean
  readonly logConfig: Readonly<Record<string, string>>
  /** Only there for the compiler: an eager buffer may emit early, which untilWindowCloses cannot allow. */
  declare readonly strict: Strict

  private constructor(settings: {
    maxRecords: number
    maxBytes: number
    whenFull: 'shut-down' | 'emit'
    loggingEnabled: boolean
    logConfig: Readonly<Record<string, string>>
  }) {
    this.maxRecords = settings.maxRecords
    this.maxBytes = settings.maxBytes
    this.whenFull = settings.whenFull
    this.loggingEnabled = settings.loggingEnabled
    this.logConfig = settings.logConfig
  }

  static #of<S extends boolean>(from: Partial<BufferConfig>): BufferConfig<S> {
    return new BufferConfig<S>({
      maxRecords: from.maxRecords ?? Number.POSITIVE_INFINITY,
      maxBytes: from.maxBytes ?? Number.POSITIVE_INFINITY,
      whenFull: from.whenFull ?? 'shut-down',
      loggingEnabled: from.loggingEnabled ?? true,
      logConfig: from.logConfig ?? {},
    })
  }

  static unbounded(): BufferConfig<true> {
    return BufferConfig.#of<true>({})
  }

  static maxRecords(maxRecords: number): BufferConfig<false> {
    return BufferConfig.#of<false>({ maxRecords: countOf(maxRecords, 'maxRecords', 0), whenFull: 'emit' })
  }

  static maxBytes(maxBytes: number): BufferConfig<false> {
    return BufferConfig.#of<false>({ maxBytes: countOf(maxBytes, 'maxBytes', 0), whenFull: 'emit' })
  }

  withMaxRecords(maxRecords: number): BufferConfig<Strict> {
    return BufferConfig.#of<Strict>({ ...this, maxRecords: countOf(maxRecords, 'maxRecords', 0) })
  }

  withMaxBytes(maxBytes: number): BufferConfig<Strict> {
    return BufferConfig.#of<Strict>({ ...this, maxBytes: countOf(maxBytes, 'maxBytes', 0) })
  }

  withNoBound(): BufferConfig<true> {
    return BufferConfig.#of<true>({
      ...this,
      maxRecords: Number.POSITIVE_INFINITY,
      maxBytes: Number.POSITIVE_INFINITY,
      whenFull: 'shut-down',
    })
  }

  /** Fail rather than emit too early. */
  shutDownWhenFull(): BufferConfig<true> {
    return BufferConfig.#of<true>({ ...this, whenFull: 'shut-down' })
  }

  /** Emit the oldest before its time. */
  emitEarlyWhenFull(): BufferConfig<false> {
    return BufferConfig.#of<false>({ ...this, whenFull: 'emit' })
  }

  withLoggingEnabled(logConfig: Readonly<Record<string, string>> = {}): BufferConfig<Strict> {
    return BufferConfig.#of<Strict>({ ...this, loggingEnabled: true, logConfig })
  }

  withLoggingDisabled(): BufferConfig<Strict> {
    return BufferConfig.#of<Strict>({ ...this, loggingEnabled: false, logConfig: {} })
  }
}
