import type { RowCursor } from './row-cursor.ts'
import type { TableSnapshot } from './table-snapshot.ts'

/**
 * The floor under all stores: byte-ordered tables of rows, numbered within the space of one store. A key-value store is one
 * table; windowed stores have a table per segment of time, so that expiry drops a table instead of deleting rows.
 * Memory and disk differ only here.
 */
export interface RowSpace {
  /** True when rows outlive the process. */
  readonly persistent: boolean
  /** Numbers that must survive with the rows: the store's clock and its sequence. */
  readonly facts: SpaceFacts
  /** The table of that number (>= 0), made when absent. */
  table(id: number): RowTable
  /** The table of that number, null when it was never written to. */
  existing(id: number): RowTable | null
  /** Numbers of the tables that exist, ascending. */
  ids(): readonly number[]
  /** Forgets a table and all its rows. */
  drop(id: number): void
  /** Rows and facts go where the next {@link commit} takes them from; memory is freed, nothing is durable yet. */
  flush(): void
  /** Makes all rows and facts durable where the space is persistent. */
  commit(): void
  /** Releases the space; what was not committed is given up. Idempotent. */
  close(): void
}

export interface SpaceFacts {
  /** Store time (`observedStreamTime` in Java), ms; -1 before the first put. */
  streamTime: number
  /** Last sequence number given to a duplicate. */
  sequence: number
}

/** An ordered table from bytes to bytes. */
export interface RowTable {
  get(key: Uint8Array): Uint8Array | null
  /** Null deletes. */
  put(key: Uint8Array, value: Uint8Array | null): void
  /**
   * Rows with from <= key <= to (null: open end), by ascending or descending key, as they are now: for readers that end before
   * anything is written. What outlives the call reads a {@link snapshot}.
   */
  cursor(from: Uint8Array | null, to: Uint8Array | null, reverse: boolean): RowCursor
  /** The table as it is now, for as long as the snapshot is open. A table that is dropped ends its snapshots: they find no more. */
  snapshot(): TableSnapshot
  /** Number of rows; an estimate where counting would read the disk. */
  approximateSize(): number
}

/** Opens the spaces of stores, one per task and store name. */
export interface RowSpaces {
  readonly persistent: boolean
  /**
   * @param layout kind and shape of the keys; a persistent space refuses to open rows written with another layout
   */
  open(applicationId: string, taskId: string, storeName: string, layout: string): RowSpace
  close(): void
}
