import { boundOf, isTime } from '../core/arguments.ts'
import { readInt64, writeInt64 } from '../core/serde.ts'
import { byteText } from './byte-order.ts'
import { timestampOfTimestamped, timestampedValue, valueOfTimestamped } from './java-keys.ts'
import type { RowCursor } from './row-cursor.ts'
import type { RowTable } from './row-space.ts'
import { latestTime, notStored } from './segments.ts'
import { SpaceStore, type StoreParts } from './space-store.ts'
import type { Advance } from './cursor-iterator.ts'
import { paused, versionedLatest, versionedNotPut } from './store.ts'
import type {
  ChangelogRecord,
  StoreIterator,
  VersionedByteStore,
  VersionedRow,
  VersionedSpec,
} from './store.ts'
import type { TableSnapshot } from './table-snapshot.ts'

/** A version that has been followed by another one, or by a deletion. */
interface PastVersion {
  readonly table: RowTable
  readonly rowKey: Uint8Array
  readonly validFrom: number
  readonly validTo: number
  /** Null: the key was deleted for that time. */
  readonly value: Uint8Array | null
}

/**
 * Versioned store. Corresponds to Java's `RocksDBVersionedStore`: the newest version of each key in one table (0), past
 * versions by the time they were followed in segments (table = segment + 1), so that history expires a segment at a time
 * while the newest version never does.
 *
 * Past versions are rows `key + int64 validTo` -> `int64 validFrom + flag + value`: the version valid at time t is the row of
 * the smallest validTo > t, if it begins by then. A deletion is the end of the version before it; with no version before, an
 * empty interval remembers it.
 */
export class RowVersionedStore extends SpaceStore implements VersionedByteStore {
  readonly historyRetentionMs: number
  readonly #intervalMs: number
  readonly #newest: RowTable

  constructor(spec: VersionedSpec, parts: StoreParts) {
    // Each version is a record of its own in the changelog, so newest-per-key would lose history.
    super({ name: spec.name, timestamped: false }, parts, 'update')
    this.historyRetentionMs = spec.historyRetentionMs
    this.#intervalMs = versionedSegmentInterval(spec)
    this.#newest = parts.space.table(0)
  }

  put(key: Uint8Array, value: Uint8Array | null, timestamp: number): number {
    this.assertKey(key)
    if (!isTime(timestamp)) throw notStored(this.name, 'timestamp', timestamp)
    const validTo = this.#putUnlessExpired(key, value, timestamp)
    if (validTo === versionedNotPut) this.context.recordExpired()
    // A refused version is logged all the same, as in Java; a restore refuses it again.
    this.changes.recordAt(key, value, timestamp)
    return validTo
  }

  get(key: Uint8Array): VersionedRow | null {
    this.assertKey(key)
    const stored = this.#newest.get(key)
    return stored === null ? null : newestRow(stored)
  }

  getAsOf(key: Uint8Array, asOfTimestamp: number): VersionedRow | null {
    this.assertKey(key)
    boundOf(asOfTimestamp, 'asOfTimestamp')
    const stored = this.#newest.get(key)
    if (stored !== null && timestampOfTimestamped(stored) <= asOfTimestamp) return newestRow(stored)
    if (asOfTimestamp < this.space.facts.streamTime - this.historyRetentionMs) return null
    const past = this.#following(key, asOfTimestamp)
    if (past === null || past.validFrom > asOfTimestamp || past.value === null) return null
    return { value: past.value, timestamp: past.validFrom, validTo: past.validTo }
  }

  versions(key: Uint8Array, timeFrom: number, timeTo: number, reverse: boolean): StoreIterator<VersionedRow> {
    this.assertKey(key)
    const oldest = this.space.facts.streamTime - this.historyRetentionMs
    const from = Math.max(boundOf(timeFrom, 'timeFrom'), oldest, 0)
    const to = Math.min(boundOf(timeTo, 'timeTo'), latestTime)
    const past = to < from ? [] : this.#pastSnapshots(from, reverse)
    const lower = pastKey(key, Math.min(from + 1, latestTime))
    const upper = pastKey(key, latestTime)
    const prefix = byteText(key)
    let at = 0
    let cursor: RowCursor | null = null
    const nextPast: Advance<VersionedRow> = (passOver) => {
      for (let left = passOver; ;) {
        const table = past[at]
        if (table === undefined) return undefined
        cursor ??= table.cursor(lower, upper, reverse)
        while (cursor.next()) {
          const isOfKey = cursor.text.length === lower.length && cursor.text.startsWith(prefix)
          const row = isOfKey ? cursor.value() : null
          if (row !== null && row[8] === 1 && readInt64(row, 0) <= to) {
            const validTo = readInt64(cursor.key(), key.length)
            return { value: row.subarray(9), timestamp: readInt64(row, 0), validTo }
          }
          if (--left < 0) return paused
        }
        cursor = null
        at++
      }
    }
    const stored = this.#newest.get(key)
    // The newest version never expires.
    let newest = stored !== null && timestampOfTimestamped(stored) <= timeTo ? newestRow(stored) : undefined
    const nextNewest = (): VersionedRow | undefined => {
      const row = newest
      newest = undefined
      return row
    }
    return this.iterator(
      (passOver) => (reverse ? (nextNewest() ?? nextPast(passOver)) : (nextPast(passOver) ?? nextNewest())),
      {
        close: () => {
          for (const table of past) table.close()
        },
      },
    )
  }

