import { shownWithType } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'
import type { RowSpace, RowTable } from './row-space.ts'
import type { TableSnapshot } from './table-snapshot.ts'

/** The error of a put whose time no store can hold: the store's clock would stand still, or run away. */
export function notStored(storeName: string, what: string, time: unknown): IllegalArgumentException {
  return new IllegalArgumentException(
    `Store ${storeName}: ${what} must be a whole number of milliseconds from 0 to ${latestTime}, ` +
      `got ${shownWithType(time)}`,
  )
}

/** The highest time a store can hold: times are safe integers. */
export const latestTime = Number.MAX_SAFE_INTEGER

/**
 * The segments of time a windowed store is cut into, and the store's clock. Reads hide rows older than the retention to the
 * millisecond; memory and disk are given back a whole segment at a time. Corresponds to Java's `AbstractSegments` together
 * with the `observedStreamTime` of its segmented stores. Unlike Java's, the clock survives a restart of a persistent store,
 * so a row once expired stays so.
 */
export class Segments {
  readonly intervalMs: number
  readonly #space: RowSpace
  readonly #retentionMs: number
  readonly #tablesPerSegment: number
  #firstLive = 0

  /** @param tablesPerSegment 2 when a second table orders the segment's rows by time */
  constructor(space: RowSpace, retentionMs: number, intervalMs: number, tablesPerSegment: 1 | 2) {
    this.#space = space
    this.#retentionMs = retentionMs
    this.intervalMs = intervalMs
    this.#tablesPerSegment = tablesPerSegment
    this.#firstLive = this.#idOf(this.streamTime - retentionMs)
  }

  /** Highest time any put carried, ms; -1 before the first. */
  get streamTime(): number {
    return this.#space.facts.streamTime
  }

  /** The oldest time that reads still show. */
  get oldestVisible(): number {
    return Math.max(0, this.streamTime - this.#retentionMs + 1)
  }

  /** Moves the clock, and drops the segments that no visible row can be in. */
  observe(time: number): void {
    if (time <= this.#space.facts.streamTime) return
    this.#space.facts.streamTime = time
    const firstLive = this.#idOf(time - this.#retentionMs)
    if (firstLive === this.#firstLive) return
    this.#firstLive = firstLive
    for (const id of this.#space.ids()) {
      if (this.#segmentOf(id) < firstLive) this.#space.drop(id)
    }
  }

  /** True while rows of that time have a segment to go to, which they may have somewhat longer than they are visible. */
  isLive(time: number): boolean {
    return this.#idOf(time) >= this.#firstLive
  }

  /** The table for rows of that time. */
  table(time: number): RowTable {
    return this.#space.table(this.#idOf(time) * this.#tablesPerSegment)
  }

  existing(time: number): RowTable | null {
    return this.#space.existing(this.#idOf(time) * this.#tablesPerSegment)
  }

  /** The table that orders the rows of that time by time. */
  timeTable(time: number): RowTable {
    return this.#space.table(this.#idOf(time) * 2 + 1)
  }

  /** Tables whose times touch [from, to], oldest first, or newest first when reversed. */
  between(from: number, to: number, reverse: boolean): SegmentTables[] {
    const first = this.#idOf(from)
    const last = this.#idOf(to)
    const found: SegmentTables[] = []
    for (const id of this.#space.ids()) {
      const segment = this.#segmentOf(id)
      if (segment < first || segment > last || id % this.#tablesPerSegment !== 0) continue
      const rows = this.#space.existing(id)
      if (rows === null) continue
      found.push({ rows, byTime: this.#tablesPerSegment === 2 ? this.#space.existing(id + 1) : null })
    }
    return reverse ? found.reverse() : found
  }

  /** The same tables as they are now, whatever is written while they are read. */
  snapshot(from: number, to: number, reverse: boolean): SegmentSnapshots {
    const tables = this.between(from, to, reverse).map(({ rows, byTime }) => ({
      rows: rows.snapshot(),
      byTime: byTime === null ? null : byTime.snapshot(),
    }))
    return {
      tables,
      close: () => {
        for (const { rows, byTime } of tables) {
          rows.close()
          byTime?.close()
        }
      },
    }
  }

  #idOf(time: number): number {
    return time <= 0 ? 0 : Math.floor(time / this.intervalMs)
  }

  #segmentOf(tableId: number): number {
    return this.#tablesPerSegment === 2 ? Math.floor(tableId / 2) : tableId
  }
}

interface SegmentTables {
  readonly rows: RowTable
  /** Time-first keys of the same rows, where the store is ordered by time. */
  readonly byTime: RowTable | null
}

/** Snapshots of segments, to be closed together. */
export interface SegmentSnapshots {
  readonly tables: readonly {
    readonly rows: TableSnapshot
    readonly byTime: TableSnapshot | null
  }[]
  close(): void
}

/** Java's segment interval of window and session stores. */
export function segmentIntervalOf(retentionMs: number): number {
  return Math.max(Math.floor(retentionMs / 2), 60_000)
}
