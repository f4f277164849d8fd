import { BufferPool } from './buffer-pool.ts'

/** Bytes of one piece of a file that is read, as far as that is free to choose. */
export const PIECE_BYTES: number = 256 * 1024

/** What files are read into; shared by the tasks of a thread. */
export const readBuffers: BufferPool = new BufferPool(16 * PIECE_BYTES)
