/** Steps through rows without allocating a result per row. What it shows is the row of the last `next()` that was true. */
export interface RowCursor {
  /** The row's key as `byteText`, for filters that need no bytes. */
  readonly text: string
  /** Copies the key out at each call. */
  key(): Uint8Array
  /** Copies the value out at each call. */
  value(): Uint8Array
  next(): boolean
}
