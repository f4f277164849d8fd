import { appendFileSync, writeFileSync } from 'node:fs'
import { durationOf } from '../core/arguments.ts'
import { TopologyException, messageOf } from '../core/errors.ts'
import { BufferConfig } from '../stores/buffer-config.ts'
import type { Windowed } from '../windows/window.ts'

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
