import type { OpenFile } from '../rotation/open-file.ts'
import { UnchainedCommits } from './unchained-commits.ts'

/**
 * Commits for output partitions whose files all have one name, such as one object per record key: each replaces its
 * forerunner, so they are written one after the other, and one that waits while a later one comes need not be written.
 */
export class ReplacingCommits extends UnchainedCommits {
  /** Of each output partition the file that is being written, and the latest that waits for it. */
  readonly #files = new Map<string, { readonly written: OpenFile; waiting?: OpenFile }>()

  get pending(): number {
    return this.#files.size
  }

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

  protected forget(): void {
    for (const { written, waiting } of this.#files.values()) {
      written.buffer.release()
      waiting?.buffer.release()
    }
    this.#files.clear()
  }

  #start(file: OpenFile): void {
    this.#files.set(file.id, { written: file })
    this.runner.run(() => this.#write(file), this.signal)
  }

  async #write(file: OpenFile): Promise<void> {
    await this.writeObjects(file)
    file.buffer.release()
    const waiting = this.#files.get(file.id)?.waiting
    if (waiting !== undefined) this.#start(waiting)
    else if (this.#files.delete(file.id)) this.ended()
  }
}
