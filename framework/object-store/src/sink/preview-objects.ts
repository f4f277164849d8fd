import { type RecordPreview, type SinkRecord, type TopicPartition, TopicPartitionMap } from '@spillway/api'
import type { FileBuffer } from '../spill/spill-buffer.ts'
import type { Commits } from '../commits/commits.ts'
import { objectKeys } from '../commits/file-objects.ts'
import { isNullValue, nullValueFailure } from '../settings/null-values.ts'
import type { OpenFile } from '../rotation/open-file.ts'
import { PartitionWriter } from './partition-writer.ts'
import type { WriterSettings } from '../settings/writer-settings.ts'

/**
 * The objects that records would be written to: through partitioner, format and rotation, as if they were the first ones
 * of their partitions. Nothing is kept and no store is asked.
 *
 * @param nullValues `behavior.on.null.values`
 * @param nowMs the wall clock.
 */
export function previewObjects(
  settings: WriterSettings,
  nullValues: 'fail' | 'ignore' | 'write',
  records: readonly SinkRecord[],
  nowMs: number,
): RecordPreview[] {
  const writers = new TopicPartitionMap<PreviewWriter>()
  // Where a file begins may change until all records are written.
  const answers = records.map((record): (() => RecordPreview) => {
    if (nullValues !== 'write' && isNullValue(record)) {
      const error = nullValues === 'fail' ? { error: nullValueFailure(record, nullValues) } : {}
      return () => ({ destinations: [], ...error })
    }
    const partition = { topic: record.originalTopic, partition: record.originalKafkaPartition }
    let writer = writers.get(partition)
    if (writer === undefined) {
      writer = new PreviewWriter(partition, settings, nowMs)
      writers.set(partition, writer)
    }
    return writer.write(record)
  })
  return answers.map((answer) => answer())
}

/** Writes the records of one Kafka partition to files that keep nothing. */
class PreviewWriter {
  readonly #partition: TopicPartition
  readonly #settings: WriterSettings
  readonly #writer: PartitionWriter
  /** The file of each buffer. */
  readonly #files = new Map<FileBuffer, OpenFile>()
  #lastBuffer: FileBuffer | undefined

  constructor(partition: TopicPartition, settings: WriterSettings, nowMs: number) {
    this.#partition = partition
    this.#settings = settings
    this.#writer = new PartitionWriter(partition, settings, {
      spill: {
        openFile: () => new CountedBuffer((buffer) => (this.#lastBuffer = buffer)),
        mayOverdraw: false,
      },
      runner: { acceptsMore: true },
      commits: this.#commits(),
      now: nowMs,
    })
    this.#writer.beginWrite(nowMs)
  }

  /** Returns what tells the record's objects once all are written. */
  write(record: SinkRecord): () => RecordPreview {
    this.#lastBuffer = undefined
    try {
      this.#writer.write(record)
    } catch (error) {
      return () => ({ destinations: [], error })
    }
    const file = this.#lastBuffer === undefined ? undefined : this.#files.get(this.#lastBuffer)
    if (file === undefined) return () => ({ destinations: [] })
    return () => ({
      destinations: objectKeys(file, this.#partition, this.#settings),
    })
  }

  #commits(): Commits {
    return {
      pending: 0,
      openBuffer: (spill) => spill.openFile(),
      opened: (file) => void this.#files.set(file.buffer, file),
      forgotten: (file) => void this.#files.delete(file.buffer),
      covers: () => false,
      plannedEnd: () => undefined,
      commit: () => {},
      frontier: (firstOpen) => firstOpen?.firstOffset,
      settled: async () => {},
      drop: () => {},
    }
  }
}

/** Counts bytes, for rotation by size, and tells when it gets some. */
class CountedBuffer implements FileBuffer {
  readonly memoryBytes = 0
  readonly #onAppend: (buffer: FileBuffer) => void
  #bytes = 0

  constructor(onAppend: (buffer: FileBuffer) => void) {
    this.#onAppend = onAppend
  }

  get bytes(): number {
    return this.#bytes
  }

  append(bytes: Uint8Array, more?: Uint8Array): void {
    this.#bytes += bytes.length + (more?.length ?? 0)
    this.#onAppend(this)
  }

  async *read(): AsyncGenerator<Buffer> {}

  discard(): void {}

  release(): void {}
}
