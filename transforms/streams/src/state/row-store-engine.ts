import { IllegalStateException, InvalidStateStoreException } from '../core/errors.ts'
import type { ChangelogTiming } from './change-log.ts'
import { LruKeyValueStore } from './lru-key-value-store.ts'
import { MemoryRowSpaces } from './memory-rows.ts'
import { RowKeyValueStore } from './row-key-value-store.ts'
import { RowSessionStore } from './row-session-store.ts'
import type { RowSpaces } from './row-space.ts'
import { RowVersionedStore, versionedSegmentInterval } from './row-versioned-store.ts'
import { RowWindowStore } from './row-window-store.ts'
import { segmentIntervalOf } from './segments.ts'
import type { StoreParts } from './space-store.ts'
import { StateMemory } from './state-memory.ts'
import type {
  ByteStore,
  KeyValueByteStore,
  KeyValueSpec,
  SessionByteStore,
  SessionSpec,
  StoreContext,
  StoreEngine,
  VersionedByteStore,
  VersionedSpec,
  WindowByteStore,
  WindowSpec,
} from './store.ts'

/** What the engine does with stores beyond their public face. */
interface EngineStore extends ByteStore {
  flushChanges(): void
  abandon(): void
}

/** Settings every engine has. */
export interface StoreEngineOptions {
  /** The bound shared by all stores of the process; by default the engine has one of its own (1 GiB). */
  readonly memory?: StateMemory
  /** Default `update`. */
  readonly changelogTiming?: ChangelogTiming
}

/** Makes stores of every kind over the rows of one kind of space. */
export class RowStoreEngine implements StoreEngine {
  readonly persistent: boolean
  readonly #spaces: RowSpaces
  readonly #changelogTiming: ChangelogTiming
  /** Open stores by application, task and name. */
  readonly #stores = new Map<string, EngineStore>()
  #open = true

  constructor(spaces: RowSpaces, changelogTiming: ChangelogTiming = 'update') {
    this.persistent = spaces.persistent
    this.#spaces = spaces
    this.#changelogTiming = changelogTiming
  }

  keyValue(spec: KeyValueSpec, context: StoreContext): KeyValueByteStore {
    const { maxEntries } = spec
    if (maxEntries === undefined) {
      return this.#make(spec.name, context, `key-value${spec.timestamped ? ' timestamped' : ''}`, (parts) => {
        return new RowKeyValueStore(spec, parts)
      })
    }
    const id = this.#claim(spec.name, context)
    const timing = this.#timingOf(context)
    const store = new LruKeyValueStore({ ...spec, maxEntries }, context, timing, () =>
      this.#stores.delete(id),
    )
    this.#stores.set(id, store)
    return store
  }

  window(spec: WindowSpec, context: StoreContext): WindowByteStore {
    const layout = `window ${segmentIntervalOf(spec.retentionMs)} ms${traits(spec)}${spec.retainDuplicates ? ' duplicates' : ''}`
    return this.#make(spec.name, context, layout, (parts) => new RowWindowStore(spec, parts))
  }

  session(spec: SessionSpec, context: StoreContext): SessionByteStore {
    const layout = `session ${segmentIntervalOf(spec.retentionMs)} ms${traits(spec)}`
    return this.#make(spec.name, context, layout, (parts) => new RowSessionStore(spec, parts))
  }

  versioned(spec: VersionedSpec, context: StoreContext): VersionedByteStore {
    const layout = `versioned ${versionedSegmentInterval(spec)} ms`
    return this.#make(spec.name, context, layout, (parts) => new RowVersionedStore(spec, parts))
  }

  /** The first half of a commit: changelog records that wait for the flush go to the ports of the task's stores. */
  prepareCommit(applicationId: string, taskId: string): void {
    for (const store of this.storesOf(applicationId, taskId)) store.flushChanges()
  }

  commit(applicationId: string, taskId: string, _changelogOffsets: ReadonlyMap<string, bigint>): void {
    this.prepareCommit(applicationId, taskId)
  }

  writeAhead(_applicationId: string, _taskId: string, _keepRows: number): void {
    // Rows in memory are where they stay.
  }

  committedOffset(_applicationId: string, _taskId: string, _storeName: string): bigint | undefined {
    return undefined
  }

  abandon(applicationId: string, taskId: string): void {
    for (const store of this.storesOf(applicationId, taskId)) store.abandon()
  }

  destroy(applicationId: string, taskId: string): void {
    if (this.storesOf(applicationId, taskId).length === 0) return
    throw new IllegalStateException(`The state of task ${taskId} cannot be deleted while its stores are open`)
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    try {
      for (const store of this.#stores.values()) store.close()
    } finally {
      this.#spaces.close()
    }
  }

  /** The open stores of a task. */
  protected storesOf(applicationId: string, taskId: string): readonly EngineStore[] {
    const prefix = `${applicationId}/${taskId}/`
    return [...this.#stores].filter(([id]) => id.startsWith(prefix)).map(([, store]) => store)
  }

  #make<S extends EngineStore>(
    name: string,
    context: StoreContext,
    layout: string,
    create: (parts: StoreParts) => S,
  ): S {
    const id = this.#claim(name, context)
    const space = this.#spaces.open(context.applicationId, context.taskId, name, layout)
    const parts: StoreParts = {
      space,
      context,
      changelogTiming: this.#timingOf(context),
      onClose: () => this.#stores.delete(id),
    }
    const store = create(parts)
    this.#stores.set(id, store)
    return store
  }

  #timingOf(context: StoreContext): ChangelogTiming {
    return context.changesWaitIn === undefined ? this.#changelogTiming : 'flush'
  }

  #claim(name: string, context: StoreContext): string {
    if (!this.#open) throw new InvalidStateStoreException('The engine of the state stores is closed')
    const id = `${context.applicationId}/${context.taskId}/${name}`
    if (this.#stores.has(id))
      throw new IllegalStateException(`Store ${name} of task ${context.taskId} is open already`)
    return id
  }
}

function traits(spec: WindowSpec | SessionSpec): string {
  return `${spec.timestamped ? ' timestamped' : ''}${spec.timeOrdered ? ' time-ordered' : ''}`
}

/** In-memory stores: fast, bounded by {@link StateMemory}, restored from their changelogs after a restart. */
export class MemoryStoreEngine extends RowStoreEngine {
  constructor(options: StoreEngineOptions = {}) {
    super(new MemoryRowSpaces(options.memory ?? new StateMemory()), options.changelogTiming)
  }
}
