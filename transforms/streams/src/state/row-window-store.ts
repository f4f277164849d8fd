import { boundOf, isTime } from '../core/arguments.ts'
import { byteText, compareBytes, startsWith } from './byte-order.ts'
import { emptyIterator } from './cursor-iterator.ts'
import {
  highestStoreKey,
  keyOfWindowStoreKey,
  maxSequence,
  sequenceOfWindowStoreKey,
  startOfWindowStoreKey,
  timeBytes,
  timeFirstWindowKey,
  timeOfText,
  timestampedValue,
  windowKeyOfTimeFirst,
  windowStoreKey,
} from './java-keys.ts'
import type { RowCursor } from './row-cursor.ts'
import { Segments, latestTime, notStored, segmentIntervalOf } from './segments.ts'
import { SpaceStore, type StoreParts } from './space-store.ts'
import type { TableSnapshot } from './table-snapshot.ts'
import { paused } from './store.ts'
import type {
  ChangelogRecord,
  StoreIterator,
  WindowByteStore,
  WindowRow,
  WindowSpec,
  WindowVisitor,
} from './store.ts'

const noBytes = new Uint8Array(0)

/**
 * Window store over segments of rows. Corresponds to Java's `RocksDBWindowStore`; with `timeOrdered` to
 * `RocksDBTimeOrderedWindowStore` with its index (there the time-first rows are the base and the key-first ones the index).
 */
export class RowWindowStore extends SpaceStore implements WindowByteStore {
  readonly retentionMs: number
  readonly #segments: Segments
  readonly #retainDuplicates: boolean
  readonly #timeOrdered: boolean
  readonly #timestamped: boolean
  readonly #refuseByRow: boolean
  #lastStoreKey: Uint8Array = noBytes
  #lastStart = -1

