import { countOf, durationOf, instantOf } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'
import type { Headers } from '../core/headers.ts'
import type { ValueAndTimestamp } from '../core/record.ts'
import { checkedDeserializer, checkedSerializer } from '../core/serde.ts'
import type { Deserializer, Serde, Serializer } from '../core/serde.ts'
import type { Metric } from '../context/metrics.ts'
import { checkConfig } from '../config/streams-config.ts'
import type { StreamsConfig } from '../config/streams-config.ts'
import { MemoryStoreEngine } from '../state/index.ts'
import type { StoreEngine } from '../state/store.ts'
import { SerdeKeyValueStore } from '../stores/key-value-store.ts'
import type { KeyValueStore, StateStore } from '../stores/key-value-store.ts'
import { SerdeSessionStore } from '../stores/session-store.ts'
import type { SessionStore } from '../stores/session-store.ts'
import { TimestampedKeyValueStore, TimestampedWindowStore } from '../stores/timestamped-stores.ts'
import { SerdeVersionedStore } from '../stores/versioned-store.ts'
import type { VersionedKeyValueStore } from '../stores/versioned-store.ts'
import { SerdeWindowStore } from '../stores/window-store.ts'
import type { WindowStore } from '../stores/window-store.ts'
import type { Topology } from '../topology/topology.ts'
import { plainKeyValueStore, plainWindowStore } from '../stores/store-facades.ts'
import { TestRuntime } from './test-runtime.ts'
import { TestInputTopic, TestOutputTopic } from './test-topics.ts'
import type { OutputQueue, TopicReader, TopicWriter } from './test-topics.ts'

/** How a topology is driven. */
export interface TestDriverOptions {
  /** Where the wall clock begins, ms; by default now. It moves only by {@link TopologyTestDriver.advanceWallClockTime}. */
  readonly initialWallClockTime?: number | Date
  /**
   * Partition counts of topics, one for all or by name (`default` for the rest): then sub-topologies run as separate tasks,
   * records are split at repartition topics as Java splits them, and co-partitioning is checked. Left out: one partition,
   * one task, as in Java's driver.
   */
  readonly partitions?: number | Readonly<Record<string, number>>
  /** Where persistent stores live; left out: in memory, like all others. It is closed together with the driver. */
  readonly persistentStores?: StoreEngine
  readonly memoryStores?: StoreEngine
  /** Commit (flush stores) after that many records, default 1. */
  readonly commitEveryRecords?: number
}

let applications = 0

/** @throws IllegalArgumentException for a count that is no whole number from 1 */
function partitionCounts(partitions: number | Readonly<Record<string, number>>): (topic: string) => number {
  if (typeof partitions !== 'object' || partitions === null) {
    const count = countOf(partitions, 'partitions', 1)
    return () => count
  }
  for (const [topic, count] of Object.entries(partitions)) countOf(count, `partitions of ${topic}`, 1)
  return (topic) => partitions[topic] ?? partitions['default'] ?? 1
}

const serializerOf = <T>(given: Serde<T> | Serializer<T>): Serializer<T> =>
  checkedSerializer('serializer' in given ? given.serializer : given)
const deserializerOf = <T>(given: Serde<T> | Deserializer<T>): Deserializer<T> =>
  checkedDeserializer('deserializer' in given ? given.deserializer : given)

/**
 * Runs a topology without a broker: pipe records in, read what comes out. Each record is processed to its end, through all
 * repartition topics, before `pipeInput` returns. Corresponds to Java's `TopologyTestDriver`.
 *
 * @example
 * using driver = new TopologyTestDriver(topology, { 'application.id': 'app' }, { initialWallClockTime: 0 })
 * const input = driver.createInputTopic('lines', Serdes.string(), Serdes.string())
 * const output = driver.createOutputTopic('words', Serdes.string(), Serdes.string())
 * input.pipeInput('k', 'hello world', 1000)
 * output.readValuesToList() // ['hello', 'world']
 */
export class TopologyTestDriver implements Disposable, TopicWriter, TopicReader {
  readonly #runtime: TestRuntime
  readonly #engines: { readonly memory: StoreEngine; readonly persistent: StoreEngine | null }
  #now: number
  #isOpen = true

