import { ConnectError } from '@spillway/api'
import { PIECE_BYTES, readBuffers } from './read-buffers.ts'
import { NO_EXTENT } from './extent-table.ts'
import { HEADER_BYTES, openFrame } from './frame.ts'
import type { SpillStore } from './spill-store.ts'

/** Foreign bytes between two extents that are read along rather than asked around. */
const GAP_BYTES = 16 * 1024

/** One read of a segment: an extent, or several that lie close together. */
interface Span {
  readonly segment: number
  readonly from: number
  to: number
  readonly frames: { readonly offset: number; readonly length: number }[]
}

/**
 * The bytes of a file between two places, in order. The file may grow and be spilled meanwhile, so each piece is looked
 * up on disk and in memory. A piece is valid until the next one is asked for.
 *
 * @param isReleased tells, after each wait, whether the file is gone.
 */
export async function* readSpilled(
  store: SpillStore,
  file: number,
  from: number,
  end: number,
  isReleased: () => boolean,
): AsyncGenerator<Buffer, void, undefined> {
  const { files } = store
  for (let position = from; position < end;) {
    if (isReleased()) throw new ConnectError('An open file was released while it was read')
    const start = store.start(file)
    if (position < start) throw new ConnectError('Bytes of an open file are read that were discarded')
    const inMemory = position - start - (files.diskBytes[file] as number)
    if (inMemory >= 0) {
      const size = Math.min(end - position, PIECE_BYTES)
      const buffer = readBuffers.take(size)
      store.copyMemory(file, inMemory, buffer.subarray(0, size))
      position += size
      yield* lent(buffer, 0, size)
    } else {
      const { spans, skip } = spansAt(store, file, position - start, end - position)
      const { buffer, length } = await readSpans(store, spans)
      const to = Math.min(length, skip + end - position)
      position += to - skip
      yield* lent(buffer, skip, to)
    }
  }
}

/** A part of a buffer, which is free again when the next piece is asked for. */
function* lent(buffer: Buffer, from: number, to: number): Generator<Buffer, void, undefined> {
  try {
    yield buffer.subarray(from, to)
  } finally {
    readBuffers.give(buffer)
  }
}

/** What to read for the next piece, and how much of its start is behind the reader already. */
function spansAt(
  { files, extents }: SpillStore,
  file: number,
  position: number,
  wanted: number,
): { readonly spans: Span[]; readonly skip: number } {
  let extent = files.firstExtent[file] as number
  let skip = position
  while (extents.length(extent) <= skip) {
    skip -= extents.length(extent)
    extent = extents.next(extent)
  }
  const spans: Span[] = []
  const least = skip + Math.min(wanted, PIECE_BYTES)
  for (let length = 0; extent !== NO_EXTENT && length < least; extent = extents.next(extent)) {
    addSpan(spans, extents.segment(extent), extents.offset(extent), extents.length(extent))
    length += extents.length(extent)
  }
  return { spans, skip }
}

function addSpan(spans: Span[], segment: number, offset: number, length: number): void {
  const last = spans.at(-1)
  const to = offset + HEADER_BYTES + length
  if (last !== undefined && last.segment === segment && offset >= last.to && offset - last.to <= GAP_BYTES) {
    last.to = to
    last.frames.push({ offset, length })
  } else spans.push({ segment, from: offset, to, frames: [{ offset, length }] })
}

/** Reads spans, checks their frames and joins the bytes in them at the start of a buffer of the pool. */
async function readSpans(
  store: SpillStore,
  spans: readonly Span[],
): Promise<{ readonly buffer: Buffer; readonly length: number }> {
  const { log } = store
  const size = spans.reduce((sum, span) => sum + span.to - span.from, 0)
  const buffer = readBuffers.take(size)
  for (const span of spans) log.pin(span.segment)
  try {
    let at = 0
    // All of them end before the pins go, also where one fails.
    const reads = await Promise.allSettled(
      spans.map((span) => {
        const start = at
        at += span.to - span.from
        return log.read(span.segment, buffer, start, span.to - span.from, span.from)
      }),
    )
    for (const read of reads) if (read.status === 'rejected') throw read.reason
    let done = 0
    at = 0
    for (const span of spans) {
      for (const { offset, length } of span.frames) {
        const frame = openFrame(buffer, at + offset - span.from, length, log.path(span.segment), offset)
        frame.copy(buffer, done)
        done += length
      }
      at += span.to - span.from
    }
    return { buffer, length: done }
  } finally {
    for (const span of spans) log.unpin(span.segment)
    store.announce()
  }
}
