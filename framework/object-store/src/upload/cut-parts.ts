import type { BufferPool } from '../spill/buffer-pool.ts'

/** A piece of an object that goes up in one request. */
export interface BodyPart {
  /** From the pool, to be given back when the request has ended. */
  readonly body: Buffer
  /** True where nothing follows. */
  readonly last: boolean
}

const FIRST_GUESS_BYTES = 256 * 1024

/**
 * Cuts a stream of bytes into parts of exactly `partBytes`, the last one shorter, never empty unless it is the only
 * one. The pieces are copied: they need to be valid only until the next one is asked for. Nothing is read ahead of the
 * part that is asked for but the one piece that shows that more follows.
 *
 * @param pool where bodies come from; the consumer gives them back.
 * @param totalBytes how much will come, where it is known: then nothing is copied twice.
 */
export async function* cutParts(
  pieces: AsyncIterable<Uint8Array>,
  partBytes: number,
  pool: BufferPool,
  totalBytes?: number,
): AsyncGenerator<BodyPart, void, void> {
  let left = totalBytes ?? Infinity
  let body: Buffer = Buffer.alloc(0)
  let filled = 0
  for await (const piece of pieces) {
    if (body.length === 0) body = pool.take(Math.min(partBytes, totalBytes ?? FIRST_GUESS_BYTES))
    let taken = 0
    while (taken < piece.length) {
      if (filled === partBytes) {
        yield { body: body.subarray(0, filled), last: false }
        left -= partBytes
        body = pool.take(Math.min(partBytes, left === Infinity ? FIRST_GUESS_BYTES : left))
        filled = 0
      }
      const take = Math.min(piece.length - taken, partBytes - filled)
      if (filled + take > body.length) body = grown(pool, body, filled, Math.min(partBytes, filled + take))
      body.set(take === piece.length ? piece : piece.subarray(taken, taken + take), filled)
      filled += take
      taken += take
    }
  }
  yield { body: body.subarray(0, filled), last: true }
}

function grown(pool: BufferPool, body: Buffer, filled: number, needed: number): Buffer {
  const larger = pool.take(Math.max(needed, body.length + 1))
  body.copy(larger, 0, 0, filled)
  pool.give(body)
  return larger
}