  constructor(spec: WindowSpec, parts: StoreParts) {
    super(spec, parts, spec.retainDuplicates ? 'update' : parts.changelogTiming)
    this.retentionMs = spec.retentionMs
    this.#retainDuplicates = spec.retainDuplicates
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

  put(key: Uint8Array, value: Uint8Array | null, windowStart: number): void {
    this.assertKey(key)
    if (!isTime(windowStart)) throw notStored(this.name, 'window start', windowStart)
    if (this.#retainDuplicates) {
      const facts = this.space.facts
      facts.sequence = facts.sequence === maxSequence ? 0 : facts.sequence + 1
    }
    const storeKey = this.#retainDuplicates
      ? windowStoreKey(key, windowStart, this.space.facts.sequence)
      : this.#storeKey(key, windowStart)
    // A null among duplicates deletes nothing: it is a number in the changelog, as in Java, and no more.
    const isNothing = this.#retainDuplicates && value === null
    if (!isNothing && !this.#write(storeKey, value, windowStart)) this.context.recordExpired()
    // A refused row is logged all the same, as in Java; a restore refuses it again.
    this.changes.record(storeKey, value)
  }

  fetch(key: Uint8Array, windowStart: number): Uint8Array | null {
    this.assertKey(key)
    boundOf(windowStart, 'window start')
    if (windowStart < this.#segments.oldestVisible) return null
    const table = this.#segments.existing(windowStart)
    if (table === null) return null
    if (!this.#retainDuplicates) return table.get(this.#storeKey(key, windowStart))
    // The newest of the duplicates.
    const rows = this.#rowsOfKey(key, windowStart, windowStart, true)
    const newest = rows.next()
    rows.close()
    return newest.done === true ? null : newest.value.value
  }

  fetchRange(key: Uint8Array, timeFrom: number, timeTo: number): StoreIterator<WindowRow> {
    return this.#rowsOfKey(key, timeFrom, timeTo, false)
  }

  backwardFetchRange(key: Uint8Array, timeFrom: number, timeTo: number): StoreIterator<WindowRow> {
    return this.#rowsOfKey(key, timeFrom, timeTo, true)
  }

  fetchKeyRange(
    keyFrom: Uint8Array | null,
    keyTo: Uint8Array | null,
    timeFrom: number,
    timeTo: number,
  ): StoreIterator<WindowRow> {
    return this.#rowsOfKeys(keyFrom, keyTo, timeFrom, timeTo, false)
  }

  backwardFetchKeyRange(
    keyFrom: Uint8Array | null,
    keyTo: Uint8Array | null,
    timeFrom: number,
    timeTo: number,
  ): StoreIterator<WindowRow> {
    return this.#rowsOfKeys(keyFrom, keyTo, timeFrom, timeTo, true)
  }

  fetchAll(timeFrom: number, timeTo: number): StoreIterator<WindowRow> {
    return this.#rowsOfKeys(null, null, timeFrom, timeTo, false)
  }

  backwardFetchAll(timeFrom: number, timeTo: number): StoreIterator<WindowRow> {
    return this.#rowsOfKeys(null, null, timeFrom, timeTo, true)
  }

  all(): StoreIterator<WindowRow> {
    return this.#rowsOfKeys(null, null, 0, latestTime, false)
  }

  backwardAll(): StoreIterator<WindowRow> {
    return this.#rowsOfKeys(null, null, 0, latestTime, true)
  }

  visit(key: Uint8Array, timeFrom: number, timeTo: number, visitor: WindowVisitor): void {
    this.assertKey(key)
    const from = Math.max(boundOf(timeFrom, 'timeFrom'), this.#segments.oldestVisible)
    const to = Math.min(boundOf(timeTo, 'timeTo'), latestTime)
    if (to < from) return
    const lower = windowStoreKey(key, from, 0)
    const upper = windowStoreKey(key, to, maxSequence)
    const prefix = byteText(key)
    for (const { rows } of this.#segments.between(from, to, false)) {
      const cursor = rows.cursor(lower, upper, false)
      while (cursor.next()) {
        // Longer keys sort in between where their bytes look like a time.
        if (cursor.text.length !== lower.length || !cursor.text.startsWith(prefix)) continue
        if (!visitor.visitRow(timeOfText(cursor.text, key.length), cursor.value())) return
      }
    }
  }

  restore(records: Iterable<ChangelogRecord>): void {
    this.assertOpen()
    for (const { key, value, timestamp } of records) {
      if (this.#retainDuplicates) this.space.facts.sequence = sequenceOfWindowStoreKey(key)
      if (this.#retainDuplicates && value === null) continue
      const stored = value !== null && this.#timestamped ? timestampedValue(value, timestamp) : value
      this.#write(key, stored, startOfWindowStoreKey(key))
    }
  }

  /** An update reads and then writes the same row. */
  #storeKey(key: Uint8Array, windowStart: number): Uint8Array {
    const last = this.#lastStoreKey
    if (windowStart === this.#lastStart && last.length === key.length + 12 && startsWith(last, key))
      return last
    this.#lastStoreKey = windowStoreKey(key, windowStart, 0)
    this.#lastStart = windowStart
    return this.#lastStoreKey
  }

  /** False when the row is too old to be kept. */
  #write(storeKey: Uint8Array, value: Uint8Array | null, windowStart: number): boolean {
    this.#segments.observe(windowStart)
    if (this.#refuseByRow ? windowStart < this.#segments.oldestVisible : !this.#segments.isLive(windowStart))
      return false
    this.#segments.table(windowStart).put(storeKey, value)
    if (this.#timeOrdered) {
      this.#segments.timeTable(windowStart).put(timeFirstWindowKey(storeKey), value === null ? null : noBytes)
    }
    return true
  }

  #rowsOfKey(key: Uint8Array, timeFrom: number, timeTo: number, reverse: boolean): StoreIterator<WindowRow> {
    this.assertKey(key)
    const from = Math.max(boundOf(timeFrom, 'timeFrom'), this.#segments.oldestVisible)
    const to = Math.min(boundOf(timeTo, 'timeTo'), latestTime)
    if (to < from) return emptyIterator()
    const lower = windowStoreKey(key, from, 0)
    const upper = windowStoreKey(key, to, maxSequence)
    const prefix = byteText(key)
    const snapshot = this.#segments.snapshot(from, to, reverse)
    let at = 0
    let cursor: RowCursor | null = null
    return this.iterator((passOver) => {
      for (let left = passOver; ;) {
        if (cursor === null) {
          const segment = snapshot.tables[at++]
          if (segment === undefined) return undefined
          cursor = segment.rows.cursor(lower, upper, reverse)
        }
        while (cursor.next()) {
          if (cursor.text.length !== lower.length || !cursor.text.startsWith(prefix)) {
            if (--left < 0) return paused
            continue
          }
          return { key, windowStart: timeOfText(cursor.text, key.length), value: cursor.value() }
        }
        cursor = null
      }
    }, snapshot)
  }

  #rowsOfKeys(
    keyFrom: Uint8Array | null,
    keyTo: Uint8Array | null,
    timeFrom: number,
    timeTo: number,
    reverse: boolean,
  ): StoreIterator<WindowRow> {
    this.assertOpen()
    const from = Math.max(boundOf(timeFrom, 'timeFrom'), this.#segments.oldestVisible)
    const to = Math.min(boundOf(timeTo, 'timeTo'), latestTime)
    if (to < from || (keyFrom !== null && keyTo !== null && compareBytes(keyFrom, keyTo) > 0))
      return emptyIterator()
    const snapshot = this.#segments.snapshot(from, to, reverse)
    const upper = keyTo === null ? null : highestStoreKey(keyTo, 12)
    let at = 0
    let rows: TableSnapshot | null = null
    let cursor: RowCursor | null = null
    return this.iterator((passOver) => {
      for (let left = passOver; ;) {
        if (cursor === null) {
          const segment = snapshot.tables[at++]
          if (segment === undefined) return undefined
          rows = segment.rows
          cursor =
            segment.byTime === null
              ? segment.rows.cursor(keyFrom, upper, reverse)
              : // No row is as short as its time alone, so the bound itself is never hit.
                segment.byTime.cursor(timeBytes(from), timeBytes(to + 1), reverse)
        }
        while (cursor.next()) {
          const storeKey = this.#timeOrdered ? windowKeyOfTimeFirst(cursor.key()) : cursor.key()
          const start = startOfWindowStoreKey(storeKey)
          const key = start < from || start > to ? null : keyOfWindowStoreKey(storeKey)
          if (key !== null && isBetween(key, keyFrom, keyTo)) {
            const value = this.#timeOrdered ? (rows as TableSnapshot).get(storeKey) : cursor.value()
            if (value !== null) return { key, windowStart: start, value }
          }
          if (--left < 0) return paused
        }
        cursor = null
      }
    }, snapshot)
  }
}

function isBetween(key: Uint8Array, from: Uint8Array | null, to: Uint8Array | null): boolean {
  return (from === null || compareBytes(key, from) >= 0) && (to === null || compareBytes(key, to) <= 0)
}
