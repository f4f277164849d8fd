/**
 * The one contract between the engine and its state: byte-ordered, synchronous stores. Everything above this file
 * (serdes, tables, windows, joins) sees only these interfaces; everything below it (memory, disk, changelog) implements them.
 *
 * Rules that hold for every store:
 * - Keys compare as unsigned bytes, never as text.
 * - `null` as a value means absent, and writing it deletes.
 * - Byte arrays handed in or out are never changed afterwards by either side, and stay valid for ever.
 * - Every read sees every earlier write of the same store, flushed or not.
 * - Times are milliseconds since the epoch as numbers (safe integers); bounds are inclusive, as in Java.
 * - An iterator is a snapshot: it gives the rows there were when it was made, whatever is put or deleted while it is open. Only
 *   segments of time that expire meanwhile are gone. It may be left half way (close it; twice is harmless); what is kept for
 *   iterators left open is bounded, and one that would need more throws InvalidStateStoreException. So does any whose store closes.
 */

/** What every kind of store has. Corresponds to Java's `StateStore`. */
export interface ByteStore {
  readonly name: string
  /** True when rows outlive the process. */
  readonly persistent: boolean
  readonly isOpen: boolean
  /**
   * Hands the changelog what waits for it, and moves rows from memory to the open transaction. Called at commit. Only the
   * engine's {@link StoreEngine.commit} makes rows durable: they must not be ahead of the offsets that Kafka has committed.
   */
  flush(): void
  /** Makes the rows of the task durable first. Idempotent; a closed store throws InvalidStateStoreException on every other call. */
  close(): void
  /** Applies records of this store's own changelog, oldest first, without logging them again. */
  restore(records: Iterable<ChangelogRecord>): void
}

/** One record of a changelog topic, in Java's key and value formats. A null value is a tombstone. */
export interface ChangelogRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
  readonly timestamp: number
}

/** Where a store reports its changes; the runtime turns them into records of `<app>-<store>-changelog`. */
export interface ChangelogPort {
  append(key: Uint8Array, value: Uint8Array | null, timestamp: number): void
}

/** A read has passed over many rows that nobody asked for, and gives the thread back: to be asked again. */
export const paused = Symbol('paused')

/** An ordered, closable iteration over rows. Corresponds to Java's `KeyValueIterator`. */
export interface StoreIterator<T> extends Iterable<T>, Iterator<T, undefined>, Disposable {
  next(): IteratorResult<T, undefined>
  /** As {@link next}, for who can wait: {@link paused} where it takes long to find the next row. */
  nextOrPause?(): IteratorResult<T, undefined> | typeof paused
  [Symbol.iterator](): StoreIterator<T>
  close(): void
}

/** The next row, or a pause of an iterator that makes some. */
export function nextOrPause<T>(rows: StoreIterator<T>): IteratorResult<T, undefined> | typeof paused {
  return rows.nextOrPause === undefined ? rows.next() : rows.nextOrPause()
}