  /**
   * @throws StreamsException when a processor fails to start, TopologyException when partition counts do not fit,
   * IllegalArgumentException for a setting that cannot be
   */
  constructor(
    topology: Topology,
    config: StreamsConfig = {},
    options: TestDriverOptions | number | Date = {},
  ) {
    checkConfig(config)
    const given =
      typeof options === 'number' || options instanceof Date ? { initialWallClockTime: options } : options
    this.#now = instantOf(given.initialWallClockTime ?? Date.now(), 'initialWallClockTime')
    const applicationId = config['application.id'] ?? `dummy-topology-test-driver-app-id-${applications++}`
    this.#engines = {
      memory: given.memoryStores ?? new MemoryStoreEngine(),
      persistent: given.persistentStores ?? null,
    }
    this.#runtime = new TestRuntime({
      topology: topology.builder,
      config: { ...config, 'application.id': applicationId },
      applicationId,
      engines: this.#engines,
      now: () => this.#now,
      partitions: given.partitions === undefined ? null : partitionCounts(given.partitions),
      commitEveryRecords: countOf(given.commitEveryRecords ?? 1, 'commitEveryRecords', 1),
    })
  }

  /** A topic to pipe records into; records without timestamp get the topic's own clock, which begins at the wall clock. */
  createInputTopic<K, V>(
    topic: string,
    keys: Serde<K> | Serializer<K>,
    values: Serde<V> | Serializer<V>,
    startTimestamp: number | Date = this.#now,
    autoAdvanceMs = 0,
  ): TestInputTopic<K, V> {
    const start = instantOf(startTimestamp, 'startTimestamp')
    return new TestInputTopic(this, topic, serializerOf(keys), serializerOf(values), start, autoAdvanceMs)
  }

  /** Any topic that is written to can be read, also repartition and changelog topics. */
  createOutputTopic<K, V>(
    topic: string,
    keys: Serde<K> | Deserializer<K>,
    values: Serde<V> | Deserializer<V>,
  ): TestOutputTopic<K, V> {
    return new TestOutputTopic(this, topic, deserializerOf(keys), deserializerOf(values))
  }

  /** Moves the wall clock and fires what is due. */
  advanceWallClockTime(advanceMs: number): void {
    if (durationOf(advanceMs, 'advance') < 0)
      throw new IllegalArgumentException('Sleep ms cannot be negative.')
    this.#now += advanceMs
    this.#runtime.punctuateSystemTime()
  }

  /** Names of all topics that were written to. */
  producedTopicNames(): ReadonlySet<string> {
    return new Set(this.#runtime.outputs.keys())
  }

  metrics(): readonly Metric[] {
    return this.#runtime.metrics.all()
  }

  /** Records that operators dropped, by all tasks, for one reason or for all. */
  droppedRecords(reason?: string): number {
    const { metrics } = this.#runtime
    if (reason === undefined) return metrics.total('dropped-records-total')
    return metrics.total('dropped-records-by-reason-total', { reason })
  }

  /** Ids of all tasks: `0_0` alone unless partitions are given. */
  taskIds(): readonly string[] {
    return this.#runtime.tasks.map((task) => task.id)
  }

  /** @param partition of the store, where there are several; null: the first task that has it */
  getStateStore(name: string, partition: number | null = null): StateStore | null {
    for (const task of this.#runtime.tasks) {
      if (partition !== null && task.context.taskPartition !== partition) continue
      const store = task.context.stores.get(name)
      if (store !== undefined) return store
    }
    return this.#runtime.globalStores.get(name) ?? null
  }

  /** The first partition's stores, and the global ones, by name. */
  getAllStateStores(): ReadonlyMap<string, StateStore> {
    const stores = new Map<string, StateStore>(this.#runtime.globalStores)
    for (const task of this.#runtime.tasks.toReversed()) {
      for (const [name, store] of task.context.stores) stores.set(name, store)
    }
    return stores
  }

  /** Null when there is no such store, or it is of another kind. */
  getKeyValueStore<K, V>(name: string, partition: number | null = null): KeyValueStore<K, V> | null {
    const store = this.getStateStore(name, partition)
    if (store instanceof TimestampedKeyValueStore) return plainKeyValueStore<K, V>(store)
    return store instanceof SerdeKeyValueStore ? (store as KeyValueStore<K, V>) : null
  }

  getTimestampedKeyValueStore<K, V>(
    name: string,
    partition: number | null = null,
  ): KeyValueStore<K, ValueAndTimestamp<V>> | null {
    const store = this.getStateStore(name, partition)
    return store instanceof TimestampedKeyValueStore ? store : null
  }

  getVersionedKeyValueStore<K, V>(
    name: string,
    partition: number | null = null,
  ): VersionedKeyValueStore<K, V> | null {
    const store = this.getStateStore(name, partition)
    return store instanceof SerdeVersionedStore ? (store as VersionedKeyValueStore<K, V>) : null
  }

  getWindowStore<K, V>(name: string, partition: number | null = null): WindowStore<K, V> | null {
    const store = this.getStateStore(name, partition)
    if (store instanceof TimestampedWindowStore) return plainWindowStore<K, V>(store)
    return store instanceof SerdeWindowStore ? (store as WindowStore<K, V>) : null
  }

  getTimestampedWindowStore<K, V>(
    name: string,
    partition: number | null = null,
  ): WindowStore<K, ValueAndTimestamp<V>> | null {
    const store = this.getStateStore(name, partition)
    return store instanceof TimestampedWindowStore ? store : null
  }

  getSessionStore<K, V>(name: string, partition: number | null = null): SessionStore<K, V> | null {
    const store = this.getStateStore(name, partition)
    return store instanceof SerdeSessionStore ? (store as SessionStore<K, V>) : null
  }

  /** @internal */
  pipe(
    topic: string,
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: Headers,
    partition: number | null,
  ): void {
    const isRead = this.#runtime.pipe(topic, { partition, timestamp, key, value, headers })
    if (!isRead) throw new IllegalArgumentException(`Unknown topic: ${topic}`)
  }

  /** @internal */
  queue(topic: string): OutputQueue | null {
    return this.#runtime.outputs.get(topic) ?? null
  }

  /** Closes processors, then stores. Idempotent. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      this.#runtime.close()
    } finally {
      this.#engines.memory.close()
      this.#engines.persistent?.close()
    }
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
