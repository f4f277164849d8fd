import { partitionForKey, topicPartitionName, type TopicPartition } from '@spillway/api'
import { IllegalArgumentException, NullPointerException, messageOf } from '../../core/errors.ts'
import type { StreamPartitioner } from '../../core/functions.ts'
import type { Serializer } from '../../core/serde.ts'
import { sourcesOfStore } from '../../topology/store-sources.ts'
import type { StreamsLogger } from '../streams-logger.ts'
import type { TaskPlans } from '../topics/task-plans.ts'
import type { PlannedTask, TaskPlan } from '../topics/topology-topics.ts'
import { HostInfo } from './host-info.ts'
import { type HostTasks, planDigest, topicCounts } from './host-tasks.ts'
import { readStore } from './read-store.ts'
import { KeyQueryMetadata, type StreamsMetadata } from './streams-metadata.ts'

export interface ClusterMetadataSettings {
  /** The `application.server` of this client. */
  readonly host: HostInfo | null
  readonly plans: Pick<TaskPlans, 'topics' | 'current' | 'refresh'>
  readonly logger: StreamsLogger
}

/** How a key finds its partition: by the bytes of a serializer as sinks do, or by a partitioner. */
export type KeyRouting<K> = Serializer<K> | StreamPartitioner<K, unknown>

/** Hosts with their tasks over one plan, looked up by store. */
interface View {
  readonly plan: TaskPlan
  readonly counts: ReadonlyMap<string, number>
  readonly all: readonly StreamsMetadata[]
}

/**
 * Who has which tasks, as the leader of the group told with the last assignment. Corresponds to Java's `StreamsMetadataState`.
 *
 * A task that is on its way is told to be where it goes, as in Java: who has it no more refuses, and so does who has it not yet.
 */
export class ClusterMetadata {
  readonly #settings: ClusterMetadataSettings
  #hosts: readonly HostTasks[] = []
  #digest: string | undefined
  #view: View | undefined
  /** Whether topics were looked up anew since the leader's plan turned out to be another one. */
  #isRefreshed = false

  constructor(settings: ClusterMetadataSettings) {
    this.#settings = settings
  }

  /** @param digest of the plan that the tasks are of */
  assigned(hosts: readonly HostTasks[], digest: string | undefined): void {
    this.#hosts = hosts
    this.#digest = digest
    this.#view = undefined
    this.#isRefreshed = false
  }

  all(): readonly StreamsMetadata[] {
    return this.#current()?.all ?? []
  }