export interface ByteRow {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Corresponds to Java's `KeyValueStore<Bytes, byte[]>`. */
export interface KeyValueByteStore extends ByteStore {
  get(key: Uint8Array): Uint8Array | null
  put(key: Uint8Array, value: Uint8Array | null): void
  /** Returns the row that was there, null if the value was written. */
  putIfAbsent(key: Uint8Array, value: Uint8Array | null): Uint8Array | null
  /** Returns the row that was there. A delete of an absent key is still logged, as in Java. */
  delete(key: Uint8Array): Uint8Array | null
  /** Rows with from <= key <= to by ascending key; null leaves that end open. */
  range(from: Uint8Array | null, to: Uint8Array | null): StoreIterator<ByteRow>
  reverseRange(from: Uint8Array | null, to: Uint8Array | null): StoreIterator<ByteRow>
  prefixScan(prefix: Uint8Array): StoreIterator<ByteRow>
  all(): StoreIterator<ByteRow>
  reverseAll(): StoreIterator<ByteRow>
  approximateNumEntries(): number
}

export interface WindowRow {
  readonly key: Uint8Array
  readonly windowStart: number
  readonly value: Uint8Array
}

/**
 * Corresponds to Java's `WindowStore<Bytes, byte[]>`.
 *
 * Store time is the highest window start ever put, by any key. A row with `windowStart < storeTime - retentionMs + 1` is
 * invisible; putting one that is too old (see `WindowSpec.refuseExpired`) is refused and reported to `StoreContext.recordExpired`.
 *
 * With `retainDuplicates` each put adds a row (int32 sequence number in the key, starting at 1, wrapping to 0 after 2^31-1);
 * a put of null is then ignored.
 * Order over several keys: segment of time first, then key bytes, then window start (Java's RocksDB order: segment interval
 * max(retentionMs / 2, 60 s)); with `timeOrdered` window start first, then key bytes. Rows of one key come by window start, then sequence.
 */
export interface WindowByteStore extends ByteStore {
  readonly retentionMs: number
  put(key: Uint8Array, value: Uint8Array | null, windowStart: number): void
  fetch(key: Uint8Array, windowStart: number): Uint8Array | null
  fetchRange(key: Uint8Array, timeFrom: number, timeTo: number): StoreIterator<WindowRow>
  backwardFetchRange(key: Uint8Array, timeFrom: number, timeTo: number): StoreIterator<WindowRow>
  /** Rows of all keys with keyFrom <= key <= keyTo (null: open end) and window start in [timeFrom, timeTo]. */
  fetchKeyRange(
    keyFrom: Uint8Array | null,
    keyTo: Uint8Array | null,
    timeFrom: number,
    timeTo: number,
  ): StoreIterator<WindowRow>
  backwardFetchKeyRange(
    keyFrom: Uint8Array | null,
    keyTo: Uint8Array | null,
    timeFrom: number,
    timeTo: number,
  ): StoreIterator<WindowRow>
  fetchAll(timeFrom: number, timeTo: number): StoreIterator<WindowRow>
  backwardFetchAll(timeFrom: number, timeTo: number): StoreIterator<WindowRow>
  all(): StoreIterator<WindowRow>
  backwardAll(): StoreIterator<WindowRow>
  /**
   * The hot path of joins: visits the rows of one key by ascending window start without building an iterator.
   * The visitor returns false to stop. It must not write to this store.
   */
  visit(key: Uint8Array, timeFrom: number, timeTo: number, visitor: WindowVisitor): void
}

export interface WindowVisitor {
  visitRow(windowStart: number, value: Uint8Array): boolean
}

export interface SessionRow {
  readonly key: Uint8Array
  readonly start: number
  /** Inclusive, as session ends are. */
  readonly end: number
  readonly value: Uint8Array
}

/**
 * Corresponds to Java's `SessionStore<Bytes, byte[]>`. Store time is the highest session END ever put; a session with
 * `end < storeTime - retentionMs + 1` is invisible; putting one that is too old (see `SessionSpec.refuseExpired`) is refused and
 * reported to `recordExpired`.
 * Order over several keys: key bytes, then end, then start within a segment of time (by end); with `timeOrdered` end, start, key.
 * Sessions of one key come by end, then start.
 */
export interface SessionByteStore extends ByteStore {
  readonly retentionMs: number
  put(key: Uint8Array, start: number, end: number, value: Uint8Array | null): void
  /** Corresponds to `remove(Windowed)`. */
  remove(key: Uint8Array, start: number, end: number): void
  fetchSession(key: Uint8Array, start: number, end: number): Uint8Array | null
  /** Sessions of one key with end >= earliestEnd and start <= latestStart. */
  findSessions(key: Uint8Array, earliestEnd: number, latestStart: number): StoreIterator<SessionRow>
  backwardFindSessions(key: Uint8Array, earliestEnd: number, latestStart: number): StoreIterator<SessionRow>
  /** Sessions of keyFrom <= key <= keyTo (null: open end). */
  findSessionsInKeyRange(
    keyFrom: Uint8Array | null,
    keyTo: Uint8Array | null,
    earliestEnd: number,
    latestStart: number,
  ): StoreIterator<SessionRow>
  backwardFindSessionsInKeyRange(
    keyFrom: Uint8Array | null,
    keyTo: Uint8Array | null,
    earliestEnd: number,
    latestStart: number,
  ): StoreIterator<SessionRow>
  /** Sessions of any key with earliestEnd <= end <= latestEnd. With `timeOrdered`: by end, start, key. */
  findSessionsByEnd(earliestEnd: number, latestEnd: number): StoreIterator<SessionRow>
  fetch(key: Uint8Array): StoreIterator<SessionRow>
  backwardFetch(key: Uint8Array): StoreIterator<SessionRow>
  all(): StoreIterator<SessionRow>
}

export interface VersionedRow {
  readonly value: Uint8Array
  /** Valid from (inclusive). */
  readonly timestamp: number
  /** Valid to (exclusive), null while it is the newest. */
  readonly validTo: number | null
}

/**
 * Corresponds to Java's `VersionedKeyValueStore<Bytes, byte[]>`. Store time is the highest timestamp ever put. A put with
 * `timestamp < storeTime - historyRetentionMs` is refused, reported to `recordExpired`, and returns `versionedNotPut`.
 */
export interface VersionedByteStore extends ByteStore {
  readonly historyRetentionMs: number
  /** Returns the timestamp up to which the new row is valid, `versionedLatest` when it is the newest, or `versionedNotPut`. */
  put(key: Uint8Array, value: Uint8Array | null, timestamp: number): number
  get(key: Uint8Array): VersionedRow | null
  /** The row as of that time; null when absent, deleted, or older than the history. */
  getAsOf(key: Uint8Array, asOfTimestamp: number): VersionedRow | null
  /**
   * Rows that are or were valid at some time of [timeFrom, timeTo], oldest first, or newest first when reversed. What is older than
   * the history is left out.
   */
  versions(key: Uint8Array, timeFrom: number, timeTo: number, reverse: boolean): StoreIterator<VersionedRow>
  /** Writes a tombstone and returns the row that was valid at that time. */
  delete(key: Uint8Array, timestamp: number): VersionedRow | null
}

/** Java's PUT_RETURN_CODE_VALID_TO_UNDEFINED. */
export const versionedLatest = -1
/** Java's PUT_RETURN_CODE_NOT_PUT. */
export const versionedNotPut = Number.MIN_SAFE_INTEGER

/** Settings common to all stores. */
export interface StoreSpec {
  readonly name: string
  /**
   * True when each value is int64 timestamp + value (Java's timestamped stores): its changelog record then holds the plain
   * value and carries that timestamp. Otherwise the changelog record carries `StoreContext.currentTimestamp()`.
   */
  readonly timestamped: boolean
}

export interface KeyValueSpec extends StoreSpec {
  /** Java's `lruMap`: at most this many rows in memory, the least recently used one is evicted. */
  readonly maxEntries?: number
}

export interface WindowSpec extends StoreSpec {
  readonly retentionMs: number
  readonly windowSizeMs: number
  readonly retainDuplicates: boolean
  readonly timeOrdered: boolean
  /**
   * What counts as too old to be put. `segment` (default): the row's whole segment of time has expired, as in Java's persistent
   * stores, which the DSL uses; younger rows are kept, though reads hide them already. `row`: the row itself is invisible, as in
   * Java's in-memory stores (`Stores.inMemoryWindowStore`, `inMemorySessionStore`), whatever engine holds it.
   */
  readonly refuseExpired?: 'segment' | 'row'
}

export interface SessionSpec extends StoreSpec {
  readonly retentionMs: number
  readonly timeOrdered: boolean
  /** As {@link WindowSpec.refuseExpired}. */
  readonly refuseExpired?: 'segment' | 'row'
}

export interface VersionedSpec extends StoreSpec {
  readonly historyRetentionMs: number
  readonly segmentIntervalMs?: number
}

/** What the engine gives to a store of one task. */
export interface StoreContext {
  readonly applicationId: string
  /** `<sub-topology>_<partition>`, keeps the rows of two tasks apart in one database. */
  readonly taskId: string
  /** Absent when logging is disabled. */
  readonly changelog?: ChangelogPort
  /**
   * Counts bytes of changes that wait for the flush, which then logs the newest of each key; false: too many wait. Absent: the engine's
   * own way of logging.
   */
  readonly changesWaitIn?: { charge(bytes: number): boolean }
  /** Timestamp of the record being processed. */
  currentTimestamp(): number
  /** A put was refused since it is older than the retention: one more dropped record. */
  recordExpired(): void
}

/** Makes stores: one in-memory and one persistent implementation exist, both passing one conformance suite. */
export interface StoreEngine {
  readonly persistent: boolean
  keyValue(spec: KeyValueSpec, context: StoreContext): KeyValueByteStore
  window(spec: WindowSpec, context: StoreContext): WindowByteStore
  session(spec: SessionSpec, context: StoreContext): SessionByteStore
  versioned(spec: VersionedSpec, context: StoreContext): VersionedByteStore
  /**
   * Makes all rows of a task durable where the engine is persistent, together with the changelog offsets they stand for.
   * Nothing where none of the task's stores is open.
   *
   * @param changelogOffsets by store name: the offset after the last changelog record that the rows include
   */
  commit(applicationId: string, taskId: string, changelogOffsets: ReadonlyMap<string, bigint>): void
  /**
   * Between two commits: writes some of the rows that wait where there are more than so many, so that the commit itself does not
   * stand still for long. Nothing becomes durable by it.
   */
  writeAhead(applicationId: string, taskId: string, keepRows: number): void
  /** Where the restore of an open store begins: the offset of its last {@link commit}, undefined when there is none. */
  committedOffset(applicationId: string, taskId: string, storeName: string): bigint | undefined
  /** Closes a task's stores and gives up what was not committed. */
  abandon(applicationId: string, taskId: string): void
  /**
   * Deletes what is kept of a task.
   *
   * @throws IllegalStateException while any of its stores is open
   */
  destroy(applicationId: string, taskId: string): void
  /** Commits and closes all stores and what they share. Idempotent. */
  close(): void
}
