import type { ByteRow } from '../store.ts'

/** An ordered table on disk, inside one transaction that begins with the first write and ends with the commit. */
export interface DiskTable {
  get(key: Uint8Array): Uint8Array | null
  put(key: Uint8Array, value: Uint8Array): void
  delete(key: Uint8Array): void
  /**
   * At most `limit` rows with from <= key <= to (null: open end) in order of the direction; with `after`, the bound where
   * the direction begins is left out.
   */
  page(
    from: Uint8Array | null,
    to: Uint8Array | null,
    after: boolean,
    reverse: boolean,
    limit: number,
  ): ByteRow[]
  count(): number
}