  /** Clients that have tasks or copies of the store, all of them for a global one. */
  forStore(storeName: string): readonly StreamsMetadata[] {
    if (this.#settings.plans.topics.topology.globalStores.has(storeName)) return this.all()
    return this.all().filter(
      ({ stateStoreNames, standbyStateStoreNames }) =>
        stateStoreNames.has(storeName) || standbyStateStoreNames.has(storeName),
    )
  }

  /** See `KafkaStreams.queryMetadataForKey`. */
  forKey<K>(storeName: string, key: K, routing: KeyRouting<K>): KeyQueryMetadata | null {
    if (key === null || key === undefined) throw new NullPointerException("key can't be null")
    const view = this.#current()
    if (view === undefined) return KeyQueryMetadata.NOT_AVAILABLE
    const { plans, host } = this.#settings
    if (plans.topics.topology.globalStores.has(storeName)) {
      const [first] = view.all
      return first === undefined
        ? KeyQueryMetadata.NOT_AVAILABLE
        : new KeyQueryMetadata(host ?? first.hostInfo, [], -1)
    }
    const topic = this.#widestTopic(view, storeName)
    if (topic === null) return null
    const partition = readStore(storeName, () => partitionOf(topic, key, routing))
    const taskId = [...view.plan.tasks.values()].find(
      (task) => task.partition === partition && hasStore(task, storeName),
    )?.id
    if (taskId === undefined) return new KeyQueryMetadata(HostInfo.unavailable(), [], partition)
    const active = this.#hosts.find((each) => each.active.includes(taskId))
    const standby = this.#hosts.filter((each) => each.standby.includes(taskId))
    return new KeyQueryMetadata(
      active?.host ?? HostInfo.unavailable(),
      standby.map((each) => each.host),
      partition,
    )
  }

  /** Undefined where nobody has told, or of topics that this client does not see as the leader does. */
  #current(): View | undefined {
    const { plans, logger } = this.#settings
    const plan = plans.current
    if (plan === undefined || this.#hosts.length === 0) return undefined
    if (this.#view?.plan === plan) return this.#view
    if (planDigest(plan) === this.#digest) {
      this.#view = this.#viewOf(plan)
      return this.#view
    }
    if (!this.#isRefreshed) {
      this.#isRefreshed = true
      plans
        .refresh()
        .catch((error: unknown) => logger.debug(`topics could not be looked up: ${messageOf(error)}`))
    }
    return undefined
  }

  #viewOf(plan: TaskPlan): View {
    const { topology } = this.#settings.plans.topics
    const all = this.#hosts.map(({ host, active, standby }): StreamsMetadata => {
      const [tasks, copies] = [tasksOf(plan, active), tasksOf(plan, standby)]
      return {
        hostInfo: host,
        stateStoreNames: new Set([...storesOf(tasks), ...topology.globalStores.keys()]),
        topicPartitions: inputsOf(tasks),
        standbyStateStoreNames: storesOf(copies),
        standbyTopicPartitions: inputsOf(copies),
      }
    })
    return { plan, counts: topicCounts(plan.tasks.values()), all }
  }

  /** The topic whose partitions those of the store are; null for a store that no task has. */
  #widestTopic({ counts }: View, storeName: string): RoutedTopic | null {
    const { topics } = this.#settings.plans
    let widest: RoutedTopic | null = null
    for (const source of sourcesOfStore(topics.topology, storeName)) {
      for (const name of topics.topicsOf(source.name, counts.keys())) {
        const partitions = counts.get(name) ?? 0
        if (partitions > (widest?.partitions ?? 0)) widest = { name, partitions }
      }
    }
    return widest
  }
}

interface RoutedTopic {
  readonly name: string
  readonly partitions: number
}

function partitionOf<K>({ name, partitions }: RoutedTopic, key: K, routing: KeyRouting<K>): number {
  if (typeof routing !== 'function') {
    const bytes = routing.serialize(name, null, key)
    if (bytes !== null) return partitionForKey(bytes, partitions)
    throw new IllegalArgumentException('The serializer gives no bytes for the key: it is in no partition')
  }
  const found = routing(name, key, null, partitions)
  const [partition, ...more] = typeof found === 'number' ? [found] : (found ?? [])
  if (partition === undefined || more.length > 0)
    throw new IllegalArgumentException(
      'The partitions returned by StreamPartitioner#partitions method when used for fetching KeyQueryMetadata for key should be a ' +
        'singleton set',
    )
  if (Number.isSafeInteger(partition) && partition >= 0 && partition < partitions) return partition
  throw new IllegalArgumentException(
    `The partitioner gives partition ${partition} of topic ${name}, which has ${partitions}`,
  )
}

function tasksOf(plan: TaskPlan, ids: readonly string[]): readonly PlannedTask[] {
  return ids.flatMap((id) => plan.tasks.get(id) ?? [])
}

function hasStore({ nodes }: PlannedTask, storeName: string): boolean {
  return nodes.some((node) => node.kind === 'processor' && node.stores.has(storeName))
}

function storesOf(tasks: readonly PlannedTask[]): ReadonlySet<string> {
  return new Set(
    tasks.flatMap(({ nodes }) =>
      nodes.flatMap((node) => (node.kind === 'processor' ? [...node.stores] : [])),
    ),
  )
}

/** Each once, in order. */
function inputsOf(tasks: readonly PlannedTask[]): readonly TopicPartition[] {
  const inputs = new Map<string, TopicPartition>()
  for (const { topics, partition } of tasks)
    for (const topic of topics) inputs.set(topicPartitionName({ topic, partition }), { topic, partition })
  return [...inputs.values()].sort(
    (a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : 0) || a.partition - b.partition,
  )
}
