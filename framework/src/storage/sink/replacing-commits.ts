import type { TopicPartition } from '../../kafka/port.ts'
import type { FileBuffer, SpillBuffer } from '../spill/spill-buffer.ts'
import { writeObject } from '../upload/write-object.ts'
import type { Commits, UploadRunner } from './commits.ts'
import { fileObjects } from './file-objects.ts'
import type { OpenFile } from './open-file.ts'
import type { WriterSettings } from './writer-settings.ts'

/**
 * Commits for output partitions whose files all have one name, such as one object per record key: each replaces its
 * forerunner, so they are written one after the other, and one that waits while a later one comes need not be written.
 */
export class ReplacingCommits implements Commits {
  readonly #partition: TopicPartition
  readonly #settings: WriterSettings
  readonly #runner: UploadRunner
  /** Of each output partition the file that is being written, and the latest that waits for it. */
  readonly #files = new Map<string, { readonly written: OpenFile; waiting?: OpenFile }>()
  readonly #settling: (() => void)[] = []
  readonly #dropped = new AbortController()

  constructor(partition: TopicPartition, settings: WriterSettings, runner: UploadRunner) {
    this.#partition = partition
    this.#settings = settings
    this.#runner = runner
  }

  get pending(): number {
    return this.#files.size
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
    for (const file of files) {
      const before = this.#files.get(file.id)
      if (before === undefined) this.#start(file)
      else {
        const { waiting } = before
        if (waiting !== undefined) {
          // What it held is durable only when the later one is.
          file.firstOffset = waiting.firstOffset
          waiting.buffer.release()
        }
        before.waiting = file
      }
    }
  }

  frontier(firstOpen: OpenFile | undefined): bigint | undefined {
    let first = firstOpen?.firstOffset
    for (const { written, waiting } of this.#files.values()) {
      for (const file of [written, waiting]) {
        if (file !== undefined && (first === undefined || file.firstOffset < first)) first = file.firstOffset
      }
    }
    return first
  }

  settled(): Promise<void> {
    if (this.#files.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#settling.push(resolve))
  }

  drop(): void {
    this.#dropped.abort(new Error(`${this.#partition.topic}-${this.#partition.partition} was given up`))
    for (const { written, waiting } of this.#files.values()) {
      written.buffer.release()
      waiting?.buffer.release()
    }
    this.#files.clear()
    this.#wake()
  }

  #start(file: OpenFile): void {
    this.#files.set(file.id, { written: file })
    this.#runner.run(() => this.#write(file), this.#dropped.signal)
  }

  async #write(file: OpenFile): Promise<void> {
    for (const { key, body, contentType } of fileObjects(file, this.#partition, this.#settings)) {
      await writeObject(key, body, { contentType }, this.#runner.resources, this.#dropped.signal)
    }
    file.buffer.release()
    const waiting = this.#files.get(file.id)?.waiting
    if (waiting !== undefined) this.#start(waiting)
    else if (this.#files.delete(file.id) && this.#files.size === 0) this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#settling.splice(0)) resolve()
  }
}
