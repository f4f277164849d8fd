import { InvalidStateStoreException, NullPointerException } from '../core/errors.ts'
import { ChangeLog, type ChangelogTiming } from './change-log.ts'
import type { RowSpace } from './row-space.ts'
import { type Advance, CursorIterator } from './cursor-iterator.ts'
import type { ByteStore, ChangelogRecord, StoreContext, StoreIterator, StoreSpec } from './store.ts'

/** What a store is built from: its rows, its changelog and what the engine tells it. */
export interface StoreParts {
  readonly space: RowSpace
  readonly context: StoreContext
  readonly changelogTiming: ChangelogTiming
  /** Called once, when the store closes. */
  onClose(): void
}

/** What all stores over a {@link RowSpace} share: name, life cycle, changelog. */
export abstract class SpaceStore implements ByteStore {
  readonly name: string
  readonly persistent: boolean
  protected readonly space: RowSpace
  protected readonly context: StoreContext
  protected readonly changes: ChangeLog
  readonly #onClose: () => void
  #open = true

  constructor(spec: StoreSpec, parts: StoreParts, changelogTiming: ChangelogTiming = parts.changelogTiming) {
    this.name = spec.name
    this.persistent = parts.space.persistent
    this.space = parts.space
    this.context = parts.context
    this.changes = new ChangeLog(parts.context, spec.timestamped, changelogTiming)
    this.#onClose = () => parts.onClose()
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** Hands the changelog port what waits for the flush. */
  flushChanges(): void {
    this.assertOpen()
    this.changes.flush()
  }

  flush(): void {
    this.flushChanges()
    this.space.flush()
  }

  /** Makes the rows of the task durable, then releases the store. What must not be is given up by the engine's `abandon` before. */
  close(): void {
    if (!this.#open) return
    try {
      this.flush()
      this.space.commit()
    } finally {
      this.#open = false
      this.space.close()
      this.#onClose()
    }
  }

  /** Closes without flushing: rows and changelog records since the last flush are given up. */
  abandon(): void {
    if (!this.#open) return
    this.#open = false
    this.changes.forget()
    this.space.close()
    this.#onClose()
  }

  abstract restore(records: Iterable<ChangelogRecord>): void

  /** An iterator that the store's close ends with an error, as in Java. */
  protected iterator<T>(advance: Advance<T>, snapshot: { close(): void }): StoreIterator<T> {
    return new CursorIterator(
      (passOver) => {
        this.assertOpen()
        return advance(passOver)
      },
      () => snapshot.close(),
    )
  }

  protected assertOpen(): void {
    if (!this.#open) throw new InvalidStateStoreException(`Store ${this.name} is currently closed`)
  }

  protected assertKey(key: Uint8Array | null | undefined): void {
    this.assertOpen()
    if (key === null || key === undefined) throw new NullPointerException('key cannot be null')
  }
}
