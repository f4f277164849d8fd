import type { CachedUpdate, CachedUpdates } from '../context/cached-updates.ts'
import type { TaskContext } from '../context/task-context.ts'
import type { ValueAndTimestamp } from '../core/record.ts'
import { keyText } from '../stores/key-text.ts'
import type { TimestampedKeyValueStore } from '../stores/timestamped-stores.ts'

type Row = ValueAndTimestamp<unknown>

/** What was there at the last commit. */
interface Before {
  readonly wasThere: boolean
  readonly oldValue: unknown
}

/**
 * The rows of a table of which only the newest of each key is written, and forwarded, at a commit. Until then it waits here as bytes;
 * whoever else reads or writes the store makes them be written first, so all see the same. Corresponds to Java's
 * `CachingKeyValueStore`.
 */
export class CachedTable {
  readonly #store: TimestampedKeyValueStore<unknown, unknown>
  readonly #updates: CachedUpdates
  readonly #task: TaskContext
  #unwritten: CachedUpdate[] = []
  /** An update reads and then writes the same key. */
  #lastKey: unknown
  #last: CachedUpdate | undefined

  constructor(store: TimestampedKeyValueStore<unknown, unknown>, updates: CachedUpdates, task: TaskContext) {
    this.#store = store
    this.#updates = updates
    this.#task = task
    const settle = (): void => this.#write()
    updates.writeBehind(settle)
    store.writeBehind(settle)
  }

  get(key: unknown): Row | null {
    const row = this.#find(key)?.row
    const bytes = row === undefined ? this.#store.lookUp(key) : row
    return bytes === null ? null : this.#store.decode(bytes)
  }

  /** @param stored the row that is written over, where it has been read */
  put(key: unknown, value: unknown, timestamp: number, stored: Row | null | undefined): void {
    const store = this.#store
    // Before anything is noted: it may fail.
    const row = value === null ? null : store.encode({ value, timestamp })
    const update = this.#find(key) ?? this.#begin(key, stored)
    if (update.row === undefined) this.#unwritten.push(update)
    update.row = row
    if (row === null) this.#updates.note(update, null, this.#task.timestamp, 0)
    else this.#updates.note(update, value, timestamp, row.length)
  }

  #find(key: unknown): CachedUpdate | undefined {
    if (typeof key === 'string' && key === this.#lastKey && this.#last !== undefined) return this.#last
    const found = this.#updates.find(0, keyText(this.#store, key))
    this.#lastKey = key
    this.#last = found
    return found
  }

  #begin(key: unknown, stored: Row | null | undefined): CachedUpdate {
    const updates = this.#updates
    let before: Before = { wasThere: stored !== null, oldValue: stored?.value ?? null }
    if (stored === undefined) {
      const bytes = this.#store.lookUp(key)
      const isWanted = bytes !== null && updates.sendsOldValues
      before = { wasThere: bytes !== null, oldValue: isWanted ? this.#store.decode(bytes).value : null }
    }
    this.#last = updates.begin(0, keyText(this.#store, key), key, before)
    this.#lastKey = key
    return this.#last
  }

  /** Rows go to the store, which logs them under their own times. */
  #write(): void {
    // Also those that are forwarded next: they are looked up anew.
    this.#last = undefined
    if (this.#unwritten.length === 0) return
    const updates = this.#unwritten
    this.#unwritten = []
    const task = this.#task
    const { timestamp } = task
    try {
      for (const update of updates) {
        const { row } = update
        update.row = undefined
        // What came and went since the last commit never was.
        if (row === undefined || (row === null && !update.isStored)) continue
        update.isStored = row !== null
        task.timestamp = update.timestamp
        this.#store.write(update.key, row)
      }
    } finally {
      task.timestamp = timestamp
    }
  }
}
