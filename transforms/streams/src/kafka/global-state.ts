import { type Clock, type Consumer, type TopicPartition, topicPartitionName } from '@spillway/api'
import { Headers } from '../core/headers.ts'
import { LogAndContinueExceptionHandler, exceptionHandlers } from '../config/exception-handlers.ts'
import type { TaskServices } from '../context/task-context.ts'
import { StreamTask } from '../runtime/stream-task.ts'
import type { StateEngines } from '../runtime/task-stores.ts'
import type { StateStore } from '../stores/key-value-store.ts'
import { StreamsException, messageOf } from '../core/errors.ts'
import { type PendingException, pendingOf } from '../core/synchronous.ts'
import type { RawRecord } from '../runtime/record-queue.ts'
import { hasReached } from './state-keeping/log-end.ts'
import type { StateRestoreListener } from './changelog-reader.ts'
import type { StreamsLogger } from './streams-logger.ts'
import type { KnownTopics } from './topics/topic-widths.ts'
import type { TopologyTopics } from './topics/topology-topics.ts'

export interface GlobalStateSettings {
  readonly topics: TopologyTopics
  readonly services: TaskServices
  readonly engines: StateEngines
  /** Without a group; nobody else uses it. */
  readonly consumer: Consumer
  readonly known: KnownTopics
  readonly listener: StateRestoreListener
  readonly logger: StreamsLogger
  readonly clock: Clock
  /** Ends waits. */
  readonly signal: AbortSignal
  readonly pollMs: number
  readonly commitIntervalMs: number
}

const taskId = 'global'

/**
 * The global stores of a client: filled from all partitions of their topics before any task runs, and kept up after that.
 * Corresponds to Java's `GlobalStreamThread`.
 */
export class GlobalState {
  readonly #settings: GlobalStateSettings
  readonly #task: StreamTask
  readonly #topics: readonly string[]
  readonly #positions = new Map<string, bigint>()
  #lastCommit = 0

