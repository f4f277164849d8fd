import { appendFileSync, writeFileSync } from 'node:fs'
import { countOf, durationOf } from '../core/arguments.ts'
import { TopologyException, messageOf } from '../core/errors.ts'
import type { Windowed } from '../windows/window.ts'

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

/** Which updates of a table are held back. Corresponds to Java's `Suppressed`. */
export class Suppressed<in K> {
  /** The limits of the buffer, as in Java's `Suppressed.BufferConfig`. */
  static readonly BufferConfig: typeof BufferConfig = BufferConfig

  /** Null: until the window closes. */
  readonly timeLimitMs: number | null
  readonly buffer: BufferConfig
  readonly name: string | null
  declare readonly accepts: (key: K) => void

  private constructor(timeLimitMs: number | null, buffer: BufferConfig, name: string | null) {
    this.timeLimitMs = timeLimitMs
    this.buffer = buffer
    this.name = name
  }

  /** Only final results: one per window, once stream time has passed its end and grace. */
  static untilWindowCloses(buffer: BufferConfig<true>): Suppressed<Windowed<unknown>> {
    return new Suppressed<Windowed<unknown>>(null, buffer, null)
  }

  /** The newest of each key, at most every `timeLimitMs` of event time. */
  static untilTimeLimit<K>(timeLimitMs: number, buffer: BufferConfig): Suppressed<K> {
    return new Suppressed<K>(durationOf(timeLimitMs, 'timeToWaitForMoreEvents'), buffer, null)
  }

  withName(name: string): Suppressed<K> {
    return new Suppressed<K>(this.timeLimitMs, this.buffer, name)
  }
}

/** Options of `print`. Corresponds to Java's `Printed`. */
export class Printed<K, V> {
  label: string | null = null
  name: string | null = null
  mapper: (key: K, value: V) => string = (key, value) => `${String(key)}, ${String(value)}`
  readonly write: (line: string) => void

  private constructor(write: (line: string) => void) {
    this.write = write
  }

  static toSysOut<K, V>(): Printed<K, V> {
    return new Printed<K, V>((line) => process.stdout.write(`${line}\n`))
  }

  /** Gives each line (without line end) to a function of yours: a file, a logger, a test. */
  static to<K, V>(write: (line: string) => void): Printed<K, V> {
    return new Printed<K, V>(write)
  }

  /** Begins a new file with these lines. */
  static toFile<K, V>(path: string): Printed<K, V> {
    try {
      writeFileSync(path, '')
    } catch (error) {
      throw new TopologyException(`Unable to write stream to file at [${path}] ${messageOf(error)}`, error)
    }
    return new Printed<K, V>((line) => appendFileSync(path, `${line}\n`))
  }

  withLabel(label: string): this {
    this.label = label
    return this
  }

  withName(name: string): this {
    this.name = name
    return this
  }

  withKeyValueMapper(mapper: (key: K, value: V) => string): this {
    this.mapper = mapper
    return this
  }
}
