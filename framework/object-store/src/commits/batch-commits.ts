import type { OpenFile } from '../rotation/open-file.ts'
import { UnchainedCommits } from './unchained-commits.ts'

/** The files of one rotation that are not durable yet. */
interface Batch {
  readonly firstOffset: bigint
  readonly files: Set<OpenFile>
}

/**
 * Commits for rotation that closes all files of a partition together and that a replay repeats: the same records make
 * the same objects, which may be overwritten by their twins.
 *
 * The frontier moves by whole rotations, not by single files. If it stopped between the files of one rotation, a replay
 * from there would cut the rest differently and write records of durable files again. Confluent's sink does that when
 * an upload fails midway.
 */
export class BatchCommits extends UnchainedCommits {
  readonly #batches: Batch[] = []

  get pending(): number {
    return this.#batches.length
  }

  commit(files: readonly OpenFile[]): void {
    const [first] = files
    if (first === undefined) return
    const batch = { firstOffset: first.firstOffset, files: new Set(files) }
    this.#batches.push(batch)
    for (const file of files) this.runner.run(() => this.#write(batch, file), this.signal)
  }

  frontier(firstOpen: OpenFile | undefined): bigint | undefined {
    let first = firstOpen?.firstOffset
    // Of single files an older one may still be open, so the batches are not in order of their offsets.
    for (const { firstOffset } of this.#batches)
      if (first === undefined || firstOffset < first) first = firstOffset
    return first
  }

  protected forget(): void {
    for (const batch of this.#batches) for (const file of batch.files) file.buffer.release()
    this.#batches.length = 0
  }

  async #write(batch: Batch, file: OpenFile): Promise<void> {
    const key = await this.writeObjects(file)
    const { firstOffset: first, lastOffset: last, records } = file
    await this.runner.tag(key, { first, last, records }, this.signal)
    file.buffer.release()
    batch.files.delete(file)
    while (this.#batches[0]?.files.size === 0) this.#batches.shift()
    this.ended()
  }
}
