import type { TopicPartition } from '@spillway/api'
import type { FileBuffer, SpillBuffer } from '../spill/spill-buffer.ts'
import { writeObject } from '../upload/write-object.ts'
import type { Commits, UploadRunner } from './commits.ts'
import { fileObjects } from './file-objects.ts'
import type { OpenFile } from '../rotation/open-file.ts'
import { Waiters } from './waiters.ts'
import type { WriterSettings } from '../settings/writer-settings.ts'

/** What commits have in common that keep no ledger: objects may be replaced, and nothing is known of earlier lives. */
export abstract class UnchainedCommits implements Commits {
  protected readonly runner: UploadRunner
  readonly #partition: TopicPartition
  readonly #settings: WriterSettings
  readonly #dropped = new AbortController()
  readonly #waiters = new Waiters()

  constructor(partition: TopicPartition, settings: WriterSettings, runner: UploadRunner) {
    this.#partition = partition
    this.#settings = settings
    this.runner = runner
  }

  abstract readonly pending: number
  abstract commit(files: readonly OpenFile[]): void
  abstract frontier(firstOpen: OpenFile | undefined): bigint | undefined
  /** Releases the buffers of all that is on its way, and forgets it. */
  protected abstract forget(): void

  openBuffer(spill: Pick<SpillBuffer, 'openFile'>): FileBuffer {
    return spill.openFile()
  }

  opened(): void {}

  forgotten(): void {}

  covers(): boolean {
    return false
  }

  plannedEnd(): undefined {}

  settled(): Promise<void> {
    return this.pending === 0 ? Promise.resolve() : this.#waiters.wait()
  }

  drop(): void {
    this.#dropped.abort(new Error(`${this.#partition.topic}-${this.#partition.partition} was given up`))
    this.forget()
    this.#waiters.wake()
  }

  /** Aborts when all is dropped. */
  protected get signal(): AbortSignal {
    return this.#dropped.signal
  }

  /** Writes the objects of a file, one after the other. @returns the key of the last one, which is that of its values. */
  protected async writeObjects(file: OpenFile): Promise<string> {
    let last = ''
    for (const { key, body, contentType } of fileObjects(file, this.#partition, this.#settings)) {
      await writeObject(key, body, { contentType }, this.runner.resources, this.signal)
      last = key
    }
    return last
  }

  /** To be called when something is no longer on its way. */
  protected ended(): void {
    if (this.pending === 0) this.#waiters.wake()
  }
}
