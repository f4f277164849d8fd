import type { OpenFile } from './open-file.ts'

/** When a single file is committed, whatever becomes of the others; -1 where a limit does not apply. */
export interface FileRotationSettings {
  /** `rotate.file.bytes`: bytes of a file, before compression. */
  readonly bytes: number
  /** `rotate.file.records`: records of a file. */
  readonly records: number
  /** `rotate.file.age.ms`: wall-clock time since its first record. */
  readonly ageMs: number
  /** `rotate.idle.ms`: wall-clock time since its last record. */
  readonly idleMs: number
  /** `rotate.lateness.ms`: record time by which its Kafka partition is ahead of its newest record. */
  readonly latenessMs: number
}

/** With so many files open they are looked through at most once a second. */
const MANY_FILES = 64
const SCAN_INTERVAL_MS = 1000

/** Limits of single files, which Confluent's sinks do not have. OR-ed with each other and with {@link Rotation}. */
export class FileRotation {
  readonly #settings: FileRotationSettings
  readonly #hasTimes: boolean
  readonly #full: OpenFile[] = []
  #newestTimestamp = -Infinity
  #lastScan = -Infinity

  constructor(settings: FileRotationSettings) {
    this.#settings = settings
    this.#hasTimes = settings.ageMs > 0 || settings.idleMs > 0 || settings.latenessMs > 0
  }

  /** Whether any limit applies. */
  static isUsed({ bytes, records, ageMs, idleMs, latenessMs }: FileRotationSettings): boolean {
    return bytes > 0 || records > 0 || ageMs > 0 || idleMs > 0 || latenessMs > 0
  }

  /** Notes a record of a file. @param timestamp its time; NaN where it has none. */
  written(file: OpenFile, timestamp: number, nowMs: number): void {
    file.lastWriteAt = nowMs
    if (timestamp > file.newestTimestamp) file.newestTimestamp = timestamp
    if (timestamp > this.#newestTimestamp) this.#newestTimestamp = timestamp
    const { bytes, records } = this.#settings
    const isFull = (bytes > 0 && file.buffer.bytes >= bytes) || (records > 0 && file.records >= records)
    if (isFull && this.#full.at(-1) !== file) this.#full.push(file)
  }

  /** Files that are full, once. */
  takeFull(): readonly OpenFile[] {
    return this.#full.length === 0 ? this.#full : this.#full.splice(0)
  }

  /** Files whose time has come. */
  due(files: ReadonlyMap<string, OpenFile>, nowMs: number): readonly OpenFile[] {
    if (!this.#hasTimes) return []
    if (files.size > MANY_FILES && nowMs - this.#lastScan < SCAN_INTERVAL_MS) return []
    this.#lastScan = nowMs
    const { ageMs, idleMs, latenessMs } = this.#settings
    const due: OpenFile[] = []
    for (const file of files.values()) {
      const isDue =
        (ageMs > 0 && nowMs - file.openedAt >= ageMs) ||
        (idleMs > 0 && nowMs - file.lastWriteAt >= idleMs) ||
        (latenessMs > 0 && this.#newestTimestamp - file.newestTimestamp >= latenessMs)
      if (isDue) due.push(file)
    }
    return due
  }
}
