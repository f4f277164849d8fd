import type { TopicPartition } from '../../kafka/port.ts'
import type { FileBuffer, SpillBuffer } from '../spill/spill-buffer.ts'
import { writeObject } from '../upload/write-object.ts'
import type { Commits, UploadRunner } from './commits.ts'
import { type FileObject, fileObjects } from './file-objects.ts'
import type { OpenFile } from './open-file.ts'
import type { WriterSettings } from './writer-settings.ts'

/** The files of one rotation that are not durable yet. */
interface Batch {
  readonly firstOffset: bigint
  readonly files: Set<OpenFile>
}

/**
 * Commits for rotation that closes all files of a partition together and that a replay repeats: the same records make
 * the same objects, which may be overwritten by their twins.
 *
 * The frontier moves by whole rotations, not by single files: were it to stop between the files of one, a replay from
 * there would cut the rest differently and write records of the durable ones again (Confluent's sink does that when an
 * upload fails midway).
 */
export class BatchCommits implements Commits {
  readonly #partition: TopicPartition
  readonly #settings: WriterSettings
  readonly #runner: UploadRunner
  readonly #batches: Batch[] = []
  readonly #waiting: (() => void)[] = []
  readonly #dropped = new AbortController()

  constructor(partition: TopicPartition, settings: WriterSettings, runner: UploadRunner) {
    this.#partition = partition
    this.#settings = settings
    this.#runner = runner
  }

  get pending(): number {
    return this.#batches.length
  }

  openBuffer(spill: SpillBuffer): FileBuffer {
    return spill.openFile()
  }

  opened(): void {}

  forgotten(): void {}

  covers(): boolean {
    return false
  }

  plannedEnd(): undefined {}

  commit(files: readonly OpenFile[]): void {
    const [first] = files
    if (first === undefined) return
    const batch = { firstOffset: first.firstOffset, files: new Set(files) }
    this.#batches.push(batch)
    for (const file of files) this.#runner.run(() => this.#write(batch, file), this.#dropped.signal)
  }

  frontier(firstOpen: OpenFile | undefined): bigint | undefined {
    let first = firstOpen?.firstOffset
    // Of single files an older one may still be open, so the batches are not in order of their offsets.
    for (const { firstOffset } of this.#batches)
      if (first === undefined || firstOffset < first) first = firstOffset
    return first
  }

  settled(): Promise<void> {
    if (this.#batches.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  drop(): void {
    this.#dropped.abort(new Error(`${this.#partition.topic}-${this.#partition.partition} was given up`))
    for (const batch of this.#batches) for (const file of batch.files) file.buffer.release()
    this.#batches.length = 0
    this.#wake()
  }

  async #write(batch: Batch, file: OpenFile): Promise<void> {
    const signal = this.#dropped.signal
    const objects = fileObjects(file, this.#partition, this.#settings)
    for (const { key, body, contentType } of objects) {
      await writeObject(key, body, { contentType }, this.#runner.resources, signal)
    }
    const main = objects.at(-1) as FileObject
    const { firstOffset: first, lastOffset: last, records } = file
    await this.#runner.tag(main.key, { first, last, records }, signal)
    file.buffer.release()
    batch.files.delete(file)
    while (this.#batches[0]?.files.size === 0) this.#batches.shift()
    if (this.#batches.length === 0) this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
