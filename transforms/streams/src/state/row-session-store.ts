import { boundOf, isTime } from '../core/arguments.ts'
import { compareBytes, startsWith } from './byte-order.ts'
import { emptyIterator } from './cursor-iterator.ts'
import {
  endOfSessionStoreKey,
  highestStoreKey,
  keyOfSessionStoreKey,
  sessionKeyOfTimeFirst,
  sessionStoreKey,
  startOfSessionStoreKey,
  timeBytes,
  timeFirstSessionKey,
  timestampedValue,
} from './java-keys.ts'
import type { RowCursor } from './row-cursor.ts'
import { Segments, latestTime, notStored, segmentIntervalOf, type SegmentSnapshots } from './segments.ts'
import { SpaceStore, type StoreParts } from './space-store.ts'
import type { TableSnapshot } from './table-snapshot.ts'
import { paused } from './store.ts'
import type { ChangelogRecord, SessionByteStore, SessionRow, SessionSpec, StoreIterator } from './store.ts'

const noBytes = new Uint8Array(0)

/** Which sessions a read wants: the bounds of Java's `findSessions`, all inclusive. */
interface SessionBounds {
  readonly keyFrom: Uint8Array | null
  readonly keyTo: Uint8Array | null
  readonly earliestEnd: number
  readonly latestEnd: number
  readonly latestStart: number
}

/**
 * Session store over segments of rows, cut by session end. Corresponds to Java's `RocksDBSessionStore`; with `timeOrdered`
 * to `RocksDBTimeOrderedSessionStore` with its index.
 */
export class RowSessionStore extends SpaceStore implements SessionByteStore {
  readonly retentionMs: number
  readonly #segments: Segments
  readonly #timeOrdered: boolean
  readonly #timestamped: boolean
  readonly #refuseByRow: boolean

