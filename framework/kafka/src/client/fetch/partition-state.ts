import type { TopicPartition } from '@spillway/api'
import type { ChunkReader } from './fetch-request.ts'

/** What was fetched ahead and not yet polled. */
interface Chunk {
  readonly reader: ChunkReader
  readonly bytes: number
  /** Ends the lifetime of its records' bytes. */
  readonly release: () => void
  /** The caller has records of it. */
  isRead: boolean
}

/** One assigned partition: where its consumer stands, and what lies fetched. */
export class PartitionState implements TopicPartition {
  readonly topic: string
  readonly partition: number
  paused = false
  /** A request that asks for this partition is under way. */
  inFlight = false
  /** Which answer with records of this partition was the last, counted over all partitions. */
  servedAt = 0
  /** Raised by every seek and drop: an answer to a request from before it would leave a gap, and is dropped. */
  epoch = 0
  /** End offset as of the last fetch: last stable offset under read_committed. */
  endOffset: bigint | undefined
  /** Follower to read from, as the leader has told (KIP-392), until the time beside it. */
  preferredReplica: { readonly node: number; readonly until: number } | undefined
  readonly #chunks: Chunk[] = []
  /** Polled to the end, their records in the hands of the caller. */
  readonly #spent: Chunk[] = []
  #position: bigint | undefined
  #fetchOffset = 0n
  #bufferedBytes = 0

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic
    this.partition = partition
  }

  /** Offset of the next record to poll; undefined until it is known. */
  get position(): bigint | undefined {
    return this.#position
  }

  /** Offset of the next record to fetch. */
  get fetchOffset(): bigint {
    return this.#fetchOffset
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  get hasBuffered(): boolean {
    return this.#chunks.length > 0
  }

  get first(): ChunkReader | undefined {
    return this.#chunks[0]?.reader
  }

  seek(offset: bigint | undefined): void {
    this.#position = offset
    this.drop()
    this.release()
  }

  /** Ends the lifetime of the records polled so far, but for those whose chunk has more. */
  release(): void {
    for (const { release } of this.#spent) release()
    this.#spent.length = 0
  }

  /** Forgets what was fetched ahead; it is fetched anew. Returns the bytes that became free. */
  drop(): number {
    this.epoch++
    const bytes = this.#bufferedBytes
    for (const chunk of this.#chunks) {
      if (chunk.isRead) this.#spent.push(chunk)
      else chunk.release()
    }
    this.#chunks.length = 0
    this.#bufferedBytes = 0
    this.#fetchOffset = this.#position ?? 0n
    return bytes
  }

  add(reader: ChunkReader, bytes: number, nextOffset: bigint, release: () => void): void {
    this.#chunks.push({ reader, bytes, release, isRead: false })
    this.#bufferedBytes += bytes
    this.#fetchOffset = nextOffset
  }

  /** Takes over how far the first chunk was read; lets go of it when it is empty. Returns the bytes freed. */
  consumed(isEmpty: boolean): number {
    const chunk = this.#chunks[0]
    if (chunk === undefined) return 0
    this.#position = chunk.reader.position
    chunk.isRead = true
    if (!isEmpty) return 0
    this.#chunks.shift()
    this.#spent.push(chunk)
    this.#bufferedBytes -= chunk.bytes
    return chunk.bytes
  }
}
