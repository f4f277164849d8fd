import { type SinkTaskContext, traceOf } from '@spillway/api'
import { BufferPool } from '../spill/buffer-pool.ts'
import { StoreRetrier } from '../upload/store-retrier.ts'
import { UploadLimiter } from '../upload/upload-limiter.ts'
import { UploadQueue } from '../upload/upload-queue.ts'
import type { UploadResources } from '../upload/write-object.ts'
import type { UploadRunner } from './commits.ts'
import type { SinkSetup } from '../settings/sink-setup.ts'
import { Waiters } from './waiters.ts'
import { type ObjectTagging, type TaggedRecords, tagObject } from '../settings/tag-object.ts'

/** Files that may be on their way before a partition with rotations pending has to wait. */
const BUSY_FILES = 512

/** The uploads of a task: they run beside consumption, wait out what passes, and keep the first error that does not. */
export class BackgroundUploads implements UploadRunner {
  readonly resources: UploadResources
  readonly #context: SinkTaskContext
  readonly #queue: UploadQueue
  readonly #running = new Set<Promise<void>>()
  readonly #onProgress: () => void
  readonly #whenStuck = new Waiters()
  readonly #tagging: ObjectTagging | undefined
  #failure: Error | undefined

  constructor(setup: SinkSetup, context: SinkTaskContext, onProgress: () => void) {
    const { upload, store } = setup
    this.#context = context
    this.#onProgress = onProgress
    const retrier = new StoreRetrier({
      clock: context.clock,
      quietRetries: upload.quietRetries,
      backoffMs: upload.backoffMs,
      ...(upload.maxBackoffMs !== undefined && { maxBackoffMs: upload.maxBackoffMs }),
      onTrouble: (text) => this.#onTrouble(text),
    })
    const limiter = new UploadLimiter({ maxRequests: upload.concurrency, maxBytes: upload.memoryBytes })
    const bodies = new BufferPool(upload.memoryBytes)
    this.resources = { store, retrier, limiter, bodies, partBytes: upload.partBytes, ownUploads: new Set() }
    this.#tagging = setup.tagging
    this.#queue = new UploadQueue(upload.concurrency)
  }

  get retrier(): StoreRetrier {
    return this.resources.retrier
  }

  get pending(): number {
    return this.#queue.pending
  }

  get acceptsMore(): boolean {
    return this.#queue.pending < BUSY_FILES
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** @throws the first error that trying again does not mend. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Fails the task at its next `put`. */
  fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error))
    this.#context.logger.error({ trace: traceOf(error) }, 'writing to the store failed')
    this.#whenStuck.wake()
    this.#onProgress()
  }

  /** Resolves when an upload has failed, or the store is in trouble: no time to wait for it. */
  stuck(): Promise<void> {
    if (this.hasFailed || this.retrier.inTrouble) return Promise.resolve()
    return this.#whenStuck.wait()
  }

  run(job: () => Promise<void>, signal: AbortSignal): void {
    this.#queue.add(() => {
      const running = this.#run(job, signal)
      this.#running.add(running)
      return running.finally(() => this.#running.delete(running))
    })
  }

  async tag(key: string, records: TaggedRecords, signal: AbortSignal): Promise<void> {
    if (this.#tagging === undefined) return
    const warn = (text: string): void => this.#context.logger.warn(text)
    await tagObject(key, records, this.#tagging, this.resources, warn, signal)
  }

  /** Resolves when what runs now has ended, after it was aborted. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running)
  }

  async #run(job: () => Promise<void>, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.hasFailed) return
    try {
      await job()
      this.#onProgress()
    } catch (error) {
      if (!signal.aborted) this.fail(error)
    }
  }

  #onTrouble(text: string | null): void {
    this.#context.notice(text)
    if (text !== null) {
      this.#context.logger.warn(text)
      this.#whenStuck.wake()
    }
    this.#onProgress()
  }
}