  constructor(spec: SessionSpec, parts: StoreParts) {
    super(spec, parts)
    this.retentionMs = spec.retentionMs
    this.#timeOrdered = spec.timeOrdered
    this.#timestamped = spec.timestamped
    this.#refuseByRow = spec.refuseExpired === 'row'
    this.#segments = new Segments(
      parts.space,
      spec.retentionMs,
      segmentIntervalOf(spec.retentionMs),
      spec.timeOrdered ? 2 : 1,
    )
  }

  put(key: Uint8Array, start: number, end: number, value: Uint8Array | null): void {
    this.#assertSession(key, start, end)
    const storeKey = sessionStoreKey(key, start, end)
    if (!this.#write(storeKey, value, end)) this.context.recordExpired()
    // A refused session is logged all the same, as in Java; a restore refuses it again.
    this.changes.record(storeKey, value)
  }

  remove(key: Uint8Array, start: number, end: number): void {
    this.#assertSession(key, start, end)
    const storeKey = sessionStoreKey(key, start, end)
    this.#write(storeKey, null, end)
    this.changes.record(storeKey, null)
  }

  fetchSession(key: Uint8Array, start: number, end: number): Uint8Array | null {
    this.#assertSession(key, start, end)
    if (end < this.#segments.oldestVisible) return null
    const table = this.#segments.existing(end)
    return table === null ? null : table.get(sessionStoreKey(key, start, end))
  }

  findSessions(key: Uint8Array, earliestEnd: number, latestStart: number): StoreIterator<SessionRow> {
    return this.#sessionsOfKey(key, earliestEnd, latestStart, false)
  }

  backwardFindSessions(key: Uint8Array, earliestEnd: number, latestStart: number): StoreIterator<SessionRow> {
    return this.#sessionsOfKey(key, earliestEnd, latestStart, true)
  }

  findSessionsInKeyRange(
    keyFrom: Uint8Array | null,
    keyTo: Uint8Array | null,
    earliestEnd: number,
    latestStart: number,
  ): StoreIterator<SessionRow> {
    return this.#sessions({ keyFrom, keyTo, earliestEnd, latestEnd: latestTime, latestStart }, false)
  }

  backwardFindSessionsInKeyRange(
    keyFrom: Uint8Array | null,
    keyTo: Uint8Array | null,
    earliestEnd: number,
    latestStart: number,
  ): StoreIterator<SessionRow> {
    return this.#sessions({ keyFrom, keyTo, earliestEnd, latestEnd: latestTime, latestStart }, true)
  }

  findSessionsByEnd(earliestEnd: number, latestEnd: number): StoreIterator<SessionRow> {
    return this.#sessions(
      { keyFrom: null, keyTo: null, earliestEnd, latestEnd, latestStart: latestTime },
      false,
    )
  }

  fetch(key: Uint8Array): StoreIterator<SessionRow> {
    return this.#sessionsOfKey(key, 0, latestTime, false)
  }

  backwardFetch(key: Uint8Array): StoreIterator<SessionRow> {
    return this.#sessionsOfKey(key, 0, latestTime, true)
  }

  all(): StoreIterator<SessionRow> {
    return this.findSessionsByEnd(0, latestTime)
  }

  restore(records: Iterable<ChangelogRecord>): void {
    this.assertOpen()
    for (const { key, value, timestamp } of records) {
      const stored = value !== null && this.#timestamped ? timestampedValue(value, timestamp) : value
      this.#write(key, stored, endOfSessionStoreKey(key))
    }
  }

  #assertSession(key: Uint8Array, start: number, end: number): void {
    this.assertKey(key)
    if (!isTime(start)) throw notStored(this.name, 'session start', start)
    if (!isTime(end)) throw notStored(this.name, 'session end', end)
  }

  /** False when the session is too old to be kept. */
  #write(storeKey: Uint8Array, value: Uint8Array | null, end: number): boolean {
    this.#segments.observe(end)
    if (this.#refuseByRow ? end < this.#segments.oldestVisible : !this.#segments.isLive(end)) return false
    this.#segments.table(end).put(storeKey, value)
    if (this.#timeOrdered) {
      this.#segments.timeTable(end).put(timeFirstSessionKey(storeKey), value === null ? null : noBytes)
    }
    return true
  }

  #sessionsOfKey(
    key: Uint8Array,
    earliestEnd: number,
    latestStart: number,
    reverse: boolean,
  ): StoreIterator<SessionRow> {
    this.assertKey(key)
    const from = Math.max(boundOf(earliestEnd, 'earliestSessionEndTime'), this.#segments.oldestVisible)
    boundOf(latestStart, 'latestSessionStartTime')
    if (from > latestTime) return emptyIterator()
    const lower = sessionStoreKey(key, 0, from)
    const upper = sessionStoreKey(key, latestTime, latestTime)
    const accept = (storeKey: Uint8Array): boolean =>
      storeKey.length === lower.length &&
      startsWith(storeKey, key) &&
      startOfSessionStoreKey(storeKey) <= latestStart
    const open = (segment: SegmentSnapshots['tables'][number]): RowCursor =>
      segment.rows.cursor(lower, upper, reverse)
    return this.#iterate(this.#segments.snapshot(from, latestTime, reverse), open, accept, false)
  }

  #sessions(bounds: SessionBounds, reverse: boolean): StoreIterator<SessionRow> {
    this.assertOpen()
    const { keyFrom, keyTo } = bounds
    const from = Math.max(boundOf(bounds.earliestEnd, 'earliestSessionEndTime'), this.#segments.oldestVisible)
    const to = Math.min(boundOf(bounds.latestEnd, 'latestSessionEndTime'), latestTime)
    boundOf(bounds.latestStart, 'latestSessionStartTime')
    if (to < from || (keyFrom !== null && keyTo !== null && compareBytes(keyFrom, keyTo) > 0))
      return emptyIterator()
    const upper = keyTo === null ? null : highestStoreKey(keyTo, 16)
    const accept = (storeKey: Uint8Array): boolean => {
      const end = endOfSessionStoreKey(storeKey)
      if (end < from || end > to || startOfSessionStoreKey(storeKey) > bounds.latestStart) return false
      const key = keyOfSessionStoreKey(storeKey)
      return (
        (keyFrom === null || compareBytes(key, keyFrom) >= 0) &&
        (keyTo === null || compareBytes(key, keyTo) <= 0)
      )
    }
    const open = (segment: SegmentSnapshots['tables'][number]): RowCursor =>
      segment.byTime === null
        ? segment.rows.cursor(keyFrom, upper, reverse)
        : // No row is as short as its end alone, so the bound itself is never hit.
          segment.byTime.cursor(timeBytes(from), timeBytes(to + 1), reverse)
    return this.#iterate(this.#segments.snapshot(from, to, reverse), open, accept, this.#timeOrdered)
  }

  #iterate(
    snapshot: SegmentSnapshots,
    open: (segment: SegmentSnapshots['tables'][number]) => RowCursor,
    accept: (storeKey: Uint8Array) => boolean,
    timeFirst: boolean,
  ): StoreIterator<SessionRow> {
    let at = 0
    let rows: TableSnapshot | null = null
    let cursor: RowCursor | null = null
    return this.iterator((passOver) => {
      for (let left = passOver; ;) {
        if (cursor === null) {
          const segment = snapshot.tables[at++]
          if (segment === undefined) return undefined
          rows = segment.rows
          cursor = open(segment)
        }
        while (cursor.next()) {
          const storeKey = timeFirst ? sessionKeyOfTimeFirst(cursor.key()) : cursor.key()
          const value = !accept(storeKey)
            ? null
            : timeFirst
              ? (rows as TableSnapshot).get(storeKey)
              : cursor.value()
          if (value !== null) return rowOf(storeKey, value)
          if (--left < 0) return paused
        }
        cursor = null
      }
    }, snapshot)
  }
}

function rowOf(storeKey: Uint8Array, value: Uint8Array): SessionRow {
  return {
    key: keyOfSessionStoreKey(storeKey),
    start: startOfSessionStoreKey(storeKey),
    end: endOfSessionStoreKey(storeKey),
    value,
  }
}
