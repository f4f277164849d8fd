import { Headers } from '../core/headers.ts'
import type { Serde } from '../core/serde.ts'
import { RecordOrigins } from '../context/record-origin.ts'
import type { TaskContext } from '../context/task-context.ts'
import type { ChangelogPort, ChangelogRecord, StoreContext, StoreEngine } from '../state/store.ts'
import type { StateStore } from '../stores/key-value-store.ts'
import type { StoreEnvironment } from '../stores/store-factory.ts'
import type { InternalTopologyBuilder } from '../topology/internal-topology-builder.ts'
import type { NodeDefinition } from '../topology/node-definitions.ts'
import { changelogTopicName } from '../topology/topic-configs.ts'

/** Which store engines a runtime has. */
export interface StateEngines {
  readonly memory: StoreEngine
  /** Null: persistent stores are kept in memory too (in tests). */
  readonly persistent: StoreEngine | null
}

export interface TaskStoresSettings {
  readonly context: TaskContext
  readonly nodes: readonly NodeDefinition[]
  readonly topology: InternalTopologyBuilder
  readonly engines: StateEngines
  /** A global task only fills global stores: it logs no changes. */
  readonly isGlobal: boolean
}

/** A store that is restored from a topic. */
export interface TaskChangelog {
  readonly storeName: string
  /** Full name. */
  readonly topic: string
  /** The topic is one that the task reads, too: it ends, for the store, where the task's own reading begins. */
  readonly isSource: boolean
  /** Where the rows on disk stand: the offset of the first record they do not include; undefined: no rows. */
  readonly checkpoint: bigint | undefined
}

/** The stores of one task, from their opening to their end. Nodes may come later, or never (standby). */
export class TaskStores {
  readonly #settings: TaskStoresSettings
  readonly #engineOf = new Map<string, StoreEngine | null>()
  #opening = ''
  #opened: readonly StateStore[] = []
  #persistent: readonly StoreEngine[] = []

  constructor(settings: TaskStoresSettings) {
    this.#settings = settings
  }

  /** Makes all stores. One that fails leaves none open. */
  open(): void {
    try {
      this.#open()
      this.#opened = [...this.#settings.context.stores.values()]
      this.#persistent = [...this.#engines()].filter(({ persistent }) => persistent)
    } catch (error) {
      this.abandon()
      throw error
    }
  }

  /** Stores that a topic brings back. */
  changelogs(): readonly TaskChangelog[] {
    const { context, topology } = this.#settings
    const { applicationId } = context.services
    return [...context.stores.keys()].flatMap((storeName) => {
      const found = topology.restoreTopic(applicationId, storeName)
      if (found === null) return []
      const engine = this.#engineOf.get(storeName)
      const checkpoint = engine?.committedOffset(applicationId, context.taskId, storeName)
      return [{ storeName, ...found, checkpoint }]
    })
  }

  restore(storeName: string, records: Iterable<ChangelogRecord>): void {
    this.#settings.context.stores.get(storeName)?.restore(records)
  }

  /** Changes that wait go to the changelog, rows to the open transaction. */
  flush(): void {
    // As lists, not by iterators: the test driver commits after each record.
    for (let i = 0; i < this.#opened.length; i++) (this.#opened[i] as StateStore).flush()
  }

  /** Between two commits: leaves the next one no more than about so many rows to write. */
  writeAhead(keepRows: number): void {
    const { context } = this.#settings
    for (const engine of this.#persistent)
      engine.writeAhead(context.services.applicationId, context.taskId, keepRows)
  }

  /** Deletes the rows that are kept, and begins with none. */
  wipe(): void {
    const { context } = this.#settings
    const engines = this.#engines()
    this.abandon()
    for (const engine of engines) engine.destroy(context.services.applicationId, context.taskId)
    this.open()
  }

  /** Makes rows durable, with the changelog offsets they stand for. */
  commit(changelogOffsets: ReadonlyMap<string, bigint>): void {
    const { context } = this.#settings
    const { applicationId } = context.services
    for (let i = 0; i < this.#persistent.length; i++)
      (this.#persistent[i] as StoreEngine).commit(applicationId, context.taskId, changelogOffsets)
  }

  /** Commits, then releases all stores. */
  close(): void {
    this.flush()
    for (const store of this.#opened) store.close()
    this.#forget()
  }

  /** Releases all stores; what was not committed is given up. */
  abandon(): void {
    const { context } = this.#settings
    for (const engine of this.#engines()) engine.abandon(context.services.applicationId, context.taskId)
    // What is left are stores that keep their rows themselves, in memory.
    for (const store of context.stores.values()) if (store.isOpen) store.close()
    this.#forget()
  }

  #forget(): void {
    this.#settings.context.stores.clear()
    this.#settings.context.cachedStores.clear()
    this.#engineOf.clear()
    this.#opened = []
    this.#persistent = []
  }

  #open(): void {
    const { context, nodes, topology, isGlobal } = this.#settings
    const environment = this.#environment()
    for (const node of nodes) {
      if (node.kind !== 'processor') continue
      for (const name of node.stores) {
        const factory = topology.stores.get(name) ?? topology.globalStores.get(name)
        if (factory === undefined || context.stores.has(name)) continue
        this.#opening = name
        this.#engineOf.set(name, null)
        if (factory.cachingEnabled && !isGlobal && context.cache !== undefined) context.cachedStores.add(name)
        context.stores.set(name, factory.make(environment))
      }
    }
  }

  #engines(): ReadonlySet<StoreEngine> {
    return new Set([...this.#engineOf.values()].filter((engine) => engine !== null))
  }

  #environment(): StoreEnvironment {
    const { engines, topology, isGlobal, context } = this.#settings
    const { config, applicationId } = context.services
    const byDefault = config['default.dsl.store'] !== 'in_memory'
    return {
      engine: (persistent) => {
        const engine = (persistent ?? byDefault) ? (engines.persistent ?? engines.memory) : engines.memory
        this.#engineOf.set(this.#opening, engine)
        return engine
      },
      isInMemory: (persistent) => !(persistent ?? byDefault),
      context: (name, loggingEnabled) => this.#storeContext(name, loggingEnabled && !isGlobal),
      changelogTopic: (name) =>
        topology.storeSourceTopics.get(name) ?? changelogTopicName(applicationId, name),
      defaultKeySerde: (config['default.key.serde'] as Serde<unknown> | undefined) ?? null,
      defaultValueSerde: (config['default.value.serde'] as Serde<unknown> | undefined) ?? null,
    }
  }

  #storeContext(name: string, loggingEnabled: boolean): StoreContext {
    const { context } = this.#settings
    const { sink, applicationId } = context.services
    const base = {
      applicationId,
      taskId: context.taskId,
      currentTimestamp: () => context.timestamp,
      recordExpired: () => context.drop('expired-row', name),
    }
    if (!loggingEnabled) return base
    const topic = changelogTopicName(applicationId, name)
    const partition = context.taskPartition
    const origins = new RecordOrigins(context, name)
    const changelog: ChangelogPort = {
      append: (key, value, timestamp) =>
        sink.send(
          { topic, partition, timestamp, key, value, headers: new Headers() },
          origins.current(),
          context.offset,
        ),
    }
    const { cache } = context
    return context.cachedStores.has(name) && cache !== undefined
      ? { ...base, changelog, changesWaitIn: cache }
      : { ...base, changelog }
  }
}