  delete(key: Uint8Array, timestamp: number): VersionedRow | null {
    this.assertKey(key)
    if (!isTime(timestamp)) throw notStored(this.name, 'timestamp', timestamp)
    const expired = timestamp < this.space.facts.streamTime - this.historyRetentionMs
    const existing = expired ? null : this.getAsOf(key, timestamp)
    this.put(key, null, timestamp)
    return existing
  }

  restore(records: Iterable<ChangelogRecord>): void {
    this.assertOpen()
    for (const { key, value, timestamp } of records) this.#putUnlessExpired(key, value, timestamp)
  }

  #putUnlessExpired(key: Uint8Array, value: Uint8Array | null, timestamp: number): number {
    const facts = this.space.facts
    if (timestamp < facts.streamTime - this.historyRetentionMs) return versionedNotPut
    if (timestamp > facts.streamTime) {
      facts.streamTime = timestamp
      this.#dropExpired()
    }
    const stored = this.#newest.get(key)
    const newestAt = stored === null ? null : timestampOfTimestamped(stored)
    if (stored !== null && newestAt !== null && timestamp >= newestAt) {
      if (timestamp > newestAt) this.#putPast(key, newestAt, timestamp, valueOfTimestamped(stored))
      this.#putNewest(key, value, timestamp)
      return versionedLatest
    }
    const past = this.#following(key, timestamp)
    if (past === null) {
      if (newestAt === null) {
        this.#putNewest(key, value, timestamp)
        return versionedLatest
      }
      this.#putPast(key, timestamp, newestAt, value)
      return newestAt
    }
    if (past.validFrom > timestamp) {
      // Nothing was known of this time; what follows begins at validFrom.
      this.#putPast(key, timestamp, past.validFrom, value)
      return past.validFrom
    }
    if (past.validFrom < timestamp) this.#putPast(key, past.validFrom, timestamp, past.value)
    past.table.put(past.rowKey, pastValue(timestamp, value))
    return past.validTo
  }

  #putNewest(key: Uint8Array, value: Uint8Array | null, timestamp: number): void {
    if (value !== null) {
      this.#newest.put(key, timestampedValue(value, timestamp))
      return
    }
    this.#newest.put(key, null)
    // Remembers when it was deleted unless a version that ends then says so already.
    const table = this.#pastTable(timestamp)
    const rowKey = pastKey(key, timestamp)
    if (table.get(rowKey) === null) table.put(rowKey, pastValue(timestamp, null))
  }

  #putPast(key: Uint8Array, validFrom: number, validTo: number, value: Uint8Array | null): void {
    if (validTo < this.space.facts.streamTime - this.historyRetentionMs) return
    this.#pastTable(validTo).put(pastKey(key, validTo), pastValue(validFrom, value))
  }

  /** The past version with the smallest validTo > time. */
  #following(key: Uint8Array, time: number): PastVersion | null {
    const from = Math.max(0, time + 1)
    const lower = pastKey(key, from)
    const upper = pastKey(key, latestTime)
    const prefix = byteText(key)
    const first = 1 + this.#segmentOf(from)
    for (const id of this.space.ids()) {
      if (id < first) continue
      const table = this.space.existing(id)
      if (table === null) continue
      const cursor = table.cursor(lower, upper, false)
      while (cursor.next()) {
        if (cursor.text.length !== lower.length || !cursor.text.startsWith(prefix)) continue
        const rowKey = cursor.key()
        const row = cursor.value()
        return {
          table,
          rowKey,
          validFrom: readInt64(row, 0),
          validTo: readInt64(rowKey, key.length),
          value: row[8] === 1 ? row.subarray(9) : null,
        }
      }
    }
    return null
  }

  /** Tables of versions that were followed after that time. */
  #pastSnapshots(time: number, reverse: boolean): readonly TableSnapshot[] {
    const first = 1 + this.#segmentOf(time)
    const ids = this.space.ids().filter((id) => id >= first)
    return (reverse ? ids.reverse() : ids).flatMap((id) => this.space.existing(id)?.snapshot() ?? [])
  }

  #pastTable(validTo: number): RowTable {
    return this.space.table(1 + this.#segmentOf(validTo))
  }

  #segmentOf(time: number): number {
    return time <= 0 ? 0 : Math.floor(time / this.#intervalMs)
  }

  #dropExpired(): void {
    const firstLive = 1 + this.#segmentOf(this.space.facts.streamTime - this.historyRetentionMs)
    for (const id of this.space.ids()) if (id > 0 && id < firstLive) this.space.drop(id)
  }
}

/** How long one segment of history is, ms: as given, or Java's choice by the history's length. */
export function versionedSegmentInterval(spec: VersionedSpec): number {
  if (spec.segmentIntervalMs !== undefined) return spec.segmentIntervalMs
  const history = spec.historyRetentionMs
  if (history <= 60_000) return Math.max(Math.floor(history / 3), 2_000)
  if (history <= 300_000) return Math.max(Math.floor(history / 5), 20_000)
  if (history <= 3_600_000) return Math.max(Math.floor(history / 12), 60_000)
  return Math.max(Math.floor(history / 24), 300_000)
}

function newestRow(stored: Uint8Array): VersionedRow {
  return { value: valueOfTimestamped(stored), timestamp: timestampOfTimestamped(stored), validTo: null }
}

function pastKey(key: Uint8Array, validTo: number): Uint8Array {
  const out = new Uint8Array(key.length + 8)
  out.set(key)
  writeInt64(out, key.length, validTo)
  return out
}

function pastValue(validFrom: number, value: Uint8Array | null): Uint8Array {
  const out = new Uint8Array(9 + (value === null ? 0 : value.length))
  writeInt64(out, 0, validFrom)
  if (value !== null) {
    out[8] = 1
    out.set(value, 9)
  }
  return out
}