  constructor(settings: GlobalStateSettings) {
    this.#settings = settings
    const { topics, services, engines } = settings
    const nodes = topics.topology
      .nodeGroups()
      .filter((group) => topics.topology.isGlobalGroup(group))
      .flat()
    this.#topics = [...topics.topology.globalTopics]
    this.#task = new StreamTask({
      taskId,
      partition: 0,
      nodes,
      topology: topics.topology,
      services,
      engines,
      sourceTopics: (source) => {
        const node = nodes.find(({ name }) => name === source)
        return node?.kind === 'source' ? node.topics : []
      },
      isGlobal: true,
    })
  }

  /** By name; filled once {@link bootstrap} has resolved. */
  stores(): ReadonlyMap<string, StateStore> {
    return this.#task.context.stores
  }

  /**
   * Opens the stores and reads their topics to the end.
   *
   * @throws StreamsException for a topic that does not exist
   */
  async bootstrap(signal: AbortSignal): Promise<void> {
    const { consumer, listener, logger, pollMs } = this.#settings
    const partitions = await this.#partitions()
    this.#task.openStores()
    this.#task.start()
    const [begins, ends] = [
      await consumer.beginningOffsets(partitions),
      await consumer.endOffsets(partitions),
    ]
    const from = partitions.map((partition, index) => {
      const begin = begins[index] as bigint
      const kept = this.#checkpoint(partition)
      return kept !== undefined && kept >= begin && kept <= (ends[index] as bigint) ? kept : begin
    })
    const behind = new Set<number>()
    for (const [index, partition] of partitions.entries()) {
      this.#positions.set(topicPartitionName(partition), from[index] as bigint)
      listener.onRestoreStart?.(
        partition,
        this.#storeOf(partition),
        from[index] as bigint,
        ends[index] as bigint,
      )
      if ((from[index] as bigint) < (ends[index] as bigint)) behind.add(index)
    }
    consumer.assign(partitions.map((partition, index) => ({ ...partition, offset: from[index] as bigint })))
    while (behind.size > 0 && !signal.aborted) {
      await this.#poll(pollMs)
      for (const index of behind) {
        const partition = partitions[index] as TopicPartition
        const end = ends[index] as bigint
        const position = this.#positions.get(topicPartitionName(partition)) as bigint
        if (position < end && !hasReached(consumer, partition, end)) continue
        behind.delete(index)
        listener.onRestoreEnd?.(partition, this.#storeOf(partition), end - (from[index] as bigint))
      }
    }
    this.commit()
    logger.info(`global stores ${[...this.stores().keys()].join(', ')} are filled`)
  }

  /** Keeps the stores up until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, commitIntervalMs, pollMs } = this.#settings
    while (!signal.aborted) {
      try {
        await this.#poll(pollMs)
      } catch (error) {
        // The end of a wait is no failure.
        if (signal.aborted) return
        throw error
      }
      if (clock.now() - this.#lastCommit >= commitIntervalMs) this.commit()
    }
  }

  /** Ends a wait for records. */
  wakeup(): void {
    this.#settings.consumer.wakeup()
  }

  commit(): void {
    this.#lastCommit = this.#settings.clock.now()
    this.#task.prepareCommit()
    this.#task.committed(this.#positions)
  }

  async close(): Promise<void> {
    try {
      if (this.#task.context.stores.size > 0) this.commit()
    } finally {
      this.#task.abandon()
      await this.#settings.consumer.close()
    }
  }

  async #poll(waitMs: number): Promise<void> {
    const records = await this.#settings.consumer.poll(waitMs)
    for (const { topic, partition, offset, timestamp, key, value, headers } of records) {
      await this.#apply(topic, { offset, timestamp, key, value, headers: Headers.over(headers) })
      this.#positions.set(topicPartitionName({ topic, partition }), offset + 1n)
    }
  }

  /** What a serde has to ask first is waited for; the record is then done again, as a store may have taken it already. */
  async #apply(topic: string, record: RawRecord): Promise<void> {
    for (;;) {
      try {
        this.#task.add(topic, record)
        while (this.#task.pending !== null) {
          await this.#settled(this.#task.pending)
          this.#task.resume()
        }
        while (this.#task.process());
        return
      } catch (error) {
        const pending = pendingOf(error)
        if (pending === undefined) throw error
        await this.#settled(pending)
      }
    }
  }

  async #settled(pending: PendingException): Promise<void> {
    const { clock, logger, signal } = this.#settings
    let failures = 0
    await pending.settle({
      sleep: async (ms) => await clock.sleep(ms, signal),
      failed: (error) => {
        if (failures++ === 0) logger.warn(`global stores wait for ${pending.what}: ${messageOf(error)}`)
      },
    })
  }

  async #partitions(): Promise<readonly TopicPartition[]> {
    const counts = await this.#settings.known.refreshPatiently(this.#topics)
    return this.#topics.flatMap((topic) => {
      const count = counts.get(topic)
      if (count === undefined)
        throw new StreamsException(
          `There are no partitions available for topic ${topic} of a global store: create it first`,
        )
      return Array.from({ length: count }, (_, partition) => ({ topic, partition }))
    })
  }

  /** What rows on disk stand for: kept per partition, under a name of its own. */
  #checkpoint(partition: TopicPartition): bigint | undefined {
    const store = this.stores().get(this.#storeOf(partition))
    if (store?.persistent !== true) return undefined
    const { engines, services } = this.#settings
    return (engines.persistent ?? engines.memory).committedOffset(
      services.applicationId,
      taskId,
      topicPartitionName(partition),
    )
  }

  #storeOf({ topic }: TopicPartition): string {
    const { topology } = this.#settings.topics
    return [...topology.storeSourceTopics].find(([, source]) => source === topic)?.[0] ?? topic
  }
}

/** What a global task works with: it writes to no topic, and records that it cannot read are passed over (as in Java). */
export function globalServices(
  parts: Pick<TaskServices, 'applicationId' | 'config' | 'metrics' | 'now' | 'emitIntervalMs'>,
): TaskServices {
  return {
    ...parts,
    handlers: { ...exceptionHandlers(parts.config), deserialization: new LogAndContinueExceptionHandler() },
    sink: {
      send: ({ topic }) => {
        throw new StreamsException(`A global processor cannot write to ${topic}`)
      },
      partitionsFor: () => undefined,
      whenKnown: () => undefined,
    },
    canWait: true,
    globalStores: new Map(),
  }
}
